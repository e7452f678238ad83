"""Logs that cannot be written: nobody reads stdout, nobody is there, the disk is full. The chat goes on."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import TestCase

from tests.process.server import ANY_PORT, BY_SIGTERM, CHATD, HINTS, TWISTD, clean, refused
from tests.process.streams import PATIENCE, Peer, Transcript, dial, finished, reader, run

QUICK = ("--set", "limits.lines_per_second=0")
LINE = "x" * 4000
# More than the pipe (64 KiB) and the queue (1 MiB) take of the debug log.
LINES = 400
SMALL = 200
"""Bytes that a full disk still has room for."""


class Person:
    """Somebody in the lobby, on a bare socket."""

    def __init__(self, case: TestCase, port: int, nick: str) -> None:
        connection = dial(case, port)
        self.say = lambda line: connection.sendall(f"{line}\n".encode())
        self._lines = connection.makefile("r", encoding="utf-8", newline="\r\n")
        case.addCleanup(self._lines.close)
        self.say(nick)
        self.hear(f"{nick} has joined #lobby")

    def hear(self, words: str) -> None:
        """Wait for a line with these words."""
        for line in self._lines:
            if words in line:
                return
        raise AssertionError(f"the end came without {words!r}")


class Trouble(TestCase):
    """A server whose stdout the test holds."""

    def start(self, *options: str, twistd: Sequence[str] = (), **how: Any) -> subprocess.Popen[bytes]:
        """Start one in the background; it has ended when the test ends, by SIGTERM and in time."""
        command = [TWISTD, "-n", "--pidfile=", *twistd, "chatd", "--listen", ANY_PORT, "--data", "data"]
        process = subprocess.Popen([*command, *QUICK, *options], stdin=subprocess.DEVNULL, **how)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.kill)
        return process

    def stop(self, process: subprocess.Popen[bytes], seconds: float = PATIENCE) -> None:
        process.send_signal(signal.SIGTERM)
        self.assertIn(process.wait(seconds), BY_SIGTERM)

    def up(self) -> None:
        """Wait until a server whose log cannot be read answers."""
        deadline = time.monotonic() + PATIENCE
        while finished(*CHATD, "ctl", "--data", "data", "/users").returncode:
            self.assertLess(time.monotonic(), deadline)

    def couple(self, port: int) -> tuple[Person, Person]:
        alice, bob = Person(self, port, "Alice"), Person(self, port, "Bob")
        alice.hear("Bob has joined")
        return alice, bob

    def talk(self, alice: Person, bob: Person, count: int) -> None:
        """Let two people talk; every line of one has to reach the other."""
        for number in range(count):
            alice.say(f"{number} {LINE}")
            bob.hear(f"Alice: {number} {LINE}")
        bob.say("I hear you")
        alice.hear("Bob: I hear you")


class Stdout(Trouble):
    """Of a pipe."""

    def opened(self, process: subprocess.Popen[bytes]) -> int:
        """Read until the server is open, and no further; return its port."""
        assert process.stdout is not None
        text = ""
        while "control.sock open" not in text:
            text += os.read(process.stdout.fileno(), 65536).decode()
        found = re.search(HINTS["text"], text)
        assert found is not None
        return int(found[1])

    def test_nobody_reads(self) -> None:
        """The chat goes on; who reads at last finds whole records, and how many are missing."""
        process = self.start("-d", stdout=subprocess.PIPE)
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        alice, bob = self.couple(self.opened(process))
        self.talk(alice, bob, LINES)
        log = Transcript(reader(process.stdout))
        self.assertGreater(int(log.find(r"Z \[chatd\.log#warn\] (\d+) records were lost")), 0)
        alice.say("after it")
        log.find(r'chatd\.events#debug\] .*"after it"')
        self.stop(process)
        log.rest()
        log.join()
        for line in clean(log.text).splitlines()[1:]:
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[\S+\] .+\Z")
        self.assertIn("Server Shut Down", log.text)

    def test_nobody_ever_reads(self) -> None:
        """It ends in time all the same."""
        process = self.start("-d", stdout=subprocess.PIPE)
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        self.talk(*self.couple(self.opened(process)), LINES)
        self.stop(process, 10)

    def test_full_from_the_start(self) -> None:
        """It starts all the same; who reads at last finds all of it."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        with os.fdopen(writing, "wb", 0) as pipe:
            os.set_blocking(writing, False)
            filled = pipe.write(b"-" * 1_000_000)
            os.set_blocking(writing, True)
            process = self.start(stdout=writing)
        self.up()
        log = Transcript(lambda: os.read(reading, 65536))
        self.addCleanup(log.join)
        log.find(r"starting up(?s:.*)control\.sock open")
        self.stop(process)
        log.rest()
        self.assertNotIn("lost", clean(log.text[filled:]))

    def test_nobody_is_there(self) -> None:
        """Who read has gone: neither that nor the end of the server is held up by it."""
        process = self.start("-d", stdout=subprocess.PIPE)
        port = self.opened(process)
        assert process.stdout is not None
        process.stdout.close()
        self.talk(*self.couple(port), 50)
        self.stop(process, 10)

    def test_there_is_none(self) -> None:
        """A server whose log could go nowhere does not start: that descriptor may become anything."""
        command = 'exec "$0" -n --pidfile= chatd --data data >&-'
        done = finished("sh", "-c", command, TWISTD)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Achatd: there is no stdout .*\n\Z")


class File(Trouble):
    """A log file, and a folder for the chat log."""

    def follow(self, path: str) -> Peer:
        """Read a file, and the one that takes its place, as it grows."""
        Path(path).touch(0o600)
        return run(self, "tail", "-n", "+1", "-F", path)

    def begin(self, *options: str) -> tuple[subprocess.Popen[bytes], Peer, int]:
        log = self.follow("chatd.log")
        process = self.start(*options, twistd=("--logfile=chatd.log",))
        log.find(r"control\.sock open")
        return process, log, int(log.find(HINTS["text"]))

    def test_full_disk(self) -> None:
        """Chat goes on; the logs say what is missing as soon as they can, and no record is torn."""
        # What the database cannot keep either is not in the chat log; so it is to keep nothing here.
        options = ("-d", "--set", "log.chat_dir=chat", "--set", 'storage.durability="off"')
        process, log, port = self.begin(*options)
        alice, bob = self.couple(port)
        alice.say("before it")
        bob.hear("before it")
        log.find('"before it"')
        room = self.follow("chat/#lobby.log")
        room.find("Alice: before it")
        self.leave(process, Path("chatd.log").stat().st_size + SMALL)
        self.leave(process, SMALL)
        self.talk(alice, bob, LINES)
        self.leave(process, resource.RLIM_INFINITY)
        alice.say("after it")
        bob.hear("after it")
        log.find(r"chatd\.log#warn\] (\d+) records were lost")
        alice.say("and now")
        log.find('"and now"')
        room.find("Alice: and now")
        self.stop(process)
        text = clean(Path("chatd.log").read_text())
        for line in text.splitlines():
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[\S+\] .+\Z")
        for line in Path("chat/#lobby.log").read_text().splitlines():
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (Alice|Bob): .+\Z")
        self.assertEqual(len(re.findall(r"the chat log cannot be written", text)), 1)
        self.assertEqual(len(re.findall(r"the chat log is written again", text)), 1)

    def leave(self, process: subprocess.Popen[bytes], size: int) -> None:
        """Let no file of the process grow past a size, as a full disk does."""
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def test_full_device(self) -> None:
        """A log that never takes a byte: start and end do without."""
        Path("chatd.log").symlink_to("/dev/full")
        process = self.start(twistd=("--logfile=chatd.log",))
        self.up()
        self.stop(process, 10)

    def test_moved_away(self) -> None:
        """SIGHUP goes on in a new file, of mode 0600; the old one is left alone."""
        process, log, port = self.begin("-d")
        alice, bob = self.couple(port)
        alice.say("before it")
        log.find('"before it"')
        Path("chatd.log").rename("chatd.log.1")
        process.send_signal(signal.SIGHUP)
        log.find("reloading")
        alice.say("after it")
        log.find('"after it"')
        bob.hear("after it")
        self.stop(process)
        old, new = Path("chatd.log.1").read_text(), Path("chatd.log").read_text()
        self.assertIn('"before it"', old)
        self.assertNotIn('"after it"', old)
        self.assertNotIn('"before it"', new)
        self.assertIn('"after it"', new)
        self.assertIn("Server Shut Down", new)
        self.assertEqual(Path("chatd.log").stat().st_mode & 0o777, 0o600)

    def test_it_cannot_be_opened(self) -> None:
        """One line names it."""
        line = refused(self, "--data", "data", twistd=("-n", "--pidfile=", "--logfile=no/such/chatd.log"))
        self.assertIn("no/such/chatd.log: the log cannot be written: No such file", line)

    def test_a_chat_folder_that_cannot_be_used(self) -> None:
        """One line names it."""
        Path("file").touch()
        line = refused(self, "--listen", ANY_PORT, "--data", "data", "--set", "log.chat_dir=file/chat")
        self.assertIn("chatd cannot start: log.chat_dir: ", line)
