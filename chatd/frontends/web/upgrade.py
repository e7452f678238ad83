"""Where a request becomes a WebSocket: who may, and as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twisted.logger import Logger
from twisted.web.server import NOT_DONE_YET

from chatd.frontends.web.errors import HttpError
from chatd.frontends.web.pages import Leaf
from chatd.frontends.web.websocket import WebSocket

if TYPE_CHECKING:
    from chatd.frontends.web.factory import WebFactory

__all__ = ["Upgrade"]

log = Logger(namespace="chatd.web")


class Upgrade(Leaf):
    """`/ws`."""

    methods = (b"GET",)

    def __init__(self, door: WebFactory) -> None:
        super().__init__()
        self._door = door

    def answer(self, request: Any) -> int:
        """Hand the connection over to a WebSocket."""
        headers = request.requestHeaders
        wanted = b",".join(headers.getRawHeaders(b"Upgrade", ())).lower()
        if b"websocket" not in [each.strip() for each in wanted.split(b",")]:
            request.setHeader(b"Upgrade", b"websocket")
            raise HttpError(426, "this speaks WebSocket only")
        peer = self._door.peer_of(request)
        for origin in headers.getRawHeaders(b"Origin", ()):
            if not self._door.welcomes(origin.decode("latin-1"), request.getHeader(b"Host") or b""):
                log.warn("a page of {origin} was refused: {peer}", origin=origin, peer=peer)
                raise HttpError(403, "pages of that origin may not connect here")
        key = self._door.counted(request, peer)
        protocol = WebSocket(self._door, peer, key)
        protocol.factory = self._door.sockets
        request.channel.give_to(protocol)
        lines = [b"%b %b HTTP/1.1" % (request.method, request.uri)]
        lines += [
            b"%b: %b" % (name, value) for name, values in headers.getAllRawHeaders() for value in values
        ]
        protocol.dataReceived(b"\r\n".join([*lines, b"", b""]))
        return NOT_DONE_YET


def same_host(origin: str, host: bytes) -> bool:
    """Whether a page of `origin` came from the host and port that the request names."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    usual = 443 if parts.scheme == "https" else 80
    named = urlsplit("//" + host.decode("latin-1"))
    try:
        return (parts.hostname, port or usual) == (named.hostname or "", named.port or usual)
    except ValueError:
        return False
