"""Notices when nothing moves any more, or next to nothing."""

from __future__ import annotations

from collections.abc import Callable

from chatd.core.ports import Clock, Delayed

__all__ = ["LEAST", "Stall"]

LEAST = 65_536
"""Bytes of a file that have to come while it may stall; who fetches one takes as many at once."""


class Stall:
    """Calls a function, once, when there was no progress for so many seconds: none of `least` bytes, where they count."""

    def __init__(
        self, clock: Clock, seconds: Callable[[], float], stalled: Callable[[], None], *, least: int = 0
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._stalled = stalled
        self._least = least
        self._bytes = 0
        self._timer: Delayed | None = None
        self._moved = clock.seconds()
        self._look()

    def progress(self, size: int = 0) -> None:
        """Something has moved, of so many bytes."""
        self._bytes += size
        if self._bytes >= self._least:
            self._bytes = 0
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
