"""What left the timeline, in its order, and what each client must have seen of it."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from chatd.core import people, private, state
from chatd.core.events import Event, Joined, Kicked, Message, Parted, PrivateMessage, RoomDeleted
from chatd.core.lanes import Private, Spread
from chatd.core.ports import Session, Source, View
from chatd.core.room import Room
from chatd.frontends.session import TEXT
from tests.order.house import Client

__all__ = ["ALONE", "PRIVATE", "Left", "expected", "render", "seen_lines", "witnessed"]

PRIVATE = "private"
ALONE = "alone"
OTHER_ROOM = re.compile(r"^\[#\w+\] ")
NO_EVENTS = ("Welcome ", "Enter your nickname", "-> ", "   ")


class Left(NamedTuple):
    """One event as it left for one room, for two talkers, or for somebody who is in no room."""

    where: str
    event: Event
    source: Source | None


@contextmanager
def witnessed() -> Generator[list[Left]]:
    """Note what leaves the timelines of the servers that are made meanwhile."""
    log: list[Left] = []

    class WatchedRoom(Room):
        def publish(
            self, event: Event, source: Source | None = None, shown: set[Session] | None = None
        ) -> None:
            log.append(Left(self.name.shown, event, source))
            super().publish(event, source, shown)

    class WatchedPrivate(Private):
        def publish(self, event: Event, source: Source | None = None) -> None:
            log.append(Left(PRIVATE, event, source))
            super().publish(event, source)

    class WatchedSpread(Spread):
        def publish(self, event: Event, source: Source | None = None) -> None:
            if not self._rooms:
                log.append(Left(ALONE, event, source))
            super().publish(event, source)

    with (
        patch.object(state, "Room", WatchedRoom),
        patch.object(private, "Private", WatchedPrivate),
        patch.object(people, "Spread", WatchedSpread),
    ):
        yield log


def expected(client: Client, user: str, log: list[Left]) -> dict[str, list[Event]]:
    """Return what the client must have seen of `log`, by place, if `user` is the id of its user."""
    inside: set[str] = set()
    shown: dict[str, list[Event]] = {}
    for where, event, source in log:
        who: Any = getattr(event, "who", None)
        if isinstance(event, Joined) and who.user == user:
            inside.add(where)
        own = source is not None and source.session is client.session and not client.json
        if where in inside:
            concerned = not (own and isinstance(event, Message))
        elif isinstance(event, PrivateMessage):
            concerned = event.to.user == user or (who.user == user and not own)
        else:
            concerned = where == ALONE and who.user == user
        if concerned:
            shown.setdefault(where, []).append(event)
        if isinstance(event, RoomDeleted) or (isinstance(event, Parted | Kicked) and who.user == user):
            inside.discard(where)
    return shown


def render(event: Event) -> str:
    """Return the line that a person is shown for an event, without the name of another room."""
    return TEXT.encode(event, View(TEXT)).decode().rstrip()


def seen_lines(text: str) -> list[str]:
    """Return the events among the lines that a person was shown, without the names of other rooms."""
    lines = [line for line in text.splitlines() if line and not line.startswith(NO_EVENTS)]
    return [OTHER_ROOM.sub("", line) for line in lines]
