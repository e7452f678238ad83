"""The server as people start it: a process of its own, watched through its log."""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest import TestCase

from tests.process.streams import PATIENCE, Transcript, finished, reader

__all__ = ["ANY_PORT", "CHATD", "TWISTD", "Server", "clean", "ended_pid", "modes", "refused"]

TWISTD = str(Path(sys.executable).with_name("twistd"))
CHATD = (sys.executable, "-m", "chatd.cli")
ANY_PORT = "tcp:0:interface=127.0.0.1"
# What the log says of a port, to be pasted.
HINTS = {
    "text": r"nc 127\.0\.0\.1 (\d+)\n",
    "tls": r"openssl s_client -quiet -connect 127\.0\.0\.1:(\d+)\n",
    "irc": r"irssi --connect=127\.0\.0\.1 --port=(\d+)\n",
    "ircs": r"/connect -tls 127\.0\.0\.1 (\d+) \(in irssi\)\n",
    "web": r"http://127\.0\.0\.1:(\d+)/\n",
    "files": r"for files by 127\.0\.0\.1 (\d+)\)\n",
    "ssh": r"ssh -p (\d+) owner@127\.0\.0\.1\n",
}
BY_SIGTERM = (0, 128 + signal.SIGTERM, -signal.SIGTERM)


def clean(log: str) -> str:
    """Return the text of a log, or fail if an error in the code shows in it."""
    for word in ("Traceback", "Unhandled"):
        assert word not in log, log
    return log


class Server:
    """A running `twistd -n chatd`. It ends with the test, and its log has to be clean then."""

    def __init__(
        self,
        case: TestCase,
        *options: str,
        data: str | Path = "data",
        listen: Sequence[str] = (ANY_PORT,),
        command: Sequence[str] = (TWISTD, "-n", "--pidfile=", "chatd"),
        **how: Any,
    ) -> None:
        self.data = Path(data).absolute()
        self.check: Callable[[str], object] = clean
        """Looks at the log when all is over."""
        doors = [word for endpoint in listen for word in ("--listen", endpoint)]
        if command[-1] == "chatd":
            command = [*command, *doors, "--data", str(data), *options]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how
        )
        assert self.process.stdout is not None
        self._stdout = self.process.stdout
        self.log = Transcript(reader(self._stdout))
        case.addCleanup(self._clean_up)
        self.log.find(r"control\.sock open")

    def heard(self, words: str) -> str:
        """Wait until the log has a line with `words` after those already waited for; return that line."""
        return self.log.line(words)

    def port(self, kind: str = "text") -> int:
        """Wait until the first port of that kind is open, and return its number."""
        return int(self.log.find(HINTS[kind]))

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        self.process.send_signal(number)

    def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for the end of the process and of its log; return its status."""
        status = self.process.wait(seconds)
        self.log.rest()
        return status

    def stop(self) -> None:
        """Ask the process to end, and see it do so."""
        self.signal(signal.SIGTERM)
        status = self.ended()
        assert status in BY_SIGTERM, f"ended with status {status}"

    def kill(self) -> None:
        """End the process as a crash does."""
        self.process.kill()
        self.ended()

    def ctl(self, *command: str, **how: Any) -> CompletedProcess[str]:
        """Run `chatd ctl` against this server."""
        return finished(*CHATD, "ctl", "--data", str(self.data), *command, **how)

    def audited(self) -> list[dict[str, Any]]:
        """Return what stands on record, oldest first."""
        with closing(sqlite3.connect(self.data / "chatd.db")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute('SELECT * FROM audit ORDER BY "row"')]

    def _clean_up(self) -> None:
        try:
            if self.process.poll() is None and not self.log.ended:
                self.stop()
        finally:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.log.join()
            self._stdout.close()
        self.check(self.log.text)


def refused(case: TestCase, *options: str, twistd: Sequence[str] = ("-n", "--pidfile="), **how: Any) -> str:
    """Start a server that must not start: status 1, one line that says why, no traceback. Return that line.

    What comes before twistd has begun to log stands on stderr alone; after that the log has it.
    """
    done = finished(TWISTD, *twistd, "chatd", *options, **how)
    everything = clean(done.stdout + done.stderr)
    case.assertEqual(done.returncode, 1, everything)
    lines = done.stderr.splitlines() or [line for line in done.stdout.splitlines() if "cannot start" in line]
    case.assertEqual(len(lines), 1, everything)
    return lines[0]


def ended_pid(pid: int, seconds: float = PATIENCE) -> bool:
    """Wait for the end of a process that is not a child of ours; return whether it came."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(handle)


def modes(folder: Path) -> dict[str, str]:
    """Return name and mode of a folder, as ".", and of all in it but symbolic links."""
    found = {".": folder, **{path.name: path for path in folder.iterdir() if not path.is_symlink()}}
    return {name: f"{path.stat().st_mode & 0o7777:04o}" for name, path in found.items()}
