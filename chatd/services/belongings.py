"""Keeps which rooms an account is in, whether it is away and when it was here last, a moment behind: nobody waits for it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.events import AwayChanged, Event, Identified, Joined, Kicked, Parted, Quit
from chatd.core.ports import Clock
from chatd.storage import belongings
from chatd.storage.engine import Database

__all__ = ["BelongingsKeeper"]

log = Logger(namespace="chatd.accounts")

RETRY_SECONDS = 5.0
Kind = Joined | Parted | Kicked | AwayChanged | Identified | Quit


class BelongingsKeeper:
    """Keeps what accounts come back to.

    It is no part of the transactions of what is shown, since nothing that is shown tells of it: a server that
    is killed forgets the last moment's joins. Changes that come while one is being written go together into
    the next one; if it fails they are tried again.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._rooms: dict[tuple[str, str], bool] = {}
        self._away: dict[str, str | None] = {}
        self._ended: set[str] = set()
        self._seen: dict[str, datetime] = {}
        self._writing = False

    def note(self, event: Event) -> None:
        """Note what concerns an account (`World.changed`)."""
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

    def room_ended(self, room_id: str) -> None:
        """A room has ended: nobody comes back to it (`World.room_ended`)."""
        self._ended.add(room_id)
        self._write()

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
