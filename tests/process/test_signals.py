"""Signals: SIGTERM ends the process in time whoever is connected, SIGHUP renews certificates."""

from __future__ import annotations

import signal
import socket
import ssl
from pathlib import Path
from unittest import TestCase

import trustme

from tests.authority import IssuedFiles
from tests.process.people import Owner, nc, s_client
from tests.process.server import ANY_PORT, BY_SIGTERM, Server, refused
from tests.process.streams import PATIENCE, Peer, dial
from tests.requirements import requires

# More than the kernel takes for a reader that does not read, less than the queue that the server is given.
HEAP = 6_000_000
QUEUE = "limits.send_queue_bytes=64000000"
LINE = "x" * 4000
# As BY_SIGTERM, for the keyboard's.
BY_SIGINT = (0, 128 + signal.SIGINT, -signal.SIGINT)


@requires("nc")
@requires("openssl")
class Terminate(IssuedFiles, TestCase):
    """SIGTERM: everybody is told, and the process is gone within 10 s."""

    def test_in_the_middle_of_things(self) -> None:
        """One is unnamed, one has not finished the TLS handshake, one says nothing, one talks."""
        server = Server(self, listen=(ANY_PORT, self.description()))
        alice, bob = nc(self, server, "Alice"), s_client(self, server, self.authority, "Bob")
        unnamed = nc(self, server)
        unnamed.expect("Enter your nickname: ")
        silent = dial(self, server.port("tls"))
        half = dial(self, server.port("tls"))
        half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")  # the first bytes of a ClientHello
        alice.expect("Bob has joined")
        alice.say("last words")
        bob.expect("Alice: last words")
        server.signal(signal.SIGTERM)
        for peer in (alice, bob, unnamed):
            self.assertIn("-> The server is stopping.\r\n", peer.rest())
        self.assertIn(server.ended(10), BY_SIGTERM)
        for connection in (silent, half):
            self.assertEqual(self.end_of(connection), b"")

    def test_somebody_does_not_read(self) -> None:
        """Not even megabytes that wait for him delay the end; and the others hear of it."""
        server = Server(self, "--set", QUEUE)
        alice = nc(self, server, "Alice")
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.settimeout(PATIENCE)
            deaf.connect(("127.0.0.1", server.port()))
            deaf.sendall(b"Deaf\n")
            alice.expect("Deaf has joined")
            self.heap(server, alice)
            server.signal(signal.SIGTERM)
            self.assertIn("-> The server is stopping.\r\n", alice.rest())
            self.assertIn(server.ended(10), BY_SIGTERM)

    def test_twice(self) -> None:
        """Further signals in the middle of the first one's work do no harm, and leave no error in the log."""
        server = Server(self)
        alice = nc(self, server, "Alice")
        server.signal(signal.SIGTERM)
        for _ in range(50):  # the kernel joins two that are not handled yet into one
            server.signal(signal.SIGINT)
            server.signal(signal.SIGTERM)
        self.assertIn(server.ended(10), (*BY_SIGTERM, *BY_SIGINT))
        self.assertIn("-> The server is stopping.\r\n", alice.rest())

    def test_from_the_keyboard(self) -> None:
        """Ctrl-C tells everybody, too."""
        server = Server(self)
        alice = nc(self, server, "Alice")
        server.signal(signal.SIGINT)
        self.assertIn("-> The server is stopping.\r\n", alice.rest())
        self.assertIn(server.ended(10), BY_SIGINT)

    @requires("ssh")
    def test_somebody_at_the_shell(self) -> None:
        """An open SSH shell ends with the process and does not hold it up."""
        owner = Owner(self)
        server = Server(self, *owner.options)
        shell = owner.shell(server)
        shell.expect(">>> ")
        server.signal(signal.SIGTERM)
        self.assertIn(server.ended(10), BY_SIGTERM)
        shell.rest()

    def heap(self, server: Server, alice: Peer) -> None:
        """Have megabytes announced to everybody by way of the control socket."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(PATIENCE)
            control.connect(str(server.data / "control.sock"))
            line = b'{"type":"command","line":"/broadcast %b"}\n' % LINE.encode()
            count = HEAP // len(LINE)
            control.sendall(line * count)
            with control.makefile("rb") as answers:
                for _ in range(count):
                    self.assertIn(b'"info"', answers.readline())
        alice.expect(LINE)

    def end_of(self, connection: socket.socket) -> bytes:
        """Return what a connection that ends has brought; one that is reset brought nothing."""
        try:
            return connection.recv(1)
        except ConnectionError:
            return b""


@requires("openssl")
class Renew(IssuedFiles, TestCase):
    """SIGHUP: certificates are read again."""

    def setUp(self) -> None:
        super().setUp()
        self.server = Server(self, listen=(self.description(),))
        self.trust = ssl.create_default_context(cadata=self.authority.root.cert_pem.bytes().decode())

    def served(self) -> bytes:
        """Return the certificate that a new connection is given."""
        connection = dial(self, self.server.port("tls"), self.trust)
        self.assertIn(b"Welcome", connection.recv(4096))
        certificate = connection.getpeercert(binary_form=True)
        connection.close()
        return bytes(certificate)

    def on_disk(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert(_first(self.certificate))

    def test_a_renewed_certificate(self) -> None:
        """New connections get it, one that was there before goes on talking."""
        old = s_client(self, self.server, self.authority, "Old")
        before = self.served()
        self.assertEqual(before, self.on_disk())
        self.issue()
        self.assertEqual(self.served(), before)
        self.server.signal(signal.SIGHUP)
        self.server.heard("certificates loaded")
        self.assertEqual(self.served(), self.on_disk())
        self.assertNotEqual(self.served(), before)
        new = s_client(self, self.server, self.authority, "New")
        old.expect("New has joined")
        old.say("still here")
        new.expect("Old: still here")
        new.say("so I see")
        old.expect("New: so I see")

    def test_as_soon_as_it_is_open(self) -> None:
        """A signal that comes while the server still starts does not end it."""
        self.server.signal(signal.SIGHUP)
        self.server.heard("certificates loaded")
        self.assertEqual(self.served(), self.on_disk())

    def test_bad_files(self) -> None:
        """The old ones stay in use, and the log names the file that is at fault."""
        old = s_client(self, self.server, self.authority, "Old")
        before = self.served()
        other = trustme.CA().issue_cert("chat.example").private_key_pem.bytes()
        good = self.certificate.read_bytes(), self.key.read_bytes()
        for certificate, key, at_fault in (
            (b"garbage\n", good[1], self.certificate),
            (b"", good[1], self.certificate),
            (good[0], other, self.key),
        ):
            self.certificate.write_bytes(certificate)
            self.key.write_bytes(key)
            self.server.signal(signal.SIGHUP)
            self.assertIn(str(at_fault.parent), self.server.heard("the old certificate stays"))
            self.assertEqual(self.served(), before)
        self.certificate.unlink()
        self.server.signal(signal.SIGHUP)
        self.assertIn(str(self.certificate), self.server.heard("the old certificate stays"))
        self.assertEqual(self.served(), before)
        old.say("/users")
        old.expect("1 online")

    def test_bad_from_the_start(self) -> None:
        """A certificate that cannot be read stops the start with one line that names it."""
        self.certificate.write_bytes(b"garbage\n")
        line = refused(self, "--listen", self.description(), "--data", "other")
        self.assertIn(f"{self.certificate}: ", line)


def _first(file: Path) -> str:
    end = "-----END CERTIFICATE-----\n"
    return file.read_text().partition(end)[0] + end
