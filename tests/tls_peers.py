"""The two ends of a TLS connection for tests: a server that greets, and a client joined to it in memory."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IProtocolFactory
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

__all__ = ["Greeter", "GreeterFactory", "Pair", "anyone"]


class Greeter(Protocol):
    """Greets, then says everything back."""

    def connectionMade(self) -> None:
        self.received = b""
        self.lost: Deferred[None] = Deferred()
        self.factory.greeters.append(self)
        self.transport.write(b"hello\r\n")

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.callback(None)


class GreeterFactory(ServerFactory):
    """Keeps the protocols that were made and connected."""

    protocol = Greeter
    noisy = False

    def __init__(self) -> None:
        self.built = 0
        self.greeters: list[Greeter] = []

    def buildProtocol(self, addr: IAddress | None) -> Any:
        self.built += 1
        return super().buildProtocol(addr)


class Pair:
    """A server protocol and an OpenSSL client joined in memory; nothing moves until it is told to."""

    def __init__(
        self, factory: IProtocolFactory, context: SSL.Context, session: SSL.Session | None = None
    ) -> None:
        self.transport = StringTransport()
        self.server = factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 4000))
        self.server.makeConnection(self.transport)
        self.client = SSL.Connection(context, None)
        self.client.set_connect_state()
        if session is not None:
            self.client.set_session(session)

    def client_to_server(self) -> None:
        """Deliver all that the client has written."""
        while True:
            try:
                data = self.client.bio_read(2**16)
            except SSL.WantReadError:
                return
            self.server.dataReceived(data)

    def server_to_client(self) -> None:
        """Deliver what the server has written."""
        data = self.transport.value()
        self.transport.clear()
        if data:
            self.client.bio_write(data)

    def step(self) -> bool:
        """Let the client go on with its handshake; return whether it believes it complete."""
        try:
            self.client.do_handshake()
        except SSL.WantReadError:
            return False
        return True

    def handshake(self) -> None:
        """Complete the handshake, or raise the client's `SSL.Error`."""
        while not self.step():
            self.client_to_server()
            self.server_to_client()
        self.client_to_server()

    def heard(self, clock: MemoryReactorClock) -> bytes:
        """Return what the server's application has said, once its buffered writes are flushed."""
        clock.advance(0)
        self.server_to_client()
        return self.client.recv(2**16)


def anyone(version: int | None = None) -> SSL.Context:
    """Make a client context that verifies nothing and offers any version, or exactly one."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    if version is not None:
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
    return context
