"""Looks once a minute for files whose time is over."""

from __future__ import annotations

from typing import Any

from twisted.application.internet import TimerService
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatd.services.files import FileService

__all__ = ["FileExpiry"]

log = Logger(namespace="chatd.files")

SWEEP_SECONDS = 60.0


class FileExpiry(TimerService):
    """A look that fails is logged, and the next one comes."""

    def __init__(self, files: FileService, clock: Any) -> None:
        super().__init__(SWEEP_SECONDS, self._sweep)  # type: ignore[no-untyped-call]  # Twisted has not annotated it
        self.clock = clock
        self._files = files

    def _sweep(self) -> Deferred[None]:
        swept = Deferred.fromCoroutine(self._files.sweep())
        return swept.addErrback(lambda failure: log.failure("files were not looked through", failure))
