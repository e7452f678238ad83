"""What the attacks by the door for browsers share."""

from __future__ import annotations

import json
import socket
from typing import Any

from tests.attacks.birds import HANDSHAKE, framed
from tests.attacks.canary import Canary
from tests.attacks.house import AttackCase
from tests.process.server import ANY_PORT, Server

__all__ = ["PING", "WebCase", "command", "opening", "said"]

PING = b"\x89\x80" + bytes(4)


def said(text: str) -> bytes:
    """Return a message that says something in the lobby."""
    return framed(json.dumps({"type": "say", "text": text}).encode())


def command(line: str) -> bytes:
    """Return a message that runs a command."""
    return framed(json.dumps({"type": "command", "line": line}).encode())


def opening(nick: str) -> bytes:
    """Return what a page sends first to be called that."""
    return HANDSHAKE + command(f"nick {nick}")


class WebCase(AttackCase):
    """A test case whose attackers, and whose canaries, come by the door for browsers."""

    def start(self, *options: str, **how: Any) -> Server:
        return super().start("--web", ANY_PORT, *options, **how)

    def canary(self, server: Server, promise: str, **how: Any) -> Canary:
        return super().canary(server, promise, dialect="web", **how)

    def connect(self, server: Server, source: str = "127.0.0.1", **how: Any) -> socket.socket:
        how["port"] = how.get("port") or server.port("web")
        return super().connect(server, source, **how)

    def web_member(self, server: Server, nick: str, source: str = "127.0.0.1", **how: Any) -> socket.socket:
        """Return a socket of somebody in the lobby."""
        connection = self.connect(server, source, **how)
        connection.sendall(opening(nick))
        heard = b""
        while b'"type":"entered"' not in heard:
            data = connection.recv(65536)
            assert data, f"{nick} was dropped: {heard!r}"
            heard += data
        return connection
