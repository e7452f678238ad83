"""Promise 11 by the door for IRC: a browser that is tricked into speaking IRC runs nothing; nobody else's protocol does
harm. Promises 3, 4 and 5 by the same door: time to register, pings, connections of one address."""

from __future__ import annotations

import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attacks.house import Gauge
from tests.attacks.irc import IrcCase, IrcMember, opening
from tests.attacks.test_strangers import REFUSED, REQUESTS
from tests.attacks.test_timers import dripped
from tests.attacks.witnesses import FREE
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
TRICK = (
    opening("Mallory").encode()
    + b"PRIVMSG #lobby :was here\r\nTOPIC #lobby :Mallory's\r\nPRIVMSG Will :psst\r\n"
)
"""What somebody else's page lets a browser send behind the first line of its request."""


class Strangers(IrcCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE, "--set", f"limits.naming_seconds={NAMING}")
        self.will = self.irc_client(self.server, "Will")

    def answered(self, *pieces: bytes) -> bytes:
        """Send pieces, each after the one before was read; return what came until the end."""
        connection = self.connect(self.server)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        heard = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                self.will.alive()
            while data := connection.recv(4096):
                heard += data
        except ConnectionError:
            pass  # more was sent than was read
        connection.close()
        return heard

    def untouched(self) -> None:
        """Nobody came, nothing was said."""
        self.will.alive()
        for text in (self.will.text, self.server.log.text):
            self.assertNotIn("Mallory", text)
            self.assertNotIn("was here", text)

    def test_requests(self) -> None:
        """HTTP requests of every method with lines of IRC behind them: one 400, the end, and nothing was run."""
        with self.canary(self.server, "11") as canary:
            for request in REQUESTS:
                whole = self.answered(request + TRICK)
                pieces = self.answered(request, *TRICK.splitlines(keepends=True))
                for heard in (whole, pieces):
                    self.assertLessEqual(heard.count(b"HTTP/1.1 400 Bad Request\r\n"), 1, request[:40])
                self.assertIn(b"HTTP/1.1 400 Bad Request\r\n", whole + pieces, request[:40])
            canary.sing_for(2)
        self.untouched()
        canary.check(f"{2 * len(REQUESTS)} requests")

    def test_in_pieces(self) -> None:
        """The same request cut at each byte of its first line, and sent byte by byte."""
        request = b"POST /x HTTP/1.1\r\nHost: x\r\n\r\n"
        with self.canary(self.server, "11") as canary:
            for cut in range(1, 20):
                self.answered(request[:cut], request[cut:] + TRICK)
            self.answered(*(bytes([byte]) for byte in request), TRICK)
            canary.sing_for(2)
        self.untouched()
        canary.check("cut at 19 places")

    def test_others(self) -> None:
        """A TLS or SSH client and a PROXY header at the plain port: the end, and nothing was run."""
        with self.canary(self.server, "11") as canary:
            for first, _ in REFUSED.values():
                self.assertTrue(self.answered(first + b"\r\n" + TRICK))
            canary.sing_for(2)
        self.untouched()
        canary.check(f"{len(REFUSED)} protocols")

    def test_random_bytes(self) -> None:
        """Random bytes from 300 connections: nothing is run, and the server does not grow."""
        source = random.Random(11)
        gauge = Gauge(self.server)
        with self.canary(self.server, "11") as canary:
            descriptors, memory = gauge.descriptors, gauge.memory
            for _ in range(300):
                connection = self.connect(self.server)
                connection.sendall(source.randbytes(source.randrange(1, 3000)))
                connection.close()
            canary.sing_for(2)
            gauge.wait_for(lambda gauge: gauge.descriptors <= descriptors)
            grown = gauge.memory - memory
        self.untouched()
        self.assertLess(grown, 8)
        canary.check(f"300 connections; the server grew by {grown:.1f} MiB")

    def test_half_lines(self) -> None:
        """A hundred who begin a line and do not go on are out when registering takes too long."""
        with self.canary(self.server, "3") as canary:
            halves = (b"", b"NICK Mal", b"@label=", b"CAP LS 302\r\nNICK", b"NICK #\r\nUSER", b"BATCH +a")
            started = time.monotonic()
            connections = [self.connect(self.server) for _ in range(100)]
            for number, connection in enumerate(connections):
                connection.sendall(halves[number % len(halves)])
            for connection in connections:
                heard = b""
                while data := connection.recv(4096):
                    heard += data
                self.assertTrue(heard.endswith(b"[you took too long to choose a nickname]\r\n"), heard)
            took = time.monotonic() - started
        self.assertLess(took, NAMING + 2 * LATE)
        canary.check(f"{NAMING:.0f} s allowed, all closed after {took:.2f} s")

    def test_dripped_registration(self) -> None:
        """Pings, capabilities without an end, refused names and logins do not make the time to register longer."""
        with self.canary(self.server, "3") as canary:
            payloads = (
                *(b"PING x\r\n", b"CAP LS 302\r\n", b"NICK #\r\n", b"\r\n", b"x", b"AUTHENTICATE PLAIN\r\n"),
                b"CAP REQ :sasl\r\nNICK Mal\r\nUSER u 0 * :m\r\n",
            )
            with ThreadPoolExecutor(len(payloads)) as pool:
                took = list(pool.map(lambda payload: dripped(self.connect(self.server), payload), payloads))
        for each in took:
            self.assertGreater(each, NAMING - 0.2)
            self.assertLess(each, NAMING + LATE)
        canary.check(f"{NAMING:.0f} s allowed, closed after {max(took):.2f} s at most")


class Pings(IrcCase):
    def test_pings(self) -> None:
        """An IRC client that answers no ping is dropped with the reason; one that answers each stays."""
        server = self.start("--set", f"limits.ping_seconds={PING}", "--set", f"limits.pong_seconds={PONG}")
        with self.canary(server, "4") as canary:
            dumb, dutiful = (self.irc_client(server, nick) for nick in ("Dum", "Dee"))
            started = time.monotonic()
            answered = 0
            while not dumb.ended:
                self.assertLess(time.monotonic(), started + PATIENCE)
                dutiful.expect(" PING ")
                dutiful.say(f"PONG {dutiful.expect(chr(13))}")
                answered += 1
            took = time.monotonic() - started
            dutiful.alive()
        self.assertTrue(dumb.text.endswith("[ping timeout]\r\n"), dumb.text[-200:])
        self.assertLess(took, PING + PONG + LATE)
        canary.check(f"{PING + PONG:.0f} s allowed, closed after {took:.2f} s; {answered} pings answered")


class Addresses(IrcCase):
    def test_open_connections(self) -> None:
        """The 17th connection of one address is refused with an ERROR; others get in; who goes makes room."""
        server = self.start("--set", "limits.exempt=[]")
        with self.canary(server, "5") as canary:
            crowd = [self.irc_client(server, f"Carl{number}", CROWD) for number in range(OPEN)]
            for _ in range(OPEN):
                self.refused(self.irc_client(server, source=CROWD))
            self.irc_client(server, "Otto", OTHER)
            crowd[0].say("QUIT")
            crowd[0].rest()
            self.irc_client(server, "Carla", CROWD)
            canary.sing_for(2)
        canary.check(f"{OPEN} let in, {OPEN} refused with the reason")

    def refused(self, client: IrcMember) -> None:
        """Fail unless that one line comes, and then the end."""
        self.assertEqual(client.rest(), "ERROR :Closing link: too many connections from your address\r\n")
