"""Promise 2 by the door for IRC: who floods is slowed, then closed with the reason, and the canaries notice nothing."""

from __future__ import annotations

import time

import pytest

from tests.attacks.floods import Horde
from tests.attacks.house import Gauge, pour
from tests.attacks.irc import MODERN, IrcCase, opening

pytestmark = pytest.mark.attack

SECONDS = 5
BURST, RATE = 10, 2
TOO_MANY = "too many of your lines are waiting"
GROWTH = 8.0
"""MiB that the server may grow by."""
HASHING = 48.0
"""MiB that the hashes of passwords take which are reckoned at the same time."""
ENDLESS = "that line does not end"
# Strangers who come again too often, and more of them at once than are told why.
NOT_AGAIN = "too many new connections from your address; try again later"
UNTOLD = ""


class OneFlooder(IrcCase):
    def test_as_fast_as_it_goes(self) -> None:
        """One IRC client says lines as fast as it can: heard as often as its budget allows, closed with the reason."""
        server = self.start()
        witness = self.irc_client(server, "Will")
        with self.canary(server, "2") as canary:
            flooder = self.irc_member(server, "Flo")
            started = time.monotonic()
            flow = pour([flooder], b"PRIVMSG #lobby :flood\r\n", SECONDS)[flooder]
            took = time.monotonic() - started
            canary.sing_for(2)
        self.assertTrue(flow.closed)
        self.assertEqual(flow.reason, TOO_MANY)
        witness.expect(" QUIT :too many lines")
        self.assertLessEqual(witness.text.count("PRIVMSG #lobby :flood"), BURST + RATE * took + 1)
        canary.check(f"closed after {1000 * took:.0f} ms")


class Strangers(IrcCase):
    """Sixteen IRC clients at once, each of which comes again whenever it is closed. They come from one address, with
    the limits as they are by default for anybody."""

    def flood(
        self,
        payload: str | bytes,
        *,
        first: bytes | None = None,
        reason: str = TOO_MANY,
        growth: float = GROWTH,
    ) -> None:
        """Attack; `reason` is the one that must have been told, `growth` is in MiB."""
        server = self.start("--set", "limits.exempt=[]")
        gauge = Gauge(server)
        begin = opening("Flo%d", caps=MODERN).encode() if first is None else first
        data = payload.encode() if isinstance(payload, str) else payload
        with self.canary(server, "2") as canary:
            horde = Horde(server.port("irc"), 16, begin, data)
            before, memory = gauge.cpu, gauge.memory
            horde.attack(SECONDS)
            cpu, grown = gauge.cpu - before, gauge.memory - memory
        print(f"{horde.connections} connections, {horde.sent:,} bytes, {dict(horde.reasons)}")
        self.assertIn(reason, horde.reasons)
        self.assertEqual(set(horde.reasons) - {reason, NOT_AGAIN, UNTOLD}, set())
        self.assertLess(grown, growth)
        told = f", {horde.reasons[reason]} closed for it"
        canary.check(
            f"{horde.connections:,} connections{told}; server {100 * cpu / SECONDS:.0f} % of a core, {grown:+.1f} MiB"
        )

    def test_acts(self) -> None:
        """16 IRC clients join and leave rooms and change their nicknames."""
        self.flood("".join(f"JOIN #r{n},#s{n}\r\nPART #r{n}\r\nNICK Ann{n}\r\n" for n in range(100)))

    def test_questions(self) -> None:
        """16 IRC clients ask for everything that is long, and for what is not there."""
        self.flood(
            "LIST\r\nWHO *\r\nNAMES\r\nWHOIS Canary,Miner\r\nMOTD\r\nHELP\r\nNOSUCH thing\r\nKICK\r\nJOIN #\r\n"
        )

    def test_signals(self) -> None:
        """16 IRC clients send each other tags and requests."""
        tags = ";".join(f"+tag{n}={'x' * 200}" for n in range(16))
        self.flood(f"@{tags} TAGMSG #lobby\r\nPRIVMSG #lobby :\x01VERSION\x01\r\n")

    def test_negotiations(self) -> None:
        """16 IRC clients negotiate capabilities, on and off, and nothing else."""
        self.flood(
            f"CAP LS 302\r\nCAP REQ :{MODERN}\r\nCAP REQ :-server-time\r\nCAP LIST\r\n" * 10, first=b""
        )

    def test_pings(self) -> None:
        """16 IRC clients send pings, before they have told a name."""
        self.flood("PING x\r\nPONG x\r\n" * 100, first=b"")

    def test_logins(self) -> None:
        """16 IRC clients log in with wrong passwords, without waiting for an answer."""
        proof = "AEFubgBjb3JyZWN0LWhvcnNl"
        login = f"CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE {proof}\r\n"
        self.flood(login * 20, first=b"", growth=GROWTH + HASHING)

    def test_endless_logins(self) -> None:
        """16 IRC clients send a login without an end, piece after piece."""
        self.flood(
            "CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\n" + f"AUTHENTICATE {'A' * 400}\r\n" * 100, first=b""
        )

    def test_labels(self) -> None:
        """16 IRC clients label every request with as much as a label may have."""
        self.flood(
            f"@label={'l' * 64} JOIN #r\r\n@label={'l' * 64} PART #r\r\n@label={'l' * 65} WHO #lobby\r\n" * 10
        )

    def test_batches(self) -> None:
        """16 IRC clients open batches of lines, fill them and never close them."""
        lines = "".join(f"@batch=a PRIVMSG #lobby :{'x' * 400}\r\n" for _ in range(90))
        self.flood("BATCH +a draft/multiline #lobby\r\n" + lines)

    def test_long_tags(self) -> None:
        """16 IRC clients send as many bytes of tags as there may be."""
        self.flood("@" + ";".join(f"+t{n}=" for n in range(700)) + " PRIVMSG #lobby :hi\r\n")

    def test_too_long_lines(self) -> None:
        """16 IRC clients send lines of 8 KiB: none is run."""
        self.flood(b"PRIVMSG #lobby :" + b"x" * 8192 + b"\r\n")

    def test_lines_without_an_end(self) -> None:
        """16 IRC clients send lines that do not end."""
        self.flood(b"x" * 65536, reason=ENDLESS)

    def test_bare_ends(self) -> None:
        """16 IRC clients send 64 KiB at a time of nothing but ends of lines."""
        self.flood(b"\r\n" * 32768)
