"""Takes deleted accounts out of what was said: a little at a time, behind what people say."""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.application.internet import TimerService
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from chatd.core.registry import Registry
from chatd.storage import erasing
from chatd.storage.engine import Database

__all__ = ["Erasing"]

log = Logger(namespace="chatd.accounts")

LOOK_SECONDS = 10.0
"""From the end of one look at what is to be done to the next."""
PAUSE_SECONDS = 0.05
"""Between two transactions: messages that wait go between."""


class Erasing(TimerService):
    """Does what deletions have left to do, also those of an earlier process. What fails is tried again."""

    def __init__(self, registry: Registry, database: Database, clock: Any) -> None:
        super().__init__(LOOK_SECONDS, self._look)  # type: ignore[no-untyped-call]  # Twisted has not annotated it
        self.clock = self._clock = clock
        self._database = database
        self._registry = registry

    def _look(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._work())

    async def _work(self) -> None:
        try:
            for task in await self._database.read(erasing.tasks):
                left: erasing.Task | None = task
                while left is not None and self.running:
                    left = await self._database.write(partial(erasing.step, task=left))
                    await deferLater(self._clock, PAUSE_SECONDS)
                if left is None:
                    # What was still on its way, or read from the database before, is shown to who enters.
                    self._registry.erase_recent(task.account, task.how)
                    log.info("a deleted account is taken out of what was said")
        except Exception:  # noqa: BLE001 - the next look tries again
            log.failure("a deleted account is not yet taken out of what was said")
