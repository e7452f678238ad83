"""Notices when nothing moves any more."""

from __future__ import annotations

from collections.abc import Callable

from chatd.core.ports import Clock, Delayed

__all__ = ["Stall"]


class Stall:
    """Calls a function, once, when there was no progress for so many seconds."""

    def __init__(self, clock: Clock, seconds: Callable[[], float], stalled: Callable[[], None]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._stalled = stalled
        self._timer: Delayed | None = None
        self._moved = clock.seconds()
        self._look()

    def progress(self) -> None:
        """Something has moved."""
        self._moved = self._clock.seconds()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _look(self) -> None:
        left = self._moved + self._seconds() - self._clock.seconds()
        if left > 0:
            self._timer = self._clock.callLater(left, self._look)
        else:
            self._timer = None
            self._stalled()
