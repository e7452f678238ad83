"""A canary pair beside an attack: 20 lines/s, every line in order, p99 ≤ 100 ms, worst ≤ 1 s.

with self.canary(server, "2") as canary:
    attack()
canary.check()
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest import TestCase

from tests.attacks.birds import Song
from tests.attacks.figures import record
from tests.process.server import Server
from tests.process.streams import PATIENCE

__all__ = ["CANARY_ADDRESS", "P99", "WORST", "Canary"]

CANARY_ADDRESS = "127.0.0.2"
"""Where the canaries connect from: listed in limits.bots, since people may not say 20 lines/s."""
P99, WORST = 0.1, 1.0
"""The promise, in seconds."""
BIRDS = str(Path(__file__).with_name("birds.py"))


class Canary:
    """Runs the pair of birds.py while its `with` block does, and says how they fared."""

    def __init__(
        self,
        case: TestCase,
        server: Server,
        promise: str,
        *,
        prefix: Sequence[str] = (),
        dialect: str = "text",
    ) -> None:
        """`promise` is its number in the report; `prefix` is what the pair's command begins with; `dialect` is text
        or irc, each by the door of that name."""
        self.promise = promise
        self.song = Song()
        """What they found, once the block has ended."""
        self._case = case
        self._command = [*prefix, sys.executable, BIRDS, str(server.port(dialect)), CANARY_ADDRESS, dialect]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._case.addCleanup(self._end)
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if first != b"singing\n":
            raise AssertionError(f"the canaries did not begin: {first + self._process.communicate()[0]!r}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        out, _ = self._process.communicate(timeout=2 * PATIENCE)
        if out:
            self.song = Song(**json.loads(out))

    def sing_for(self, seconds: float) -> None:
        """Let them sing for a while longer, for lines enough to measure."""
        time.sleep(seconds)

    def check(self, figure: str = "", *, p99: float = P99, worst: float = WORST) -> None:
        """Print how they fared and fail if the promise (in seconds) was not kept; `figure` is what else was
        measured in this test. Both are recorded for the report."""
        song = self.song
        assert song.seconds, f"canary: nothing was heard. {song.trouble}"
        found = (song.within(0.5), song.within(0.99), song.within(1))
        p50_ms, p99_ms, worst_ms = (round(1000 * seconds, 1) for seconds in found)
        words = f"{song.said} lines, {song.heard} heard in order; p50 {p50_ms} ms, p99 {p99_ms} ms, worst {worst_ms} ms"
        print(f"canary: {words}. {song.trouble}")
        assert not song.trouble, f"canary: {song.trouble}; {words}"
        assert found[1] <= p99, f"canary: p99 above {p99} s: {words}"
        assert found[2] <= worst, f"canary: worst above {worst} s: {words}"
        record(
            self._case,
            self.promise,
            figure,
            canary={"lines": song.said, "p50_ms": p50_ms, "p99_ms": p99_ms, "worst_ms": worst_ms},
        )

    def _end(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()
