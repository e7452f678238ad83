"""A store in memory for tests of what is above it. The contract in tests/storage holds for it as for the real ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed

from chatd.core.bodies import pair
from chatd.core.events import Event, PrivateMessage, RoomDeleted, RoomEvent
from chatd.core.room import public

__all__ = ["MemoryStore"]


class MemoryStore:
    """Commits at once; is its own archive."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Event]] = defaultdict(list)

    def commit(self, events: Sequence[Event], done: Callable[[Sequence[int | None] | None], None]) -> None:
        """Number the events of each place 1, 2, 3 … and call `done` before returning."""
        done([self._number(event) for event in events])

    def close_room(self, room_id: str) -> None:
        """Forget a room."""
        self._kept.pop(room_id, None)

    def before(self, place: str, limit: int, number: int | None = None) -> Deferred[list[Event]]:
        """Return the last events, or the last ones before that number."""
        kept = self._kept[place][: None if number is None else max(0, number - 1)]
        return succeed(kept[max(0, len(kept) - limit) :])

    def after(self, place: str, limit: int, number: int) -> Deferred[list[Event]]:
        """Return the first events after that number."""
        return succeed(self._kept[place][number : number + limit])

    def number_at(self, place: str, when: datetime) -> Deferred[int]:
        """Return the number of the last event older than `when`, or one less than the first that is kept."""
        return succeed(sum(event.time < when for event in self._kept[place]))

    def _number(self, event: Event) -> int | None:
        place = _place(event)
        if not place:
            return None
        kept = replace(public(event), replay=True)
        self._kept[place].append(kept)
        number = len(self._kept[place])
        if isinstance(kept, RoomEvent):
            kept.number = number
        if isinstance(event, RoomDeleted):
            del self._kept[place]
        return number


def _place(event: Event) -> str:
    if isinstance(event, RoomEvent):
        return event.room_id
    if isinstance(event, PrivateMessage) and event.who.account and event.to.account:
        return pair(event.who.account, event.to.account)
    return ""
