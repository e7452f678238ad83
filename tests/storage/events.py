"""Events for tests of stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from chatd.core.events import Audited, Message, PrivateMessage, Text, Who

__all__ = ["ALICE", "BEGIN", "BOB", "acted", "private", "said", "stamp"]

BEGIN = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
ALICE = Who(nick="Alice", user="u1", account="a1", host="h1")
BOB = Who(nick="Bob", user="u2", account="a2", host="h2")
_numbers = count(1)


def stamp(room: str | None = "r1", seconds: float = 0.0) -> dict[str, Any]:
    """Return the fields that an event begins with; none: it is of no room."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "id": f"{number:032x}",
        "time": BEGIN + timedelta(seconds=seconds),
        "origin": "test",
    }
    return fields if room is None else fields | {"room": f"#{room}" if room else "", "room_id": room}


def said(text: str, room: str = "r1", *, who: Who = ALICE, seconds: float = 0.0) -> Message:
    """Return something said in a room, so many seconds after BEGIN."""
    return Message(**stamp(room, seconds), who=who, body=Text(text))


def private(text: str, who: Who = ALICE, to: Who = BOB, *, seconds: float = 0.0) -> PrivateMessage:
    """Return something said in private."""
    return PrivateMessage(**stamp(None, seconds), who=who, to=to, body=Text(text))


def acted(
    line: str, target: str = "", *, by: Who = ALICE, room: str = "#r1", seconds: float = 0.0
) -> Audited:
    """Return an act on record."""
    return Audited(
        **stamp(None, seconds), by=by, door="text", address="192.0.2.7", line=line, target=target, room=room
    )
