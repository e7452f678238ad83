"""Where TLS clients wait while others shake hands."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from twisted.logger import Logger

from chatd.core.ports import Clock

__all__ = ["Threshold"]

log = Logger(namespace="chatd.porch")

SECONDS = 0.01
"""What the handshakes at doors that count together have of a turn of the reactor."""


class Newcomer(Protocol):
    """Somebody whose handshake is not complete."""

    transport: Any
    gone: bool

    def proceed(self, data: bytes) -> None:
        """Go on with the handshake."""


class Threshold:
    """Bounds how much of a turn handshakes take. A hello costs 0.4 ms: a thousand at once would be in everybody's way until
    the last of them is answered. Who comes when the time is used up is not read until it is his turn."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left = SECONDS
        self._waiting: deque[tuple[Newcomer, bytes]] = deque()
        self._planned = False

    def take(self, newcomer: Newcomer, data: bytes) -> None:
        """Let him go on with his handshake, now or in one of the next turns."""
        if self._left > 0 and not self._waiting:
            self._proceed(newcomer, data)
        else:
            newcomer.transport.pauseProducing()
            self._waiting.append((newcomer, data))
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
            newcomer, data = self._waiting.popleft()
            if not newcomer.gone:
                newcomer.transport.resumeProducing()
                self._proceed(newcomer, data)
        if self._waiting:
            self._plan()

    def _proceed(self, newcomer: Newcomer, data: bytes) -> None:
        began = self._clock.seconds()
        try:
            newcomer.proceed(data)
        except Exception:  # noqa: BLE001 - as the reactor does: it costs him his connection, and those behind him nothing
            log.failure("a handshake failed in a way that nobody expected")
            newcomer.transport.abortConnection()
        self._left -= self._clock.seconds() - began
