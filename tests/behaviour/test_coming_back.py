"""What an account finds again when it comes back: its rooms, whom it ignores, and what was said to it meanwhile."""

from __future__ import annotations

import json

from chatd.core.masks import MaskList
from chatd.settings import Limits, Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client
from tests.behaviour.clients import IrcClient, JsonClient
from tests.behaviour.server import Server

SECRET = "correct-horse"


class Returning(Behaviour):
    """Ground for what follows."""

    def account(self, nick: str) -> Client:
        """Return a client with an account, in the lobby."""
        client = self.client(nick)
        client.command(f"register {SECRET}")
        self.forget()
        return client

    def leave(self, *clients: Client) -> None:
        for client in clients:
            client.command("quit")
            self.clients.remove(client)
        self.forget()

    def back(self, nick: str) -> Client:
        """Return a client that has just logged in, and has seen nothing of what that showed."""
        client = self.client()
        client.raw()
        client.command(f"login {nick} {SECRET}")
        return client

    @staticmethod
    def private(client: Client) -> list[str]:
        """Return the texts of the private messages that a client is shown again."""
        data = client.raw().decode()
        if isinstance(client, JsonClient):
            frames = [json.loads(line) for line in data.splitlines()]
            return [frame["body"]["text"] for frame in frames if frame["type"] == "private"]
        if isinstance(client, IrcClient):
            return [
                line.partition(" :")[2] for line in data.splitlines() if f" PRIVMSG {client.nick} " in line
            ]
        return [line.partition("] ")[2] for line in data.splitlines() if "[PM " in line]

    def restart(self) -> None:
        """Let another server begin with what this one kept."""
        while self.clients:
            self.clients.pop().hang_up()
        self.server = Server(self.server.registry.settings, self.server.database)


class Waiting(Returning):
    """Private messages to who is not there."""

    def test_they_come_once(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        self.leave(bob)
        alice.command("pm Bob one")
        self.assertEqual(self.answer(alice), ("Bob is not here and gets your message when he comes.",))
        alice.command("pm bob two")
        bob = self.back("Bob")
        self.assertEqual(self.private(bob), ["one", "two"])
        self.leave(bob)
        self.assertEqual(self.private(self.back("Bob")), [])

    def test_marked_so(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        self.leave(bob)
        alice.command("pm Bob hi")
        data = self.back("Bob").raw()
        if isinstance(self.clients[-1], JsonClient):
            self.assertIn(b'"waited":true', data)
            self.assertIn(b'"replay":true', data)
        else:
            self.assertIn(b"-> A private message waited for you:\r\n", data)
            self.assertIn(b"2026-01-02 03:04:05Z [PM from Alice] hi\r\n", data)

    def test_over_a_restart(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        self.leave(bob)
        alice.command("pm Bob hi")
        self.restart()
        self.assertEqual(self.private(self.back("Bob")), ["hi"])

    def test_to_who_logs_in_later(self) -> None:
        """A guest of another name who logs in gets them as well."""
        alice, bob = self.account("Alice"), self.account("Bob")
        self.leave(bob)
        alice.command("pm Bob hi")
        (carol,) = self.people("Carol")
        carol.command(f"login Bob {SECRET}")
        self.assertEqual(self.private(carol), ["hi"])

    def test_who_is_here_under_another_name_gets_them_now(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        bob.command("nick Robert")
        bob.raw()
        alice.command("pm Bob hi")
        self.assertEqual(self.private(bob), ["hi"])

    def test_while_the_commit_waits(self) -> None:
        """Who comes back before what was said to him is stored is shown it all the same, once."""
        alice, bob = self.account("Alice"), self.account("Bob")
        self.leave(bob)
        self.server.store.holding = True
        alice.command("pm Bob hi")
        bob = self.back("Bob")
        self.assertEqual(self.private(bob), [])
        self.server.store.release()
        self.assertEqual(self.private(bob), ["hi"])

    def test_guests_are_told_why_not(self) -> None:
        self.leave(self.account("Bob"))
        (carol,) = self.people("Carol")
        carol.command("pm Bob hi")
        self.assert_refused(carol, "keeps messages of accounts only")

    def test_who_is_ignored_does_not_get_through(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        bob.command("ignore Alice")
        self.leave(bob)
        alice.command("pm Bob hi")
        data = self.back("Bob").raw()
        self.assertNotIn(b"waited", data)
        self.assertNotIn(b"hi", data.partition(b"#lobby")[2].replace(b"chat", b""))

    def test_they_are_part_of_private_history(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        bob.command("pm Alice ho")
        self.leave(bob)
        alice.command("pm Bob hi")
        alice.raw()
        alice.command("history @bob")
        self.assertEqual(self.private(alice), ["ho", "hi"])
        (carol,) = self.people("Carol")
        carol.command("history @Bob")
        self.assert_refused(carol, "you are a guest")


class Full(Returning):
    """So many may wait, and so many of one account."""

    settings = Settings(limits=Limits(mail=3, mail_per_sender=2))

    def test_bounds(self) -> None:
        alice, carol, bob = self.account("Alice"), self.account("Carol"), self.account("Bob")
        self.leave(bob)
        for _ in range(3):
            alice.command("pm Bob hi")
        self.assertIn(b"2 of your messages wait for Bob already", alice.raw())
        carol.command("pm Bob hi")
        carol.raw()
        carol.command("pm Bob hi")
        self.assertIn(b"Bob has 3 messages waiting already", carol.raw())
        self.assertEqual(len(self.private(self.back("Bob"))), 3)
        alice.command("pm Bob hi")
        self.assertNotIn("error", [each[0] for each in alice.seen()])


class Keeping(Returning):
    """Rooms, ignores, absence, and who may write."""

    def test_rooms(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        for room in ("#dev", "#gone"):
            alice.command(f"join {room}")
        bob.command("join #dev")
        bob.command("room private #dev off")
        alice.command("part #gone")
        self.leave(alice)
        bob.raw()
        self.back("Alice")
        self.assertEqual(
            sorted(room.name.shown for room in self.server.user("Alice").rooms.values()), ["#dev", "#lobby"]
        )
        self.assertIn(("joined", "Alice", "#dev", "2"), bob.seen())

    def test_rooms_where_he_was_a_guest_before(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.command(f"register {SECRET}")
        self.leave(alice)
        self.back("Alice")
        self.assertIn("#dev", [room.name.shown for room in self.server.user("Alice").rooms.values()])

    def test_a_private_registered_room_over_a_restart(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        alice.command("room private on")
        alice.command("room register")
        alice.command("invite Bob")
        bob.command("join #dev")
        self.restart()
        self.back("Bob")
        self.assertIn("#dev", [room.name.shown for room in self.server.user("Bob").rooms.values()])

    def test_not_where_he_is_banned(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        bob.command("join #dev")
        self.leave(bob)
        alice.command("ban #dev account:Bob")
        self.back("Bob")
        self.assertEqual(len(self.server.user("Bob").rooms), 1)

    def test_where_an_exception_saves_him_from_a_ban_over_a_restart(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        alice.command("room register")
        for line in ("exempt #dev ~a:Bob", "ban #dev *o*"):
            alice.command(line)
        bob.command("join #dev")
        alice.command("room limit #dev 1")
        self.restart()
        self.back("Bob")
        self.assertIn("#dev", [room.name.shown for room in self.server.user("Bob").rooms.values()])
        room = self.server.registry.rooms["#dev"]
        (kept,) = room.lists[MaskList.EXCEPTION].values()
        self.assertEqual((kept.by, kept.made is not None), ("Alice", True))
        self.assertIsNotNone(room.bans["*o*"].made)

    def test_whom_he_ignores(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        bob.command("ignore Alice")
        self.restart()
        bob = self.back("Bob")
        alice = self.back("Alice")
        bob.raw()
        alice.say("hello")
        alice.command("pm Bob hello")
        self.assertEqual(bob.raw(), b"")
        bob.command("unignore Alice")
        self.restart()
        bob = self.back("Bob")
        alice = self.back("Alice")
        bob.raw()
        alice.say("hello")
        self.assertIn(b"hello", bob.raw())

    def test_whom_a_guest_ignores_his_account_ignores(self) -> None:
        self.account("Alice")
        (bob,) = self.people("Bob")
        bob.command("ignore Alice")
        bob.command(f"register {SECRET}")
        self.restart()
        self.back("Bob")
        self.assertEqual(list(self.server.user("Bob").ignoring.values()), ["Alice"])

    def test_that_he_was_away(self) -> None:
        bob = self.account("Bob")
        bob.command("away at lunch")
        self.leave(bob)
        bob = self.back("Bob")
        self.assertIn(b"You are away: at lunch. /back ends it.", bob.raw())
        bob.command("back")
        self.leave(bob)
        self.back("Bob")
        self.assertIsNone(self.server.user("Bob").away)

    def test_no_guests(self) -> None:
        bob = self.account("Bob")
        bob.command("guests off")
        self.restart()
        self.back("Bob")
        (carol,) = self.people("Carol")
        carol.command("pm Bob hi")
        self.assert_refused(carol, "takes no private messages from guests")
        alice = self.account("Alice")
        alice.command("pm Bob hi")
        self.assertNotIn("error", [each[0] for each in alice.seen()])

    def test_what_a_guest_was_in_a_registered_room(self) -> None:
        """The operator of a registered room who registers later is its operator for good."""
        alice = self.account("Alice")
        alice.command("join #dev")
        alice.command("room register")
        (bob,) = self.people("Bob")
        bob.command("join #dev")
        alice.command("op Bob")
        bob.command(f"register {SECRET}")
        self.restart()
        bob = self.back("Bob")
        bob.command("join #dev")
        bob.raw()
        bob.command("topic #dev News")
        self.assertEqual(self.server.registry.rooms["#dev"].topic, "News")


class LoggingOut(Returning):
    """/logout."""

    def test_another_name_is_chosen(self) -> None:
        alice = self.account("Alice")
        alice.command("logout")
        self.assertIn(b"You are logged out", alice.raw())
        self.assertEqual(self.server.nicks(), [])
        alice.command("nick Alice")
        self.assertIn(b"is registered", alice.raw())
        alice.command("nick Zoe")
        self.assertIn(b"Zoe", alice.raw())
        alice.say("hello")
        self.assertEqual(self.server.nicks(), ["Zoe"])
        self.assertIsNone(self.server.user("Zoe").who.account)

    def test_the_others_stay(self) -> None:
        first, second = self.account("Alice"), self.back("Alice")
        second.command("logout")
        second.raw()
        self.assertEqual(self.server.nicks(), ["Alice"])
        (bob,) = self.people("Bob")
        bob.say("hello")
        self.assertIn(b"hello", first.raw())
        self.assertEqual(second.raw(), b"")

    def test_a_guest(self) -> None:
        (bob,) = self.people("Bob")
        bob.command("logout")
        self.assert_refused(bob, "you are a guest")

    def test_who_does_not_choose_is_dropped(self) -> None:
        alice = self.account("Alice")
        alice.command("logout")
        self.server.advance(61)
        self.assertTrue(alice.closed)


for _behaviour in (Waiting, Full, Keeping, LoggingOut):
    globals().update(over_front_ends(_behaviour))
