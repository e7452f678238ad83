"""A client of the JSON dialect over WebSocket, as a page in a browser is."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from tests.behaviour.client import LOCAL
from tests.behaviour.json_client import JsonClient
from tests.behaviour.server import Server, Wire

__all__ = ["HANDSHAKE", "WebClient", "framed", "unframed"]

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""The request of a client that is no page: it has no Origin."""


def framed(payload: bytes, first: int = 0x81) -> bytes:
    """Return a frame as clients send it, under a mask that changes nothing. `first`: FIN and the opcode."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + bytes(4) + payload


def unframed(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return what whole frames of a server hold, each behind its opcode, and the rest."""
    frames = []
    while len(data) >= 2:
        size, begin = data[1], 2
        if size >= 126:
            begin = 4 if size == 126 else 10
            size = int.from_bytes(data[2:begin])
        if len(data) < begin + size:
            break
        frames.append((data[0] & 15, data[begin : begin + size]))
        data = data[begin + size :]
    return frames, data


class WebClient(JsonClient):
    """One page. What it is told in control frames stands in `told`."""

    def __init__(self, server: Server, address: str = LOCAL, *, secure: bool = False) -> None:
        self.told: list[tuple[int, bytes]] = []
        self._half = b""
        super().__init__(server, address, secure=secure)

    def connect(self, address: str, *, secure: bool) -> tuple[Wire, Any]:
        return self.server.connect_web(HANDSHAKE, address, secure=secure)

    def turn_to_json(self) -> None:
        """It is spoken from the beginning."""

    def encoded(self, request: dict[str, Any]) -> bytes:
        return framed(msgspec.json.encode(request))

    def finish(self) -> None:
        self.transmit(framed(b"\x03\xe8", 0x88))

    def raw(self) -> bytes:
        """Return the messages that came, as lines."""
        self.server.turn()
        frames, self._half = unframed(self._half + self.wire.value())
        self.wire.clear()
        lines = []
        for opcode, payload in frames:
            if opcode == 1:
                lines.append(payload + b"\n")
            else:
                self.told.append((opcode, payload))
        data, self._unread = self._unread + b"".join(lines), b""
        return data
