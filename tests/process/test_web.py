"""The door for browsers at a real server: TLS of its own, renewed while people are there, and a proxy that speaks HTTP in front."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any
from unittest import TestCase

from tests.authority import Authority
from tests.behaviour.web_client import HANDSHAKE, framed, unframed
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE, finished
from tests.process.visitors import trusting
from tests.requirements import program, requires

# A port that is open already, so that nothing has to be waited for and no number is fixed.
CONFIGURATION = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 1h
listen web
    bind fd@{door} ssl crt {certificate}
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    server chat 127.0.0.1:{web} source 127.0.0.3
"""


class Page:
    """A WebSocket as a program opens it."""

    def __init__(self, case: TestCase, connection: socket.socket, *headers: str) -> None:
        self._connection = connection
        case.addCleanup(connection.close)
        more = "".join(f"{header}\r\n" for header in headers).encode()
        connection.sendall(HANDSHAKE.removesuffix(b"\r\n") + more + b"\r\n")
        self._rest = b""
        while b"\r\n\r\n" not in self._rest:
            self._receive()
        self.head, _, self._rest = self._rest.partition(b"\r\n\r\n")

    def _receive(self) -> None:
        data = self._connection.recv(65536)
        assert data, f"the end came behind {self._rest[-200:]!r}"
        self._rest += data

    def runs(self, line: str) -> dict[str, Any]:
        """Run a command and return its answer."""
        self._connection.sendall(framed(json.dumps({"type": "command", "line": line, "ref": line}).encode()))
        while True:
            frames, self._rest = unframed(self._rest)
            for opcode, payload in frames:
                item: dict[str, Any] = json.loads(payload) if opcode == 1 else {}
                if item.get("ref") == line:
                    return item
            self._receive()


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


@requires("haproxy")
class BehindAProxy(TestCase):
    """TLS is HAProxy's, which tells in headers who comes."""

    def setUp(self) -> None:
        self.authority = Authority()
        self.authority.write(self.authority.issue("chat.example"), Path("key.pem"), Path("cert.pem"))
        Path("both.pem").write_bytes(Path("cert.pem").read_bytes() + Path("key.pem").read_bytes())
        self.server = Server(
            self, "--web", ANY_PORT, "--set", 'web.proxies=["127.0.0.3"]', "--set", "limits.exempt=[]",
            "--set", "limits.connections_per_address=2",
        )  # fmt: skip
        door = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(door.close)
        self.port = door.getsockname()[1]
        Path("haproxy.cfg").write_text(
            CONFIGURATION.format(
                web=self.server.port("web"), door=door.fileno(), certificate=Path("both.pem").absolute()
            )
        )
        process = subprocess.Popen(
            (program("haproxy"), "-db", "-f", "haproxy.cfg"),
            pass_fds=[door.fileno()],
            stdin=subprocess.DEVNULL,
            env=dict(os.environ),
        )
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.kill)

    def connect(self, source: str) -> ssl.SSLSocket:
        """Return a connection through the proxy."""
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE, (source, 0))
        return trusting(self.authority).wrap_socket(plain, server_hostname="chat.example")

    def test_everybody_comes_as_himself(self) -> None:
        """With his own address, whatever he says it is, and over TLS."""
        page = Page(self, self.connect("127.0.0.7"), "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http")
        self.assertEqual(page.runs("nick Alice")["type"], "named")
        self.assertEqual(page.runs("register correct-horse")["type"], "info")
        self.assertRegex(self.server.ctl("/whois Alice").stdout, r"\b127\.0\.0\.7\b")

    def test_limits(self) -> None:
        """They meet each client, and not the proxy."""
        pages = [Page(self, self.connect(f"127.0.0.{number // 2}")) for number in range(14, 24)]
        self.assertTrue(all(b" 101 " in page.head for page in pages))
        late = Page(self, self.connect("127.0.0.7"))
        self.assertIn(b" 503 ", late.head)
