"""The protocol under every dialect that is made of lines: bytes to lines and back."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, ISSLTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

from chatd.frontends import kernel
from chatd.frontends.base import BaseSession
from chatd.frontends.certificates import presented
from chatd.frontends.connection import OnSocket
from chatd.frontends.guard import Peer
from chatd.frontends.sendq import SendQueue, queue_for
from chatd.wire import hello
from chatd.wire.splitter import Line, Splitter

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatd.commands.table import CommandTable
    from chatd.core.registry import Registry

__all__ = ["LinesFactory", "LinesProtocol"]

log = Logger(namespace="chatd.line")


class LinesFactory(Protocol):
    """What a protocol asks of its factory."""

    registry: Registry
    commands: CommandTable
    sessions: set[Any]

    def session(self, connection: Any, *, address: str, secure: bool, proxied: bool) -> BaseSession:
        """Return the session of a connection."""


@implementer(IHalfCloseableProtocol)
class LinesProtocol(OnSocket, LineReceiver):
    """Everything but the lines themselves is the session's, which the factory makes.

    `LineReceiver` gives the contract (`lineReceived`, `setRawMode`); the lines are cut by a
    `Splitter`, which bounds them and takes one pass over a packet.
    """

    factory: LinesFactory
    transport: Any
    queue: SendQueue
    session: BaseSession
    peer: Peer

    def knock(self, first: bytes) -> hello.Knock | None:
        """Tell by the first bytes whether to turn a connection away."""
        return hello.recognise(first)

    def connectionMade(self) -> None:
        registry = self.factory.registry
        limits = registry.settings.limits
        peer = self.peer
        self.tls = ISSLTransport.providedBy(self.transport)
        self._refused = False
        self._turned = False
        self.queue = queue_for(self.transport, registry.world.clock, limits, self._overflowed)
        self.session = self.factory.session(
            self,
            address=peer.host,
            # A proxy that says how its client came knows better than the door it came by.
            secure=self.tls if peer.secure is None else peer.secure,
            proxied=peer.proxied,
        )
        self.take_socket()
        self._splitter = Splitter(self.session.line_bytes, self.session.line_bytes + limits.endless_bytes)
        self._first: bytes | None = b""
        if isinstance(self.socket, socket.socket) and self.socket.family != socket.AF_UNIX:
            self.transport.setTcpNoDelay(True)
            # Telnet sends part of an interrupt as urgent data; read in its place it can be removed.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        self.factory.sessions.add(self.session)
        self.session.greet()

    def dataReceived(self, data: bytes) -> None:
        if self._refused or self.session.ending:
            return
        self.session.packet_begins()
        if not self.line_mode:
            self.rawDataReceived(data)
            return
        data = self.filtered(data)
        if self._at_an_end(data):
            return
        while data and self.line_mode:
            data = self._take_lines(data)
        if data:
            self.rawDataReceived(data)

    def _at_an_end(self, data: bytes) -> bool:
        return self.session.ending or (self._first is not None and self._turned_away(data))

    def filtered(self, data: bytes) -> bytes:
        """Return what is left of a packet when what belongs to no line was taken out."""
        return data

    def _take_lines(self, data: bytes) -> bytes:
        """Take lines until one of them changes how the rest is to be read; return that rest."""
        session = self.session
        for index, line in enumerate(self._splitter.feed(data)):
            # Set outside of this loop, it tells of a change that the splitter knows already.
            self._turned = False
            self.lineReceived(line)
            if session.ending:
                return b""
            if self._turned or not self.line_mode:
                return self._splitter.take_rest(data, index)
        return b""

    def lineReceived(self, line: Line) -> None:
        self.session.received(line)

    def rawDataReceived(self, data: bytes) -> None:
        """No line of this dialect turns to raw mode."""
        log.error("{size} raw bytes were not expected", size=len(data))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.queue.lost()
        self.factory.sessions.discard(self.session)
        self.session.lost("connection closed" if reason.check(ConnectionDone) else "connection lost")

    def readConnectionLost(self) -> None:
        self.session.finished()

    def writeConnectionLost(self) -> None:
        self.transport.loseConnection()

    # frontends.connection.Connection

    def changed(self) -> None:
        self.retune()
        self._turned = True

    def retune(self) -> None:
        limit = self.session.line_bytes
        self._splitter.limit = limit
        limits = self.factory.registry.settings.limits
        self._splitter.endless = limit + limits.endless_bytes
        kernel.keep_asking(self.socket, limits)

    def conceal(self, hidden: bool) -> None:
        """Nothing that is typed is shown by this end."""

    def certificate(self) -> str:
        # What a proxy presents that made this TLS itself is not the client's.
        return "" if self.peer.secure is not None else presented(self.transport)

    def reached_at(self) -> str:
        return "" if self.peer.proxied else getattr(self.transport.getHost(), "host", "")

    # Out of the ordinary

    def _turned_away(self, data: bytes) -> bool:
        """Look at the first packet and the first line: refuse who speaks another protocol."""
        first = (self._first or b"") + data[: self._splitter.limit]
        knock = self.knock(first)
        if knock is None:
            complete = b"\n" in first and not hello.SIGNATURE.startswith(first)
            self._first = None if complete or len(first) >= self._splitter.limit else first
            return False
        log.info("{protocol} was spoken by {peer}", protocol=knock.protocol, peer=self.peer)
        self._refused = True
        self.session.refuse(knock.answer)
        return True

    def _overflowed(self) -> None:
        self.session.overflowed()
