"""A database that somebody else holds: live chat goes on, people are told, and it heals by itself."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest import TestCase

from tests.process.people import nc
from tests.process.server import Server, refused
from tests.requirements import requires


@requires("nc")
class Held(TestCase):
    def test_by_another_process(self) -> None:
        server = Server(self)
        alice, bob = nc(self, server, "Alice"), nc(self, server, "Bob")
        alice.say("before")
        bob.line("Alice: before")
        with closing(sqlite3.connect("data/chatd.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            alice.say("one")
            bob.line("Alice: one (not stored)")
            alice.line("-> Shown, but not stored")
            alice.say("two", "/users")
            bob.line("Alice: two (not stored)")
            alice.line("2 online: Alice, Bob")
            self.assertIn("database is locked", server.heard("messages cannot be stored"))
            other.execute("ROLLBACK")
        server.heard("events are shown when they are stored again")
        alice.say("three")
        self.assertEqual(bob.line("Alice: three"), "Alice: three")
        bob.say("/history")
        for text in ("before", "one", "two", "three"):
            bob.expect(f"Z Alice: {text}\r\n")
        bob.expect("#lobby, 1 to 4")
        server.stop()

    def test_acts_of_order_go_on(self) -> None:
        """A kick while nothing can be stored is done and seen; it is on record when there is an answer again."""
        server = Server(self)
        alice, bob = nc(self, server, "Alice"), nc(self, server, "Bob")
        for each in (alice, bob):
            each.say("/join #dev")
            each.expect("joined #dev")
        with closing(sqlite3.connect("data/chatd.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            alice.say("/kick Bob rude")
            bob.line("Bob was kicked from #dev by Alice (rude)")
            self.assertEqual(server.audited(), [])
            done = server.ctl("/broadcast it hangs")
            self.assertEqual(done.returncode, 0, done.stderr)
            alice.line("it hangs")
            other.execute("ROLLBACK")
        server.heard("events are shown when they are stored again")
        server.stop()
        again = Server(self)
        shown = again.ctl("/audit").stdout.splitlines()
        self.assertEqual(
            [line.split("  ")[-1] for line in shown[1:]], ["/kick Bob rude", "/broadcast it hangs", "/audit"]
        )

    def test_accounts_meanwhile(self) -> None:
        """Nobody can register then, and is told so; who has a password gets in."""
        server = Server(self)
        alice, bob = nc(self, server, "Alice"), nc(self, server, "Bob")
        alice.say("/register correct-horse")
        alice.line("Alice is your nickname now")
        with closing(sqlite3.connect("data/chatd.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            bob.say("/register correct-horse")
            bob.line("-> Error: that cannot be stored at the moment; try again later")
            alice.say("one")
            bob.line("Alice: one (not stored)")
            # Behind what waits to be stored, too.
            bob.say("/register correct-horse")
            bob.line("-> Error: that cannot be stored at the moment; try again later")
            again = nc(self, server)
            again.say("Alice", "correct-horse")
            again.line("You are Alice.")
            again.say("two")
            bob.line("Alice: two (not stored)")
            other.execute("ROLLBACK")
        server.heard("events are shown when they are stored again")
        bob.say("/register correct-horse")
        bob.line("Bob is your nickname now")

    def test_a_full_disk(self) -> None:
        """No file of the server may grow: live chat goes on, and is stored when there is room again."""
        server = Server(self)
        alice, bob = nc(self, server, "Alice"), nc(self, server, "Bob")
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (100, hard))
        alice.say("one")
        bob.line("Alice: one (not stored)")
        server.heard("messages cannot be stored")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        server.heard("events are shown when they are stored again")
        alice.say("two")
        bob.line("Alice: two")
        bob.say("/history")
        bob.expect("Z Alice: one\r\n")
        bob.expect("Z Alice: two\r\n")
        server.stop()
        again = Server(self)
        nc(self, again, "Carol").expect("Z Alice: two\r\n")

    def test_damaged(self) -> None:
        Server(self).stop()
        database = Path("data/chatd.db")
        data = bytearray(database.read_bytes())
        data[4096 * 2 : 4096 * 6] = b"\xa5" * 4096 * 4
        database.write_bytes(data)
        line = refused(self, "--data", "data", "--listen", "tcp:0:interface=127.0.0.1")
        self.assertIn("data/chatd.db: the database is damaged", line)
        self.assertEqual(database.read_bytes(), data)


@requires("nc")
class Restarted(TestCase):
    def test_what_lasts(self) -> None:
        """What was said in the lobby, its numbers, and the bans of the server."""
        server = Server(self)
        alice = nc(self, server, "Alice")
        alice.say("remember this")
        self.assertEqual(server.ctl("/ban spam* 1h testing").returncode, 0)
        server.stop()
        again = Server(self)
        bob = nc(self, again, "Bob")
        bob.expect("Z Alice: remember this\r\n")
        self.assertIn("spam*", again.ctl("/ban").stdout)
        bob.say("and this", "/history 5")
        bob.expect("#lobby, 1 to 2")

    def test_durability(self) -> None:
        """relaxed: written a moment later. off: not at all, which is said at the start."""
        for durability, kept in (("relaxed", True), ("off", False)):
            server = Server(self, "--set", f'storage.durability="{durability}"', data=durability)
            server.heard(f"storage.durability is {durability}")
            alice = nc(self, server, "Alice")
            alice.say("remember this", "/quit")
            alice.rest()
            server.stop()
            again = Server(self, data=durability)
            self.assertEqual("remember this" in history_of(self, again), kept)
            again.stop()


def history_of(case: TestCase, server: Server) -> str:
    bob = nc(case, server, "Bob")
    bob.say("/history", "/ping")
    bob.expect("pong")
    return bob.text
