"""Round trips: measured with a client that answers, or told by the kernel."""

from __future__ import annotations

import secrets
from typing import Any

from chatd.core.errors import ChatError, Code
from chatd.core.ports import Clock
from chatd.core.replies import Ping, Pong

__all__ = ["Pings"]

AT_ONCE = 8
"""Pings of one client that may wait for its answer."""


class Pings:
    """The pings one client has still to answer. `clock` is monotonic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[float, Any]] = {}
        self._check = ""

    def check(self) -> Ping:
        """Return a ping of the server's own, which asks whether the client is there; its pong is not answered."""
        self._check = secrets.token_hex(4)
        return Ping(token=self._check)

    def begin(self, ref: Any) -> Ping:
        """Return a ping to send; `ref` is kept for its pong. Raises ChatError if too many wait."""
        if len(self._waiting) >= AT_ONCE:
            raise ChatError(Code.TOO_FAST, "answer the pings you were sent first")
        token = secrets.token_hex(4)
        self._waiting[token] = (self._clock.seconds(), ref)
        return Ping(token=token)

    def end(self, token: str) -> tuple[Pong, Any] | None:
        """Return the pong for an answered ping, and its reference; None: the server had asked.

        Raises ChatError if no ping waits for it.
        """
        if self._check and token == self._check:
            self._check = ""
            return None
        sent = self._waiting.pop(token, None)
        if sent is None:
            raise ChatError(Code.BAD_REQUEST, "no ping waits for that pong")
        seconds, ref = sent
        elapsed = (self._clock.seconds() - seconds) * 1000
        return Pong(milliseconds=round(elapsed, 3), how="measured with your client"), ref

    @staticmethod
    def of_connection(milliseconds: float | None) -> Pong:
        """Return the pong that tells what the kernel measured (TCP_INFO), None: nothing."""
        if milliseconds is None:
            return Pong(milliseconds=None, how="this connection cannot be measured")
        return Pong(milliseconds=milliseconds, how="measured by this machine's kernel, TCP_INFO")
