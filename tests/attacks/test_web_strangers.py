"""Promises 1, 3, 4, 5 and 11 by the door for browsers: who reads nothing, drips, is silent, or is no browser at all."""

from __future__ import annotations

import random
import socket
import time
from typing import Any

import pytest

from tests.attacks.birds import HANDSHAKE, framed
from tests.attacks.house import Gauge
from tests.attacks.test_slow_readers import NeverReads
from tests.attacks.web import WebCase, command, opening
from tests.attacks.witnesses import FREE
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE

pytestmark = pytest.mark.attack

NAMING = 3.0
PING, PONG = 2.0, 2.0
"""The durations, shortened; seconds."""
LATE = 1.0
"""Seconds that an end may be late by, on a busy machine."""
OPEN = 16
"""Connections of one address at once, by default."""
CROWD, OTHER = "127.0.0.7", "127.0.0.8"


class NeverReadsOverWeb(NeverReads):
    """As over text; the one who does not read is a browser."""

    def start(self, *options: str, **how: Any) -> Server:
        return super().start("--web", ANY_PORT, *options, **how)

    def member(self, server: Server, nick: str, source: str = "127.0.0.1", **how: Any) -> socket.socket:
        if nick != "Mute":
            return super().member(server, nick, source, **how)
        connection = self.connect(server, source, port=server.port("web"), receive_buffer=4096)
        connection.sendall(opening(nick))
        assert connection.recv(1)
        return connection

    def test_over_tcp(self) -> None:
        """A browser that never reads."""
        self.push_past()

    test_over_tls = None  # type: ignore[assignment]  # TLS is the same below both


class Strangers(WebCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE, "--set", f"limits.naming_seconds={NAMING}")

    def test_random_bytes(self) -> None:
        """Random bytes from 300 connections, half of them behind a handshake: the server does not grow."""
        source = random.Random(11)
        gauge = Gauge(self.server)
        with self.canary(self.server, "11") as canary:
            descriptors, memory = gauge.descriptors, gauge.memory
            for number in range(300):
                connection = self.connect(self.server)
                connection.sendall(
                    (HANDSHAKE if number % 2 else b"") + source.randbytes(source.randrange(1, 3000))
                )
                connection.close()
            canary.sing_for(2)
            gauge.wait_for(lambda gauge: gauge.descriptors <= descriptors)
            grown = gauge.memory - memory
        self.assertLess(grown, 8)
        canary.check(f"300 connections; the server grew by {grown:.1f} MiB")

    def test_dripped(self) -> None:
        """A hundred who begin a request, or a WebSocket, and drip on, are out when it takes too long."""
        beginnings = (b"", b"GET / HTTP/1.1\r\nX: ", HANDSHAKE, HANDSHAKE + b"\x01\xfe\x7f\xff\0\0\0\0")
        with self.canary(self.server, "3") as canary:
            started = time.monotonic()
            connections = [self.connect(self.server) for _ in range(100)]
            for number, connection in enumerate(connections):
                connection.sendall(beginnings[number % len(beginnings)])
            open_ones = set(connections)
            while open_ones and time.monotonic() < started + PATIENCE:
                time.sleep(0.2)  # the drip
                for number, connection in enumerate(connections):
                    try:
                        connection.setblocking(False)
                        if number % len(beginnings) != 2:
                            connection.send(b"x")
                        while connection in open_ones:
                            if not connection.recv(65536):
                                open_ones.discard(connection)
                    except BlockingIOError:
                        pass
                    except OSError:
                        open_ones.discard(connection)
            took = time.monotonic() - started
        self.assertEqual(open_ones, set())
        self.assertLess(took, NAMING + 2 * LATE)
        canary.check(f"{NAMING:.0f} s allowed, all closed after {took:.2f} s")


class Pings(WebCase):
    def test_pings(self) -> None:
        """A browser that answers no ping is dropped with the reason; one that does stays."""
        server = self.start("--set", f"limits.ping_seconds={PING}", "--set", f"limits.pong_seconds={PONG}")
        with self.canary(server, "4") as canary:
            dumb, dutiful = (self.web_member(server, nick) for nick in ("Dum", "Dee"))
            started = time.monotonic()
            heard, answered = b"", 0
            dutiful.settimeout(0.1)
            dumb.settimeout(0.1)
            while not heard.endswith(b"\x88\x02\x03\xe8"):
                self.assertLess(time.monotonic(), started + PATIENCE)
                for connection in (dumb, dutiful):
                    try:
                        data = connection.recv(65536)
                    except TimeoutError:
                        continue
                    if connection is dumb:
                        heard += data
                    elif b"\x89\0" in data:
                        connection.sendall(framed(b"", 0x8A))
                        answered += 1
            took = time.monotonic() - started
            dutiful.sendall(command("join #alive"))
            dutiful.settimeout(PATIENCE)
            alive = b""
            while b"#alive" not in alive:
                alive += dutiful.recv(65536)
        self.assertIn(b"ping timeout", heard)
        self.assertLess(took, PING + PONG + LATE)
        canary.check(f"{PING + PONG:.0f} s allowed, closed after {took:.2f} s; {answered} pings answered")


class Addresses(WebCase):
    def test_open_connections(self) -> None:
        """The 17th WebSocket of one address is refused by HTTP; others get in; who goes makes room."""
        server = self.start("--set", "limits.exempt=[]")
        with self.canary(server, "5") as canary:
            crowd = [self.web_member(server, f"Carl{number}", CROWD) for number in range(OPEN)]
            for _ in range(OPEN):
                refused = self.connect(server, CROWD)
                refused.sendall(HANDSHAKE)
                heard = b""
                while not heard.endswith(b".\n"):
                    heard += refused.recv(4096)
                refused.close()
                self.assertTrue(heard.startswith(b"HTTP/1.1 503 "), heard)
                self.assertIn(b"Error: too many connections from your address.\n", heard)
            self.web_member(server, "Otto", OTHER)
            crowd[0].close()
            Gauge(server).wait_for(lambda _: b" " in server.ctl("stats").stdout.encode())
            self.web_member(server, "Carla", CROWD)
            canary.sing_for(2)
        canary.check(f"{OPEN} let in, {OPEN} refused with the reason")
