"""Certificates of clients: asked for, needed by nobody, taken from anybody, known by their SHA-256."""

from __future__ import annotations

import time
from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.certificates import presented
from chatd.frontends.doors import FRONTENDS, endpoint_from
from chatd.frontends.tls import tls_server_endpoint
from tests.authority import IssuedFiles
from tests.client_certificates import DAY, NOW, Identity, identity, presenting
from tests.test_tls_handshake import MemoryTestCase
from tests.tls_peers import GreeterFactory, Pair, anyone

VERSIONS = (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION)
MESSAGE = 100 * 1024
"""Bytes of certificates that OpenSSL takes from a client."""


class AskingCase(MemoryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.serve(tls_server_endpoint(self.clock, self.description(), certificates=True))

    def presented(self, context: SSL.Context, session: SSL.Session | None = None) -> str:
        """Return what the application is told of a client that can talk with it."""
        pair = Pair(self.server, context, session)
        pair.handshake()
        self.assertEqual(pair.heard(self.clock), b"hello\r\n")
        self.last = pair
        return presented(self.application.greeters[-1].transport)

    def refused(self, context: SSL.Context) -> None:
        """A client gets nowhere, and is cut off."""
        built = self.application.built
        pair = Pair(self.server, context)
        with self.assertRaises(SSL.Error):
            pair.handshake()
            pair.server_to_client()
            pair.client.recv(1)
        self.assertTrue(pair.transport.disconnecting or pair.transport.disconnected)
        self.assertEqual(self.application.built, built)


class Asking(AskingCase):
    def test_none_is_needed(self) -> None:
        for version in VERSIONS:
            self.assertEqual(self.presented(anyone(version)), "")

    def test_one_that_nobody_signed(self) -> None:
        for version in VERSIONS:
            alice = identity()
            self.assertEqual(self.presented(presenting(alice, version=version)), alice.fingerprint)

    def test_one_that_somebody_signed(self) -> None:
        """It is that of the client itself, whatever stands behind it."""
        root = identity("Root", authority=True)
        middle = identity("Middle", root, authority=True)
        alice = identity("Alice", middle)
        for chain in ((middle, root), (middle,), (), (root, middle), (alice, alice)):
            self.assertEqual(self.presented(presenting(alice, *chain)), alice.fingerprint)

    def test_out_of_date(self) -> None:
        for since, until in ((NOW - 9 * DAY, NOW - DAY), (NOW + DAY, NOW + 9 * DAY)):
            odd = identity(since=since, until=until)
            for version in VERSIONS:
                self.assertEqual(self.presented(presenting(odd, version=version)), odd.fingerprint)

    def test_signed_by_somebody_else_than_it_says(self) -> None:
        """Nobody's signature is worth anything here, a false one not less."""
        claimed, signer = identity("Root", authority=True), identity("Root", authority=True)
        alice = identity("Alice", signer)
        self.assertEqual(self.presented(presenting(alice, claimed)), alice.fingerprint)


class Resuming(AskingCase):
    def test_nothing_is_resumed(self) -> None:
        """Who comes back with what is left of a session presents his certificate anew."""
        for version in VERSIONS:
            alice = identity()
            context = presenting(alice, version=version)
            self.assertEqual(self.presented(context), alice.fingerprint)
            first, session = self.last.client, self.last.client.get_session()
            self.assertIsNotNone(session)
            self.assertEqual(self.presented(context, session), alice.fingerprint)
            self.assertNotEqual(first.master_key(), self.last.client.master_key())


class Harm(AskingCase):
    def chain(self, count: int, padding: int, bits: int = 0) -> list[Identity]:
        """Return a chain of certificates, that of the client first."""
        key = rsa.generate_private_key(65537, bits) if bits else None
        made = [identity("Authority 0", key=key, padding=padding, authority=True)]
        for number in range(1, count):
            made.append(
                identity(
                    f"Authority {number}", made[-1], key=key, padding=padding, authority=number < count - 1
                )
            )
        return made[::-1]

    def test_a_long_chain(self) -> None:
        """90 KiB of certificates, each of which vouches for the one before: nothing of it is checked, nobody waits."""
        chain = self.chain(88, 700)
        self.assertTrue(
            all(one.certificate.issuer == other.certificate.subject for one, other in pairwise(chain))
        )
        for version in VERSIONS:
            started = time.perf_counter()
            self.assertEqual(self.presented(presenting(*chain, version=version)), chain[0].fingerprint)
            print(f"{1000 * (time.perf_counter() - started):.1f} ms for both ends")

    def test_a_chain_that_is_slow_to_check(self) -> None:
        """26 RSA keys of 8,192 bits: their signatures are not looked at."""
        chain = self.chain(26, 0, 8192)
        plain = min(self.seconds(presenting(chain[0])) for _ in range(3))
        whole = min(self.seconds(presenting(*chain)) for _ in range(3))
        print(f"{1000 * plain:.1f} ms alone, {1000 * whole:.1f} ms with the chain")
        self.assertLess(whole - plain, 0.012)

    def seconds(self, context: SSL.Context) -> float:
        """Return how long the server works on one handshake."""
        pair = Pair(self.server, context)
        spent = 0.0
        while not pair.step():
            started = time.perf_counter()
            pair.client_to_server()
            spent += time.perf_counter() - started
            pair.server_to_client()
        started = time.perf_counter()
        pair.client_to_server()
        return spent + time.perf_counter() - started

    def test_a_huge_chain(self) -> None:
        chain = self.chain(4, MESSAGE // 3)
        for version in VERSIONS:
            self.refused(presenting(*chain, version=version))
        self.assertEqual(self.presented(anyone()), "")

    def test_no_certificate_at_all(self) -> None:
        """Garbage where it should stand: as with any broken handshake."""
        pair = Pair(self.server, presenting(identity(), version=SSL.TLS1_2_VERSION))
        pair.step()
        pair.client_to_server()
        pair.server_to_client()
        pair.step()
        data = bytearray(pair.client.bio_read(2**16))
        self.assertEqual(data[5], 11, "a Certificate message")
        data[12:40] = b"\xff" * 28
        pair.server.dataReceived(bytes(data))
        self.assertTrue(pair.transport.disconnecting or pair.transport.disconnected)
        self.assertEqual(self.application.built, 0)

    def test_a_signature_that_is_not_the_clients(self) -> None:
        """A certificate whose key he has not, seen elsewhere: its CertificateVerify is wrong, and he is out."""
        pair = Pair(self.server, presenting(identity(), version=SSL.TLS1_2_VERSION))
        pair.step()
        pair.client_to_server()
        pair.server_to_client()
        pair.step()
        data = bytearray(pair.client.bio_read(2**16))
        kinds: list[int] = []
        at = 0
        while data[at] == 22 and len(kinds) < 3:
            kinds.append(data[at + 5])
            length = int.from_bytes(data[at + 3 : at + 5])
            if data[at + 5] == 15:  # CertificateVerify
                data[at + 5 + length - 1] ^= 1
            at += 5 + length
        self.assertEqual(kinds, [11, 16, 15])
        pair.server.dataReceived(bytes(data))
        self.assertTrue(pair.transport.disconnecting or pair.transport.disconnected)
        self.assertEqual(self.application.built, 0)


class Doors(IssuedFiles, SynchronousTestCase):
    def asked(self, *, certificates: bool) -> bool:
        """Whether a client at such a door is asked for its certificate."""
        clock, factory = MemoryReactorClock(), GreeterFactory()
        endpoint = endpoint_from(clock, self.description(), certificates=certificates)
        self.successResultOf(endpoint.listen(factory))
        pair = Pair(clock.tcpServers[-1][1], presenting(identity()))
        pair.handshake()
        return presented(factory.greeters[-1].transport) != ""

    def test_only_where_it_is_of_use(self) -> None:
        self.assertTrue(self.asked(certificates=True))
        self.assertFalse(self.asked(certificates=False))
        self.assertLessEqual({row.name for row in FRONTENDS if row.certificates}, {"text", "irc"})
        self.assertTrue(next(row for row in FRONTENDS if row.name == "text").certificates)
