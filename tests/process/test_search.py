"""A real server: what is said is found soon, also while much is said, and what a crash left unindexed after it."""

from __future__ import annotations

import json
import socket
import time
from typing import Any
from unittest import TestCase

from tests.process.server import Server
from tests.process.streams import PATIENCE

RATE = 500
SECONDS = 4
LATEST = 1.0
"""Seconds after which what was said has to be found."""


class Program:
    """A connection in the JSON dialect that asks and waits for the answer."""

    def __init__(self, case: TestCase, port: int, nick: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        case.addCleanup(self._socket.close)
        self._rest = b""
        self.asks(f"nick {nick}")

    def send(self, *requests: dict[str, Any]) -> None:
        """Send requests in one packet."""
        self._socket.sendall(b"".join(json.dumps(each).encode() + b"\n" for each in requests))

    def asks(self, line: str) -> dict[str, Any]:
        """Run a command and return its first answer."""
        self.send({"type": "command", "line": line, "ref": line[:64]})
        return self.answer(line[:64])

    def answer(self, ref: object) -> dict[str, Any]:
        """Wait for what repeats a reference."""
        while True:
            *lines, self._rest = (self._rest + self._socket.recv(1 << 18)).split(b"\n")
            for line in lines:
                if b'"ref":' in line and (found := json.loads(line))["ref"] == ref:
                    return dict(found)


class Soon(TestCase):
    def start(self) -> Server:
        return Server(self, "--set", "limits.lines_per_second=0", "--set", "history.on_join=0")

    def latency(self, program: Program, word: str) -> float:
        """Return the seconds until a search finds what was just said."""
        begin = time.monotonic()
        while not program.asks(f"search {word}")["events"]:
            if time.monotonic() > begin + PATIENCE:
                raise AssertionError(f"{word} is not found")
            time.sleep(0.02)
        return time.monotonic() - begin

    def test_while_much_is_said(self) -> None:
        port = self.start().port()
        talker, seeker = Program(self, port, "Talker"), Program(self, port, "Seeker")
        latencies, begin, said = [], time.monotonic(), 0
        while (now := time.monotonic()) < begin + SECONDS:
            due = int((now - begin) * RATE)
            talker.send(*({"type": "say", "text": f"so much is said, line {n}"} for n in range(said, due)))
            said = due
            talker.send({"type": "say", "text": f"needle{said}", "ref": said})
            talker.answer(said)
            latencies.append(self.latency(seeker, f"needle{said}"))
        self.assertGreater(len(latencies), 3)
        self.assertLess(max(latencies), LATEST, latencies)
        print(
            f"{said} said; found after {min(latencies):.2f} to {max(latencies):.2f} s, {len(latencies)} times"
        )

    def test_after_a_crash(self) -> None:
        server = self.start()
        talker = Program(self, server.port(), "Talker")
        talker.send(*({"type": "say", "text": f"word {n}", "ref": n} for n in range(300)))
        talker.answer(299)
        server.kill()
        server = self.start()
        seeker = Program(self, server.port(), "Seeker")
        self.latency(seeker, '"word 299"')
        self.assertEqual(len(seeker.asks("search word")["events"]), 20)
        self.assertEqual(len(seeker.asks('search "word 0"')["events"]), 1)
        self.assertIn("#lobby 1 Talker: word 0", server.ctl('/search "word 0"').stdout)
