"""The porch before TLS, and on real sockets: what the kernel is told to watch over."""

from __future__ import annotations

import socket
from typing import Any

from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from chatd.frontends.guard import REFUSED_AT_ONCE
from chatd.frontends.porch import Announcer, GuardedEndpoint
from chatd.frontends.tls import tls_server_endpoint
from tests.authority import IssuedFiles
from tests.frontends.porch_house import PROXY, House, Knock, PorchCase
from tests.tls_peers import anyone

ADDRESS = "192.0.2.7"
KNOWN = b"PROXY TCP4 192.0.2.7 198.51.100.9 40000 7976\r\n"
FULL = b"-> Error: this server is full.\r\n"


class TLSClient:
    """An OpenSSL client that knocks at the porch of a TLS door, in memory."""

    def __init__(self, case: MemoryCase, address: str = ADDRESS) -> None:
        self._case = case
        self.knock = Knock(case.home.clock, case.porch, address)
        self.tls = SSL.Connection(anyone(), None)
        self.tls.set_connect_state()

    def hello(self) -> bytes:
        """Begin the handshake, and return what is to be sent for it."""
        self.advance()
        return self.tls.bio_read(2**16)

    def advance(self) -> bool:
        """Go on with the handshake; return whether it is complete."""
        try:
            self.tls.do_handshake()
        except SSL.WantReadError:
            return False
        return True

    def take(self) -> None:
        """Take what the server has sent."""
        self._case.turn()
        data = self.knock.said
        self.knock.clear()
        if data:
            self.tls.bio_write(data)

    def give(self) -> None:
        """Send what there is to send."""
        try:
            self.knock.send(self.tls.bio_read(2**16))
        except SSL.WantReadError:
            return

    def shake_hands(self, first: bytes = b"") -> None:
        """Complete the handshake; `first` is sent before it."""
        if first:
            self.knock.send(first)
        while not self.advance():
            self.give()
            self.take()
        self.give()

    def heard(self) -> bytes:
        """Return what the application has said."""
        self.take()
        return self.tls.recv(2**16)

    def agree_to_end(self) -> None:
        """Answer the server's close alert."""
        self.tls.shutdown()
        self.give()
        self._case.turn()


class MemoryCase(IssuedFiles, PorchCase):
    """A TLS door with a porch, in memory."""

    def open(self, **how: Any) -> House:
        self.home = self.house(**how)
        self.memory = MemoryReactorClock()
        endpoint = tls_server_endpoint(
            self.memory,
            self.description(),
            in_front=lambda tcp: GuardedEndpoint(tcp, self.home.guard, tls=True),
        )
        self.successResultOf(endpoint.listen(Announcer(self.home.factory, self.home.guard)))
        self.porch = self.memory.tcpServers[-1][1]
        return self.home

    def turn(self, seconds: float = 0) -> None:
        """Let time pass, for TLS and for the chat."""
        self.memory.advance(seconds)
        self.home.chat.advance(seconds)


class TLSTests(MemoryCase):
    """TLS begins behind the porch."""

    def test_welcome(self) -> None:
        self.open()
        client = TLSClient(self)
        self.assertEqual(self.home.counts, (1, 0))
        client.shake_hands()
        self.assertIn(b"Welcome", client.heard())
        self.assertEqual(self.home.peers(), [(ADDRESS, True, True)])
        self.assert_left(self.home, client.knock)

    def test_who_says_nothing_is_counted(self) -> None:
        """Until the time for the handshake is over."""
        self.open(connections_per_address=2)
        silent = [TLSClient(self) for _ in range(2)]
        third = TLSClient(self)
        self.assertEqual(self.home.counts, (2, 1))
        self.turn(10)
        self.turn()
        self.assertTrue(all(client.knock.gone for client in (*silent, third)))
        self.assert_left(self.home)

    def test_the_reason_comes_after_the_handshake(self) -> None:
        self.open(connections=1, close_seconds=3)
        inside, client = TLSClient(self), TLSClient(self)
        inside.shake_hands()
        self.assertIn(b"Welcome", inside.heard())
        self.assertEqual(client.knock.said, b"")
        client.shake_hands()
        self.assertEqual(client.heard(), FULL)
        self.assertFalse(client.knock.gone)
        client.agree_to_end()
        self.assertTrue(client.knock.gone)
        self.assertFalse(client.knock.disconnected)
        self.assertTrue(inside.knock.open)
        self.assert_left(self.home, inside.knock)

    def test_who_does_not_agree_to_end_is_cut_off(self) -> None:
        self.open(connections=1, close_seconds=3)
        inside, client = TLSClient(self), TLSClient(self)
        client.shake_hands()
        self.turn(2.9)
        self.assertFalse(client.knock.gone)
        self.turn(0.1)
        self.turn()
        self.assertEqual((client.knock.gone, client.knock.disconnected), (True, True))
        self.assert_left(self.home, inside.knock)

    def test_only_so_many_at_once(self) -> None:
        """Those who refuse to shake hands as well keep others from being told; nobody more is kept."""
        self.open(connections=1)
        inside = TLSClient(self)
        silent = [TLSClient(self, f"198.51.100.{number}") for number in range(REFUSED_AT_ONCE)]
        self.assertTrue(TLSClient(self).knock.refused)
        self.assertEqual(self.home.counts, (1, REFUSED_AT_ONCE))
        silent[0].knock.end(ConnectionDone())
        told = TLSClient(self)
        told.shake_hands()
        self.assertEqual(told.heard(), FULL)
        self.assert_left(self.home, inside.knock, told.knock, *(client.knock for client in silent))

    def test_behind_a_proxy(self) -> None:
        """The header comes before the handshake, in a packet with its beginning or not."""
        self.open(connections_per_address=2)
        clients = [TLSClient(self, PROXY) for _ in range(3)]
        clients[0].shake_hands(KNOWN)
        clients[1].knock.send(KNOWN + clients[1].hello())
        clients[1].take()
        clients[1].shake_hands()
        self.assertEqual(self.home.peers(), [(ADDRESS, True, True)] * 2)
        clients[2].shake_hands(KNOWN)
        for client in clients[:2]:
            self.assertIn(b"Welcome", client.heard())
        self.assertEqual(clients[2].heard(), b"-> Error: too many connections from your address.\r\n")
        self.assert_left(self.home, *(client.knock for client in clients))

    def test_behind_a_proxy_without_a_header(self) -> None:
        self.open()
        client = TLSClient(self, PROXY)
        client.knock.send(client.hello())
        self.turn()
        self.assertTrue(client.knock.gone)
        self.assertEqual(self.log, [f"the proxy at {PROXY} was cut off: no PROXY header"])
        self.assert_left(self.home)


class Client(Protocol):
    """Collects what the server says."""

    def __init__(self) -> None:
        self.said = b""
        self.greeted: Deferred[None] = Deferred()
        self.closed: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.said += data
        if not self.greeted.called and b"\n" in self.said:
            self.greeted.callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.closed.callback(None)

    def end(self) -> Deferred[None]:
        """Go, if that has not happened yet."""
        if not self.closed.called:
            self.transport.abortConnection()
        return self.closed


class SocketTests(IssuedFiles, TestCase):
    """Real connections over loopback."""

    timeout = 10  # seconds

    async def listen(self, *, tls: bool = False, **how: Any) -> None:
        self.home = House(**how)
        endpoint: Any = GuardedEndpoint(
            TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"), self.home.guard
        )
        if tls:
            endpoint = tls_server_endpoint(
                reactor,
                self.description(),
                in_front=lambda tcp: GuardedEndpoint(tcp, self.home.guard, tls=True),
            )
        self.port = await endpoint.listen(Announcer(self.home.factory, self.home.guard))
        self.addCleanup(self.port.stopListening)

    async def connect(self, first: bytes = b"", *, tls: bool = False) -> Client:
        endpoint: Any = TCP4ClientEndpoint(reactor, "127.0.0.1", self.port.getHost().port)
        if tls:
            endpoint = wrapClientTLS(self.authority.client(), endpoint)
        client = await connectProtocol(endpoint, Client())
        self.addCleanup(client.end)
        client.transport.write(first)
        await client.greeted
        return client

    def handle(self) -> socket.socket:
        """Return the server's socket of the one connection there is."""
        (session,) = self.home.factory.sessions
        transport = session.connection.transport
        inner = transport.transport if ISSLTransport.providedBy(transport) else transport
        handle: socket.socket = inner.getHandle()
        return handle

    def assert_watched(self, idle: int, interval: int, patience: int) -> None:
        """Compare with what the kernel says; `patience` in milliseconds, the others in seconds."""
        handle = self.handle()
        self.assertEqual(handle.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), 1)
        options = (
            socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT
        )  # fmt: skip
        self.assertEqual(
            [handle.getsockopt(socket.IPPROTO_TCP, option) for option in options],
            [idle, interval, 4, patience],
        )

    async def test_the_kernel_watches_over_it(self) -> None:
        await self.listen(ping_seconds=90, pong_seconds=60)
        await self.connect()
        self.assert_watched(90, 15, 150_000)

    async def test_with_the_smallest_and_the_largest_times(self) -> None:
        await self.listen(ping_seconds=1, pong_seconds=1)
        client = await self.connect()
        self.assert_watched(1, 1, 2_000)
        await client.end()
        await self.listen(ping_seconds=32767, pong_seconds=32767)
        await self.connect()
        self.assert_watched(32767, 8191, 65_534_000)

    async def test_also_under_tls(self) -> None:
        await self.listen(tls=True, ping_seconds=30, pong_seconds=20)
        await self.connect(tls=True)
        self.assert_watched(30, 5, 50_000)

    async def test_also_behind_a_proxy(self) -> None:
        """The transport was the proxy's business first: protocol, header, keepalive and address."""
        await self.listen(proxies=("127.0.0.1",), ping_seconds=30, pong_seconds=20)
        await self.connect(KNOWN)
        self.assert_watched(30, 5, 50_000)
        self.assertEqual(self.home.peers(), [(ADDRESS, False, False)])
        self.assertEqual(self.home.counts, (1, 0))

    async def test_refused(self) -> None:
        """Who is refused is told and let go, even if he has said something himself."""
        for tls in (False, True):
            await self.listen(tls=tls, connections=1, proxies=())
            inside = await self.connect(tls=tls)
            client = await self.connect(b"Mallory\r\nhello\r\n", tls=tls)
            await client.closed
            self.assertEqual(client.said, FULL)
            self.assertEqual(self.home.counts[0], 1)
            await inside.end()
