"""Promise 14: the machine's clock is set forward or back an hour, and nothing stalls or ends before its time.

The clock of the server's process alone is set, by libfaketime; that of the machine is left alone.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.attacks.house import AttackCase, Client
from tests.process.streams import PATIENCE, finished
from tests.requirements import program

pytestmark = pytest.mark.attack

NAMING = 4.0
PING, PONG = 1.0, 2.0
MUTE = 4
"""The durations, shortened; seconds."""
LATE = 1.0
"""Seconds that an end may be late by, on a busy machine."""
HOUR = 3600
BURST, MORE, RATE = 10, 4, 2
"""Lines at once, lines more than that, lines a second."""
TOO_SLOW = "-> Error: you took too long to choose a nickname."


class Clock(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        faketime = program("faketime", package="faketime")
        library = finished(faketime, "-f", "+0", "printenv", "LD_PRELOAD").stdout.strip()
        self.file = Path("clock").absolute()
        self.set(0)
        clock = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.server = self.start(
            "--set", f"limits.naming_seconds={NAMING}",
            "--set", f"limits.ping_seconds={PING}", "--set", f"limits.pong_seconds={PONG}",
            env={**os.environ, **clock},
        )  # fmt: skip

    def set(self, seconds: int) -> None:
        """Set the server's clock so many seconds before or after the real one."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        new.replace(self.file)

    def clock(self) -> timedelta:
        """Return by how much the server's clock is ahead, as the times of what is said tell."""
        client = self.program("Tick")
        for _ in range(2):  # what is shown again comes before the first echo
            client.say('{"type":"say","text":"tick","ref":2}')
            client.expect('{"type":"message"')
            client.expect('"time":"')
            shown = client.expect('"')
            client.expect('"ref":2')
        client.close()
        return datetime.fromisoformat(shown) - datetime.now(UTC)

    def stepped(self, seconds: int) -> None:
        """Set the clock while all kinds of time run, and see each of them end when it should."""
        with self.canary(self.server, "14") as canary, ThreadPoolExecutor(2) as pool:
            quiet = self.client(self.server, "Sam")
            program = self.program("Dee")
            fast = self.client(self.server, "Flo")
            nameless = self.client(self.server)
            nameless.expect("nickname: ")
            began = time.monotonic()
            pings = pool.submit(self.answer_pings, program, began + NAMING)
            closed = pool.submit(self.closed, nameless)
            canary.sing_for(PING)
            slowed = self.slowed(fast, seconds)
            self.assertLess(abs(self.clock() - timedelta(seconds=seconds)), timedelta(seconds=LATE))
            took = closed.result() - began
            for client in (quiet, fast):
                client.say("/ping")
                client.expect("-> pong")
            answered = pings.result()
        self.assertGreater(took, NAMING - 0.2)
        self.assertLess(took, NAMING + LATE)
        canary.check(
            f"{BURST + MORE} lines took {slowed:.1f} s; {NAMING:.0f} s to choose a nickname took {took:.2f} s; "
            f"{answered} pings in that time"
        )

    def closed(self, client: Client) -> float:
        """Return when a client who chose no nickname was closed (monotonic)."""
        heard = client.rest()
        ended = time.monotonic()
        self.assertTrue(heard.endswith(f"{TOO_SLOW}\r\n"), heard)
        return ended

    def slowed(self, client: Client, seconds: int) -> float:
        """Say a few lines more than the burst, set the clock while they wait, and see them wait no less and no
        more for that; return how long they took, in seconds."""
        started = time.monotonic()
        client.say(*("/ping" for _ in range(BURST + MORE)))
        for _ in range(BURST - 1):
            client.expect("-> pong")
        self.set(seconds)
        for _ in range(MORE + 1):
            client.expect("-> pong")
        took = time.monotonic() - started
        self.assertGreater(took, MORE / RATE - 0.2)
        self.assertLess(took, (MORE + 1) / RATE + LATE)
        return took

    def program(self, nick: str) -> Client:
        """Return a client in the JSON dialect, in the lobby."""
        client = self.client(self.server)
        client.say(f'{{"type":"command","line":"/nick {nick}","ref":1}}')
        client.expect('"ref":1')
        return client

    def answer_pings(self, client: Client, until: float) -> int:
        """Answer each ping of the server; return how many came until that time (monotonic)."""
        count = 0
        while time.monotonic() < until:
            client.expect('{"type":"ping","token":"', PING + PONG + LATE)
            client.say(f'{{"type":"pong","token":"{client.expect(chr(34))}"}}')
            count += 1
        return count

    def test_forward(self) -> None:
        """The clock is set forward an hour: nobody is dropped, no time ends early."""
        self.stepped(HOUR)

    def test_back(self) -> None:
        """The clock is set back an hour: nothing stalls, no time takes longer."""
        self.stepped(-HOUR)

    def muted(self, seconds: int) -> None:
        """Set the clock while somebody is muted."""
        with self.canary(self.server, "14") as canary:
            witness, sam = self.client(self.server, "Will"), self.client(self.server, "Sam")
            self.assertEqual(self.server.ctl(f"/mute Sam {MUTE}s").returncode, 0)
            began = time.monotonic()
            self.set(seconds)
            sam.say("now?")
            sam.expect("-> Error: ")
            while "Sam: now?" not in witness.text:
                self.assertLess(time.monotonic(), began + PATIENCE)
                sam.say("now?")
                canary.sing_for(1 / RATE)
            took = time.monotonic() - began
        self.assertGreater(took, MUTE - 0.2)
        self.assertLess(took, MUTE + 2 / RATE + LATE)
        # A second process of Python starts beside them, and libfaketime opens a file for each look at the clock.
        canary.check(f"a mute of {MUTE} s lasted {took:.1f} s", p99=0.5)

    def test_mute_forward(self) -> None:
        """A mute does not end early when the clock is set forward an hour."""
        self.muted(HOUR)

    def test_mute_back(self) -> None:
        """A mute does not last longer when the clock is set back an hour."""
        self.muted(-HOUR)
