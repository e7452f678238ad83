"""Programs that talk and search at a real server."""

from __future__ import annotations

import json
import socket
import time
from typing import Any
from unittest import TestCase

from tests.process.streams import PATIENCE

__all__ = ["Program", "found_while_much_is_said"]

RATE = 500
"""Lines a second that are said meanwhile."""


class Program:
    """A connection in the JSON dialect that asks and waits for the answer."""

    def __init__(self, case: TestCase, port: int, nick: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        case.addCleanup(self._socket.close)
        self._rest = b""
        self.fileno = self._socket.fileno
        self.asks(f"nick {nick}")

    def send(self, *requests: dict[str, Any]) -> None:
        """Send requests in one packet."""
        self._socket.sendall(b"".join(json.dumps(each).encode() + b"\n" for each in requests))

    def ask(self, line: str) -> None:
        """Run a command, whose answer `answers` will return."""
        self.send({"type": "command", "line": line, "ref": line[:64]})

    def asks(self, line: str) -> dict[str, Any]:
        """Run a command and return its first answer."""
        self.ask(line)
        return self.answer(line[:64])

    def answers(self) -> list[dict[str, Any]]:
        """Wait for something to come, and return what of it repeats a reference."""
        *lines, self._rest = (self._rest + self._socket.recv(1 << 18)).split(b"\n")
        return [json.loads(line) for line in lines if b'"ref":' in line]

    def answer(self, ref: object) -> dict[str, Any]:
        """Wait for what repeats that reference."""
        while True:
            for found in self.answers():
                if found["ref"] == ref:
                    return found

    def seeks(self, word: str) -> float:
        """Return the seconds until a search finds a word that was just said."""
        begin = time.monotonic()
        while not self.asks(f"search {word}").get("events"):
            assert time.monotonic() < begin + PATIENCE, f"{word} is not found"
            time.sleep(0.02)  # nobody is told when it can be found
        return time.monotonic() - begin


def found_while_much_is_said(case: TestCase, port: int, seconds: float) -> tuple[int, list[float]]:
    """Let RATE lines a second be said, and say a new word every now and then; return how many lines it
    were, and after how many seconds each of the words was found."""
    talker, seeker = Program(case, port, "Talker"), Program(case, port, "Seeker")
    found, begin, said = [], time.monotonic(), 0
    while (now := time.monotonic()) < begin + seconds:
        due = int((now - begin) * RATE)
        talker.send(*({"type": "say", "text": f"so much is said, line {n}"} for n in range(said, due)))
        said = due
        talker.send({"type": "say", "text": f"needle{said}", "ref": said})
        talker.answer(said)
        found.append(seeker.seeks(f"needle{said}"))
    return said, found
