"""The lines of one client, taken one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.ports import Clock
from chatd.wire.splitter import Line

__all__ = ["Inbox"]

log = Logger(namespace="chatd.inbox")

LINES_A_TURN = 32
SECONDS_A_TURN = 0.005
"""What one client may take of a turn of the reactor: so many lines, and none begun after so many seconds."""


class Inbox:
    """Hands each line to `take`, as many in one turn of the reactor as the bounds above allow.

    What one packet brings beyond that waits for the next turns, and `hold(True)` stops reading until it
    is done. While `take` itself has to wait (it returned a Deferred), at most `limit` lines wait here.
    `idle` is called whenever the last line that waited is done.
    """

    def __init__(
        self,
        limit: int,
        take: Callable[[Line], Deferred[None] | None],
        idle: Callable[[], None],
        hold: Callable[[bool], None],
        clock: Clock,
    ) -> None:
        self._limit = limit
        self._take = take
        self._idle = idle
        self._hold = hold
        self._clock = clock
        self._lines: deque[Line] = deque()
        self._taken = 0
        self._until = 0.0
        self._held = False
        self._waited_for = False

    @property
    def busy(self) -> bool:
        """Whether lines wait here, or one is being waited for."""
        return self._waited_for or bool(self._lines)

    def begin(self) -> None:
        """A turn has begun: a packet has come, or what waits goes on."""
        self._taken = 0
        self._until = self._clock.seconds() + SECONDS_A_TURN

    def put(self, line: Line) -> bool:
        """Take the line, now or later; False: too many wait already."""
        if self._waited_for:
            if len(self._lines) >= self._limit:
                return False
            self._lines.append(line)
        elif self._lines or self._share_is_used():
            self._lines.append(line)
            self._go_on_later()
        else:
            self._start(line)
        return True

    def clear(self) -> None:
        """Forget the lines that wait."""
        self._lines.clear()

    def _share_is_used(self) -> bool:
        return self._taken >= LINES_A_TURN or (self._taken > 0 and self._clock.seconds() >= self._until)

    def _start(self, line: Line) -> None:
        self._taken += 1
        waiting = self._take(line)
        if waiting is not None:
            self._waited_for = True
            waiting.addErrback(_unexpected).addCallback(self._answered)

    def _answered(self, _: Any) -> None:
        self._waited_for = False
        self.begin()
        self._go_on()

    def _go_on_later(self) -> None:
        if not self._held:
            self._held = True
            self._hold(True)
            self._clock.callLater(0, self._next_turn)

    def _next_turn(self) -> None:
        self._held = False
        self.begin()
        if not self._waited_for:
            self._go_on()
        if not self._held:
            self._hold(False)

    def _go_on(self) -> None:
        while self._lines and not self._waited_for:
            if self._share_is_used():
                self._go_on_later()
                return
            self._start(self._lines.popleft())
        if not self.busy:
            self._idle()


def _unexpected(failure: Failure) -> None:
    log.failure("a line was not taken", failure)
