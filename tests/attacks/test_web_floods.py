"""Promise 2 by the door for browsers: who floods is slowed, then closed with the reason, and the canaries notice nothing."""

from __future__ import annotations

import time

import pytest

from tests.attacks.birds import HANDSHAKE, framed
from tests.attacks.floods import Horde
from tests.attacks.house import Gauge, pour
from tests.attacks.web import PING, WebCase, command, opening, said

pytestmark = pytest.mark.attack

SECONDS = 5
BURST, RATE = 10, 2
TOO_MANY = "Error: too many of your lines are waiting."
GROWTH = 8.0
"""MiB that the server may grow by."""
UNTOLD = ""
"""Strangers who come again too often are told so by HTTP, and more of them at once nothing."""
GET = b"GET /js/main.js HTTP/1.1\r\nHost: x\r\n\r\n"


def _come(number: int) -> bytes:
    """Return what a browser of that number sends first."""
    return opening(f"Flo{number}")


class OneFlooder(WebCase):
    def test_as_fast_as_it_goes(self) -> None:
        """One page says lines as fast as it can: heard as often as its budget allows, closed with the reason."""
        server = self.start()
        witness = self.client(server, "Will", port=server.port())
        with self.canary(server, "2") as canary:
            flooder = self.web_member(server, "Flo")
            started = time.monotonic()
            flow = pour([flooder], said("flood"), SECONDS)[flooder]
            took = time.monotonic() - started
            canary.sing_for(2)
        self.assertTrue(flow.closed)
        self.assertEqual(flow.reason, TOO_MANY)
        witness.expect(" * Flo has quit (too many lines)")
        self.assertLessEqual(witness.text.count("Flo: flood"), BURST + RATE * took + 1)
        canary.check(f"closed after {1000 * took:.0f} ms")


class Strangers(WebCase):
    """Sixteen browsers at once, each of which comes again whenever it is closed. They come from one address, with
    the limits as they are by default for anybody."""

    def flood(self, payload: bytes, *, first: bytes | None = None, reason: str = TOO_MANY) -> None:
        """Attack; `reason` is the one that must have been told."""
        server = self.start("--set", "limits.exempt=[]")
        gauge = Gauge(server)
        with self.canary(server, "2") as canary:
            horde = Horde(server.port("web"), 16, _come if first is None else first, payload)
            before, memory = gauge.cpu, gauge.memory
            horde.attack(SECONDS)
            cpu, grown = gauge.cpu - before, gauge.memory - memory
        print(f"{horde.connections} connections, {horde.sent:,} bytes, {dict(horde.reasons)}")
        self.assertIn(reason, horde.reasons)
        self.assertEqual(set(horde.reasons) - {reason, UNTOLD}, set())
        self.assertLess(grown, GROWTH)
        told = f", {horde.reasons[reason]} closed for it"
        canary.check(
            f"{horde.connections:,} connections{told}; server {100 * cpu / SECONDS:.0f} % of a core, {grown:+.1f} MiB"
        )

    def test_acts(self) -> None:
        """16 browsers join and leave rooms and change their nicknames."""
        acts = (f"{act}{n}" for n in range(100) for act in ("join #r", "part #r", "nick Ann"))
        self.flood(b"".join(map(command, acts)))

    def test_pings(self) -> None:
        """16 browsers send pings and nothing else."""
        self.flood(PING * 1000, reason="Error: too many pings.")

    def test_parts(self) -> None:
        """16 browsers send a message in empty parts that do not end."""
        self.flood(
            b"\x00\x80" + bytes(4),
            first=HANDSHAKE + b"\x01\x80" + bytes(4),
            reason="Error: too many parts of messages.",
        )

    def test_large_messages(self) -> None:
        """16 browsers send messages of 32 KiB of no sense."""
        self.flood(framed(b"{" + b"[" * 32_000))

    def test_endless_messages(self) -> None:
        """16 browsers send messages that are longer than anybody's may be."""
        reason = "Error: received WebSocket message size 60000 exceeds payload limit of 44544 octets."
        self.flood(framed(b"x" * 60_000), reason=reason)

    def test_broken_rules(self) -> None:
        """16 browsers send frames without a mask."""
        self.flood(b"\x81\x05hello", reason="Error: unmasked client-to-server frame.")

    def test_handshakes(self) -> None:
        """16 browsers open WebSockets, and open them again inside of them."""
        self.flood(HANDSHAKE, first=HANDSHAKE, reason="Error: RSV = 4 and no extension negotiated.")

    def test_requests(self) -> None:
        """16 HTTP clients ask for a file of the page, as many as fit in a packet."""
        server = self.start("--set", "limits.exempt=[]")
        gauge = Gauge(server)
        with self.canary(server, "2") as canary:
            horde = Horde(server.port("web"), 16, b"", GET * 100)
            before, memory = gauge.cpu, gauge.memory
            horde.attack(SECONDS)
            cpu, grown = gauge.cpu - before, gauge.memory - memory
        self.assertLess(grown, GROWTH)
        canary.check(
            f"{horde.connections:,} connections; server {100 * cpu / SECONDS:.0f} % of a core, {grown:+.1f} MiB"
        )
