"""The debug log (-d): every event as it enters the timeline, secrets redacted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import msgspec
from msgspec.structs import replace
from twisted.logger import Logger

from chatd.core.events import (
    Event,
    PrivateMessage,
    PrivateSignal,
    RoomChanged,
    RoomRegistered,
    Text,
    body_text,
)
from chatd.core.ports import Lane, Pending, Session, Source

__all__ = ["LoggedTimeline", "redacted"]

log = Logger(namespace="chatd.events")


def redacted(event: Event) -> Event:
    """Return the event as it may be logged: without keys, and without what is said in private."""
    if isinstance(event, PrivateMessage):
        size = len(body_text(event.body).encode())
        return replace(event, body=Text(f"[{size} bytes]"))
    if isinstance(event, PrivateSignal):
        return replace(event, tags={}, ctcp="[redacted]" if event.ctcp else "")
    if isinstance(event, RoomRegistered):
        return replace(event, kept=None)
    return replace(event, key="[redacted]") if isinstance(event, RoomChanged) and event.key else event


class LoggedTimeline:
    """A timeline that logs what is put into it."""

    def __init__(self, timeline: Pending) -> None:
        self._timeline = timeline
        self.waiting = timeline.waiting

    def put(self, event: Event, lane: Lane, source: Source | None = None) -> None:
        """Log the event and pass it on."""
        log.debug("{event}", event=msgspec.json.encode(redacted(event)).decode())
        self._timeline.put(event, lane, source)

    def together(self) -> AbstractContextManager[None]:
        """Pass on."""
        return self._timeline.together()

    def close_room(self, room_id: str) -> None:
        """Pass on."""
        self._timeline.close_room(room_id)

    def behind_all(self, action: Callable[[], None], session: Session | None = None) -> None:
        """Pass on."""
        self._timeline.behind_all(action, session)

    def after(self, session: Session, action: Callable[[], None]) -> None:
        """Pass on."""
        self._timeline.after(session, action)
