"""Senders who note what they were told is stored, and a reader who looks whether it is."""

from __future__ import annotations

import json
import selectors
import socket
import time
from typing import Any

from tests.process.streams import PATIENCE

__all__ = ["Senders", "history"]


class _Sender:
    """One connection that says the next line when the one before has been answered."""

    def __init__(self, port: int, name: str) -> None:
        self.name = name
        self.count = 0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self._rest = b""
        self._begin({"type": "command", "line": f"/nick {name}", "ref": "name"})

    def _begin(self, request: dict[str, Any]) -> None:
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def say(self) -> None:
        """Say the next line."""
        self.count += 1
        self._begin({"type": "say", "text": f"{self.name} {self.count}", "ref": self.count})

    def answers(self) -> list[dict[str, Any]]:
        """Return the answers that have come. Raises ConnectionError at the end of the connection."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed")
        *lines, self._rest = (self._rest + data).split(b"\n")
        # Most of what comes is what the others say.
        return [json.loads(line) for line in lines if b'"ref":' in line]


class Senders:
    """Clients in the lobby who say lines as fast as they are answered, over as many runs as there are.

    `stored` is what they were told is stored: the number of each text. `said` is all that was sent.
    """

    def __init__(self, count: int) -> None:
        self._names = [f"Sender{number}" for number in range(count)]
        self._counts = dict.fromkeys(self._names, 0)
        self.stored: dict[str, int] = {}
        self.said = 0

    def run(self, port: int, seconds: float, then: Any) -> None:
        """Talk for a while, call `then`, and go on until every connection has ended."""
        until: float | None = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            for name in self._names:
                sender = _Sender(port, name)
                sender.count = self._counts[name]
                selector.register(sender.socket, selectors.EVENT_READ, sender)
            while selector.get_map():
                for key, _ in selector.select(0.1):
                    self._hear(selector, key.data)
                if until is not None and time.monotonic() >= until:
                    until = None
                    then()

    def _hear(self, selector: selectors.BaseSelector, sender: _Sender) -> None:
        try:
            for answer in sender.answers():
                if answer["type"] == "message" and answer.get("stored", True):
                    self.stored[answer["body"]["text"]] = answer["number"]
                sender.say()
                self._counts[sender.name] = sender.count
                self.said += 1
        except OSError:
            selector.unregister(sender.socket)
            sender.socket.close()


def history(port: int) -> list[tuple[int, str]]:
    """Return numbers and texts of all that was said in the lobby, page by page."""
    found: list[tuple[int, str]] = []
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        stream = connection.makefile("rw", encoding="utf-8", newline="\n")
        # What is shown to who enters is not what is asked for.
        stream.write(
            '{"type":"command","line":"/nick Reader"}\n{"type":"command","line":"/version","ref":"in"}\n'
        )
        stream.flush()
        for raw in stream:
            if raw.startswith("{") and json.loads(raw).get("ref") == "in":
                break
        while True:
            last = found[-1][0] if found else 0
            line = json.dumps({"type": "command", "line": f"/history #lobby 200 after {last}", "ref": last})
            stream.write(f"{line}\n")
            stream.flush()
            page = []
            for raw in stream:
                item: dict[str, Any] = json.loads(raw)
                if item["type"] == "message" and item.get("replay") and item["number"] > last:
                    page.append((item["number"], item["body"]["text"]))
                elif item.get("ref") == last:
                    break
            if not page:
                return found
            found += page
