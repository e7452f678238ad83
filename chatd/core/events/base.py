"""What all events have, and the words that several share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chatd.core import durations
from chatd.core.bodies import Who

__all__ = [
    "Event",
    "RoomEvent",
    "because",
    "masked",
    "term",
]


class Event(Struct, kw_only=True, tag_field="type", omit_defaults=True):
    """What all events carry. `origin` names the server process that made it."""

    keep: ClassVar[bool] = False
    """Whether the store keeps events of this kind; they leave the timeline after their commit."""

    id: str
    time: datetime
    origin: str
    stored: Annotated[bool, Meta(description="False: shown before it could be stored.")] = True
    replay: Annotated[bool, Meta(description="True: shown again from history.")] = False

    @property
    def actor(self) -> str:
        """The id of the user who did it; empty: the server."""
        who: Who | None = getattr(self, "by", None) or getattr(self, "who", None)
        return "" if who is None else who.user

    def sentence(self) -> str:
        """Return the event as one line of text; empty: nothing to show a person."""
        return ""


class RoomEvent(Event, kw_only=True):
    """An event of one room. `number` counts the stored ones 1, 2, 3 …; `after` is the number
    that an unnumbered one follows."""

    room: str
    room_id: str
    number: int | None = None
    after: int | None = None


def masked(mask: str, name: str) -> str:
    return f"account:{name}" if name else mask


def because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def term(seconds: int | None) -> str:
    return "" if seconds is None else f" for {durations.show(seconds)}"
