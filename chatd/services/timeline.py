"""The timeline: everything visible leaves in one order, and what is to be stored leaves after its commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import cast

from twisted.logger import Logger

from chatd.core.events import Event, Message, PrivateMessage, RoomEvent
from chatd.core.ports import Clock, Delayed, Lane, PromptStore, Session, Source, Store
from chatd.core.room import Room
from chatd.services.distribution import Distribution

__all__ = ["Timeline"]

log = Logger(namespace="chatd.timeline")

MOST = 128
"""Events in one transaction: of the longest lines that takes some 10 ms. What waited for a database that did not answer is not written in one go,
which would hold up everybody once more."""
LIMIT = 10_000
"""Events that may wait for their commit."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, MOST)

Owner = Session | str
"""Whose something is: of the session that asked for it, else of the user who did it (his id)."""


def _owner(event: Event, source: Source | None) -> Owner:
    return event.actor if source is None else source.session


class _Entry:
    """One thing that waits for its turn: an event for a lane, or an action (a reply)."""

    __slots__ = ("action", "left", "owner", "ready")

    def __init__(self, action: Callable[[], None], owner: Owner) -> None:
        self.action = action
        self.owner = owner
        self.ready = True
        self.left = False


class _Stored(_Entry):
    """An event that waits for its commit. `deadline` in seconds of the clock."""

    __slots__ = ("deadline", "event", "lane")

    def __init__(self, event: Event, lane: Lane, source: Source | None, deadline: float) -> None:
        super().__init__(partial(lane.publish, event, source), _owner(event, source))
        self.event = event
        self.lane = lane
        self.deadline = deadline
        self.ready = False


class Timeline:
    """One first-in-first-out queue for all lanes of this process.

    An event leaves when all before it have left and, if it is to be stored, its transaction has
    committed; with nothing waiting it leaves at once. What arrives while a commit runs goes into the
    next one. Without a commit for `patience` seconds it leaves marked `stored: false` and without a
    number, and with it all that wait; when the number comes at last, it is passed over. From then on, until a commit succeeds, nobody
    waits that long again: what comes leaves at once in the same way. It waits to be stored all the same, up
    to `limit` events; of more than that, what was said is not stored at all.
    """

    def __init__(self, store: Store, clock: Clock, patience: float = 1.0, limit: int = LIMIT) -> None:
        self._store = store
        self._prompt = store if isinstance(store, PromptStore) else None
        self._clock = clock
        self.patience = patience
        """Seconds until an event leaves without its commit."""
        self._limit = limit
        self._stalled = False
        """Whether somebody had to wait in vain since the last commit."""
        self._lost = 0
        self._ended: list[str] = []
        """Rooms whose last events are not on their way to the store yet."""
        self._queue: deque[_Entry] = deque()
        self._uncommitted: list[_Stored] = []
        self._committing: list[_Stored] | None = None
        self._began = 0.0
        self.seconds = Distribution(SECONDS)
        """How long commits took."""
        self.sizes = Distribution(SIZES)
        """How many events they stored."""
        self._alarm: Delayed | None = None
        self.waiting: dict[Owner, int] = {}
        """How much of what each has asked for waits."""
        self._gathering = 0
        """How many blocks of `together` this is in."""

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def stalled(self) -> bool:
        """Whether events leave without waiting to be stored, which they could not be in time."""
        return self._stalled

    def put(self, event: Event, lane: Lane, source: Source | None = None) -> None:
        """Let `event` leave for `lane` in its turn."""
        if self._prompt is not None and event.keep and not self._queue and not self._gathering:
            number = self._prompt.take(event)
            if number is not None:
                self._number(event, number)
            self._publish(event, lane, source)
        elif event.keep:
            entry = _Stored(event, lane, source, self._clock.seconds() + self.patience)
            self._append(entry)
            if self._has_place_for(event):
                self._uncommitted.append(entry)
            self._commit_more()
            if self._stalled:
                self._give_up(entry)
            else:
                self._watch()
        elif self._queue:
            self._append(_Entry(partial(lane.publish, event, source), _owner(event, source)))
        else:
            self._publish(event, lane, source)

    def _has_place_for(self, event: Event) -> bool:
        """Whether an event may wait to be stored. What changes how things stand always may, and what nobody
        else has seen yet."""
        if len(self._uncommitted) < self._limit or not isinstance(event, Message | PrivateMessage):
            return True
        if isinstance(event, PrivateMessage) and event.waited:
            return True
        self._lost += 1
        return False

    def _give_up(self, entry: _Stored) -> None:
        """Let an event leave without its commit."""
        if not entry.ready:
            entry.event.stored = False
            entry.ready = True
        self._leave()

    def close_room(self, room_id: str) -> None:
        """Let the store forget a room, behind what is to be stored of it."""
        if self._uncommitted:
            self._ended.append(room_id)
        else:
            self._store.close_room(room_id)

    def after(self, session: Session, action: Callable[[], None]) -> None:
        """Run `action` behind what `session`, or its user, still has waiting; at once if that is nothing."""
        user = session.user
        if session in self.waiting or (user is not None and user.id in self.waiting):
            self._append(_Entry(action, session))
        else:
            self._run(action)

    def behind_all(self, action: Callable[[], None], session: Session | None = None) -> None:
        """Run `action`, of that session, when all that waits now has left; at once if that is nothing."""
        if self._queue:
            self._append(_Entry(action, "" if session is None else session))
        else:
            self._run(action)

    def _append(self, entry: _Entry) -> None:
        self._queue.append(entry)
        if entry.owner:
            self.waiting[entry.owner] = self.waiting.get(entry.owner, 0) + 1

    @contextmanager
    def together(self) -> Iterator[None]:
        """Store what is put in this block, which waits for nothing, in one transaction."""
        self._gathering += 1
        try:
            yield
        finally:
            self._gathering -= 1
            self._commit_more()

    def _commit_more(self) -> None:
        """Begin the next commit, if this is its time."""
        if self._uncommitted and self._committing is None and not self._gathering:
            self._commit()

    def _commit(self) -> None:
        batch, self._uncommitted = self._uncommitted[:MOST], self._uncommitted[MOST:]
        ended: list[str] = []
        if not self._uncommitted:
            ended, self._ended = self._ended, []
        self._committing = batch
        self._began = self._clock.seconds()
        try:
            self._store.commit([entry.event for entry in batch], partial(self._committed, batch))
        except Exception:  # noqa: BLE001 - a store that raises has not stored
            log.failure("{count} events were not stored", count=len(batch))
            if self._committing is batch:
                self._committed(batch, None)
        for room_id in ended:
            self._store.close_room(room_id)

    def _committed(self, batch: list[_Stored], numbers: Sequence[int | None] | None) -> None:
        if self._committing is not batch:
            log.error("the store answered twice for one transaction of {count} events", count=len(batch))
            return
        self._committing = None
        if numbers is not None:
            self.seconds.add(self._clock.seconds() - self._began)
            self.sizes.add(len(batch))
        if numbers is not None and self._stalled:
            self._stalled = False
            log.warn("events are shown when they are stored again")
            if self._lost:
                log.error("{count} messages are not stored: too many had to wait", count=self._lost)
                self._lost = 0
        for index, entry in enumerate(batch):
            number = None if numbers is None else numbers[index]
            if entry.left:
                if number and isinstance(entry.lane, Room):
                    entry.lane.stored_late(entry.event, number)
                continue
            entry.ready = True
            self._number(entry.event, 0 if numbers is None else number)
        self._leave()
        # What left may have put more, and begun the next commit with it.
        self._commit_more()

    def _leave(self) -> None:
        """Let out what is ready at the head of the queue."""
        queue, waiting = self._queue, self.waiting
        while queue and queue[0].ready:
            entry = queue.popleft()
            entry.left = True
            owner = entry.owner
            if owner:
                waiting[owner] -= 1
                if not waiting[owner]:
                    del waiting[owner]
            self._run(entry.action)

    def _number(self, event: Event, number: int | None) -> None:
        """Mark an event as the store answered. 0: it cannot be stored, whatever is done."""
        event.stored = number != 0
        if number:
            cast("RoomEvent | PrivateMessage", event).number = number

    def _publish(self, event: Event, lane: Lane, source: Source | None) -> None:
        try:
            lane.publish(event, source)
        except Exception:  # noqa: BLE001 - as in `_run`
            log.failure("what left the timeline could not be shown")

    def _run(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001 - what waits behind it must leave all the same
            log.failure("what left the timeline could not be shown")

    def _watch(self) -> None:
        """See to it that the head of the queue does not wait for ever."""
        head = self._queue[0] if self._queue else None
        if self._alarm is None and isinstance(head, _Stored):
            delay = max(0.0, head.deadline - self._clock.seconds())
            self._alarm = self._clock.callLater(delay, self._overdue)

    def _overdue(self) -> None:
        self._alarm = None
        head = self._queue[0] if self._queue else None
        late = isinstance(head, _Stored) and head.deadline <= self._clock.seconds()
        if late:
            # Whoever came after the first would wait as vainly: everybody was held up for long enough.
            for entry in self._queue:
                if not entry.ready:
                    entry.ready = True
                    if isinstance(entry, _Stored):
                        entry.event.stored = False
        if late and not self._stalled:
            self._stalled = True
            log.warn("events are shown before they could be stored")
        self._leave()
        self._watch()
