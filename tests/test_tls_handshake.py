"""When a TLS handshake ends, and what a client can negotiate. Bytes and time move only when told to."""

from __future__ import annotations

from OpenSSL import SSL
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.interfaces import IAddress, IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from chatd.frontends.certificates import TLSFiles
from chatd.frontends.tls import ReloadableTLSEndpoint, ReloadingContext, tls_server_endpoint
from tests.authority import IssuedFiles
from tests.tls_peers import Greeter, GreeterFactory, Pair, anyone

ALLOW_CLIENT_RENEGOTIATION = (
    1 << 8
)  # SSL_OP_ALLOW_CLIENT_RENEGOTIATION; openssl.cnf can set it for all programs


@implementer(IHandshakeListener)
class ListeningGreeter(Greeter):
    """Wants to be told of the handshake as well."""

    def handshakeCompleted(self) -> None:
        self.transport.write(b"shaken\r\n")


class RefusingFactory(GreeterFactory):
    """Turns everybody away."""

    def buildProtocol(self, addr: IAddress | None) -> None:
        self.built += 1


class MemoryTestCase(IssuedFiles, SynchronousTestCase):
    """A listener whose bytes and time move only when a test moves them."""

    factory_class = GreeterFactory

    def setUp(self) -> None:
        super().setUp()
        self.clock = MemoryReactorClock()
        self.application = self.factory_class()
        self.serve(tls_server_endpoint(self.clock, self.description()))

    def serve(self, endpoint: ReloadableTLSEndpoint) -> None:
        self.successResultOf(endpoint.listen(self.application))
        self.server = self.clock.tcpServers[-1][1]

    def pair(self, version: int | None = None) -> Pair:
        return Pair(self.server, anyone(version))


class HandshakeTests(MemoryTestCase):
    """A connection exists for the application once its handshake is complete, and not before."""

    def test_silent_client_is_cut_off(self) -> None:
        pair = self.pair()
        self.clock.advance(9.9)
        self.assertFalse(pair.transport.disconnected)
        self.clock.advance(0.1)
        self.assertTrue(pair.transport.disconnected)
        self.assertEqual(self.application.built, 0)

    def test_dripping_does_not_put_it_off(self) -> None:
        pair = self.pair()
        pair.step()
        hello = pair.client.bio_read(2**16)
        for offset in range(10):
            self.assertFalse(pair.transport.disconnected)
            pair.server.dataReceived(hello[offset : offset + 1])
            self.clock.advance(1)
        self.assertTrue(pair.transport.disconnected)

    def test_half_made_handshake(self) -> None:
        pair = self.pair()
        pair.step()
        pair.client_to_server()
        self.assertNotEqual(pair.transport.value(), b"")
        self.assertEqual(self.application.built, 0)
        self.clock.advance(10)
        self.assertTrue(pair.transport.disconnected)
        pair.server.connectionLost(Failure(ConnectionError("reset")))
        self.assertEqual((self.application.built, self.application.greeters), (0, []))

    def test_complete_handshake(self) -> None:
        pair = self.pair()
        pair.handshake()
        self.assertEqual(pair.heard(self.clock), b"hello\r\n")
        self.assertEqual(self.application.built, 1)
        self.clock.advance(3600)
        self.assertFalse(pair.transport.disconnected)

    def test_lost_before_the_handshake(self) -> None:
        pair = self.pair()
        pair.server.connectionLost(connectionDone)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.application.built, 0)

    def test_lost_after_the_handshake(self) -> None:
        pair = self.pair()
        pair.handshake()
        (greeter,) = self.application.greeters
        self.assertNoResult(greeter.lost)
        pair.server.connectionLost(connectionDone)
        self.successResultOf(greeter.lost)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_line_in_the_same_packet_as_the_end_of_the_handshake(self) -> None:
        pair = self.pair()
        while not pair.step():
            pair.client_to_server()
            pair.server_to_client()
        pair.client.send(b"early\r\n")
        pair.client_to_server()
        self.assertEqual([greeter.received for greeter in self.application.greeters], [b"early\r\n"])

    def test_application_is_told_of_the_handshake_after_the_connection(self) -> None:
        self.application.protocol = ListeningGreeter
        pair = self.pair()
        pair.handshake()
        self.assertEqual(pair.heard(self.clock), b"hello\r\nshaken\r\n")

    def test_plaintext(self) -> None:
        pair = self.pair()
        pair.server.dataReceived(b"/nick Alice\r\n")
        self.assertTrue(pair.transport.disconnecting)
        self.assertEqual(self.application.built, 0)

    def test_time_to_shake_hands_is_set_by_the_caller(self) -> None:
        self.serve(tls_server_endpoint(self.clock, self.description(), handshake_timeout=3.0))
        pair = self.pair()
        self.clock.advance(3)
        self.assertTrue(pair.transport.disconnected)

    def test_no_time_limit(self) -> None:
        self.serve(tls_server_endpoint(self.clock, self.description(), handshake_timeout=0))
        self.pair()
        self.assertEqual(self.clock.getDelayedCalls(), [])


class RefusedTests(MemoryTestCase):
    """The application's factory may refuse."""

    factory_class = RefusingFactory

    def test_refused_by_the_application(self) -> None:
        pair = self.pair()
        pair.handshake()
        self.assertEqual(self.application.built, 1)
        self.assertTrue(pair.transport.disconnected)
        pair.server.connectionLost(connectionDone)
        self.assertEqual(self.clock.getDelayedCalls(), [])


class LaxFiles(TLSFiles):
    """The files on a machine whose OpenSSL would by itself allow old versions and renegotiation."""

    def context(self) -> SSL.Context:
        context = super().context()
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.set_options(ALLOW_CLIENT_RENEGOTIATION)
        return context


class NegotiationTests(MemoryTestCase):
    """What a client can talk the server into."""

    def serve_lax(self) -> None:
        context = ReloadingContext(LaxFiles(self.key, self.certificate), self.clock)
        self.serve(ReloadableTLSEndpoint(context, TCP4ServerEndpoint(self.clock, 0), self.clock, 10.0))

    def test_tls_1_1_is_refused(self) -> None:
        self.serve_lax()
        pair = self.pair(SSL.TLS1_1_VERSION)
        error = self.assertRaises(SSL.Error, pair.handshake)
        self.assertIn("alert protocol version", str(error))
        self.assertTrue(pair.transport.disconnecting)
        self.assertEqual(self.application.built, 0)

    def test_tls_1_2_and_1_3_are_accepted(self) -> None:
        for version, name in ((SSL.TLS1_2_VERSION, "TLSv1.2"), (SSL.TLS1_3_VERSION, "TLSv1.3")):
            pair = self.pair(version)
            pair.handshake()
            self.assertEqual(pair.heard(self.clock), b"hello\r\n")
            self.assertEqual(pair.client.get_protocol_version_name(), name)

    def test_cipher_without_forward_secrecy_is_refused(self) -> None:
        for ciphers in (b"AES128-GCM-SHA256", b"ECDHE-ECDSA-AES128-SHA"):
            context = anyone(SSL.TLS1_2_VERSION)
            context.set_cipher_list(ciphers)
            error = self.assertRaises(SSL.Error, Pair(self.server, context).handshake)
            self.assertIn("handshake failure", str(error))

    def test_renegotiation_is_refused(self) -> None:
        self.serve_lax()
        pair = self.pair(SSL.TLS1_2_VERSION)
        pair.handshake()
        pair.heard(self.clock)
        self.assertTrue(pair.client.renegotiate())
        self.assertFalse(pair.step())
        pair.client_to_server()
        pair.server_to_client()
        error = self.assertRaises(SSL.Error, pair.client.recv, 100)
        self.assertIn("no renegotiation", str(error))

    def test_sessions_are_not_resumed(self) -> None:
        context = anyone(SSL.TLS1_2_VERSION)
        first = Pair(self.server, context)
        first.handshake()
        second = Pair(self.server, context, first.client.get_session())
        second.handshake()
        self.assertNotEqual(first.client.master_key(), second.client.master_key())

    def test_client_that_offers_a_protocol_name(self) -> None:
        context = anyone()
        context.set_alpn_protos([b"irc"])
        pair = Pair(self.server, context)
        pair.handshake()
        self.assertEqual(pair.heard(self.clock), b"hello\r\n")
        self.assertEqual(pair.client.get_alpn_proto_negotiated(), b"")
