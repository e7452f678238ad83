"""Promises 3 and 4: whoever keeps a connection open and does nothing with it is let go in time."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest

from tests.attacks.house import AttackCase, Client
from tests.attacks.networks import Network
from tests.process.server import TWISTD, Server
from tests.process.streams import PATIENCE

pytestmark = pytest.mark.attack

NAMING = 3.0
PING, PONG = 2.0, 2.0
"""The durations, shortened; seconds."""
FAR, ELSEWHERE = "02:00:00:00:00:02", "02:00:00:00:00:03"
"""Hardware addresses."""
LATE = 1.0
"""Seconds that an end may be late by, on a busy machine."""
TOO_SLOW = "-> Error: you took too long to choose a nickname."


def dripped(connection: socket.socket, payload: bytes) -> float:
    """Send a byte of `payload` ten times a second, over and over, until the server ends the connection; return
    how many seconds that took."""
    started = time.monotonic()
    connection.settimeout(0.1)
    for byte in cycle(payload):
        assert time.monotonic() < started + PATIENCE, f"still open after {PATIENCE} s"
        try:
            connection.send(bytes([byte]))
            while connection.recv(4096):
                pass
        except TimeoutError:
            continue
        except ConnectionError:
            pass
        break
    return time.monotonic() - started


class Naming(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start("--set", f"limits.naming_seconds={NAMING}")

    def in_time(self, seconds: float) -> str:
        """Fail unless that is about when naming has to be done; return it in words."""
        self.assertGreater(seconds, NAMING - 0.2)
        self.assertLess(seconds, NAMING + LATE)
        return f"{NAMING:.0f} s allowed, closed after {seconds:.2f} s"

    def test_silence(self) -> None:
        """Who says nothing is closed with the reason when the time to choose a nickname is over."""
        with self.canary(self.server, "3") as canary:
            started = time.monotonic()
            client = self.client(self.server)
            heard = client.rest()
            took = time.monotonic() - started
        self.assertTrue(heard.endswith(f"{TOO_SLOW}\r\n"), heard)
        canary.check(self.in_time(took))

    def test_drip(self) -> None:
        """A byte now and then, ends of lines and refused names do not make that time longer."""
        with self.canary(self.server, "3") as canary:
            payloads = (b"x", b"\n", b"#\n", b"{}\n", b"\xff\xfd\x18")
            with ThreadPoolExecutor(len(payloads)) as pool:
                took = list(pool.map(lambda payload: dripped(self.connect(self.server), payload), payloads))
        for each in took:
            self.in_time(each)
        canary.check(self.in_time(max(took)))

    def test_named(self) -> None:
        """Who has a nickname by then stays, however long he is silent."""
        client = self.client(self.server, "Sam")
        with self.canary(self.server, "3") as canary:
            canary.sing_for(NAMING + LATE)
        self.assertFalse(client.ended)
        client.say("/ping")
        client.expect("pong")
        canary.check(f"silent for {NAMING + LATE:.0f} s")


class DeadPeers(AttackCase):
    """In networks of their own. The far end takes another hardware address, so that what is sent to it is lost
    without an error, and nothing comes from there: no FIN, no RST."""

    def setUp(self) -> None:
        super().setUp()
        self.network = Network(self)
        self.outside = Network(self, beside=self.network)
        self.network.join(self.outside, "10.0.0.1/24", "10.0.0.2/24")
        self.outside.ip("link", "set", "cable", "address", FAR)
        self.network.ip("neighbour", "replace", "10.0.0.2", "lladdr", FAR, "dev", "cable", "nud", "permanent")
        self.server = self.start(
            "--set", f"limits.ping_seconds={PING}", "--set", f"limits.pong_seconds={PONG}",
            listen=("tcp:0:interface=127.0.0.1", "tcp:0:interface=10.0.0.1"),
            command=(*self.network.enter, TWISTD, "-n", "--pidfile=", "chatd"),
        )  # fmt: skip
        self.port = int(self.server.log.find(r"nc 10\.0\.0\.1 (\d+)\n"))
        inside = self.network.dial("127.0.0.1", "127.0.0.1", self.server.port())
        self.witness = Client(inside)
        self.addCleanup(self.witness.close)
        self.witness.enter("Will")

    def come(self, opening: str) -> Client:
        """Return somebody behind the cable, who has said `opening`."""
        client = Client(self.outside.dial("10.0.0.2", "10.0.0.1", self.port))
        self.addCleanup(client.close)
        client.say(opening)
        self.witness.expect("Dee has joined #lobby")
        return client

    def dead(self, opening: str, *, alive: float = 0.0, apart: bool = False, late: float = 0.0) -> None:
        """Come with `opening`, stay for `alive` seconds, and die, in the lobby, where the canaries sing all the
        time, or `apart`, where nobody says a word; but, with `late`, one does so many seconds later."""
        with self.canary(self.server, "4", prefix=self.network.enter) as canary:
            client = self.come(opening)
            if apart:
                client.say("/join #den", "/part #lobby")
                self.witness.expect("Dee has left #lobby")
                self.witness.say("/join #den")
                client.expect("Will has joined #den")
            canary.sing_for(alive)
            self.assertNotIn("Dee has quit", self.witness.text)
            self.outside.ip("link", "set", "cable", "address", ELSEWHERE)
            started = time.monotonic()
            if late:
                canary.sing_for(late)
                self.witness.say("are you still there?")
            self.witness.expect(" * Dee has quit (")
            took = time.monotonic() - started
        self.assertLess(took, PING + PONG + LATE)
        canary.check(f"{PING + PONG:.0f} s allowed, gone after {took:.2f} s")

    def test_text(self) -> None:
        """A person may be silent for longer than that, but in a room that talks a dead one is gone in time."""
        self.dead("Dee", alive=PING + PONG + LATE)

    def test_text_in_silence(self) -> None:
        """The same in a room where nobody says anything."""
        self.dead("Dee", alive=PING + PONG + LATE, apart=True)

    def test_text_with_late_words(self) -> None:
        """The same where somebody says something after a while: that does not begin the time anew."""
        self.dead("Dee", apart=True, late=PING + PONG - 1)

    def test_json(self) -> None:
        """A program who dies is gone in time as well."""
        self.dead('{"type":"command","line":"/nick Dee"}')


class Pings(AttackCase):
    def test_pings(self) -> None:
        """A program that answers no ping is dropped with the reason; one that answers each stays."""
        server = self.start("--set", f"limits.ping_seconds={PING}", "--set", f"limits.pong_seconds={PONG}")
        with self.canary(server, "4") as canary:
            dumb, dutiful = (self.program(server, nick) for nick in ("Dum", "Dee"))
            started = time.monotonic()
            answered = 0
            while not dumb.ended:
                self.assertLess(time.monotonic(), started + PATIENCE)
                dutiful.expect('{"type":"ping","token":"')
                token = dutiful.expect('"')
                dutiful.say(f'{{"type":"pong","token":"{token}"}}')
                answered += 1
            took = time.monotonic() - started
            dutiful.say('{"type":"command","line":"/version","ref":"still here"}')
            dutiful.expect('"ref":"still here"')
        self.assertIn('"text":"Error: ping timeout."', dumb.text.splitlines()[-1])
        self.assertLess(took, PING + PONG + LATE)
        canary.check(f"{PING + PONG:.0f} s allowed, closed after {took:.2f} s; {answered} pings answered")

    def program(self, server: Server, nick: str) -> Client:
        """Return a client in the JSON dialect, in the lobby."""
        client = self.client(server)
        client.say(f'{{"type":"command","line":"/nick {nick}","ref":1}}')
        client.expect('"ref":1')
        return client
