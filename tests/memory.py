"""A store in memory for tests of what is above it. The contract in tests/storage holds for it as for the real ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed

from chatd.core import excerpts
from chatd.core.acts import Act
from chatd.core.bodies import pair
from chatd.core.events import Audited, Event, PrivateMessage, RoomDeleted, RoomEvent
from chatd.core.excerpts import MILLISECOND, Mark, floored
from chatd.core.names import fold
from chatd.core.room import public

__all__ = ["MemoryStore"]


class MemoryStore:
    """Commits at once; is its own archive and audit trail."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
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

    def between(
        self, place: str, limit: int, start: Mark, stop: Mark, *, kinds: Collection[str] | None = None
    ) -> Deferred[list[Event]]:
        """Return events next to `start`, on the side where `stop` is, without those two."""
        return succeed(excerpts.between(self._of(place, kinds), limit, start, stop))

    def around(
        self, place: str, limit: int, mark: Mark, *, kinds: Collection[str] | None = None
    ) -> Deferred[list[Event]]:
        """Return events around a point."""
        return succeed(excerpts.around(self._of(place, kinds), limit, mark))

    def targets(
        self,
        rooms: Collection[str],
        account: str,
        limit: int,
        *,
        start: datetime,
        stop: datetime,
        kinds: Collection[str] | None = None,
    ) -> Deferred[list[tuple[str, datetime]]]:
        """Return places where something was said last between two times, and when."""
        early, late = sorted((floored(start), floored(stop)))
        found = []
        for place in list(self._kept):
            kept = self._of(place, kinds)
            mine = place in rooms or (account and account in place.split(":")[1:])
            if mine and kept and early + MILLISECOND <= kept[-1].time < late:
                found.append((place, kept[-1].time))
        found.sort(key=lambda each: each[1])
        return succeed(found[:limit] if start <= stop else found[-limit:])

    def _of(self, place: str, kinds: Collection[str] | None) -> list[Event]:
        return [
            event
            for event in self._kept.get(place, [])
            if kinds is None or event.__struct_config__.tag in kinds
        ]

    def newest(self, limit: int, word: str = "", account: str = "") -> Deferred[list[Act]]:
        """Return the last acts, oldest first, of whom or where a word says."""
        wanted = fold(word)
        met = [
            act
            for act in self.acts
            if not word
            or wanted in (fold(act.by), fold(act.target), fold(act.room))
            or (account and act.account == account)
        ]
        return succeed(met[-limit:])

    def reports(self, since: datetime) -> Deferred[int]:
        """Return how many users were reported after that time."""
        return succeed(
            sum(
                bool(act.time > since and act.target and act.line.startswith("/report ")) for act in self.acts
            )
        )

    def _number(self, event: Event) -> int | None:
        if isinstance(event, Audited):
            names = ("time", "door", "address", "line", "target", "room")
            values = {name: getattr(event, name) for name in names}
            self.acts.append(Act(by=event.by.nick, account=event.by.account, **values))
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
