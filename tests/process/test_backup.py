"""`chatd backup` beside a server under load, and a server on what is restored."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from threading import Event, Thread
from unittest import TestCase

from tests.process.people import Owner, nc
from tests.process.server import CHATD, Server
from tests.process.streams import PATIENCE, finished
from tests.process.torture import Senders, history
from tests.requirements import requires

MEGABYTE = 1_000_000
SENDERS = 10
BACKUPS = 2
LOG_LIMIT = 12 * MEGABYTE
"""The log of the database: SQLite begins it anew at some 4 MB, as soon as no reader is in the way."""
FREE = ("--set", "limits.lines_per_second=0", "--set", "history.on_join=0")


def backup(file: str, data: str = "data") -> CompletedProcess[str]:
    """Back up a data folder."""
    return finished(*CHATD, "backup", file, "--data", data)


def fill(path: Path, count: int) -> None:
    """Give the lobby a past."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (lobby,) = connection.execute("SELECT id FROM rooms WHERE name = '#lobby'").fetchone()
        connection.execute("INSERT INTO places (key, id, last) VALUES (1, ?, ?)", (lobby, count))
        connection.executemany(
            "INSERT INTO events (place, number, time, event) VALUES (1, ?, 0, ?)",
            ((number, "x" * 500) for number in range(1, count + 1)),
        )


class UnderLoad(TestCase):
    log_size = 0

    def largest(self, path: Path, stop: Event) -> None:
        while not stop.wait(0.01):
            self.log_size = max(self.log_size, path.stat().st_size)

    def backups(self, server: Server) -> None:
        """Back up some times while everybody talks, then let the server crash."""
        stop = Event()
        watch = Thread(target=self.largest, args=(server.data / "chatd.db-wal", stop))
        watch.start()
        try:
            for number in range(BACKUPS):
                done = backup(f"{number}.jsonl")
                self.assertEqual(done.returncode, 0, done.stderr)
        finally:
            stop.set()
            watch.join()
            server.kill()

    def test_what_is_restored_is_what_was_said_until_then(self) -> None:
        filler = Server(self, *FREE)
        filler.stop()
        fill(Path("data/chatd.db"), 100_000)
        server = Server(self, *FREE)
        senders = Senders(SENDERS)
        # Senders talk in this thread; the backups are made in another.
        failed: list[BaseException] = []

        def backups() -> None:
            try:
                self.backups(server)
            except BaseException as error:  # noqa: BLE001 - the test fails with it below
                failed.append(error)

        beside = Thread(target=backups)
        senders.run(server.port(), 0.5, beside.start)
        beside.join()
        self.assertEqual(failed, [])
        self.assertLess(self.log_size, LOG_LIMIT)
        done = finished(*CHATD, "restore", f"{BACKUPS - 1}.jsonl", "--data", "restored", timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        with closing(sqlite3.connect("restored/chatd.db")) as connection:
            self.assertIsNone(connection.execute("PRAGMA foreign_key_check").fetchone())
            connection.execute("DELETE FROM events WHERE number <= 100000")
            connection.commit()
        found = history(Server(self, *FREE, data="restored").port())
        last = found[-1][0]
        self.assertEqual([number for number, _ in found], list(range(100_001, last + 1)))
        said = {text: number for text, number in senders.stored.items() if number <= last}
        kept = {text: number for number, text in found}
        self.assertEqual({text: kept.get(text) for text in said}, said)
        self.assertGreater(len(said), SENDERS)
        print(
            f"{BACKUPS} backups beside {SENDERS} senders: {senders.said:,} said, {len(found):,} of them restored, "
            f"log of the database at most {self.log_size / MEGABYTE:.1f} MB"
        )


@requires("nc")
@requires("ssh")
class TheSame(TestCase):
    def test_keys_bans_and_digest(self) -> None:
        """Whoever was banned by what hides his address still is, and the owner's ssh knows the host again."""
        owner = Owner(self)
        server = Server(self, *owner.options)
        nc(self, server, "Alice").say("remember this")
        self.assertEqual(server.ctl("/ban spam* 1h testing").returncode, 0)
        server.stop()
        first = backup("first.jsonl")
        done = finished(*CHATD, "restore", "first.jsonl", "--data", "restored")
        self.assertEqual((first.returncode, done.returncode), (0, 0), first.stderr + done.stderr)
        for name in ("cloak.key", "ssh_host_ed25519"):
            self.assertEqual(Path("restored", name).read_bytes(), Path("data", name).read_bytes())
        backup("second.jsonl", "restored")
        self.assertEqual(Path("first.jsonl").read_bytes(), Path("second.jsonl").read_bytes())
        again = Server(self, *owner.options, data="restored")
        self.assertIn("spam*", again.ctl("/ban").stdout)
        nc(self, again, "Bob").expect("Z Alice: remember this\r\n")


class Refused(TestCase):
    def chatd(self, *words: str, status: int = 1) -> str:
        done = finished(*CHATD, *words)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (status, 1), done.stderr)
        return done.stderr

    def test_in_one_line(self) -> None:
        server = Server(self)
        self.assertIn(
            "nowhere/chatd.db: there is no database", self.chatd("backup", "x.jsonl", "--data", "nowhere")
        )
        self.assertEqual(backup("x.jsonl").returncode, 0)
        self.assertIn("--force overwrites it", self.chatd("backup", "x.jsonl", "--data", "data"))
        self.assertIn("it is there already", self.chatd("restore", "x.jsonl", "--data", "data"))
        self.assertIn(
            "not a backup of chatd", self.chatd("restore", str(server.data / "chatd.db"), "--data", "new")
        )
        self.assertFalse(Path("new").exists())

    def test_a_server_that_has_the_folder(self) -> None:
        server = Server(self)
        self.assertEqual(backup("x.jsonl").returncode, 0)
        # Even if somebody has removed the database under it.
        for path in server.data.glob("chatd.db*"):
            path.rename(path.name)
        self.assertIn(
            "another server is using this folder", self.chatd("restore", "x.jsonl", "--data", "data")
        )
        for path in Path().glob("chatd.db*"):
            path.rename(server.data / path.name)

    def test_to_standard_output(self) -> None:
        Server(self).stop()
        done = backup("-")
        Path("x.jsonl").write_text(done.stdout)
        self.assertEqual(finished(*CHATD, "restore", "x.jsonl", "--data", "new").returncode, 0)

    def test_nobody_reads_it(self) -> None:
        Server(self).stop()
        fill(Path("data/chatd.db"), 10_000)
        process = subprocess.Popen(
            [*CHATD, "backup", "-", "--data", "data"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual((process.wait(PATIENCE), process.stderr.read()), (1, b""))
        process.stderr.close()


@requires("nc")
class Purged(TestCase):
    def test_from_the_start_on(self) -> None:
        """What is due when a server starts is shown to nobody any more, and soon it is gone."""
        server = Server(self)
        alice = nc(self, server, "Alice")
        alice.say(*(f"line {number}" for number in range(1, 6)), "/history 5")
        alice.expect("#lobby, 1 to 5")
        server.stop()
        again = Server(self, "--set", "history.keep_messages=2", "--set", "limits.lines_per_second=0")
        bob = nc(self, again)
        bob.say("Bob", "/version")
        shown = bob.expect("-> chatd")
        self.assertIn("line 4", shown)
        self.assertNotIn("line 3", shown)
        for _ in range(200):
            bob.say("/history 5")
            if "#lobby, 4 to 5" in bob.expect("shows what came before"):
                break
        else:
            self.fail("it is still there")
