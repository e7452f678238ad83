"""The lines of one client, taken one after the other, no faster than its budget allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sized
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.limits import Budget, Pace
from chatd.core.ports import Clock, Delayed
from chatd.wire.splitter import Line

__all__ = ["Inbox", "Taker"]

log = Logger(namespace="chatd.inbox")

NO_LINES: Final[deque[Line]] = deque()
"""For who has no line waiting: an empty deque of one's own takes 760 bytes."""
LINES_A_TURN = 32
"""What one client may take of a turn of the reactor, and none begun when his share of its time (`Pace`) is over."""


class Taker(Protocol):
    """Whose lines they are: a session, or what else takes lines."""

    def take(self, line: Line) -> Deferred[None] | None:
        """Carry out one line; return a Deferred if that has to wait for something."""

    def idle(self) -> None:
        """The last line that waited is done."""

    def flooded(self) -> None:
        """Too many lines wait; they were dropped."""

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""

    def behind(self, relieved: Callable[[], None]) -> bool:
        """Whether so much of the client waits for the store that nothing more is to be taken from it; if so, call
        `relieved` when that is over."""


class Inbox:
    """Hands each line to its taker when its time has come, in order.

    A line may have to wait for three things. For the next turn of the reactor, when this one's share
    (above) is used: `hold(True)` stops reading meanwhile, so what waits came in one packet. For the
    budget; and for `take` itself (it returned a Deferred): then at most `limit` lines
    of `limit_bytes` in all wait here, and past that everything is dropped and `flooded` is called.
    """

    def __init__(
        self,
        taker: Taker,
        *,
        limit: int,
        limit_bytes: int,
        budget: Budget,
        pace: Pace,
        clock: Clock,
        stored_later: Sized = (),
    ) -> None:
        """`stored_later`: what of anybody waits for the store; only while there is something, the taker is asked
        whether it is behind."""
        self.limit = limit
        self.limit_bytes = limit_bytes
        self.budget = budget
        self.heard = clock.seconds()
        """When something was received last."""
        self._taker = taker
        self._pace = pace
        self._clock = clock
        self._stored_later = stored_later
        self._lines = NO_LINES
        self._size = 0
        self._taken = 0
        self._now = self.heard
        self._until = 0.0
        self._held = False
        self._waited_for = False
        self._alarm: Delayed | None = None

    @property
    def waiting(self) -> int:
        """How many lines wait here."""
        return len(self._lines)

    @property
    def busy(self) -> bool:
        """Whether lines wait here, or one is being waited for."""
        return self._waited_for or bool(self._lines)

    def begin(self) -> None:
        """A packet has come. TLS brings many of them in one turn: they have one share of it together."""
        self.heard = self._now = self._clock.seconds()
        if self._now >= self._until:
            self._begin_turn()

    def put(self, line: Line) -> None:
        """Take the line, now or later."""
        if self._lines or self._waited_for or not self._may_start():
            if not self._lines:
                self._lines = deque()
            self._lines.append(line)
            self._size += _size(line)
            self._check_bound()
        else:
            self._start(line)

    def retune(self, limit: int, limit_bytes: int, rate: float, burst: int) -> None:
        """Go on with other bounds, at once if the budget allows more now."""
        self.limit, self.limit_bytes = limit, limit_bytes
        self.budget.rate, self.budget.burst = rate, burst
        if self._alarm is not None:
            self._alarm.cancel()
            self._budget_allows()

    def clear(self) -> None:
        """Forget the lines that wait."""
        self._lines = NO_LINES
        self._size = 0
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _begin_turn(self) -> None:
        self._taken = 0
        self._now = self._clock.seconds()
        self._until = self._now + self._pace.share()

    def _may_start(self) -> bool:
        """Whether the next line may be run now; if not, see to it that it will be."""
        if self.budget.rate and (seconds := self.budget.wait(self._now)):
            if self._alarm is None:
                self._alarm = self._clock.callLater(seconds, self._budget_allows)
            return False
        if self._held:
            return False
        if self._stored_later and self._taker.behind(self._relieved):
            self._held = True
            self._taker.hold(True)
            return False
        if self._taken >= LINES_A_TURN or (self._taken and self._clock.seconds() >= self._until):
            self._go_on_later()
            return False
        return True

    def _check_bound(self) -> None:
        """Give up a client whose lines pile up while it is he, or what he asked for, that keeps them waiting."""
        waits = self._waited_for or self._alarm is not None
        if waits and (len(self._lines) > self.limit or self._size > self.limit_bytes):
            self.clear()
            self._taker.flooded()

    def _start(self, line: Line) -> None:
        self._taken += 1
        if self.budget.rate:
            self.budget.spend(1)
        waiting = self._taker.take(line)
        if waiting is not None:
            self._waited_for = True
            waiting.addErrback(_unexpected).addCallback(self._answered)

    def _answered(self, _: Any) -> None:
        self._waited_for = False
        self._begin_turn()
        self._go_on()

    def _budget_allows(self) -> None:
        self._alarm = None
        self._begin_turn()
        self._go_on()

    def _relieved(self) -> None:
        # In a turn of its own: what calls this is letting out what waited.
        self._clock.callLater(0, self._next_turn)

    def _go_on_later(self) -> None:
        if not self._held:
            self._held = True
            self._pace.busy += 1
            self._taker.hold(True)
            self._clock.callLater(0, self._after_share)

    def _after_share(self) -> None:
        self._pace.busy -= 1
        self._next_turn()

    def _next_turn(self) -> None:
        self._held = False
        self._begin_turn()
        self._go_on()
        if not self._held:
            self._taker.hold(False)

    def _go_on(self) -> None:
        while self._lines and not self._waited_for:
            if not self._may_start():
                self._check_bound()
                return
            line = self._lines.popleft()
            self._size -= _size(line)
            self._start(line)
        if not self.busy:
            self._lines = NO_LINES
            self._taker.idle()


def _size(line: Line) -> int:
    return len(line) if isinstance(line, bytes) else 0


def _unexpected(failure: Failure) -> None:
    log.failure("a line was not taken", failure)
