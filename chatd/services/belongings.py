"""Keeps which rooms an account is in, whether it is away and when it was here last, a moment behind: nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any, get_args

from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.events import AwayChanged, Event, Identified, Joined, Kicked, Parted, Quit
from chatd.core.ports import Clock, Lane, Pending, Session, Source
from chatd.storage import belongings
from chatd.storage.engine import Database

__all__ = ["KeepingTimeline"]

log = Logger(namespace="chatd.accounts")

RETRY_SECONDS = 5.0
Kind = Joined | Parted | Kicked | AwayChanged | Identified | Quit
KINDS = frozenset(get_args(Kind))
"""Each message is looked up in it: 0.04 µs, where isinstance with the union takes 0.7."""


class KeepingTimeline:
    """A timeline that keeps what accounts come back to.

    It is no part of the transactions of what is shown, since nothing that is shown tells of it: a server that
    is killed forgets the last moment's joins. Changes that come while one is being written go together into
    the next one; if it fails they are tried again.
    """

    def __init__(self, timeline: Pending, database: Database, clock: Clock) -> None:
        self._timeline = timeline
        self.waiting = timeline.waiting
        self._database = database
        self._clock = clock
        self._rooms: dict[tuple[str, str], bool] = {}
        self._away: dict[str, str | None] = {}
        self._ended: set[str] = set()
        self._seen: dict[str, datetime] = {}
        self._writing = False

    def put(self, event: Event, lane: Lane, source: Source | None = None) -> None:
        """Note what concerns an account, and pass the event on."""
        if type(event) in KINDS:
            self._note(event)
        self._timeline.put(event, lane, source)

    def _note(self, event: Event) -> None:
        if isinstance(event, Kind) and event.who.account is not None:
            if isinstance(event, AwayChanged):
                self._away[event.who.account] = event.reason
            elif isinstance(event, Quit):
                self._seen[event.who.account] = event.time
            elif isinstance(event, Identified):
                self._rooms.update(((event.who.account, room), True) for room in event.rooms)
            else:
                self._rooms[event.who.account, event.room_id] = isinstance(event, Joined)
            self._write()

    def together(self) -> AbstractContextManager[None]:
        """Pass on."""
        return self._timeline.together()

    def close_room(self, room_id: str) -> None:
        """A room ended: nobody comes back to it."""
        self._ended.add(room_id)
        self._write()
        self._timeline.close_room(room_id)

    def behind_all(self, action: Callable[[], None], session: Session | None = None) -> None:
        """Pass on."""
        self._timeline.behind_all(action, session)

    def after(self, session: Session, action: Callable[[], None]) -> None:
        """Pass on."""
        self._timeline.after(session, action)

    def _write(self) -> None:
        if self._writing or not (self._rooms or self._away or self._ended or self._seen):
            return
        self._writing = True
        changes = self._rooms, self._away, self._ended, self._seen
        self._rooms, self._away, self._ended, self._seen = {}, {}, set(), {}
        written = self._database.write(lambda connection: belongings.keep(connection, *changes))
        written.addCallbacks(self._written, partial(self._failed, *changes))

    def _written(self, _: Any) -> None:
        self._writing = False
        self._write()

    def _failed(
        self,
        rooms: dict[tuple[str, str], bool],
        away: dict[str, str | None],
        ended: set[str],
        seen: dict[str, datetime],
        failure: Failure,
    ) -> None:
        log.warn("what accounts come back to is not kept yet: {error}", error=failure.getErrorMessage())
        # What came meanwhile is newer.
        self._rooms = rooms | self._rooms
        self._away = away | self._away
        self._ended |= ended
        self._seen = seen | self._seen
        self._clock.callLater(RETRY_SECONDS, self._again)

    def _again(self) -> None:
        self._writing = False
        self._write()
