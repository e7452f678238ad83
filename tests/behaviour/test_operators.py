"""/oper: a rank on the server for who knows an operator's password, as long as he is here."""

from __future__ import annotations

from typing import ClassVar

from argon2 import PasswordHasher

from chatd.core.user import Rank
from chatd.settings import Settings
from tests.behaviour.cases import over_front_ends
from tests.behaviour.test_coming_back import SECRET, Returning

HASHED = PasswordHasher(1, 8, 1).hash("hashed-sesame")


class Becoming(Returning):
    settings: ClassVar[Settings] = Settings(operators={"boss": "plain-sesame", "chief": HASHED})

    def test_right(self) -> None:
        for name, password in (("boss", "plain-sesame"), ("chief", "hashed-sesame")):
            alice, bob = self.people("Alice", "Bob")
            alice.command(f"oper {name} {password}")
            self.assert_seen(alice, ("empowered", "Alice", "operator"))
            self.assert_seen(bob)
            alice.command("stats")
            self.assertEqual(alice.seen()[0][0], "answer")
            bob.command("stats")
            self.assert_refused(bob, "unknown command")
            alice.command("oper boss plain-sesame")
            self.assertEqual(self.answer(alice), ("You are operator of the server already.",))
            self.leave(alice, bob)
            self.client("Alice")
            self.assertEqual(self.server.user("Alice").rank, Rank.USER, "it was for that stay")
            self.leave(self.clients[0])

    def test_wrong(self) -> None:
        (alice,) = self.people("Alice")
        for line in ("boss wrong", "nobody plain-sesame"):
            alice.command(f"oper {line}")
            self.assert_refused(alice, "wrong operator's name or password")
        alice.command("oper boss")
        self.assertEqual(alice.seen()[0][0], "usage")
        self.assertEqual(self.server.user("Alice").rank, Rank.USER)
        self.assertEqual(self.server.acts(), [])

    def test_slowed(self) -> None:
        (alice,) = self.people("Alice")
        for _ in range(3):
            alice.command("oper boss wrong")
        alice.seen()
        alice.command("oper boss plain-sesame")
        self.assert_refused(alice, "too many wrong passwords")

    def test_on_record_without_the_password(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("oper boss plain-sesame")
        (act,) = self.server.acts()
        self.assertEqual((act.by, act.line), ("Alice", "/oper [redacted]"))

    def test_not_in_clear_text(self) -> None:
        alice = self.client("Alice", "192.0.2.7")
        alice.seen()
        alice.command("oper boss plain-sesame")
        self.assert_refused(alice, "over TLS only")

    def test_a_login_does_not_take_it(self) -> None:
        self.leave(self.account("Carol"))
        (alice,) = self.people("Alice")
        alice.command("oper boss plain-sesame")
        alice.command(f"login Carol {SECRET}")
        self.assertEqual(self.server.user("Alice").rank, Rank.OPERATOR)

    def test_given_back(self) -> None:
        """It falls to the rank of the account, and not below."""
        alice = self.account("Alice")
        registry, user = self.server.registry, self.server.user("Alice")
        self.assertTrue(registry.set_oper(user, Rank.OPERATOR))
        self.assertTrue(registry.set_oper(user, Rank.USER))
        self.assertFalse(registry.set_oper(user, Rank.USER))
        self.assert_seen(
            alice, ("empowered", "Alice", "operator"), ("empowered", "Alice", "an ordinary user")
        )
        account = registry.accounts.by_id(user.who.account or "")
        assert account is not None
        registry.appoint(registry.server, account, Rank.OWNER)
        alice.seen()
        self.assertFalse(registry.set_oper(user, Rank.OPERATOR))
        self.assert_seen(alice)

    def test_all_of_his_sessions(self) -> None:
        """And those alone: what an account's other users are they stay."""
        first = self.account("Alice")
        second, (third,) = self.back("Alice"), self.people("Al")
        third.command(f"login Alice {SECRET}")
        self.forget()
        first.command("oper boss plain-sesame")
        for client in (first, second):
            self.assert_seen(client, ("empowered", "Alice", "operator"))
        self.assert_seen(third)
        self.assertEqual(self.server.user("Al").rank, Rank.USER)


globals().update(over_front_ends(Becoming))
