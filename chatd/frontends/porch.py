"""What every connection passes before it reaches a front end: the PROXY header, and the bounds on connections.

The porch stands at the TCP level, in front of TLS, so that a socket which never says anything counts as
well. Who is refused is told why by the front end's own words, behind the TLS handshake if there is one.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IListeningPort,
    IProtocol,
    IProtocolFactory,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import alsoProvides, implementer

from chatd.core.ports import Clock, Delayed
from chatd.frontends import kernel
from chatd.frontends.guard import Guard, Peer
from chatd.wire.proxy import Header, MalformedHeader, ProxyReader

__all__ = ["Announcer", "GuardedEndpoint", "Porch"]

log = Logger(namespace="chatd.porch")

ACCEPTS = 1
"""Connections accepted before the reactor looks at others again: at most 21 of them, for Twisted's port adds 20 if
it finds as many, else takes as many as it found. By itself it begins with 100 and goes on adding: newcomers would hold
up who is in."""


BYTES_A_TURN = 4096
"""What is read from one connection in a turn of the reactor. Twisted reads 64 KiB: as SSH packets of sixteen bytes
that is a lot of work, and it is done before anybody else's turn."""
TLS_BYTES_A_TURN = 2048
"""The same in front of TLS: its records may be of one byte each."""


class Visitor(Protocol):
    """One connection that was decided about, from its beginning to its end.

    The protocol behind it is given the transport itself, so nothing stands between the two when it writes.
    """

    transport: Any

    def __init__(self, porch: Porch, key: str, peer: Peer) -> None:
        self._guard = porch.guard
        self._bytes_a_turn = porch.bytes_a_turn
        self._threshold = porch.threshold
        self._key = key
        self._inner: Any = porch.factory.buildProtocol(peer)
        self.gone = False

    def connectionMade(self) -> None:
        inner = self._inner
        if inner is None:
            self.transport.abortConnection()
            return
        self.transport.bufferSize = self._bytes_a_turn
        kernel.keep_asking(self.transport.getHandle(), self._guard.limits)
        if IHalfCloseableProtocol.providedBy(inner):
            # The transport asks its protocol, this one, whether it goes on when the other end has finished.
            self.readConnectionLost = inner.readConnectionLost
            self.writeConnectionLost = inner.writeConnectionLost
            alsoProvides(self, IHalfCloseableProtocol)
        if self._threshold is None:
            self._step_aside()
        inner.makeConnection(self.transport)
        # What stands behind TLS until the handshake is complete.
        self._nobody_yet = getattr(inner, "wrappedProtocol", None)

    def dataReceived(self, data: bytes) -> None:
        """Bring a handshake on; everything later goes past this."""
        if self._threshold is not None:
            self._threshold.take(self, data)

    def proceed(self, data: bytes) -> None:
        """Go on with the handshake."""
        self._inner.dataReceived(data)
        if self._inner.wrappedProtocol is not self._nobody_yet:
            self._step_aside()

    def _step_aside(self) -> None:
        self.dataReceived = self._inner.dataReceived  # type: ignore[method-assign]  # one call less for each packet

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone = True
        self._guard.dismiss(self._key)
        if self._inner is not None:
            self._inner.connectionLost(reason)


class Proxied(Protocol):
    """A connection from a listed proxy, until its header has come; a `Visitor` takes its place then."""

    transport: Any

    def __init__(self, porch: Porch, key: str, peer: Peer) -> None:
        self._porch = porch
        self._key: str | None = key
        self._peer = peer
        self._reader = ProxyReader()
        self._timer: Delayed | None = None
        self._ended = False

    def connectionMade(self) -> None:
        """Start the clock. No byte that comes sets it back."""
        guard = self._porch.guard
        self._timer = guard.clock.callLater(
            guard.limits.proxy_header_seconds, self._cut_off, "no PROXY header in time"
        )

    def dataReceived(self, data: bytes) -> None:
        if self._ended:
            return
        try:
            header = self._reader.feed(data)
        except MalformedHeader as error:
            self._cut_off(str(error))
            return
        if header is not None:
            self._stop_clock()
            self._let_in(header, self._reader.rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stop_clock()
        self._uncount()

    def _uncount(self) -> None:
        if self._key is not None:
            self._porch.guard.dismiss(self._key)
            self._key = None

    def _let_in(self, header: Header, rest: bytes) -> None:
        source, port = (self._peer.host, 0) if header.source is None else (header.source, header.port)
        told = header.source is not None
        peer = Peer(source, port, proxied=True, told=told, secure=header.tls)
        self._uncount()
        visitor = self._porch.visitor(peer)
        if visitor is None:
            self._ended = True
            self.transport.abortConnection()
            return
        self.transport.protocol = visitor
        visitor.makeConnection(self.transport)
        if rest:
            visitor.dataReceived(rest)

    def _cut_off(self, reason: str) -> None:
        log.warn("the proxy at {peer} was cut off: {reason}", peer=self._peer, reason=reason)
        self._ended = True
        self._stop_clock()
        self.transport.abortConnection()

    def _stop_clock(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()


@implementer(IProtocolFactory)
class Porch:
    """Stands in front of a factory, which is given a `Peer` as the address."""

    noisy = False

    def __init__(self, factory: IProtocolFactory, guard: Guard, *, tls: bool = False) -> None:
        """`tls`: the factory's protocols begin with a handshake."""
        self.factory = factory
        self.guard = guard
        self.bytes_a_turn = TLS_BYTES_A_TURN if tls else BYTES_A_TURN
        self.threshold = guard.threshold if tls else None
        self._port: Any = None

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        self._accept_few()
        peer = Peer.of(addr)
        if not self.guard.is_proxy(peer.host):
            return self.visitor(peer)
        # It is counted while its header is awaited, too.
        admitted = self.guard.admit(peer)
        return None if admitted is None else Proxied(self, *admitted)

    def opened(self, port: Any) -> Any:
        """Stand at this port."""
        self._port = port
        self._accept_few()
        return port

    def _accept_few(self) -> None:
        if self._port is not None:
            self._port.numberAccepts = ACCEPTS

    def visitor(self, peer: Peer) -> Visitor | None:
        """Return the protocol of a connection; None: nobody is to answer it."""
        admitted = self.guard.admit(peer)
        if admitted is None:
            return None
        try:
            return Visitor(self, *admitted)
        except BaseException:
            self.guard.dismiss(admitted[0])  # there will be no connection to end
            raise

    def doStart(self) -> None:
        self.factory.doStart()

    def doStop(self) -> None:
        self.factory.doStop()


@implementer(IStreamServerEndpoint)
class GuardedEndpoint:
    """Listens at another endpoint, with a porch in front of the factory."""

    def __init__(self, endpoint: IStreamServerEndpoint, guard: Guard, *, tls: bool = False) -> None:
        """`tls`: it stands in front of TLS."""
        self._endpoint = endpoint
        self._guard = guard
        self._tls = tls

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen as the other endpoint does."""
        porch = Porch(protocolFactory, self._guard, tls=self._tls)
        return self._endpoint.listen(porch).addCallback(porch.opened)


class Refusal(Protocol):
    """Says one line and ends, within `close_seconds` even if the other end does not read it."""

    transport: Any

    def __init__(self, words: bytes, clock: Clock, seconds: float) -> None:
        self._words = words
        self._clock = clock
        self._seconds = seconds
        self._abort: Delayed | None = None

    def connectionMade(self) -> None:
        self._abort = self._clock.callLater(self._seconds, self.transport.abortConnection)
        self.transport.write(self._words)
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._abort is not None and self._abort.active():
            self._abort.cancel()


@implementer(IProtocolFactory)
class Announcer:
    """Stands behind TLS: lets through to `factory` who may come in, and tells the others why they may not.

    The factory's `refusal(reason)` makes the bytes to say.
    """

    noisy = False

    def __init__(self, factory: Any, guard: Guard) -> None:
        self._factory = factory
        self._guard = guard

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        if isinstance(addr, Peer) and addr.refused:
            words: bytes = self._factory.refusal(addr.refused)
            return Refusal(words, self._guard.clock, self._guard.limits.close_seconds)
        protocol: IProtocol | None = self._factory.buildProtocol(addr)
        return protocol

    def doStart(self) -> None:
        self._factory.doStart()

    def doStop(self) -> None:
        self._factory.doStop()
