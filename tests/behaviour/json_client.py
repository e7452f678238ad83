"""A program that speaks JSON lines."""

from __future__ import annotations

from typing import Any

import msgspec

from chatd.core import durations
from chatd.core.keeping import Keep
from chatd.core.replies import Reply
from tests.behaviour.client import LOCAL, Client, Happening
from tests.behaviour.server import Server

__all__ = ["JsonClient"]

# The kind of happening, and the fields that make the rest of it.
_SHAPES = {
    "message": ("said", "room", "from", "body"),
    "private": ("pm", "from", "body"),
    "joined": ("joined", "who", "room", "count"),
    "parted": ("left", "who", "room", "reason"),
    "quit": ("quit", "who", "reason"),
    "renamed": ("renamed", "who", "nick"),
    "topic": ("topic", "who", "room", "topic"),
    "kicked": ("kicked", "who", "room", "by", "reason"),
    "banned": ("banned", "by", "mask", "room", "seconds", "reason"),
    "unbanned": ("unbanned", "by", "mask", "room"),
    "mask_added": ("mask added", "by", "list"),
    "mask_removed": ("mask removed", "by", "list"),
    "muted": ("muted", "who", "room", "by", "seconds", "reason"),
    "unmuted": ("unmuted", "who", "room", "by"),
    "ranked": ("ranked", "who", "rank", "room", "by"),
    "invited": ("invited", "by", "who", "room"),
    "knocked": ("knocked", "who", "room", "reason"),
    "room": ("changed", "room", "change", "by"),
    "retention": ("changed", "room", "retention", "by"),
    "deleted": ("deleted", "room", "by"),
    "registered": ("registered", "room", "by"),
    "unregistered": ("unregistered", "room", "by"),
    "appointed": ("appointed", "who", "rank", "by"),
    "empowered": ("empowered", "who", "rank"),
    "reported": ("reported", "who", "target", "room", "reason"),
    "announcement": ("announced", "by", "text"),
    "wallops": ("wallops", "by", "text"),
    "error": ("error", "text"),
    "usage": ("usage", "text"),
    "prompt": ("prompt", "text"),
    "away": (),
    "account_changed": (),
    "realname": (),
    "user_modes": (),
}
_SERVER_RANKS = ("an ordinary user", "operator", "owner")
_RANKS = ("none", "voice", "operator", "founder")
_CHANGES = {
    ("private", 0): "listed for everybody",
    ("private", 1): "private",
    ("key", 0): "open without a key",
    ("key", 1): "locked with a key",
    ("slow", 0): "at normal speed",
    ("invite-only", 0): "open without an invitation",
    ("invite-only", 1): "open to who is invited only",
    ("secret", 0): "seen by everybody",
    ("secret", 1): "secret: only its members see it",
    ("limit", 0): "open to any number",
    ("moderated", 0): "open to what anybody says",
    ("moderated", 1): "moderated: only those with voice speak",
    ("external", 0): "closed to words from outside",
    ("external", 1): "open to words from outside",
    ("open-topic", 0): "leaving its topic to operators",
    ("open-topic", 1): "leaving its topic to every member",
}
_LISTS = {
    "exception": ("exempted", "exempts", "from the bans of #dev"),
    "invitation": ("admitted", "admits", "to #dev uninvited"),
    "mute": ("quieted", "quiets", "in #dev"),
}
_REPLIES: dict[str, type[Reply]] = {
    str(cls.__struct_config__.tag): cls for cls in Reply.__subclasses__() if cls.__struct_config__.tag
}


class JsonClient(Client):
    """A program. Each of its requests has a reference of its own."""

    def __init__(self, server: Server, address: str = LOCAL, *, secure: bool = False) -> None:
        super().__init__(server, address, secure=secure)
        self.requests = 0
        self.answers: dict[int, list[dict[str, Any]]] = {}
        """What repeated each reference."""
        if not self.wire.disconnecting:
            self.turn_to_json()

    def turn_to_json(self) -> None:
        """Leave the text dialect, in which everybody is greeted."""
        self.transmit(b'{"type":"command","line":"format json"}\n')
        _, brace, rest = self.raw().partition(b"{")
        self._unread = brace + rest

    def encoded(self, request: dict[str, Any]) -> bytes:
        """Return the bytes of a request."""
        return msgspec.json.encode(request) + b"\n"

    def request(self, **fields: Any) -> int:
        """Send one request and return its reference."""
        self.requests += 1
        self.transmit(self.encoded({**fields, "ref": self.requests}))
        return self.requests

    def say(self, text: str) -> None:
        self.request(type="say", text=text)

    def command(self, line: str) -> None:
        self.request(type="command", line=line)

    def packet(self, *lines: str) -> bytes:
        requests = []
        for line in lines:
            self.requests += 1
            fields = {"type": "command", "line": line} if line[:1] == "/" else {"type": "say", "text": line}
            requests.append(self.encoded({**fields, "ref": self.requests}))
        return b"".join(requests)

    def objects(self) -> list[dict[str, Any]]:
        """Return the objects that came, and note which references they repeat."""
        objects = [msgspec.json.decode(line) for line in self.lines()]
        for item in objects:
            if "ref" in item:
                self.answers.setdefault(item["ref"], []).append(item)
        return objects

    def seen(self) -> list[Happening]:
        happenings = []
        for item in self.objects():
            echo = "ref" in item and item["type"] in ("message", "private")
            if not echo and not item.get("replay") and (happening := _from_object(item)):
                happenings.append(happening)
        return happenings


def _from_object(item: dict[str, Any]) -> Happening:
    if item["type"] not in _SHAPES:
        fields = {key: value for key, value in item.items() if key != "ref"}
        lines = msgspec.convert(fields, _REPLIES[item["type"]]).lines()
        return ("answer", *lines) if lines else ()
    shape = _shape(item)
    return (*shape[:1], *(_words(item, field) for field in shape[1:]))


def _shape(item: dict[str, Any]) -> tuple[str, ...]:
    """Return the shape of an event; some have another one now and then."""
    kind, rest = item["type"], _SHAPES[item["type"]][1:]
    if kind == "message" and item.get("action"):
        return ("did", *rest)
    if kind == "private" and item.get("sent"):
        return ("pm-to", "to", "body")
    if kind == "quit" and item.get("by"):
        return ("thrown off", "who", "by", "reason")
    if kind == "ranked" and item["rank"] < item["was"]:
        return ("unranked", "who", "was", *rest[2:])
    return _SHAPES[kind]


def _words(item: dict[str, Any], field: str) -> str:
    """Return a field as the text dialect shows it."""
    if field == "retention":
        keep = Keep(item.get("seconds", 0), item.get("messages", 0))
        return f"keeping {keep or 'as much as the server'}"
    value = item.get(field)
    if value is None:
        return ""
    if field == "body":
        return str(value["text"])
    if isinstance(value, dict):
        return str(value["nick"])
    if field == "list":
        added, removed, where = _LISTS[value]
        verb = added if item["type"] == "mask_added" else removed
        return f"{verb} {item['mask']} {where.replace('#dev', item['room'])}"
    if field == "seconds":
        return durations.show(value)
    if item["type"] in ("appointed", "empowered") and field == "rank":
        return _SERVER_RANKS[value]
    if field in ("rank", "was"):
        return _RANKS[value]
    if field == "change":
        limit, slow = f"full with {item['value']}", f"slow: one line every {durations.show(item['value'])}"
        return _CHANGES.get((value, item["value"]), limit if value == "limit" else slow)
    return str(value)
