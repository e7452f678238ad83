"""Lines on their way out as WebSocket messages (RFC 6455 §5): what a room says is framed once for all its members."""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum

from chatd.frontends.sendq import SendQueue
from chatd.settings import Limits

__all__ = ["CloseCode", "FramedQueue", "Framer", "Opcode"]


class Opcode(IntEnum):
    """Kinds of frame (RFC 6455 §11.8)."""

    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9


class CloseCode(IntEnum):
    """Why a connection ends (RFC 6455 §7.4.1)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    POLICY = 1008


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return one whole, unmasked frame."""
    size = len(payload)
    first = 0x80 | opcode
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


class Framer:
    """Makes of lines one message each. All members of a room are written the same bytes: the last ones are remembered
    with their frames."""

    def __init__(self, opcode: Opcode) -> None:
        self._opcode = opcode
        self._last = b""
        self._framed = b""

    def __call__(self, lines: bytes) -> bytes:
        """Return lines, each with its end, as messages without."""
        if lines is not self._last:
            parts = lines.replace(b"\r\n", b"\n").split(b"\n")
            self._framed = b"".join([frame(self._opcode, part) for part in parts if part])
            self._last = lines
        return self._framed


class FramedQueue:
    """A send queue as sessions know it, in front of the one that writes to the socket."""

    def __init__(self, queue: SendQueue, framer: Framer) -> None:
        self.raw = queue
        self.code: int = CloseCode.NORMAL
        """What the other end will be told of why the connection ends."""
        self._framer = framer
        self.when_low: Callable[[Callable[[], None]], None] = queue.when_low

    @property
    def full(self) -> bool:
        """Whether the bound was passed."""
        return self.raw.full

    @property
    def low(self) -> bool:
        """Whether little waits."""
        return self.raw.low

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self.raw.size

    def write(self, data: bytes) -> None:
        """Send, or queue."""
        self.raw.write(self._framer(data))

    def ping(self) -> None:
        """Ask the other end's WebSocket whether it is there."""
        self.raw.write(frame(Opcode.PING, b""))

    def close(self, last: bytes = b"") -> None:
        """Send what is queued, `last` and a close frame; then close."""
        self.raw.close(self._framer(last) + frame(Opcode.CLOSE, struct.pack("!H", self.code)))

    def retune(self, limits: Limits) -> None:
        """The limits have changed."""
        self.raw.retune(limits)

    def abort(self) -> None:
        """Close at once."""
        self.raw.abort()

    def lost(self) -> None:
        """The connection is gone."""
        self.raw.lost()
