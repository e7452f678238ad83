"""A store that forgets with the process: it numbers what it is given and keeps nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatd.core.events import Event, RoomDeleted, RoomEvent

__all__ = ["MemoryStore"]


class MemoryStore:
    """Commits at once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def commit(self, events: Sequence[Event], done: Callable[[Sequence[int | None] | None], None]) -> None:
        """Number the events of each room 1, 2, 3 … and call `done` before returning."""
        done([self._number(event) for event in events])

    def close_room(self, room_id: str) -> None:
        """Forget how far a room has counted."""
        self._numbers.pop(room_id, None)

    def _number(self, event: Event) -> int | None:
        if not isinstance(event, RoomEvent) or not event.room_id:
            return None
        number = self._numbers.get(event.room_id, 0) + 1
        if isinstance(event, RoomDeleted):
            self._numbers.pop(event.room_id, None)
        else:
            self._numbers[event.room_id] = number
        return number
