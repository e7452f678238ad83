"""What is shown as stored has been handed to the disk: each transaction syncs it (fdatasync), seen by strace."""

from __future__ import annotations

import json
import re
from pathlib import Path
from unittest import TestCase

from tests.process.server import TWISTD, Server
from tests.process.streams import dial
from tests.requirements import requires

LINES = 20


@requires("strace")
class Synced(TestCase):
    def calls(self, *options: str) -> int:
        """Say so many lines, each when the one before has been shown as stored, so that no two go into one
        transaction; return how often the server synced a file from the first to the last of them."""
        trace = Path("trace").absolute()
        command = (
            "strace",
            "-D",
            "-f",
            "-qq",
            "--seccomp-bpf",
            "-e",
            "trace=fdatasync,fsync,sync_file_range",
        )
        server = Server(
            self,
            "--set",
            "limits.lines_per_second=0",
            *options,
            command=(*command, "-o", str(trace), TWISTD, "-n", "--pidfile=", "chatd"),
        )
        stream = dial(self, server.port()).makefile("rw", encoding="utf-8", newline="\n")
        self.addCleanup(stream.close)
        stream.write(
            '{"type":"command","line":"/nick Alice"}\n{"type":"command","line":"/version","ref":0}\n'
        )
        for number in range(LINES + 1):
            stream.flush()
            answer = next(item for item in map(_parsed, stream) if item.get("ref") == number)
            if number:
                self.assertEqual((answer["number"], answer.get("stored", True)), (number, True))
            else:
                before = self.count(trace)
            stream.write(json.dumps({"type": "say", "text": "hello", "ref": number + 1}) + "\n")
        return self.count(trace) - before

    def count(self, trace: Path) -> int:
        """How many calls have ended."""
        return len(re.findall(r"(?m)(?:sync\(\d+\)|resumed>.*\)) += 0$", trace.read_text()))

    def test_commit(self) -> None:
        """At least once for each."""
        self.assertGreaterEqual(self.calls(), LINES)

    def test_off(self) -> None:
        """Never, where nothing is to be stored."""
        self.assertEqual(self.calls("--set", 'storage.durability="off"'), 0)


def _parsed(line: str) -> dict[str, object]:
    item: dict[str, object] = json.loads(line) if line.startswith("{") else {}
    return item
