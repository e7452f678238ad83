"""The lines of one client, taken one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.wire.splitter import Line

__all__ = ["Inbox"]

log = Logger(namespace="chatd.inbox")


class Inbox:
    """Hands each line to `take`. While `take` has to wait (it returned a Deferred), at most `limit` lines
    wait here. `idle` is called whenever the last of them is done.
    """

    def __init__(
        self, limit: int, take: Callable[[Line], Deferred[None] | None], idle: Callable[[], None]
    ) -> None:
        self._limit = limit
        self._take = take
        self._idle = idle
        self._lines: deque[Line] = deque()
        self.busy = False
        """Whether a line is being waited for."""

    def put(self, line: Line) -> bool:
        """Take the line, now or later; False: too many wait already."""
        if not self.busy:
            self._start(line)
        elif len(self._lines) < self._limit:
            self._lines.append(line)
        else:
            return False
        return True

    def clear(self) -> None:
        """Forget the lines that wait."""
        self._lines.clear()

    def _start(self, line: Line) -> None:
        waiting = self._take(line)
        if waiting is not None:
            self.busy = True
            waiting.addErrback(_unexpected).addCallback(self._go_on)

    def _go_on(self, _: Any) -> None:
        self.busy = False
        while self._lines and not self.busy:
            self._start(self._lines.popleft())
        if not self.busy:
            self._idle()


def _unexpected(failure: Failure) -> None:
    log.failure("a line was not taken", failure)
