"""What the process does when it is sent a signal (signal(7))."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["Signals"]

ENDING = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """SIGHUP has the server look at its settings again; SIGTERM and SIGINT end it, once.

    Twisted's reactor stops at a signal and raises when it is told to stop a second time, be it by another signal or
    by the owner's command: who is impatient would find a traceback in the log.
    """

    def __init__(self, reactor: Any, reload: Callable[[], object]) -> None:
        self._reactor = reactor
        self._reload = reload
        self._stopping = False

    def open(self) -> None:
        """Take SIGHUP now, and the others as soon as the reactor has taken them."""
        signal.signal(signal.SIGHUP, lambda *_: self._reactor.callFromThread(self._reload))
        self._reactor.addSystemEventTrigger("after", "startup", self._guard)

    def stop(self) -> None:
        """Stop the reactor, which stops the service, unless it stops already."""
        if not self._stopping:
            self._stopping = True
            self._reactor.callLater(0, self._reactor.stop)

    def _guard(self) -> None:
        for number in ENDING:
            before = signal.getsignal(number)
            if callable(before):
                signal.signal(number, partial(self._end, before))

    def _end(self, before: Callable[[int, Any], object], number: int, frame: Any) -> None:
        """Run in the signal handler: only what is safe there."""
        if not self._stopping:
            self._stopping = True
            before(number, frame)
