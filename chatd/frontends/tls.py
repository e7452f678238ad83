"""TLS listeners whose certificate can be changed while they run.

An endpoint string beginning with `ssl:` means what it means in Twisted, with four differences: the whole
chain of the certificate file is served, the files can be read again without dropping anybody, a handshake
must end in time, and the application sees a connection only after its handshake. How one is written: tls_strings.py.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from OpenSSL import SSL
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint, wrapServerTLS
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHandshakeListener,
    IListeningPort,
    ILoggingContext,
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTCP,
    IReactorTime,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.frontends.certificates import TLSError, TLSFiles, ask_for_certificates
from chatd.frontends.tls_strings import read

__all__ = ["ReloadableTLSEndpoint", "ReloadingContext", "tls_server_endpoint"]

STEPS = 300
"""Steps of OpenSSL besides reading and writing that a connection may cost: 14 for its handshake, the rest for
renewing keys, which clients do after some gigabytes."""


class _Steps:
    """Counts what a client makes of TLS besides using it: each KeyUpdate of TLS 1.3 (RFC 8446 §4.6.3) costs us
    a key, and none comes with anything to do for it."""

    def __init__(self, tls: TLSMemoryBIOProtocol, clock: IReactorTime) -> None:
        self._tls = tls
        self._clock = clock
        self._count = 0

    def taken(self) -> None:
        """OpenSSL has taken a step that does not belong to reading or writing."""
        self._count += 1
        if self._count == STEPS:
            # Not in the middle of OpenSSL's work.
            self._clock.callLater(0, self._tls.abortConnection)


@implementer(IOpenSSLServerConnectionCreator)
class ReloadingContext:
    """Makes the TLS side of each new connection from the files as they were last read."""

    def __init__(self, files: TLSFiles, clock: IReactorTime, *, certificates: bool = False) -> None:
        """`certificates`: whether clients are asked for theirs."""
        self.files = files
        self._certificates = certificates
        self._clock = clock
        self._steps: WeakKeyDictionary[SSL.Connection, _Steps] = WeakKeyDictionary()
        self._context: SSL.Context | None = None

    @property
    def loaded(self) -> bool:
        """Whether the files have been read with success, now or earlier."""
        return self._context is not None

    def reload(self) -> None:
        """Read the files, for the connections made from now on.

        Raises `TLSError` when anything is wrong with them; what was read before stays in use.
        """
        context = self.files.context()
        context.set_info_callback(self._note)
        if self._certificates:
            ask_for_certificates(context)
        self._context = context

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Return a fresh TLS connection. Twisted calls this when a client has connected."""
        if self._context is None:
            raise RuntimeError("reload() comes before the first connection")
        connection = SSL.Connection(self._context)
        self._steps[connection] = _Steps(tlsProtocol, self._clock)
        return connection

    def _note(self, connection: SSL.Connection, where: int, outcome: int) -> None:
        if where & SSL.SSL_CB_LOOP:
            self._steps[connection].taken()


@implementer(IHandshakeListener)
class _Handshake(Protocol):
    """Stands in for the application until the TLS handshake is complete, then puts it in its place.

    From then on the TLS transport and the application's protocol hold each other, and this object is gone.
    """

    transport: TLSMemoryBIOProtocol

    def __init__(self, factory: _HandshakeFactory, address: IAddress) -> None:
        self._factory = factory
        self._address = address
        self._timer: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Start the clock. No byte that comes sets it back."""
        if timeout := self._factory.endpoint.handshake_timeout:
            self._timer = self._factory.endpoint.clock.callLater(timeout, self._abort)

    def handshakeCompleted(self) -> None:
        """Make the application's protocol and connect it; a factory that refuses ends the connection."""
        self._stop_clock()
        protocol = self._factory.application.buildProtocol(self._address)
        if protocol is None:
            self._abort()
            return
        self.transport.wrappedProtocol = protocol
        protocol.makeConnection(self.transport)
        if IHandshakeListener.providedBy(protocol):
            protocol.handshakeCompleted()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget a connection that was refused, or ended before its handshake."""
        self._stop_clock()

    def _abort(self) -> None:
        abort: Callable[[], None] = self.transport.abortConnection
        abort()

    def _stop_clock(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


@implementer(IProtocolFactory, ILoggingContext)
class _HandshakeFactory:
    """Builds a `_Handshake` for each connection; `application` builds what comes after it."""

    def __init__(self, application: IProtocolFactory, endpoint: ReloadableTLSEndpoint) -> None:
        self.application = application
        self.endpoint = endpoint

    def buildProtocol(self, addr: IAddress) -> _Handshake:
        return _Handshake(self, addr)

    def doStart(self) -> None:
        self.application.doStart()

    def doStop(self) -> None:
        self.application.doStop()

    def logPrefix(self) -> str:
        inner = self.application
        return inner.logPrefix() if ILoggingContext.providedBy(inner) else type(inner).__name__


@implementer(IStreamServerEndpoint)
class ReloadableTLSEndpoint:
    """A TLS listener on TCP. Make one with `tls_server_endpoint`."""

    def __init__(
        self,
        context: ReloadingContext,
        tcp: IStreamServerEndpoint,
        clock: IReactorTime,
        handshake_timeout: float,
    ) -> None:
        self._context = context
        self._tls = wrapServerTLS(context, tcp, clock)
        self.clock = clock
        self.handshake_timeout = handshake_timeout
        """Seconds for a handshake; a change holds for the connections made from then on."""

    @property
    def files(self) -> TLSFiles:
        """The files that `reload` reads."""
        return self._context.files

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen, reading the files first if `reload` has not yet done so.

        A connection reaches `protocolFactory` once its handshake is complete; the protocol's transport then
        provides `ISSLTransport`. The result fails with `TLSError`, and nothing listens, if the files are bad,
        and with `CannotListenError` if the port cannot be had.
        """
        if not self._context.loaded:
            try:
                self.reload()
            except TLSError:
                return fail()
        return self._tls.listen(_HandshakeFactory(protocolFactory, self))

    def reload(self) -> None:
        """Read key and certificates (again). Open connections go on as they are; new ones get the new files.

        Raises `TLSError`, one line with the file and the reason; the files read before then stay in use.
        """
        self._context.reload()


def tls_server_endpoint(
    reactor: IReactorTCP,
    description: str,
    *,
    handshake_timeout: float = 10.0,
    in_front: Callable[[IStreamServerEndpoint], IStreamServerEndpoint] | None = None,
    certificates: bool = False,
) -> ReloadableTLSEndpoint:
    """Make an endpoint from an `ssl:` endpoint string. Nothing is opened or read yet.

    `reactor` also provides `IReactorTime`. `handshake_timeout` is in seconds from the TCP connection on;
    who has not completed the TLS handshake by then is cut off. 0 waits for ever. Relative file names are
    taken from the folder that is the current one now. `in_front` may wrap the TCP endpoint: what it puts
    before the factory sees each connection before TLS begins. `certificates`: whether clients are asked for theirs.

    Raises `TLSError` for a string that cannot be followed.
    """
    place = read(description)
    tcp: IStreamServerEndpoint = (TCP6ServerEndpoint if ":" in place.interface else TCP4ServerEndpoint)(
        reactor, place.port, place.backlog, place.interface
    )
    if in_front is not None:
        tcp = in_front(tcp)
    clock = IReactorTime(reactor)
    return ReloadableTLSEndpoint(
        ReloadingContext(place.files, clock, certificates=certificates), tcp, clock, handshake_timeout
    )
