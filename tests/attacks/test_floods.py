"""Promise 2: who floods is slowed, then closed with the reason, and the canaries notice nothing."""

from __future__ import annotations

import time

import pytest

from tests.attacks.floods import Flow, Horde
from tests.attacks.house import AttackCase, Gauge, pour

pytestmark = pytest.mark.attack

SECONDS = 5
"""A hundred lines of the canaries."""
BURST, RATE, INBOX = 10, 2, 64
TOO_MANY = "Error: too many of your lines are waiting."
TELNET = "Error: too much telnet."
# Strangers who come again too often, and more of them at once than are told why.
NOT_AGAIN = "Error: too many new connections from your address; try again later."
UNTOLD = ""


class OneFlooder(AttackCase):
    def flooded(self, **how: float) -> tuple[Flow, str]:
        """Let one client flood the lobby, and return what went through and what the lobby heard of it."""
        server = self.start()
        witness = self.client(server, "Will")
        with self.canary(server, "2") as self.pair:
            flooder = self.member(server, "Flo")
            started = time.monotonic()
            flow = pour([flooder], b"flood\n", SECONDS, **how)[flooder]  # type: ignore[arg-type]
            self.took = time.monotonic() - started
            self.pair.sing_for(2)
        self.assertTrue(flow.closed)
        self.assertEqual(flow.reason, TOO_MANY)
        witness.expect("Flo has quit")
        return flow, witness.text

    def test_a_thousand_lines_a_second(self) -> None:
        """One client says 1,000 lines/s: slowed, then closed with the reason."""
        flow, heard = self.flooded(bytes_per_second=6000)
        said = heard.count("Flo: flood")
        self.assertGreaterEqual(said, BURST // 2)  # naming himself is not for nothing
        self.assertLessEqual(said, BURST + RATE * self.took + 1)
        self.pair.check(f"{flow.sent // 6} lines sent, {said} heard, closed after {self.took:.2f} s")

    def test_as_fast_as_it_goes(self) -> None:
        """One client says lines as fast as it can: closed with the reason."""
        _, heard = self.flooded()
        self.assertLessEqual(heard.count("Flo: flood"), BURST + RATE * self.took + 1)
        self.pair.check(f"closed after {1000 * self.took:.0f} ms")

    def test_just_below_the_rate(self) -> None:
        """Who says a little less than 2 lines/s behind his burst is heard to the last line."""
        server = self.start()
        witness = self.client(server, "Will")
        said = BURST + INBOX // 8
        flooder = self.client(server, "Flo")
        flooder.say(*(f"line {number}." for number in range(said)))
        for number in range(said):
            witness.expect(f"Flo: line {number}.")
        flooder.say("/quit")
        flooder.expect("Goodbye.")
        self.held("2", f"{said} lines at once: all heard, in order")


class _Horde(AttackCase):
    """Sixteen clients at once, each of which comes again whenever it is closed."""

    options: tuple[str, ...] = ()

    def flood(
        self, payload: bytes, opening: bytes = b"Flo%d\n", *, reason: str = TOO_MANY, leaving: bool = False
    ) -> None:
        """Attack; `reason` is the one that must have been told, "": none must."""
        server = self.start(*self.options)
        gauge = Gauge(server)
        with self.canary(server, "2") as canary:
            horde = Horde(server.port(), 16, opening, payload, leaving=leaving)
            before = gauge.cpu
            horde.attack(SECONDS)
            cpu = gauge.cpu - before
        print(f"{horde.connections} connections, {horde.sent:,} bytes, {dict(horde.reasons)}")
        if reason:
            self.assertIn(reason, horde.reasons)
        self.assertEqual(set(horde.reasons) - {reason, NOT_AGAIN, UNTOLD}, set())
        fates = (
            (horde.reasons[reason] if reason else 0, "closed for it"),
            (horde.reasons[NOT_AGAIN], "not let in again"),
        )
        words = "".join(f", {count:,} {fate}" for count, fate in fates if count)
        canary.check(
            f"{horde.connections:,} connections{words}; server {100 * cpu / SECONDS:.0f} % of a core"
        )


class Strangers(_Horde):
    """They come from one address, with the limits as they are by default for anybody."""

    options = ("--set", "limits.exempt=[]")

    def test_long_talk(self) -> None:
        """16 clients flood the lobby with 4 KB lines, 64 KB at a time."""
        self.flood((b"x" * 4000 + b"\n") * 16)

    def test_acts(self) -> None:
        """16 clients join and leave rooms and change their nicknames."""
        self.flood(b"".join(b"/join #r%d\n/part #r%d\n/nick Ann%d\n" % (n, n, n) for n in range(100)))

    def test_questions(self) -> None:
        """16 clients ask who is there, whisper to a canary, name unknown commands and forget arguments."""
        self.flood(
            b"/users\n/whois Canary\n/names\n/rooms\n/msg Canary psst\n/nosuch thing\n/kick\n/join #\n"
        )

    def test_bad_json(self) -> None:
        """16 clients flood with what is no JSON, or JSON that is no request."""
        bad = b'{"type":\n[1,2]\n{"type":"say","text":5}\n{"type":"x"}\n' + b"[" * 4000 + b"\n"
        self.flood(bad, b'{"type":"command","line":"/nick Flo%d"}\n')

    def test_bare_newlines(self) -> None:
        """16 clients send 64 KiB at a time of nothing but ends of lines."""
        self.flood(b"\n" * 65536)

    def test_refused_names(self) -> None:
        """16 clients who never name themselves ask for nicknames that nobody may have."""
        self.flood(b"Canary\nserver\n#\n\n" * 100, b"")

    def test_telnet_negotiation(self) -> None:
        """16 clients send telnet negotiations and nothing else."""
        self.flood(b"\xff\xfd\x18\xff\xfb\x01\xff\xfa\x18\x00xterm\xff\xf0" * 4096, b"", reason=TELNET)


class Storm(_Horde):
    """They come from an exempt address, so that nothing stops them from coming again at once."""

    def test_talk(self) -> None:
        """16 clients who may come again at once flood the lobby with talk."""
        self.flood(b"flood\n")

    def test_json(self) -> None:
        """16 clients who may come again at once flood with JSON."""
        self.flood(b'{"type":"say","text":"flood"}\n', b'{"type":"command","line":"/nick Flo%d"}\n')

    def test_come_and_go(self) -> None:
        """16 clients come, name themselves, talk and go, as fast as they can."""
        self.flood(b"hello\n/quit\n", leaving=True, reason="")
