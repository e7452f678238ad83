"""TLS listeners: what is served, what a reload changes, and how the endpoint string is read."""

from __future__ import annotations

from pathlib import Path
from unittest import SkipTest

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredQueue, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol, quoteStringArgument, wrapClientTLS
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import connectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.basic import LineReceiver
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chatd.frontends.certificates import TLSError, TLSFiles
from chatd.frontends.tls import ReloadableTLSEndpoint, tls_server_endpoint
from tests.authority import IssuedFiles
from tests.tls_peers import GreeterFactory


class Client(LineReceiver):
    """Hands out what the server says, line by line, and how the connection ended."""

    def __init__(self) -> None:
        self.lines: DeferredQueue[bytes | Failure] = DeferredQueue()
        self.closed: Deferred[BaseException | None] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        self.lines.put(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lines.put(reason)  # raised to whoever still waits for a line
        self.closed.callback(reason.value)

    def chain(self) -> list[int]:
        """Return the serial numbers of the certificates that the server sent."""
        certificates = self.transport.getHandle().get_peer_cert_chain(as_cryptography=True)
        return [certificate.serial_number for certificate in certificates]


class SocketTestCase(IssuedFiles, TestCase):
    """Real sockets on a port of 127.0.0.1."""

    timeout = 10  # seconds

    async def listen(self, description: str | None = None) -> ReloadableTLSEndpoint:
        endpoint = tls_server_endpoint(reactor, description or self.description())
        self.factory = GreeterFactory()
        self.port = await endpoint.listen(self.factory)
        self.addCleanup(self.port.stopListening)
        self.addCleanup(lambda: gatherResults([greeter.lost for greeter in self.factory.greeters]))
        return endpoint

    def tcp(self) -> TCP4ClientEndpoint:
        return TCP4ClientEndpoint(reactor, "127.0.0.1", self.port.getHost().port)

    async def connect(self) -> Client:
        client = await connectProtocol(wrapClientTLS(self.authority.client(), self.tcp()), Client())
        self.addCleanup(lambda: client.closed)
        self.addCleanup(client.transport.abortConnection)
        return client

    async def greeted(self) -> Client:
        client = await self.connect()
        self.assertEqual(await client.lines.get(), b"hello")
        return client

    async def assert_echoes(self, client: Client, line: bytes) -> None:
        client.sendLine(line)
        self.assertEqual(await client.lines.get(), line)


class ServingTests(SocketTestCase):
    """What a client sees that trusts the root alone."""

    async def test_whole_chain(self) -> None:
        await self.listen()
        client = await self.greeted()
        self.assertEqual(len(client.chain()), 2)
        await self.assert_echoes(client, b"Hi Alice!")

    async def test_without_the_intermediate_the_client_refuses(self) -> None:
        self.issue(whole_chain=False)
        await self.listen()
        client = await self.connect()
        reason = await client.closed
        self.assertIn("certificate verify failed", str(reason))
        self.assertEqual(self.factory.built, 0)

    async def test_intermediate_in_a_file_of_its_own(self) -> None:
        self.issue(whole_chain=False)
        self.extra.write_bytes(self.authority.intermediate.cert_pem.bytes())
        await self.listen(self.extra_description())
        client = await self.greeted()
        self.assertEqual(len(client.chain()), 2)

    async def test_intermediate_given_twice_is_served_once(self) -> None:
        self.extra.write_bytes(self.authority.intermediate.cert_pem.bytes())
        await self.listen(self.extra_description())
        client = await self.greeted()
        self.assertEqual(len(client.chain()), 2)

    async def test_key_and_certificates_in_one_file(self) -> None:
        self.key.write_bytes(self.authority.issue().private_key_and_cert_chain_pem.bytes())
        await self.listen(f"ssl:0:interface=127.0.0.1:privateKey={quoteStringArgument(str(self.key))}")
        await self.greeted()

    async def test_application_talks_to_the_tls_transport_itself(self) -> None:
        await self.listen()
        await self.greeted()
        (greeter,) = self.factory.greeters
        self.assertIsInstance(greeter.transport, TLSMemoryBIOProtocol)
        self.assertIs(greeter.transport.wrappedProtocol, greeter)
        self.assertTrue(ISSLTransport.providedBy(greeter.transport))
        self.assertEqual(greeter.transport.getPeer().host, "127.0.0.1")
        self.assertIsNone(greeter.transport.getPeerCertificate())

    async def test_plaintext_is_closed(self) -> None:
        await self.listen()
        client = await connectProtocol(self.tcp(), Client())
        client.transport.write(b"GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n")
        await client.closed
        self.assertEqual(self.factory.built, 0)

    async def test_ipv6(self) -> None:
        endpoint = tls_server_endpoint(reactor, self.description().replace("127.0.0.1", "\\:\\:1"))
        try:
            port = await endpoint.listen(GreeterFactory())
        except CannotListenError as error:
            raise SkipTest("no IPv6 here") from error
        self.addCleanup(port.stopListening)
        self.assertEqual(port.getHost().host, "::1")


class ReloadTests(SocketTestCase):
    """New files for new connections, and nothing for the old ones to notice."""

    async def test_new_certificate_for_new_connections(self) -> None:
        endpoint = await self.listen()
        before = await self.greeted()
        self.issue()
        endpoint.reload()
        after = await self.greeted()
        self.assertNotEqual(before.chain()[0], after.chain()[0])
        await self.assert_echoes(before, b"still here")
        await self.assert_echoes(after, b"new here")

    async def test_files_are_not_read_before_they_are_asked_for(self) -> None:
        await self.listen()
        before = await self.greeted()
        self.issue()
        after = await self.greeted()
        self.assertEqual(before.chain(), after.chain())

    async def test_bad_file_keeps_the_old_certificate(self) -> None:
        endpoint = await self.listen()
        before = await self.greeted()
        self.certificate.write_bytes(b"nothing of use\n")
        error = self.assertRaises(TLSError, endpoint.reload)
        self.assertEqual(str(error), f"{self.certificate}: holds no readable certificate (PEM)")
        after = await self.greeted()
        self.assertEqual(before.chain(), after.chain())
        await self.assert_echoes(before, b"still here")

    async def test_bad_file_stops_the_start(self) -> None:
        self.key.unlink()
        memory = MemoryReactorClock()
        endpoint = tls_server_endpoint(memory, self.description())
        with self.assertRaises(TLSError) as caught:
            await endpoint.listen(GreeterFactory())
        self.assertEqual(str(caught.exception), f"{self.key}: No such file or directory")
        self.assertEqual(memory.tcpServers, [])


class ListeningTests(IssuedFiles, SynchronousTestCase):
    """What is asked of the reactor."""

    def test_port_interface_and_backlog(self) -> None:
        memory = MemoryReactorClock()
        endpoint = tls_server_endpoint(memory, self.description(":backlog=7", port=7977))
        self.successResultOf(endpoint.listen(GreeterFactory()))
        ((port, _factory, backlog, interface),) = memory.tcpServers
        self.assertEqual((port, backlog, interface), (7977, 7, "127.0.0.1"))


class DescriptionTests(SynchronousTestCase):
    """Endpoint strings."""

    def files(self, description: str) -> TLSFiles:
        return tls_server_endpoint(MemoryReactorClock(), description).files

    def test_certificate_is_taken_from_the_key_file(self) -> None:
        self.assertEqual(self.files("ssl:1:privateKey=/k"), TLSFiles(Path("/k"), Path("/k")))

    def test_all_files(self) -> None:
        expected = TLSFiles(Path("/k"), Path("/c"), Path("/x"))
        self.assertEqual(self.files("ssl:1:privateKey=/k:certKey=/c:extraCertChain=/x"), expected)

    def test_names_may_be_left_out_as_in_twisted(self) -> None:
        self.assertEqual(self.files("ssl:1:/k:/c"), TLSFiles(Path("/k"), Path("/c")))

    def test_relative_names_do_not_depend_on_later_folders(self) -> None:
        self.assertEqual(self.files("ssl:1:privateKey=k").private_key, Path.cwd() / "k")

    def test_equals_sign_in_a_value(self) -> None:
        self.assertEqual(self.files("ssl:1:privateKey=/a=b").private_key, Path("/a=b"))

    def test_refused(self) -> None:
        for description, reason in (
            ("tcp:1", "is not an ssl: endpoint"),
            ("ssl", "port is missing"),
            ("ssl:1", "privateKey is missing"),
            ("ssl:1:privateKey=", "privateKey is missing"),
            ("ssl:x:privateKey=k", "port is not a number from 0 to 65535"),
            ("ssl:65536:privateKey=k", "port is not a number from 0 to 65535"),
            ("ssl:1:privateKey=k:backlog=many", "backlog is not a number from 0 to 65535"),
            ("ssl:1:privateKey=k:port=2", "port is given twice"),
            ("ssl:1:privateKey=k:colour=red", "'colour' is not an argument of ssl:"),
            (
                "ssl:1:privateKey=k:sslmethod=TLSv1_METHOD",
                "sslmethod is not taken: TLS 1.2 and newer are always offered, and nothing older",
            ),
            (
                "ssl:1:privateKey=k:dhParameters=d",
                "dhParameters is not taken: key exchange is by elliptic curves, which need none",
            ),
        ):
            error = self.assertRaises(TLSError, self.files, description)
            self.assertEqual(str(error), f"{description}: {reason}")

    @given(st.text(min_size=1))
    def test_any_quoted_name_comes_back(self, name: str) -> None:
        description = f"ssl:1:privateKey={quoteStringArgument(name)}"
        self.assertEqual(self.files(description).private_key, Path(name).absolute())

    @given(st.text(alphabet=":=\\ a1é\n", max_size=20))
    def test_any_string_is_followed_or_refused_in_one_line(self, text: str) -> None:
        try:
            self.files(f"ssl:{text}")
        except TLSError as error:
            self.assertNotIn("\n", str(error))
