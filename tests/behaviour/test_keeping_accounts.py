"""What the owner does to accounts at his shell, as those whom it meets see it."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from chatd.core.user import Rank
from chatd.frontends.session import TEXT
from chatd.frontends.shell import Operator, ShellSession
from chatd.settings import Accounts, Settings
from chatd.wire.requests import Command
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client

OLD, NEW = "correct-horse", "battery-staple"


class KeepingCase(Behaviour):
    def shell(self, line: str, rank: Rank = Rank.OWNER) -> str:
        """Run a command at the owner's shell, or an operator's, and return what it answered."""
        output = bytearray()
        session = ShellSession(
            self.server.registry,
            self.server.commands,
            Operator("ssh", "SHA256:key", "192.0.2.99", rank),
            TEXT,
            output.extend,
            lambda: None,
        )
        session.run(Command(f"/{line}"))
        self.server.turn()
        return output.decode().removeprefix("-> ").rstrip()

    def newcomer(self) -> Client:
        client = self.client()
        client.raw()
        return client

    def logged_in(self, name: str = "Alice", password: str = OLD) -> Client:
        client = self.newcomer()
        client.command(f"login {name} {password}")
        self.assertIsNotNone(client.protocol.session.user, client.raw())
        return client

    def assert_out(self, client: Client, words: str) -> None:
        """The client was told so and disconnected."""
        self.assertIn(words.encode(), client.raw())
        self.assertTrue(client.closed)

    def assert_not_let_in(self, password: str, words: str, name: str = "Alice") -> None:
        client = self.newcomer()
        client.command(f"login {name} {password}")
        self.assertIn(words.encode(), client.raw())
        self.assertIsNone(client.protocol.session.user)


class Keeping(KeepingCase):
    """/account add, passwd, suspend, resume."""

    def setUp(self) -> None:
        super().setUp()
        self.assertEqual(self.shell(f"account add Alice {OLD}"), "Alice has an account.")

    def test_added(self) -> None:
        self.logged_in()
        self.assertEqual(self.server.nicks(), ["Alice"])
        for line, words in (
            (f"account add ALICE {OLD}", "the nickname ALICE is registered"),
            (f"account add A1ice {OLD}", "looks too much like Alice"),
            (f"account add Server {OLD}", "the nickname Server is reserved"),
            (f"account add {'w' * 33} {OLD}", "at most 32 characters"),
            (f"account add 1st {OLD}", "cannot begin with a digit"),
            ("account add Bob two words", "a password has no spaces"),
            ("account add Bob", "Usage: /account add NAME PASSWORD"),
            ("account", "/account takes one of: add, list, passwd, resume, suspend"),
        ):
            self.assertIn(words, self.shell(line))
        self.assertEqual(len(self.server.registry.accounts), 1)

    def test_a_guest_of_that_name(self) -> None:
        (bob,) = self.people("Bob")
        self.assertIn("A guest of that name is here", self.shell(f"account add Bob {OLD}"))
        bob.command(f"login {OLD}")
        self.assertIsNotNone(self.server.user("Bob").who.account)

    def test_suspended(self) -> None:
        """All its users are off at once, on every connection and whatever they are called; others stay."""
        first, second = self.logged_in(), self.logged_in()
        (other, bob) = self.people("Al", "Bob")
        other.command(f"login Alice {OLD}")
        self.forget()
        answer = self.shell("account suspend Alice spamming")
        self.assertEqual(answer, "Alice is suspended; 2 users put off the server.")
        for client in (first, second, other):
            self.assert_out(client, "(account suspended: spamming)")
        self.assertEqual(self.server.nicks(), ["Bob"])
        self.assertFalse(bob.closed)
        self.assertIn("suspended already", self.shell("account suspend Alice"))

    def test_a_suspended_account_is_out(self) -> None:
        """Who knows the password is told; nobody else learns of it. The name stays taken."""
        self.shell("account suspend Alice")
        self.assert_not_let_in(OLD, "this account is suspended; ask the owner of the server")
        self.assert_not_let_in("wrong-horse", "wrong nickname or password")
        (bob,) = self.people("Bob")
        for nick, words in (("Alice", "is registered"), ("A1ice", "looks too much like Alice")):
            bob.command(f"nick {nick}")
            self.assert_refused(bob, words)
        bob.command(f"login Alice {OLD}")
        self.assert_refused(bob, "this account is suspended")
        self.assertEqual(self.shell("account resume Alice"), "Alice may log in again.")
        self.logged_in()
        self.assertIn("is not suspended", self.shell("account resume Alice"))

    def test_a_reason_too_long_changes_nothing(self) -> None:
        alice = self.logged_in()
        self.assertIn("too long", self.shell(f"account suspend Alice {'x' * 400}"))
        self.assertFalse(alice.closed)
        self.logged_in()

    def test_another_password(self) -> None:
        """It ends the account's sessions, and the old one is worth nothing."""
        first, second = self.logged_in(), self.logged_in()
        self.assertIn("no spaces", self.shell("account passwd Alice two words"))
        self.assertFalse(first.closed)
        answer = self.shell(f"account passwd Alice {NEW}")
        self.assertEqual(answer, "Alice has another password; 2 sessions ended.")
        for client in (first, second):
            self.assert_out(client, "has set another password")
        self.assert_not_let_in(OLD, "wrong nickname or password")
        self.logged_in(password=NEW)

    def test_a_short_one(self) -> None:
        """The owner knows what he does; people's own have a least length, which those there are need not have."""
        self.shell("account add Bob x")
        self.shell("account passwd Alice y")
        alice = self.logged_in(password="y")
        alice.raw()
        alice.command("passwd y z")
        self.assert_refused(alice, "at least 8 characters")

    def test_of_ones_own(self) -> None:
        """/passwd ends the other sessions of the account, under any nickname, and not the one it is typed in."""
        first, second, (other,) = self.logged_in(), self.logged_in(), self.people("Al")
        other.command(f"login Alice {OLD}")
        (bob,) = self.people("Bob")
        first.command(f"passwd wrong-horse {NEW}")
        self.assertFalse(second.closed)
        first.command(f"passwd {OLD} {NEW}")
        self.assertIn(b"Your other sessions are ended.", first.raw())
        for client in (second, other):
            self.assert_out(client, "The password of your account was changed.")
        self.assertEqual(self.server.nicks(), ["Alice", "Bob"])
        self.assertFalse(first.closed or bob.closed)
        self.logged_in(password=NEW)

    def test_listed(self) -> None:
        self.shell(f"account add Bob {OLD}")
        self.shell("account suspend Bob")
        day = "2026-01-02"
        alice, bob = (f"{name}: created {day}, seen {day}" for name in ("Alice", "Bob"))
        self.assertEqual(
            self.shell("account list").split("\n"),
            ["2 accounts:\r", f"     {alice}\r", f"     {bob}, suspended"],
        )
        self.assertIn(alice, self.shell("account list AL*"))
        self.assertEqual(self.shell("account list x*"), "0 accounts:")
        self.assertIn("a mask has at most", self.shell(f"account list {'x' * 200}"))

    def test_operators(self) -> None:
        """They suspend whom they do not rank below, and make no accounts."""
        self.assertIn("/account takes one of: list", self.shell(f"account add Bob {OLD}", Rank.OPERATOR))
        self.assertIn("is suspended", self.shell("account suspend Alice", Rank.OPERATOR))
        accounts = self.server.registry.accounts
        (alice,) = accounts
        accounts.put(replace(alice, rank=Rank.OWNER))
        for line in ("account resume Alice", "account suspend Alice"):
            self.assertIn("Alice ranks above you", self.shell(line, Rank.OPERATOR))

    def test_nobody(self) -> None:
        for line in ("suspend Bob", "resume Bob", f"passwd Bob {NEW}"):
            self.assertIn("no account named Bob", self.shell(f"account {line}"))


class Inviting(KeepingCase):
    """accounts.registration = "invite"."""

    settings: ClassVar[Settings] = Settings(accounts=Accounts(registration="invite"))

    def code(self, line: str = "invitation") -> str:
        return self.shell(line).split("\r\n")[0]

    def test_a_code_registers_once(self) -> None:
        code = self.code()
        alice, bob = self.people("Alice", "Bob")
        alice.command(f"register {code} {OLD}")
        self.assertIn(b"Alice is your nickname now", alice.raw())
        bob.command(f"register {code} {OLD}")
        self.assert_refused(bob, "wrong, used or out of date")
        alice.command("quit")
        self.logged_in()

    def test_without_one(self) -> None:
        """It is said how to get one; a password that is tried as a code is shown to nobody."""
        (alice,) = self.people("Alice")
        for line in ("register", f"register {OLD}", f"register {OLD} {NEW}"):
            alice.command(line)
            answer = alice.raw()
            self.assertNotIn(OLD.encode(), answer)
            self.assertIn(
                b"CODE" if line != f"register {OLD} {NEW}" else b"ask the owner of the server", answer
            )
        self.assertEqual(len(self.server.registry.accounts), 0)

    def test_out_of_date(self) -> None:
        week, hour = self.code(), self.code("invitation 1h")
        self.server.advance(3600)
        (alice,) = self.people("Alice")
        alice.command(f"register {hour} {OLD}")
        self.assert_refused(alice, "wrong, used or out of date")
        self.server.advance(6.9 * 86_400)
        (bob,) = self.people("Bob")
        bob.command(f"register {week} {OLD}")
        self.assertIn(b"Bob is your nickname now", bob.raw())

    def test_listed_and_revoked(self) -> None:
        """A list shows no codes, but what to revoke them by."""
        self.assertEqual(self.shell("invitation list"), "0 open invitations.")
        code = self.code()
        listed = self.shell("invitation list")
        self.assertIn("1 open invitation:", listed)
        self.assertIn("until 2026-01-09 03:04Z, by SHA256:key", listed)
        self.assertNotIn(code, listed)
        self.assertIn("no invitation begins", self.shell("invitation revoke ffffffffffff"))
        self.shell(f"invitation revoke {listed.split()[3]}")
        (alice,) = self.people("Alice")
        alice.command(f"register {code} {OLD}")
        self.assert_refused(alice, "wrong, used or out of date")

    def test_guessing_is_slowed(self) -> None:
        (alice,) = self.people("Alice")
        for _ in range(3):
            alice.command(f"register guess {OLD}")
            self.assert_refused(alice, "wrong, used or out of date")
        alice.command(f"register {self.code()} {OLD}")
        self.assert_refused(alice, "too many wrong codes")


class Shells(KeepingCase):
    """What is recorded of these commands, and who has them."""

    __test__ = True

    def test_secrets_are_not_recorded(self) -> None:
        """Nor what is mistyped: it may hold one."""
        redacted = self.server.commands.redacted
        for line, recorded in (
            (f"/account add Alice {OLD}", "/account add [redacted]"),
            (f"/ACCOUNT  PASSWD Alice {OLD}", "/account passwd [redacted]"),
            (f"/account addd Alice {OLD}", "/account [redacted]"),
            (f"/acount add Alice {OLD}", "[unknown command]"),
            (f"/register {OLD}", "/register [redacted]"),
            ("/account suspend Alice spamming", "/account suspend Alice spamming"),
            ("/kick Bob", "/kick Bob"),
            ("/nonsense", "[unknown command]"),
        ):
            self.assertEqual(redacted(line), recorded)

    def test_not_in_the_chat(self) -> None:
        """An owner who types a password where he chats is told nothing of these commands."""
        (alice,) = self.people("Alice")
        self.server.user("Alice").rank = Rank.OWNER
        for line in (f"account add Bob {OLD}", "account list", "invitation", "help account add"):
            alice.command(line)
            (seen,) = alice.seen()
            self.assertIn(seen[0], ("error", "usage"))
            self.assertNotIn("add", seen[1].replace("account add", ""))
        self.assertEqual(len(self.server.registry.accounts), 0)


globals().update(over_front_ends(Keeping) | over_front_ends(Inviting))
