"""The door for browsers at a real server: TLS of its own, renewed while people are there, and many who load the page."""

from __future__ import annotations

import signal
import socket
import ssl
from pathlib import Path
from unittest import TestCase

from tests.authority import Authority
from tests.process.pages import Page
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE, finished
from tests.process.visitors import trusting
from tests.requirements import requires


class OverTls(TestCase):
    def setUp(self) -> None:
        self.authority = Authority()
        Path("root.pem").write_bytes(self.authority.root.cert_pem.bytes())
        self.renew()
        door = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=cert.pem"
        self.server = Server(self, "--web", door)
        self.port = int(self.server.log.find(r"https://127\.0\.0\.1:(\d+)/\n"))

    def renew(self) -> None:
        """Write a new certificate."""
        self.authority.write(self.authority.issue("chat.example"), Path("key.pem"), Path("cert.pem"))

    def connect(self) -> ssl.SSLSocket:
        """Return a connection that was verified."""
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        connection = trusting(self.authority).wrap_socket(plain, server_hostname="chat.example")
        self.addCleanup(connection.close)
        return connection

    @requires("curl")
    def test_the_page(self) -> None:
        """As curl has it, which verifies the certificate."""
        name = f"chat.example:{self.port}"
        done = finished(
            "curl", "-sSi", "--cacert", "root.pem", "--resolve", f"{name}:127.0.0.1", f"https://{name}/"
        )
        self.assertTrue(done.stdout.startswith("HTTP/1.1 200 OK"), done)
        self.assertIn("<!DOCTYPE html>", done.stdout)

    def test_renewed(self) -> None:
        """A new certificate is served on SIGHUP, and who is there stays."""
        first = self.connect()
        page = Page(self, first)
        self.assertIn(b" 101 ", page.head)
        self.assertEqual(page.runs("nick Alice")["type"], "named")
        self.renew()
        self.server.signal(signal.SIGHUP)
        self.server.heard("certificates loaded")
        second = self.connect()
        self.assertNotEqual(first.getpeercert(True), second.getpeercert(True))
        self.assertEqual(page.runs("join #dev")["room"], "#dev")
        # Nobody listens in here: a password is taken.
        self.assertEqual(page.runs("register correct-horse")["type"], "info")


class FromElsewhere(TestCase):
    def test_many_loads(self) -> None:
        """A page is many requests, and people behind one address load it many times: they count as chatting once they chat."""
        server = Server(self, "--web", ANY_PORT, "--set", "limits.exempt=[]")
        port = server.port("web")

        def connect() -> socket.socket:
            connection = socket.create_connection(("127.0.0.1", port), PATIENCE, ("127.0.0.7", 0))
            self.addCleanup(connection.close)
            return connection

        for _ in range(100):
            connection = connect()
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200 "))
            connection.close()
        heads = [Page(self, connect()).head for _ in range(17)]
        self.assertTrue(all(b" 101 " in head for head in heads[:16]))
        self.assertIn(b" 503 ", heads[16])
