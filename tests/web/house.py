"""A server in memory whose door for browsers is used byte by byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatd.settings import Server as ServerSettings
from chatd.settings import Settings
from tests.behaviour.server import Server, Wire
from tests.behaviour.web_client import HANDSHAKE, WebClient, framed, unframed

__all__ = ["Answer", "Visitor", "WebCase", "handshake"]


def handshake(**headers: str) -> bytes:
    """Return a request for a WebSocket with more headers; an underscore stands for a hyphen."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return HANDSHAKE.removesuffix(b"\r\n") + more.encode() + b"\r\n"


@dataclass
class Answer:
    """What a request was answered with."""

    code: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def read(cls, data: bytes) -> Answer:
        """Read a whole answer."""
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return cls(int(first.split()[1]), headers, body)


@dataclass
class Visitor:
    """A WebSocket without a dialect: frames in, frames out."""

    server: Server
    wire: Wire
    protocol: Any
    held: bytes = field(default=b"")

    def send(self, payload: bytes, first: int = 0x81) -> None:
        """Send one frame; `first`: FIN and the opcode."""
        self.protocol.dataReceived(framed(payload, first))
        self.server.turn()

    def frames(self) -> list[tuple[int, bytes]]:
        """Return what came since the last call, each behind its opcode."""
        self.server.turn()
        frames, self.held = unframed(self.held + self.wire.value())
        self.wire.clear()
        return frames


class WebCase(SynchronousTestCase):
    """Has a server."""

    settings = Settings(server=ServerSettings(name="chat.example"))

    def setUp(self) -> None:
        self.server = Server(self.settings)

    def asked(self, request: bytes, address: str = "127.0.0.1", *, secure: bool = False) -> tuple[Wire, Any]:
        """Return a connection on which that was sent."""
        return self.server.connect_web(request, address, secure=secure)

    def answer(self, request: bytes, address: str = "127.0.0.1", *, secure: bool = False) -> Answer:
        """Return what a request is answered with."""
        wire, _ = self.asked(request, address, secure=secure)
        return Answer.read(wire.value())

    def visitor(self, request: bytes = HANDSHAKE, address: str = "127.0.0.1") -> Visitor:
        """Return a WebSocket that has been opened."""
        wire, protocol = self.asked(request, address)
        return Visitor(self.server, wire, protocol)

    def page(self, nick: str) -> WebClient:
        """Return somebody who speaks JSON, and has a name."""
        client = WebClient(self.server)
        client.command(f"nick {nick}")
        client.seen()
        return client
