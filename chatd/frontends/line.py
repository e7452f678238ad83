"""The front end for plain lines: nc, telnet, `openssl s_client -quiet`, and bots that read JSON lines."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, ISSLTransport
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

from chatd.core.ports import View
from chatd.core.replies import Farewell
from chatd.frontends import kernel
from chatd.frontends.guard import Peer
from chatd.frontends.sendq import SendQueue, queue_for
from chatd.frontends.session import TEXT, ClientSession, Dialect
from chatd.wire import hello
from chatd.wire.splitter import Line, Splitter
from chatd.wire.telnet import HIDE, SHOW, TelnetFilter

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatd.commands.table import CommandTable
    from chatd.core.registry import Registry

__all__ = ["LineFactory", "LineProtocol"]

log = Logger(namespace="chatd.line")

IAC = b"\xff"


@implementer(IHalfCloseableProtocol)
class LineProtocol(LineReceiver):
    """Bytes to lines and back; everything else is the session's.

    `LineReceiver` gives the contract (`lineReceived`, `setRawMode`); the lines are cut by a
    `Splitter`, which bounds them and takes one pass over a packet.
    """

    factory: LineFactory
    transport: Any
    queue: SendQueue
    session: ClientSession
    peer: Peer

    def connectionMade(self) -> None:
        registry = self.factory.registry
        limits = registry.settings.limits
        peer = self.peer
        tls = ISSLTransport.providedBy(self.transport)
        self._refused = False
        self._turned = False
        self.queue = queue_for(self.transport, registry.world.clock, limits, self._overflowed)
        self.session = ClientSession(
            registry,
            self.factory.commands,
            self,
            address=peer.host,
            # A proxy that says how its client came knows better than the door it came by.
            secure=tls if peer.secure is None else peer.secure,
            proxied=peer.proxied,
        )
        # Under TLS, the transport's own transport has the socket.
        self._socket = getattr(self.transport, "transport", self.transport).getHandle()
        self._splitter = Splitter(limits.line_bytes, limits.line_bytes + limits.endless_bytes)
        self._telnet = TelnetFilter()
        self._taken_out = 0  # bytes of telnet since the last end of a line
        self._first: bytes | None = b""
        self._may_conceal = not (tls or peer.secure)
        if isinstance(self._socket, socket.socket) and self._socket.family != socket.AF_UNIX:
            self.transport.setTcpNoDelay(True)
            # Telnet sends part of an interrupt as urgent data; read in its place it can be removed.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        self.factory.sessions.add(self.session)
        self.session.greet()

    def dataReceived(self, data: bytes) -> None:
        if self._refused or self.session.ending:
            return
        self.session.packet_begins()
        if not self.line_mode:
            self.rawDataReceived(data)
            return
        if self._telnet.active or (IAC in data and self.session.codec is TEXT):
            data = self._without_telnet(data)
            if self.session.ending:
                return
        if self._first is not None and self._turned_away(data):
            return
        while data and self.line_mode:
            data = self._take_lines(data)
        if data:
            self.rawDataReceived(data)

    def _without_telnet(self, data: bytes) -> bytes:
        """Take out telnet and answer it. Lines have their budget; what stands before none is bounded here."""
        size = len(data)
        data, answer = self._telnet.feed(data)
        if answer:
            self.queue.write(answer)
        self._taken_out = size - len(data) + (0 if b"\n" in data else self._taken_out)
        if self._taken_out > self.factory.registry.settings.limits.endless_bytes:
            self.session.drop("too much telnet", "Error: too much telnet.")
        return data

    def _take_lines(self, data: bytes) -> bytes:
        """Take lines until one of them changes how the rest is to be read; return that rest."""
        for index, line in enumerate(self._splitter.feed(data)):
            # Set outside of this loop, it tells of a change that the splitter knows already.
            self._turned = False
            self.lineReceived(line)
            if self.session.ending:
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

    # frontends.session.Connection

    def speaks(self, dialect: Dialect) -> None:
        self.retune()
        self._turned = True

    def retune(self) -> None:
        limit = self.session.line_bytes
        self._splitter.limit = limit
        limits = self.factory.registry.settings.limits
        self._splitter.endless = limit + limits.endless_bytes
        kernel.keep_asking(self._socket, limits)

    def hold(self, held: bool) -> None:
        if held:
            self.transport.pauseProducing()
        else:
            self.transport.resumeProducing()

    def conceal(self, hidden: bool) -> None:
        # Telnet is a protocol of plain TCP; a TLS client would show these bytes.
        if self._may_conceal:
            self.queue.write(HIDE if hidden else SHOW)
            if not hidden and self._telnet.active:
                # The end of the line that was typed was not shown either.
                self.queue.write(b"\r\n")

    def round_trip(self) -> float | None:
        return kernel.round_trip(self._socket)

    def unheard(self) -> float | None:
        return kernel.unheard(self._socket)

    # Out of the ordinary

    def _turned_away(self, data: bytes) -> bool:
        """Look at the first packet and the first line: refuse who speaks another protocol."""
        first = (self._first or b"") + data[: self._splitter.limit]
        knock = hello.recognise(first)
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


class LineFactory(Factory):
    """The factory of the text and JSON dialects. It holds the registry of rooms and users and the table
    of `/commands`, which dispatches what its protocols read to handler methods."""

    noisy = False

    def __init__(self, registry: Registry, commands: CommandTable) -> None:
        self.registry = registry
        self.commands = commands
        self.sessions: set[ClientSession] = set()

    def buildProtocol(self, addr: IAddress) -> LineProtocol:  # type: ignore[override]  # is a Protocol
        protocol = LineProtocol()
        protocol.factory = self
        protocol.peer = Peer.of(addr)
        return protocol

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return what is said to a client who may not come in."""
        return TEXT.encode(Farewell(text=f"Error: {reason}."), View(TEXT))
