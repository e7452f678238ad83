"""twistd in the background: files where they were asked for, and an end by signal."""

from __future__ import annotations

import os
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path
from unittest import TestCase

from tests.process.server import ANY_PORT, CHATD, TWISTD, clean, ended_pid, modes, refused
from tests.process.streams import Transcript, finished, run
from tests.requirements import requires

BACKGROUND = ("--pidfile=run/chatd.pid", "--logfile=run/chatd.log")


class Daemon(TestCase):
    """A folder `run` below the current one for twistd's own files."""

    def setUp(self) -> None:
        self.folder = Path("run").absolute()
        self.folder.mkdir()
        self.addCleanup(self.end)

    def log(self) -> str:
        return (self.folder / "chatd.log").read_text()

    def end(self) -> None:
        """End what a failed test has left running."""
        with suppress(FileNotFoundError):
            pid = int((self.folder / "chatd.pid").read_text())
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            ended_pid(pid)


class Background(Daemon):
    """`twistd chatd` without -n."""

    @requires("nc")
    def test_a_whole_life(self) -> None:
        """Relative names mean the folder it was started in; SIGTERM to the pid ends it and tidies up."""
        started = finished(
            TWISTD, *BACKGROUND, "chatd", "--listen", ANY_PORT, "--data", "data",
            cwd=self.folder.parent, umask=0o022,
        )  # fmt: skip
        self.assertEqual((started.returncode, started.stdout, started.stderr), (0, "", ""))
        pid = int((self.folder / "chatd.pid").read_text())
        hint = re.search(r"nc 127\.0\.0\.1 (\d+)", self.log())
        assert hint is not None
        alice = run(self, "nc", "127.0.0.1", hint[1])
        alice.enter("Alice")
        data = self.folder.with_name("data")
        asked = finished(*CHATD, "ctl", "--data", "data", "/users")
        self.assertEqual(asked.returncode, 0)
        self.assertIn("Alice", asked.stdout)
        found = modes(data)
        self.assertEqual((found.pop("."), found.pop("files")), ("0700", "0700"))
        self.assertEqual(set(found.values()), {"0600"}, found)
        os.kill(pid, signal.SIGTERM)
        self.assertTrue(ended_pid(pid, 10))
        self.assertIn("The server is stopping.", alice.rest())
        self.assertFalse((self.folder / "chatd.pid").exists())
        self.assertEqual([path.name for path in data.iterdir() if "sock" in path.name], [])
        self.assertIn("Server Shut Down", clean(self.log()))


class Taken(Daemon):
    """A port that somebody else has: status 1, and one clear line that names the endpoint."""

    def setUp(self) -> None:
        super().setUp()
        other = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(other.close)
        self.endpoint = f"tcp:{other.getsockname()[1]}:interface=127.0.0.1"

    def test_in_the_foreground(self) -> None:
        line = refused(self, "--listen", self.endpoint, "--data", "data")
        self.assertIn(f"chatd cannot start: {self.endpoint}: ", line)
        self.assertIn("in use", line)

    def test_in_the_background(self) -> None:
        """The parent says it, the log has it, and no process or pid file stays."""
        # The parent ends first; the pipe, which it hands down, when all have ended.
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as held:
            try:
                done = finished(
                    TWISTD, *BACKGROUND, "chatd", "--listen", self.endpoint, "--data", "data",
                    pass_fds=[writing],
                )  # fmt: skip
            finally:
                os.close(writing)
            self.assertEqual(Transcript(held.read).rest(), "")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        (line,) = [line for line in clean(done.stderr).splitlines() if "cannot start" in line]
        self.assertIn(self.endpoint, line)
        (line,) = [line for line in clean(self.log()).splitlines() if "cannot start" in line]
        self.assertIn(f"chatd cannot start: {self.endpoint}: ", line)
        self.assertIn("in use", line)
        self.assertFalse((self.folder / "chatd.pid").exists())

    def test_one_of_two(self) -> None:
        """The port that could be opened is closed again: the next start may have it."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            number = other.getsockname()[1]
        free = f"tcp:{number}:interface=127.0.0.1"
        line = refused(self, "--listen", free, "--listen", self.endpoint, "--data", "data")
        self.assertIn(self.endpoint, line)
        with socket.create_server(("127.0.0.1", number)):
            pass
