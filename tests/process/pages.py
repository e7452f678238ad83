"""The page as a program plays it: a WebSocket that speaks JSON."""

from __future__ import annotations

import json
import socket
from typing import Any
from unittest import TestCase

from tests.behaviour.web_client import HANDSHAKE, framed, unframed

__all__ = ["Page"]


class Page:
    """A WebSocket as a program opens it."""

    def __init__(self, case: TestCase, connection: socket.socket, *headers: str) -> None:
        self._connection = connection
        case.addCleanup(connection.close)
        more = "".join(f"{header}\r\n" for header in headers).encode()
        connection.sendall(HANDSHAKE.removesuffix(b"\r\n") + more + b"\r\n")
        self._rest = b""
        while b"\r\n\r\n" not in self._rest:
            self._receive()
        self.head, _, self._rest = self._rest.partition(b"\r\n\r\n")

    def _receive(self) -> None:
        data = self._connection.recv(65536)
        assert data, f"the end came behind {self._rest[-200:]!r}"
        self._rest += data

    def runs(self, line: str) -> dict[str, Any]:
        """Run a command and return its answer."""
        self._connection.sendall(framed(json.dumps({"type": "command", "line": line, "ref": line}).encode()))
        while True:
            frames, self._rest = unframed(self._rest)
            for opcode, payload in frames:
                item: dict[str, Any] = json.loads(payload) if opcode == 1 else {}
                if item.get("ref") == line:
                    return item
            self._receive()
