"""Events as rows: what is kept of them, where they are numbered, and back."""

from __future__ import annotations

import functools
import operator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from chatd.core import events
from chatd.core.bodies import pair
from chatd.core.events import Event, PrivateMessage, RoomEvent
from chatd.core.room import public

__all__ = ["Entry", "decode", "encode", "entry", "instant", "micros"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_KINDS = tuple(
    kind
    for name in events.__all__
    if isinstance(kind := getattr(events, name), type) and issubclass(kind, Event) and kind.keep
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(functools.reduce(operator.or_, _KINDS)).decode


class Entry(NamedTuple):
    """One event to be stored, with its time in microseconds and its JSON; `place` is empty, and so are these,
    for what is numbered nowhere."""

    event: Event
    place: str
    time: int = 0
    data: str = ""


def micros(when: datetime) -> int:
    """Return a time as whole microseconds since 1970."""
    # 1.1 µs; by timedelta 1.8. Exact: 2**53 µs are the year 2255.
    return round(when.timestamp() * 1_000_000)


def instant(microseconds: int) -> datetime:
    """Return the time of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def entry(event: Event) -> Entry:
    """Return what is to be stored of an event, as it is at this moment."""
    if isinstance(event, RoomEvent):
        place = event.room_id
    elif isinstance(event, PrivateMessage) and event.who.account and event.to.account:
        place = pair(event.who.account, event.to.account)
    else:
        place = ""
    if not place:
        return Entry(event, "")
    # What was shown as not stored is stored when somebody reads this.
    kept = public(event) if event.stored else replace(public(event), stored=True)
    return Entry(event, place, micros(event.time), _encode(kept).decode())


def encode(event: Event) -> str:
    """Return a stored event that was decoded as it is stored again: its number stands beside it."""
    plain = replace(event, replay=False)
    if isinstance(plain, RoomEvent | PrivateMessage):
        plain.number = None
    return _encode(plain).decode()


def decode(data: str, number: int) -> Event:
    """Return a stored event, marked as shown again. Raises msgspec.DecodeError."""
    event: Event = _decode(data)
    event.replay = True
    if isinstance(event, RoomEvent | PrivateMessage):
        event.number = number
    return event
