"""Storing with less certainty, for who asked for it: shown at once, written a little later or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.logger import Logger

from chatd.core.events import Aside, Event, Message, PrivateMessage
from chatd.core.ports import Clock, Delayed, Store

__all__ = ["EarlyStore"]

log = Logger(namespace="chatd.storage")

SAID = frozenset({Message, Aside, PrivateMessage})
DELAY = 0.1
"""Seconds until what was shown is written."""
LIMIT = 10_000
"""Events that may wait; of more than that, what was said is not written."""


class EarlyStore:
    """Numbers at once what the other store gets `DELAY` seconds later, in one transaction.

    What ends the process in between is lost although it was shown. Without `messages` only what changes how
    things stand is written (bans, ranks, registered rooms), and numbers begin anew with each start.
    """

    def __init__(self, store: Store, clock: Clock, *, messages: bool) -> None:
        self._store = store
        self._clock = clock
        self._messages = messages
        self._numbers: dict[str, int] = {}
        self._waiting: list[Event] = []
        self._timer: Delayed | None = None
        self._writing = False
        self._lost = 0

    def begin(self, numbers: dict[str, int]) -> None:
        """Go on counting from the last number of each room."""
        self._numbers.update(numbers)

    def commit(self, events: Sequence[Event], done: Callable[[Sequence[int | None] | None], None]) -> None:
        """Number `events` and call `done` before returning."""
        done([self.take(event) for event in events])

    def take(self, event: Event) -> int | None:
        """Return the event's number; 0: too many wait."""
        said = type(event) in SAID and not getattr(event, "waited", False)
        if said and not self._messages:
            return self._number(event)
        if said and len(self._waiting) >= LIMIT:
            # It gets no number, or those shown and those stored would part.
            self._lost += 1
            return 0
        self._waiting.append(event)
        if self._timer is None and not self._writing:
            self._timer = self._clock.callLater(DELAY, self.write)
        return self._number(event)

    def close_room(self, room_id: str) -> None:
        """Pass on, behind what waits."""
        self._numbers.pop(room_id, None)
        self.write()
        self._store.close_room(room_id)

    def write(self) -> None:
        """Hand over what waits."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if self._waiting:
            events, self._waiting = self._waiting, []
            self._writing = True
            self._store.commit(events, self._written)

    def _written(self, numbers: Sequence[int | None] | None) -> None:
        self._writing = False
        if self._lost:
            log.error("{count} messages that were shown are not stored", count=self._lost)
            self._lost = 0
        if self._waiting and self._timer is None:
            self._timer = self._clock.callLater(DELAY, self.write)

    def _number(self, event: Event) -> int | None:
        room_id = getattr(event, "room_id", "")
        if not room_id:
            return None
        number = self._numbers[room_id] = self._numbers.get(room_id, 0) + 1
        return number
