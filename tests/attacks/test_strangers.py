"""Promise 11: who speaks another protocol does no harm, and runs no command; HTTP is refused at its first line."""

from __future__ import annotations

import random
import re
import socket
import ssl

import pytest

from tests.attacks.house import AttackCase, Gauge
from tests.attacks.witnesses import FREE, Witness
from tests.authority import IssuedFiles
from tests.behaviour.hostile import check_text
from tests.process.people import Owner
from tests.process.server import ANY_PORT, Server
from tests.requirements import requires

pytestmark = pytest.mark.attack

NAMING = 3.0
"""Seconds to choose a nickname, shortened."""
RECORD = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[[^\s\]]+#[a-z]+\] [^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]+"
)
TRICK = b"Mallory\r\n/join #lobby\r\n/me was here\r\n/msg Will psst\r\n/topic #lobby Mallory's\r\n"
"""What somebody else's page lets a browser send behind the first line of its request."""
REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:7976\r\nX: y\r\n\r\n",
    b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n",
    b"POST /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
    b"OPTIONS / HTTP/1.1\r\nAccess-Control-Request-Method: NICK\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n\r\n",
    b"PUT /x HTTP/1.0\r\n\r\n",
    b"DELETE /x HTTP/1.1\n\n",
    b"PATCH /x HTTP/1.1\r\n\r\n",
    b"PROPFIND /x HTTP/1.1\r\n\r\n",
    b"CONNECT http://127.0.0.1:25/ HTTP/1.1\r\n\r\n",
    b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n",
    b"GET /\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)
REFUSED = {
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), "this port speaks plain text, not TLS."),
    "SSH": (b"SSH-2.0-OpenSSH_9.9\r\n", "this is a chat port, not an SSH server."),
    "PROXY 1": (b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 7976\r\n", "no PROXY header is expected on this port."),
    "PROXY 2": (
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc0\0\2\1\x9c\x40\x1f\x28",
        "no PROXY header is expected on this port.",
    ),
}  # fmt: skip
OTHERS = {
    "SMTP": b"EHLO mail.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA x\r\n.x y\r\n",
    "IRC": b"CAP LS 302\r\nNICK Mallory\r\nUSER Mallory 0 * :Mallory\r\nJOIN #lobby\r\nPRIVMSG #lobby :hi\r\n",
    "FTP": b"USER anonymous\r\nPASS a@example.com\r\n",
    "SOCKS 4": b"\x04\x01\x00\x19\x7f\x00\x00\x01\x00",
    "SOCKS 5": b"\x05\x02\x00\x02\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x19\n",
    "RDP": b"\x03\x00\x00\x2b\x26\xe0\x00\x00\x00\x00\x00Cookie: mstshash=x\r\n\x01\x00\x08\x00\x03\x00\x00\x00\n",
    "SMB": b"\x00\x00\x00\x2f\xffSMBr\x00\x00\x00\x00\x08\x01\xc8" + bytes(28) + b"\x02NT LM 0.12\x00\n",
    "SIP": b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/TCP nm;branch=foo\r\n\r\n",
    "RTSP": b"OPTIONS rtsp://127.0.0.1/ RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    "X11": b"l\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\n",
    "PostgreSQL": b"\x00\x00\x00\x08\x04\xd2\x16\x2f\n",
    "DNS": b"\x00\x1e\x00\x06\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03\n",
    "LDAP": b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00\n",
    "MQTT": b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test\n",
    "AMQP": b"AMQP\x00\x00\x09\x01\n",
    "Java": b"\xac\xed\x00\x05sr\x00\x1djava.x\n",
}


class _Strangers(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.begin()
        self.will = Witness(self.connect(self.server))
        self.addCleanup(self.will.close)
        self.will.enter("Will")

    def begin(self) -> Server:
        return self.start(*FREE, "--set", f"limits.naming_seconds={NAMING}")

    def stranger(self, port: int | None = None) -> Witness:
        """Return a connection that has said nothing yet."""
        stranger = Witness(self.connect(self.server, port=port))
        self.addCleanup(stranger.close)
        return stranger

    def send(self, stranger: Witness, *pieces: bytes) -> None:
        """Send pieces, as far as they are wanted; each has been read before the next is sent."""
        try:
            for number, piece in enumerate(pieces):
                if number:
                    self.turn()
                stranger.socket.sendall(piece)
        except OSError:
            pass  # closed

    def turn(self) -> None:
        """Let the server read what was sent to it: two answers are of two turns of its reactor."""
        for _ in range(2):
            self.will.say("/version")
            self.will.expect(" on Python ")

    def answered(self, stranger: Witness) -> bytes:
        """Wait for the end; return what came behind the greeting."""
        stranger.rest()
        return bytes(stranger.received).partition(b"Enter your nickname: ")[2]

    def untouched(self) -> None:
        """Nobody came, nothing was said, and each record of the log is a line."""
        self.will.say("/users")
        self.will.expect("-> ")
        self.turn()
        check_text(bytes(self.will.received))
        self.assertNotIn("Mallory", self.will.text)
        self.assertNotIn("was here", self.will.text)
        arrived = set(re.findall(r"(\S+) has joined", self.will.text))
        self.assertLessEqual(arrived, {"Will", "Canary", "Miner"})
        for line in self.server.log.text.splitlines():
            self.assertIsNotNone(RECORD.fullmatch(line), line)
        self.assertNotIn("Mallory", self.server.log.text)


class Browsers(_Strangers):
    def test_requests(self) -> None:
        """HTTP requests of every method with commands behind them: one 400, the end, and nothing was run."""
        with self.canary(self.server, "11") as canary:
            for request in REQUESTS:
                for pieces in (
                    (request + TRICK,),
                    (request, TRICK),
                    (request, b"", *TRICK.splitlines(keepends=True)),
                ):
                    stranger = self.stranger()
                    self.send(stranger, *pieces)
                    self.refused(stranger, request)
            canary.sing_for(2)
        self.untouched()
        canary.check(f"{3 * len(REQUESTS)} requests")

    def refused(self, stranger: Witness, request: bytes) -> None:
        answer = self.answered(stranger)
        self.assertEqual(answer.count(b"HTTP/1.1 400 Bad Request\r\n"), 1, request[:40])
        self.assertIn(b"\r\nConnection: close\r\n", answer)
        self.assertTrue(answer.endswith(b"It does not speak HTTP.\n"), answer)

    def test_in_pieces(self) -> None:
        """The same request cut at each byte of its first line, and sent byte by byte."""
        request = b"POST /x HTTP/1.1\r\nHost: x\r\n\r\n" + TRICK
        with self.canary(self.server, "11") as canary:
            for cut in range(1, 20):
                stranger = self.stranger()
                stranger.expect("Enter your nickname: ")
                self.send(stranger, request[:cut], request[cut:])
                self.refused(stranger, request)
            stranger = self.stranger()
            self.send(stranger, *(bytes([byte]) for byte in request))
            self.refused(stranger, request)
            canary.sing_for(2)
        self.untouched()
        canary.check()

    def test_head(self) -> None:
        """A HEAD is answered without a body."""
        stranger = self.stranger()
        self.send(stranger, b"HEAD / HTTP/1.1\r\n\r\n" + TRICK)
        self.assertTrue(self.answered(stranger).endswith(b"\r\n\r\n"))
        self.untouched()
        self.held("11")

    def test_a_flood_of_requests(self) -> None:
        """A thousand requests, one after the other."""
        gauge = Gauge(self.server)
        descriptors = gauge.descriptors
        with self.canary(self.server, "11") as canary:
            for number in range(1000):
                connection = self.connect(self.server)
                connection.sendall(REQUESTS[number % len(REQUESTS)][:200])
                heard = b""
                while data := connection.recv(4096):
                    heard += data
                self.assertEqual(heard.count(b"HTTP/1.1 400 Bad Request\r\n"), 1)
                connection.close()
            canary.sing_for(1)
        self.untouched()
        gauge.wait_for(lambda gauge: gauge.descriptors <= descriptors)
        canary.check("1,000 requests refused")


class Greetings(_Strangers):
    def test_refused_at_once(self) -> None:
        """A TLS or SSH client and a PROXY header on the plain port: one line that says so, and the end."""
        with self.canary(self.server, "11") as canary:
            for name, (first, reason) in REFUSED.items():
                for cut in (len(first), 6):
                    stranger = self.stranger()
                    self.send(stranger, first[:cut], first[cut:] + b"\r\n" + TRICK)
                    self.assertTrue(
                        self.answered(stranger).endswith(f"-> Error: {reason}\r\n".encode()), name
                    )
            canary.sing_for(2)
        self.untouched()
        canary.check(f"{len(REFUSED)} protocols")

    def test_a_real_tls_client(self) -> None:
        """A TLS client at the plain port fails at once; it does not hang until a timer ends."""
        context = ssl.create_default_context()
        with self.canary(self.server, "11") as canary:
            with pytest.raises(ssl.SSLError):
                self.connect(self.server, tls=context)
            canary.sing_for(2)
        self.untouched()
        canary.check()

    def test_others(self) -> None:
        """Mail, IRC, FTP, proxies, remote desktops and others: refused line by line, out when naming takes too long."""
        with self.canary(self.server, "11") as canary:
            strangers = {name: self.stranger() for name in OTHERS}
            for name, first in OTHERS.items():
                self.send(strangers[name], first)
            for name, stranger in strangers.items():
                heard = self.answered(stranger)
                self.assertTrue(
                    heard.endswith(b"-> Error: you took too long to choose a nickname.\r\n"), (name, heard)
                )
                check_text(bytes(stranger.received))
        self.untouched()
        canary.check(f"{len(OTHERS)} protocols")

    def test_slow(self) -> None:
        """A hundred who begin a request and do not go on are out when naming takes too long."""
        with self.canary(self.server, "11") as canary:
            strangers = [self.stranger() for _ in range(100)]
            for number, stranger in enumerate(strangers):
                self.send(stranger, (b"G", b"PO", b"SSH-", b"\x16", b"PROXY ", b"\xff\xfa", b"{")[number % 7])
            for stranger in strangers:
                self.assertIn(b"you took too long", self.answered(stranger))
        self.untouched()
        canary.check("100 connections")


class RandomBytes(IssuedFiles, _Strangers):
    def setUp(self) -> None:
        IssuedFiles.setUp(self)
        _Strangers.setUp(self)

    def begin(self) -> Server:
        return self.start(*FREE, listen=(ANY_PORT, self.description()))

    def pelted(self, port: int) -> None:
        """Let 500 connections send seeded random bytes to a port, and go or be sent away."""
        source = random.Random(11)
        gauge = Gauge(self.server)
        with self.canary(self.server, "11") as canary:
            descriptors, memory = gauge.descriptors, gauge.memory
            for _ in range(500):
                connection = self.connect(self.server, port=port)
                # Neither a name nor a line that could be one.
                noise = source.randbytes(source.randrange(1, 3000)).replace(b"\n", b"\xfe\n")
                connection.sendall(noise)
                if source.random() < 0.5:
                    connection.shutdown(socket.SHUT_WR)
                    try:
                        while connection.recv(4096):
                            pass
                    except ConnectionResetError:
                        pass
                connection.close()
            canary.sing_for(2)
            gauge.wait_for(lambda gauge: gauge.descriptors <= descriptors)
            grown = gauge.memory - memory
        self.untouched()
        self.assertLess(grown, 8)
        canary.check(f"500 connections; the server grew by {grown:.1f} MiB")

    def test_plain(self) -> None:
        """Random bytes to the plain port."""
        self.pelted(self.server.port())

    def test_tls(self) -> None:
        """Random bytes to the TLS port."""
        self.pelted(self.server.port("tls"))

    def test_text_to_tls(self) -> None:
        """Plain text, HTTP and SSH on the TLS port: closed at once, without a greeting."""
        with self.canary(self.server, "11") as canary:
            for first in (TRICK, REQUESTS[2] + TRICK, REFUSED["SSH"][0], REFUSED["PROXY 1"][0], b'{"type":'):
                stranger = self.stranger(port=self.server.port("tls"))
                self.send(stranger, first)
                stranger.rest(NAMING)
                self.assertNotIn(b"Welcome", stranger.received, first)
            canary.sing_for(2)
        self.untouched()
        canary.check()

    def test_http_inside_of_tls(self) -> None:
        """HTTP through TLS is refused as on the plain port."""
        context = ssl.create_default_context()
        self.authority.root.configure_trust(context)
        with self.canary(self.server, "11") as canary:
            connection = self.connect(self.server, port=self.server.port("tls"), tls=context)
            connection.sendall(REQUESTS[2] + TRICK)
            heard = b""
            while data := connection.recv(4096):
                heard += data
            canary.sing_for(2)
        self.assertEqual(heard.count(b"HTTP/1.1 400 Bad Request\r\n"), 1)
        self.untouched()
        canary.check()


@requires("ssh")
class AtTheShell(_Strangers):
    def begin(self) -> Server:
        self.owner = Owner(self)
        return self.start(*FREE, *self.owner.options)

    def test_strangers(self) -> None:
        """HTTP, TLS, chat and random bytes on the SSH port: closed, a line each in the log, the owner still gets in."""
        source = random.Random(19)
        port = self.server.port("ssh")
        noises = [
            REQUESTS[0] + TRICK,
            REFUSED["TLS"][0],
            TRICK,
            b"x" * 70000,
            b"SSH-2.0-x\r\n" + bytes(40000),
        ]
        noises += [source.randbytes(5000) for _ in range(20)]
        noises += [b"SSH-2.0-x\r\n" + source.randbytes(5000) for _ in range(20)]
        gauge = Gauge(self.server)
        with self.canary(self.server, "11") as canary:
            descriptors = gauge.descriptors
            for noise in noises:
                stranger = self.stranger(port=port)
                self.send(stranger, noise)
                stranger.close()
            gauge.wait_for(lambda gauge: gauge.descriptors <= descriptors)
            done = self.owner.ssh(self.server, "/users")
            canary.sing_for(2)
        self.assertIn("Will", done.stdout)
        self.untouched()
        canary.check(f"{len(noises)} connections")
