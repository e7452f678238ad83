"""What people ask of their own account: what it is, where it is used, all that is kept of it, and its end."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from chatd.services.erasing import Erasing
from chatd.settings import Accounts, Settings
from chatd.storage import archive
from tests.behaviour.cases import over_front_ends
from tests.behaviour.client import Client
from tests.behaviour.clients import JsonClient
from tests.behaviour.test_coming_back import SECRET, Returning


class Owning(Returning):
    """Ground for what follows."""

    def stored(self, place: str = "lobby") -> list[Any]:
        """Return what the database holds of a room."""
        with self.server.database.begin() as connection:
            return archive.before(connection, place, 1000)

    def erase(self) -> None:
        """Let the service do what deletions have left to do."""
        service = Erasing(self.server.registry, self.server.database, self.server.clock)  # type: ignore[arg-type]
        service.startService()
        for _ in range(20):
            self.server.clock.advance(1)
        service.stopService()


class Asking(Owning):
    """/account, /account sessions, /account export."""

    def test_info(self) -> None:
        alice = self.account("Alice")
        alice.command("join #dev")
        alice.command("room register")
        self.forget()
        alice.command("account")
        self.assertEqual(
            self.answer(alice),
            (
                "Alice, registered 2026-01-02 03:04:05Z",
                "  Founder of: #dev",
                "  Private messages: from everybody (/guests)",
                "  Sessions: 1 (/account sessions)",
            ),
        )

    def test_sessions(self) -> None:
        alice = self.account("Alice")
        self.back("Alice")
        self.forget()
        alice.command("account sessions")
        first, *rest = self.answer(alice)
        self.assertEqual((first, len(rest)), ("2 sessions:", 2))
        self.assertEqual(sum("this one" in line for line in rest), 1)

    def test_guests_have_none(self) -> None:
        (bob,) = self.people("Bob")
        for line in ("account", "account sessions", "account export"):
            bob.command(line)
            self.assert_refused(bob, "you are a guest")

    def records(self, client: Client) -> list[dict[str, Any]]:
        """Return the records that a client gets by /account export."""
        client.raw()
        client.command("account export")
        objects = [json.loads(line) for line in client.lines() if line.startswith(b"{")]
        return [each for each in objects if "kind" in each and each.get("type", "record") == "record"]

    def test_export_has_everything(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        alice.command("room register")
        bob.command("join #dev")
        for number in range(260):
            alice.say(f"line {number}")
            bob.say(f"other {number}")
        bob.command("pm Alice to alice")
        alice.command("pm Bob from alice")
        alice.command("ignore Bob")
        alice.command("kick #dev Bob")
        found = self.records(alice)
        kinds = {each["kind"] for each in found}
        self.assertEqual(kinds, {"account", "ranks", "members", "ignores", "audit", "event"})
        events = [each["data"] for each in found if each["kind"] == "event"]
        texts = [each["body"]["text"] for each in events if "body" in each]
        self.assertEqual(
            sorted(texts), sorted([*(f"line {number}" for number in range(260)), "to alice", "from alice"])
        )
        self.assertIn("kicked", {each["type"] for each in events})
        self.assertNotIn("argon2", json.dumps(found))

    def test_who_does_not_read_is_not_sent_it_all(self) -> None:
        """The export waits for its client, whatever it holds."""
        alice = self.account("Alice")
        for _ in range(400):
            alice.say("x" * 4000)
        alice.raw()
        alice.wire.stall()
        alice.command("account export")
        self.assertLess(alice.wire.held + alice.protocol.queue.size, 500_000)
        alice.wire.flow()
        for _ in range(30):
            self.server.turn()
            alice.wire.flow()
        self.assertGreater(len(alice.raw()), 1_600_000)
        self.assertFalse(alice.closed)


class Ending(Owning):
    """/account delete."""

    def test_the_name_is_free(self) -> None:
        alice, other = self.account("Alice"), self.back("Alice")
        (bob,) = self.people("Bob")
        alice.command("account delete wrong-horse")
        self.assertIn(b"wrong nickname or password", alice.raw())
        self.assertEqual(self.server.nicks(), ["Alice", "Bob"])
        alice.command(f"account delete {SECRET}")
        self.assertIn(b"Your account is deleted", alice.raw())
        self.assertTrue(alice.closed)
        self.assertTrue(other.closed)
        self.assertIn(("quit", "Alice", "account deleted"), bob.seen())
        again = self.client("Alice")
        again.command(f"login Alice {SECRET}")
        self.assertIn(b"wrong nickname or password", again.raw())
        self.restart()
        self.client("Alice")

    def test_what_was_said_is_nobodys(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.say("from alice")
        bob.say("from bob")
        bob.command("pm Alice to alice")
        alice.command(f"account delete {SECRET}")
        carol = self.client()
        carol.raw()
        carol.command("nick Carol")
        shown = carol.raw()
        self.assertIn(b"from alice", shown)
        self.assertNotIn(b"Alice:", shown)
        self.assertNotIn(b'"nick":"Alice"', shown)
        self.erase()
        self.assertEqual(
            [(event.who.nick, event.body.text, event.number) for event in self.stored()],
            [("(deleted)", "from alice", 1), ("Bob", "from bob", 2)],
        )
        with self.server.database.begin() as connection:
            rows = connection.exec_driver_sql("SELECT event FROM events").scalars()
            self.assertNotIn("Alice", " ".join(rows))
            self.assertEqual(connection.exec_driver_sql("SELECT * FROM erasures").all(), [])

    def test_after_a_restart_as_well(self) -> None:
        """What a deletion has left to do is done by the next process."""
        alice = self.account("Alice")
        alice.say("from alice")
        alice.command(f"account delete {SECRET}")
        self.restart()
        self.erase()
        self.assertEqual([event.who.nick for event in self.stored()], ["(deleted)"])

    def test_rooms_go_to_the_operator_who_was_here_last(self) -> None:
        alice, bob, carol = (self.account(nick) for nick in ("Alice", "Bob", "Carol"))
        for client in (alice, bob, carol):
            client.command("join #dev")
        alice.command("room register")
        for nick in ("Bob", "Carol"):
            alice.command(f"op {nick}")
        self.leave(carol)
        self.server.advance(60)
        self.leave(self.back("Bob"))
        alice.command(f"account delete {SECRET}")
        self.assertIn(("ranked", "Bob", "founder", "#dev", "localhost"), bob.seen())
        self.restart()
        room = self.server.registry.rooms["#dev"]
        self.assertEqual(self.server.registry.accounts.by_id(room.founder).name, "Bob")

    def test_a_room_without_operators_ends_with_its_last_member(self) -> None:
        alice = self.account("Alice")
        alice.command("join #dev")
        alice.command("room register")
        (bob,) = self.people("Bob")
        bob.command("join #dev")
        alice.command(f"account delete {SECRET}")
        bob.say("still here")
        bob.command("part #dev")
        self.assertNotIn("#dev", self.server.registry.rooms)


class Removing(Owning):
    """What is said by who is deleted can be removed instead."""

    settings = Settings(accounts=Accounts(on_delete="remove"))

    def test_gone(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.say("from alice")
        bob.say("from bob")
        alice.command(f"account delete {SECRET}")
        self.erase()
        self.assertEqual([(each.body.text, each.number) for each in self.stored()], [("from bob", 2)])
        carol = self.client()
        carol.raw()
        carol.command("nick Carol")
        self.assertNotIn(b"from alice", carol.raw())


class TakenBack(Owning):
    """A rank that lasts can be taken from who is not there."""

    def test_deop(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        for client in (alice, bob):
            client.command("join #dev")
        alice.command("room register")
        alice.command("op Bob")
        self.leave(bob)
        alice.command("room info")
        self.assertIn("  Operators: Bob", self.answer(alice))
        alice.command("deop Bob")
        self.assertIn(("unranked", "Bob", "operator", "#dev", "Alice"), alice.seen())
        self.restart()
        self.assertEqual(len(self.server.registry.rooms["#dev"].ranks), 1)


class Absent(Owning):
    """A founder who is away for too long gives way."""

    DAYS = 91 * 86_400

    def room(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        bob.command("join #dev")
        alice.command("room register")
        alice.command("op Bob")
        self.leave(alice, bob)

    def founder(self) -> str:
        registry = self.server.registry
        account = registry.accounts.by_id(registry.rooms["#dev"].founder)
        return "" if account is None else account.name

    def test_to_an_operator_who_is_here(self) -> None:
        self.room()
        self.server.advance(self.DAYS)
        bob = self.back("Bob")
        bob.raw()
        self.server.registry.relieve_founders()
        self.assertEqual(self.founder(), "Bob")
        if not isinstance(bob, JsonClient):
            self.assertIn(b"Bob is now founder of #dev, by localhost", bob.raw())
        self.restart()
        self.assertEqual(self.founder(), "Bob")

    def test_not_before_its_time(self) -> None:
        self.room()
        self.server.advance(self.DAYS - 2 * 86_400)
        self.back("Bob")
        self.server.registry.relieve_founders()
        self.assertEqual(self.founder(), "Alice")

    def test_not_while_he_is_here(self) -> None:
        self.room()
        self.back("Alice")
        self.server.advance(self.DAYS)
        self.back("Bob")
        self.server.registry.relieve_founders()
        self.assertEqual(self.founder(), "Alice")

    def test_not_to_who_is_absent_himself(self) -> None:
        self.room()
        self.server.advance(self.DAYS)
        self.server.registry.relieve_founders()
        self.assertEqual(self.founder(), "Alice")

    def test_never_if_the_owner_says_so(self) -> None:
        self.room()
        self.server.registry.renew(replace(self.server.registry.settings, accounts=Accounts(founder_days=0)))
        self.server.advance(self.DAYS)
        self.back("Bob")
        self.server.registry.relieve_founders()
        self.assertEqual(self.founder(), "Alice")


for _behaviour in (Asking, Ending, Removing, TakenBack, Absent):
    globals().update(over_front_ends(_behaviour))
