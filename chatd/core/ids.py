"""Identifiers of events, users and rooms, and the times of events: unique across processes and restarts, sorted by time."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Ids"]

SEQUENCE_BITS = 16


class Ids:
    """Makes 32 hexadecimal digits: 12 of milliseconds, 4 of sequence, 16 drawn once per process.

    `now` gives seconds since 1970. A clock set back does not bring an identifier back: the
    milliseconds never decrease within a process, and another process has other random digits.
    """

    def __init__(self, now: Callable[[], float], *, process: str | None = None) -> None:
        self._now = now
        self.process = secrets.token_hex(8) if process is None else process
        self._last = 0

    def next(self) -> str:
        """Return a new identifier that sorts after all earlier ones of this process."""
        return self.stamp()[0]

    def stamp(self) -> tuple[str, datetime]:
        """Return a new identifier and the time, for an event. The time is as exact as the clock: what is found is paged
        by it, and all of one time stand on one page."""
        now = self._now()
        count = int(now * 1000) << SEQUENCE_BITS
        if count <= self._last:
            count = self._last + 1
        self._last = count
        return f"{count:016x}{self.process}", datetime.fromtimestamp(now, UTC)
