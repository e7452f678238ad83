"""Deletes what is older, or more, than is to be kept: a little at a time, behind what people say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection
from twisted.application.internet import TimerService
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from chatd.core import keeping
from chatd.core.keeping import FOR_EVER, Keep
from chatd.core.registry import Registry
from chatd.storage import archive, purge
from chatd.storage.codec import micros
from chatd.storage.engine import Database
from chatd.storage.purge import Extent

__all__ = ["PAUSE_SECONDS", "SWEEP_SECONDS", "Keeping"]

log = Logger(namespace="chatd.keeping")

SWEEP_SECONDS = 60.0
"""From the end of one look at everything to the next: what is due is gone so much later."""
PAUSE_SECONDS = 0.05
"""Between two transactions that delete: messages that wait go between."""
PLACES = 100
"""Places looked at in one transaction."""


class Keeping(TimerService):
    """Looks from time to time at what is due. A step that fails is logged, and tried again the next time."""

    def __init__(self, registry: Registry, database: Database, clock: Any) -> None:
        super().__init__(SWEEP_SECONDS, self._sweep)  # type: ignore[no-untyped-call]  # Twisted has not annotated it
        self.clock = self._clock = clock
        self._registry = registry
        self._database = database

    def _sweep(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.sweep())

    async def sweep(self) -> None:
        """Delete all that is due now, unless the service is stopped meanwhile."""
        history = self._registry.settings.history
        private, server = keeping.of_private_talk(history), keeping.of_rooms(history)
        for step in (
            self._forget_recent,
            lambda: self._sweep_places(private, server),
            lambda: self._sweep_audit(history.audit_days),
        ):
            try:
                await step()
            except Exception:  # noqa: BLE001 - the next time comes
                log.failure("what is to be kept no longer is not deleted yet")

    async def _forget_recent(self) -> None:
        """Trim what rooms show to who enters."""
        for room in self._registry.rooms.values():
            keep = self._registry.kept_of(room)
            if keep:
                room.forget(room.last - keep.messages if keep.messages else 0, self._since(keep.seconds))

    async def _sweep_places(self, private: Keep, server: Keep) -> None:
        rooms = self._registry.rooms_by_id
        if not (private or server or any(room.keep for room in rooms.values())):
            return
        after = 0
        while self.running:
            page = await self._database.read(partial(purge.extents, after=after, limit=PLACES))
            for extent in page:
                room = rooms.get(extent.place)
                if extent.place.startswith("private:"):
                    await self._purge(extent, private)
                else:
                    await self._purge(extent, FOR_EVER if room is None else self._registry.kept_of(room))
            if len(page) < PLACES:
                return
            after = page[-1].key

    async def _purge(self, extent: Extent, keep: Keep) -> None:
        place = extent.place
        most = extent.last - keep.messages
        if keep.messages and extent.first <= most:
            await self._steps(lambda connection: purge.delete_until(connection, place, most))
        if not keep.seconds:
            return
        since = self._since(keep.seconds)
        before = micros(since)
        if extent.oldest < before:
            number = await self._database.read(lambda connection: archive.number_at(connection, place, since))
            # Where the clock was set, numbers and times do not follow each other: nothing goes before its time.
            await self._steps(lambda connection: purge.delete_until(connection, place, number, before))

    async def _sweep_audit(self, days: int) -> None:
        before = micros(self._since(days * keeping.DAY))
        if days and await self._database.read(lambda connection: purge.audit_due(connection, before)):
            await self._steps(lambda connection: purge.delete_audit(connection, before))

    async def _steps(self, step: Callable[[Connection], bool]) -> None:
        """Take one step after the other, each a transaction, until that was all or the service stops."""
        while self.running and not await self._database.write(step):
            await deferLater(self._clock, PAUSE_SECONDS)

    def _since(self, seconds: int) -> datetime:
        """Return the time so many seconds ago; 0: before everything."""
        if not seconds:
            return datetime.min.replace(tzinfo=UTC)
        return datetime.fromtimestamp(self._registry.world.now(), UTC) - timedelta(seconds=seconds)
