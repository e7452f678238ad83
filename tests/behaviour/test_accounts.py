"""Keeping a nickname, and coming back to it."""

from __future__ import annotations

from chatd.wire.telnet import HIDE, SHOW
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client
from tests.behaviour.clients import JsonClient, TextClient

SECRET = "correct-horse"


class Keeping(Behaviour):
    """/register, /login, /passwd."""

    def registered(self, nick: str = "Alice") -> None:
        """Let somebody register a nickname and leave."""
        client = self.client(nick)
        client.command(f"register {SECRET}")
        client.command("quit")
        self.forget()

    def newcomer(self) -> Client:
        client = self.client()
        client.raw()
        return client

    def test_it_is_kept(self) -> None:
        self.registered()
        bob = self.newcomer()
        bob.command("nick alice")
        self.assertIn(b"the nickname alice is registered", bob.raw().lower())
        bob.command("nick A1ice")
        self.assertIn(b"looks too much like Alice, which is registered", bob.raw())
        self.assertEqual(self.server.nicks(), [])

    def test_its_owner_comes_back(self) -> None:
        self.registered()
        alice = self.newcomer()
        alice.command(f"login alice {SECRET}")
        self.assertEqual(self.server.nicks(), ["Alice"])
        self.assertIsNotNone(self.server.user("Alice").who.account)
        self.assertIn(b"has joined #lobby" if not isinstance(alice, JsonClient) else b'"joined"', alice.raw())

    def test_a_wrong_password(self) -> None:
        self.registered()
        alice = self.newcomer()
        for line in ("login Alice wrong-horse", f"login Nobody {SECRET}"):
            alice.command(line)
            self.assertIn(b"wrong nickname or password", alice.raw())
        self.assertEqual(self.server.nicks(), [])

    def test_two_connections_are_one_user(self) -> None:
        self.registered()
        first, second = self.newcomer(), self.newcomer()
        first.command(f"login Alice {SECRET}")
        first.command("join #dev")
        (bob,) = self.people("Bob")
        bob.command("join #dev")
        self.forget()
        second.command(f"login Alice {SECRET}")
        self.assertEqual(self.server.nicks(), ["Alice", "Bob"])
        self.assert_seen(bob)
        self.forget()
        bob.say("hello")
        for client in (first, second):
            self.assertEqual([each[-1] for each in client.seen()], ["hello"])
        first.command("quit")
        self.assertEqual(self.server.nicks(), ["Alice", "Bob"])
        second.command("quit")
        self.assertEqual(self.server.nicks(), ["Bob"])

    def test_a_guest_logs_in(self) -> None:
        self.registered()
        (bob,) = self.people("Bob")
        bob.command(f"login Alice {SECRET}")
        self.assertIsNotNone(self.server.user("Bob").who.account)
        bob.command("nick Alice")
        self.assertEqual(self.server.nicks(), ["Alice"])

    def test_ranks_last(self) -> None:
        """The founder of a room who registers, leaves and comes back is its founder."""
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command(f"register {SECRET}")
        alice.command("quit")
        again = self.newcomer()
        again.command(f"login Alice {SECRET}")
        again.command("join #dev")
        self.forget()
        again.command("kick #dev Bob")
        self.assertIn("kicked", [each[0] for each in bob.seen()])

    def test_another_password(self) -> None:
        self.registered()
        alice = self.newcomer()
        alice.command(f"login Alice {SECRET}")
        alice.command("passwd wrong-horse battery-staple")
        self.assertIn(b"wrong nickname or password", alice.raw())
        alice.command(f"passwd {SECRET} battery-staple")
        self.assertIn(b"Your password is changed", alice.raw())
        bob = self.newcomer()
        bob.command("login Alice battery-staple")
        self.assertIsNotNone(bob.protocol.session.user)

    def test_only_where_nobody_listens(self) -> None:
        self.registered()
        eve = self.client(address="192.0.2.7")
        eve.raw()
        for line in (f"login Alice {SECRET}", "nick Alice"):
            eve.command(line)
            self.assertIn(b"over TLS", eve.raw())
        eve.command("nick Eve")
        eve.command(f"register {SECRET}")
        self.assertIn(b"over TLS only", eve.raw())

    def test_passwords_are_not_shown(self) -> None:
        (alice,) = self.people("Alice")
        alice.command(f"register {SECRET}")
        alice.command(f"login {SECRET}")
        alice.command(f"passwd {SECRET} battery-staple")
        self.assertNotIn(SECRET.encode(), alice.raw())


class Asked(Behaviour):
    """A person who types a registered nickname is asked for its password."""

    __test__ = True
    kinds = (TextClient,)

    def setUp(self) -> None:
        super().setUp()
        (alice,) = self.people("Alice")
        alice.command(f"register {SECRET}")
        alice.command("quit")
        self.person = self.client()
        self.person.raw()

    def test_the_right_one(self) -> None:
        self.person.transmit(b"alice\r\n")
        self.assertIn(b"Password of alice: ", self.person.raw())
        self.person.transmit(SECRET.encode() + b"\r\n")
        self.assertIn(b"-> You are Alice.", self.person.raw())

    def test_a_wrong_one_is_asked_for_again(self) -> None:
        """Who mistypes it and types it once more does not publish it as his nickname."""
        self.person.transmit(b"alice\r\n")
        self.person.raw()
        self.person.transmit(b"wrong-horse\r\n")
        answer = self.person.raw()
        self.assertIn(b"wrong nickname or password", answer)
        self.assertIn(b"Password of alice: ", answer)
        self.person.transmit(SECRET.encode() + b"\r\n")
        self.assertEqual(self.server.nicks(), ["Alice"])

    def test_one_that_begins_as_a_command_does(self) -> None:
        self.person.transmit(b"alice\r\n")
        self.person.raw()
        self.person.transmit(b"/hunter2-hunter2\r\n")
        answer = self.person.raw()
        self.assertIn(b"wrong nickname or password", answer)
        self.assertNotIn(b"hunter2", answer)

    def test_another_name_after_all(self) -> None:
        for line in (b"\r\n", b"/nick Carol\r\n"):
            person = self.client()
            person.transmit(b"alice\r\n")
            person.transmit(b"wrong-horse\r\n")
            person.raw()
            person.transmit(line)
            if line == b"\r\n":
                self.assertIn(b"Enter your nickname: ", person.raw())
                person.transmit(b"Bob\r\n")
        self.assertEqual(self.server.nicks(), ["Bob", "Carol"])

    def test_after_logging_out_a_nickname_is_asked_for(self) -> None:
        self.person.transmit(b"alice\r\n")
        self.person.transmit(SECRET.encode() + b"\r\n")
        self.person.raw()
        self.person.transmit(b"/logout\r\n")
        self.assertIn(b"Enter your nickname: ", self.person.raw())

    def test_it_is_hidden_while_it_is_typed(self) -> None:
        self.person.transmit(b"alice\r\n")
        self.assertIn(HIDE, self.person.raw())
        self.person.transmit(SECRET.encode() + b"\r\n")
        self.assertIn(SHOW, self.person.raw())


globals().update(over_front_ends(Keeping))
