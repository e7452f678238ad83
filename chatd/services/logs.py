"""The log of this process: an observer of twisted.logger that holds up nobody and writes a line a record."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from twisted.application.internet import TimerService
from twisted.application.service import MultiService
from twisted.logger import ILogObserver, LogEvent, LogLevel
from zope.interface import implementer

from chatd import settings
from chatd.services.records import FORMATS, Record, record
from chatd.services.repeats import Repeats
from chatd.services.writer import Output, Writer

__all__ = ["Log"]

TELL_SECONDS = 60.0
CHATTERER = "twisted.conch"  # tells of every packet and channel


@implementer(ILogObserver)
class Log(MultiService):
    """Limits repeats, formats records, and hands them to a thread that writes.

    It may be called from any thread, from a signal handler, and in the middle of its own work: who finds
    it busy leaves his event behind, and who is busy takes it along. It writes in a thread from
    `startService` on, and waits for that thread, not for ever, once the reactor has stopped.
    """

    def __init__(self, output: Output, reactor: Any, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._output = output
        self._reactor = reactor
        self._format = FORMATS["plain"]
        self._debug = False
        self._repeats = Repeats(clock)
        self._writer: Writer[bytes] = Writer(output, len, self._note)
        self._events: deque[LogEvent | None] = deque()  # None: tell what was swallowed
        self._busy = Lock()
        timer = TimerService(TELL_SECONDS, self.tell)
        timer.clock = reactor
        timer.setServiceParent(self)

    def configure(self, log: settings.Log) -> None:
        """Write from now on as the settings say."""
        self._format = FORMATS[log.format]
        self._debug = log.debug

    def __call__(self, event: LogEvent) -> None:
        """Write one event down. Never blocks for long, never raises."""
        self._events.append(event)
        self._work()

    def tell(self) -> None:
        """Write down how many records were swallowed since the last time."""
        self._events.append(None)
        self._work()

    def reopen(self) -> None:
        """Go on in a new file if the old one was moved away."""
        self._writer.reopen()

    def startService(self) -> None:
        """Begin to write in a thread. The process that calls this is the one that stays."""
        super().startService()
        self._writer.start("chatd log")
        self._reactor.addSystemEventTrigger("after", "shutdown", self.finish)
        if self._output.path is not None and signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL:
            # With a log of twistd's own this rotates it; nobody who is used to that shall end the server.
            signal.signal(signal.SIGUSR1, lambda *_: self._reactor.callFromThread(self.reopen))

    def finish(self) -> None:
        """Wait until all is written, and for each record that still comes: for a second in all."""
        self.tell()
        self._writer.finish()

    def _work(self) -> None:
        # An event left behind after the inner loop has ended is seen by the outer one.
        while self._events and self._busy.acquire(blocking=False):
            try:
                while self._events:
                    self._take(self._events.popleft())
            finally:
                self._busy.release()

    def _take(self, event: LogEvent | None) -> None:
        if event is None:
            for told in self._repeats.told():
                self._write(told)
        elif self._wanted(event):
            self._write(event)

    def _wanted(self, event: LogEvent) -> bool:
        try:
            level = event.get("log_level") or LogLevel.info
            chatter = str(event.get("log_namespace")).startswith(CHATTERER)
            if not self._debug and level < (LogLevel.warn if chatter else LogLevel.info):
                return False
            return self._repeats.passes(event)
        except Exception:  # noqa: BLE001 - of a kind that nothing can be told of
            return True

    def _write(self, event: LogEvent) -> None:
        entry = record(event)
        if entry is not None:
            self._writer.put(self._format(entry))

    def _note(self, text: str) -> bytes:
        return self._format(Record(datetime.now(UTC), "warn", "chatd.log", text))
