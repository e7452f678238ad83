"""Fills the index of words behind the commits: a little while after each, in steps that commits go between."""

from __future__ import annotations

from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.ports import Clock, Delayed
from chatd.storage import search
from chatd.storage.engine import Database

__all__ = ["Indexer"]

log = Logger(namespace="chatd.storage")

DELAY = 0.25
"""Seconds from what is stored to its step: time for more to come into it."""
PAUSE = 0.05
"""Seconds between two steps when there is more than one to do: some 1,500 lines a second, and the rest of the
time for the chat."""
RETRY = 5.0
"""Seconds until a step that failed is tried again."""


class Indexer:
    """Lives in the reactor's thread; the steps are done by the writer. After a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._timer: Delayed | None = None
        self._busy = False
        """Whether a step is under way, or a timer for one."""
        self._news = False
        """Whether something was stored since the last step began."""
        self._failing = False
        self._stopped = False

    def stored(self) -> None:
        """Something was stored."""
        self._news = True
        if not self._busy:
            self._wait(DELAY)

    def stop(self) -> None:
        """Begin no more steps. What is left is done after the next start."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float) -> None:
        self._busy = not self._stopped
        if self._busy:
            self._timer = self._clock.callLater(seconds, self._step)

    def _step(self) -> None:
        self._timer = None
        self._news = False
        self._database.write(search.index).addCallbacks(self._done, self._failed)

    def _done(self, finished: bool) -> None:
        if self._failing:
            self._failing = False
            log.warn("messages are indexed for /search again")
        self._busy = False
        if not finished or self._news:
            self._wait(DELAY if finished else PAUSE)

    def _failed(self, failure: Failure) -> None:
        if not self._failing:
            self._failing = True
            log.error(
                "messages cannot be indexed for /search at the moment: {error}",
                error=failure.getErrorMessage(),
            )
        self._wait(RETRY)
