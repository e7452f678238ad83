"""A program that speaks JSON lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from bench.soak.clients import Client, House
from bench.soak.ledger import MARK

__all__ = ["JsonClient"]

decode = msgspec.json.decode
encode = msgspec.json.encode
# Nothing that the load asks for can be answered so.
NEVER = ("internal", "usage", "unknown-command", "bad-request", "bad-text", "too-fast")


class JsonClient(Client):
    """Each of its requests has a reference, which exactly one answer repeats, in order."""

    dialect = "JSON"

    def __init__(self, house: House, name: str) -> None:
        super().__init__(house, name)
        self._ref = 0
        self._asked: deque[tuple[int, str]] = deque()
        self._events: dict[str, Callable[[dict[str, Any]], None]] = {
            "message": self._said,
            "private": self._told,
            "joined": self._joined,
            "parted": self._parted,
            "kicked": self._parted,
            "deleted": self._parted,
            "renamed": self._renamed,
        }

    def introduce(self) -> None:
        self.command(f"/nick {self.wanted}")

    def command(self, *lines: str) -> None:
        self.send(b"".join([self._request({"type": "command", "line": line}, line) for line in lines]))

    def say(self, room: str, words: str) -> None:
        text = self.ledger.rooms[room].mark(room) + words
        self.send(self._request({"type": "say", "room": room, "text": text}, "say"))

    def _request(self, fields: dict[str, Any], asked: str) -> bytes:
        self._ref += 1
        self._asked.append((self._ref, asked))
        return encode({**fields, "ref": self._ref}) + b"\n"

    def received(self, line: bytes) -> None:
        if not line.startswith(b"{"):
            # The greeting is made for people; the first object ends their prompt.
            line = line[line.find(b"{") :] if b"{" in line else b""
            if not line:
                return
        item = decode(line)
        kind = item["type"]
        if kind == "ping":
            self.send(encode({"type": "pong", "token": item["token"]}) + b"\n")
        if "number" in item or "after" in item:
            self._numbered(kind, item)
        if (seen := self._events.get(kind)) is not None:
            seen(item)
        if "ref" in item:
            self._answered(kind, item)

    def _numbered(self, kind: str, item: dict[str, Any]) -> None:
        room = item["room"]
        if not room or (kind == "invited" and room not in self.ledger.rooms):
            return
        if item.get("stored") is False:
            self.complain(f"{room}: shown before it was stored")
        if kind == "joined" and item["who"]["nick"] == self.nick:
            self.ledger.entered(room, item["after"])
            if item.get("rank") == 3:
                self.made.add(room)
        self.ledger.numbered(room, item.get("number"), item.get("after"))

    def _said(self, item: dict[str, Any]) -> None:
        if found := MARK.match(item["body"]["text"]):
            if found[1] in (item["room"], f"@{self.nick}"):
                self.ledger.heard(found[1], int(found[2]), int(found[3]))
            elif item["from"]["nick"] == self.nick:
                self.complain(f"its own line for {found[1]} was shown in {item['room']}")

    def _told(self, item: dict[str, Any]) -> None:
        if not item.get("sent") and (found := MARK.match(item["body"]["text"])):
            self.ledger.heard(found[1], int(found[2]), int(found[3]))

    def _joined(self, item: dict[str, Any]) -> None:
        self.host = item["who"]["host"]

    def _parted(self, item: dict[str, Any]) -> None:
        if item["type"] == "deleted" or item["who"]["nick"] == self.nick:
            self.ledger.left(item["room"])

    def _renamed(self, item: dict[str, Any]) -> None:
        if item["who"]["nick"] == self.nick:
            self.named(item["nick"])

    def _answered(self, kind: str, item: dict[str, Any]) -> None:
        if not self._asked or self._asked[0][0] != item["ref"]:
            waiting = self._asked[0] if self._asked else "nothing"
            self.complain(f"was answered {item} where {waiting} waits")
            return
        _, asked = self._asked.popleft()
        if kind in ("error", "usage"):
            self.house.counts[f"refused: {item['code']}"] += 1
            if item["code"] in NEVER:
                self.complain(f"{asked!r} was answered {item['text']!r}")
        elif kind == "named":
            self.named(item["who"]["nick"])
        elif asked.startswith(("/ignore ", "/unignore ")):
            self.ledger.ignores += 1 if asked.startswith("/ignore ") else -1
            self.ledger.forget()

    @property
    def unanswered(self) -> int:
        """Requests that wait for their answer."""
        return len(self._asked)
