"""A file on its way out: read piece by piece, no faster than the other end takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.services.shelf import Opened

__all__ = ["Download"]

log = Logger(namespace="chatd.files")


@implementer(IPushProducer)
class Download:
    """Writes part of a file to a consumer. At most one piece waits there, and the next one is read when that has gone."""

    def __init__(
        self,
        opened: Opened,
        consumer: Any,
        begin: int,
        end: int,
        *,
        done: Callable[[bool], None],
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """`done` is called once: with True when all is written, with False when it cannot be. `moved` is called whenever
        the other end has taken something."""
        self._opened = opened
        self._consumer = consumer
        self._offset = begin
        self._end = end
        self._done = done
        self._moved = moved
        self._flowing = True
        self._reading = False
        self._over = False

    def begin(self) -> None:
        """Write the first piece."""
        self._consumer.registerProducer(self, True)
        self._more()

    def resumeProducing(self) -> None:
        """Go on."""
        self._flowing = True
        self._moved()
        self._more()

    def pauseProducing(self) -> None:
        """Wait."""
        self._flowing = False

    def stopProducing(self) -> None:
        """The connection is gone."""
        self.stop()

    def stop(self) -> None:
        """Read and write no more, and do not call `done`."""
        if not self._over:
            self._over = True
            self._opened.close()

    def _more(self) -> None:
        if self._over or self._reading:
            return
        if self._offset >= self._end:
            self._finish(True)
        elif self._flowing:
            self._reading = True
            self._opened.piece(self._offset, self._end - self._offset).addCallbacks(self._read, self._failed)

    def _read(self, data: bytes) -> None:
        self._reading = False
        if self._over:
            return
        if not data:
            log.error("a file is shorter than it was when it was shared")
            self._finish(False)
            return
        self._offset += len(data)
        self._consumer.write(data)
        self._more()

    def _failed(self, failure: Failure) -> None:
        self._reading = False
        if not self._over:
            log.failure("a file cannot be read", failure)
            self._finish(False)

    def _finish(self, whole: bool) -> None:
        self.stop()
        self._consumer.unregisterProducer()
        self._done(whole)
