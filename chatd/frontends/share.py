"""Work that may come for many at once, and must not be done for all of them before anybody else has a turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.logger import Logger

from chatd.core.ports import Clock

__all__ = ["SECONDS", "Share"]

log = Logger(namespace="chatd.share")

SECONDS = 0.01
"""What it has of a turn of the reactor, all together."""


class Share:
    """Does steps until their share of the turn is used; the others wait for the next ones, in their order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left = SECONDS
        self._waiting: deque[Callable[[], object]] = deque()
        self._planned = False

    @property
    def used(self) -> bool:
        """Whether nothing more is to be done in this turn."""
        return self._left <= 0 or bool(self._waiting)

    def now(self, step: Callable[[], object]) -> None:
        """Do a step, which counts."""
        self._plan()
        began = self._clock.seconds()
        try:
            step()
        except Exception:  # noqa: BLE001 - it holds up nobody else
            log.failure("a step failed in a way that nobody expected")
        self._left -= self._clock.seconds() - began

    def later(self, step: Callable[[], object]) -> None:
        """Do a step in one of the next turns."""
        self._waiting.append(step)
        self._plan()

    def _plan(self) -> None:
        if not self._planned:
            self._planned = True
            self._clock.callLater(0, self._turn)

    def _turn(self) -> None:
        """Another turn has begun."""
        self._planned = False
        self._left = SECONDS
        while self._waiting and self._left > 0:
            self.now(self._waiting.popleft())
        if self._waiting:
            self._plan()
