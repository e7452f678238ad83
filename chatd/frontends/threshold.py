"""Where TLS clients wait while others shake hands."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from twisted.logger import Logger

from chatd.core.ports import Clock
from chatd.frontends.share import Share

__all__ = ["Threshold"]

log = Logger(namespace="chatd.porch")


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
        self._share = Share(clock)

    def take(self, newcomer: Newcomer, data: bytes) -> None:
        """Let him go on with his handshake, now or in one of the next turns."""
        if not self._share.used:
            self._share.now(partial(self._proceed, newcomer, data))
        else:
            newcomer.transport.pauseProducing()
            self._share.later(partial(self._admit, newcomer, data))

    def _admit(self, newcomer: Newcomer, data: bytes) -> None:
        if not newcomer.gone:
            newcomer.transport.resumeProducing()
            self._proceed(newcomer, data)

    def _proceed(self, newcomer: Newcomer, data: bytes) -> None:
        try:
            newcomer.proceed(data)
        except Exception:  # noqa: BLE001 - as in a turn of his own: it costs him his connection
            log.failure("a handshake failed in a way that nobody expected")
            newcomer.transport.abortConnection()
