"""Promise 6: lines are cut where they end and nowhere else; one that is too long is dropped, not run."""

from __future__ import annotations

import socket

import pytest

from chatd.settings import Limits
from tests.attacks.house import AttackCase, Client, Gauge, pour
from tests.attacks.witnesses import FREE
from tests.process.streams import PATIENCE

pytestmark = pytest.mark.attack

LIMITS = Limits()
TEXT, JSON, MORE = LIMITS.line_bytes, LIMITS.json_line_bytes, LIMITS.endless_bytes
GROWTH = 4.0
"""MiB that the server may grow by while lines without an end are sent."""

TOO_LONG = "-> Error: that line is longer than {} bytes; nothing of it was done\r\n"
ENDLESS = "Error: that line does not end."


class Framing(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE)
        self.witness = self.client(self.server, "Will")

    def person(self, nick: str = "Ann") -> Client:
        """Return somebody in the lobby who speaks text."""
        client = self.client(self.server, nick)
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.witness.expect(f"{nick} has joined #lobby")
        return client

    def alive(self, client: Client) -> str:
        """See that a client is still served; return what came to it before the answer."""
        client.say("/version")
        return client.expect(" on Python ")

    def heard(self, *lines: str) -> None:
        """The witness hears these lines next, in this order, and nothing of Ann's in between."""
        for line in lines:
            before = self.witness.expect(f"Ann: {line}\r\n")
            self.assertNotIn("Ann", before)


class InText(Framing):
    def test_every_byte_boundary(self) -> None:
        """Lines cut in two at every byte, and sent byte by byte: each is heard once and whole."""
        packet = "first är\r\nsecond €\nthird 𝄞\r\n".encode()
        ann = self.person()
        with self.canary(self.server, "6") as canary:
            for cut in range(len(packet) + 1):
                for piece in (packet[:cut], packet[cut:]):
                    ann.socket.sendall(piece)
                self.heard("first är", "second €", "third 𝄞")
            for byte in packet * 20:
                ann.socket.sendall(bytes([byte]))
            for _ in range(20):
                self.heard("first är", "second €", "third 𝄞")
            canary.sing_for(2)
        self.assertEqual(self.alive(ann).count("Error"), 0)
        canary.check(f"cut at {len(packet)} places, and {20 * len(packet)} packets of one byte")

    def test_many_lines_in_a_packet(self) -> None:
        """4,000 short lines in one packet, and 64 KiB of bare ends of lines: all run, in order."""
        ann = self.person()
        lines = [str(number) for number in range(4000)]
        with self.canary(self.server, "6") as canary:
            ann.socket.sendall(b"\n" * 65536 + "".join(f"{line}\n" for line in lines).encode())
            self.heard(*lines)
            canary.sing_for(2)
        self.alive(ann)
        canary.check("4,000 lines at once, in order")

    def test_ends_of_lines(self) -> None:
        """LF and CR LF end a line; no other control character does: the line that it stands in is refused."""
        ann = self.person()
        with self.canary(self.server, "6") as canary:
            ann.socket.sendall(b"lf\ncrlf\r\n\n\r\n\r\n\nlast\n")
            self.heard("lf", "crlf", "last")
            inside = [b"\r", b"\0", b"\r\r", b"\r\0", b"\x0b", b"\x0c", b"\x1c", b"\x85", "\x85".encode()]
            for each in inside:
                ann.socket.sendall(b"one" + each + b"/quit said the tail" + each + b"\r\n")
            errors = self.alive(ann).count("-> Error: ")
            ann.say("after")
            self.heard("after")
            canary.sing_for(2)
        self.assertEqual(errors, len(inside))
        canary.check(f"{len(inside)} ways to split a line refused")

    def test_unicode_separators(self) -> None:
        """U+2028 and U+2029 become blanks: what follows them is the same line."""
        ann = self.person()
        ann.say("one\u2028/quit\u2029two")
        self.heard("one /quit two")
        self.alive(ann)
        self.held("6")

    def test_at_the_limit(self) -> None:
        """A line of exactly the limit is run; of one byte more nothing is; the lines around it are."""
        ann = self.person()
        longest = b"/me" + b" " * (TEXT - 9) + b"/waves"
        self.assertEqual(len(longest), TEXT)
        with self.canary(self.server, "6") as canary:
            for end in (b"\n", b"\r\n"):
                ann.socket.sendall(end.join((b"before", longest, b"between", longest + b"!", b"after", b"")))
                self.heard("before")
                self.witness.expect("~ Ann /waves\r\n")
                self.heard("between", "after")
            canary.sing_for(2)
        self.assertEqual(self.alive(ann).count(TOO_LONG.format(TEXT)), 2)
        canary.check(f"{TEXT} bytes run, {TEXT + 1} refused")

    def test_the_tail_is_not_run(self) -> None:
        """Of 300 lines over the limit, the last bytes of each a command in a packet of its own, nothing is run."""
        ann = self.person()
        sizes = [TEXT + 20, TEXT + 512, 8192, TEXT + MORE - 1]
        with self.canary(self.server, "6") as canary:
            for number in range(300):
                more = b"x" * (sizes[number % 4] - TEXT - 20)
                for piece in (b"x" * TEXT, b"x", more, f"/me said the tail\nline {number}\n".encode()):
                    ann.socket.sendall(piece)
                self.heard(f"line {number}")
            canary.sing_for(2)
        self.assertEqual(self.alive(ann).count(TOO_LONG.format(TEXT)), 300)
        canary.check("300 lines over the limit refused, the connection kept")

    def test_without_an_end(self) -> None:
        """Lines that never end, from 16 clients at once: closed with the reason, and little memory is used."""
        self.endless([self.member(self.server, f"Max{number}") for number in range(16)])

    def test_a_megabyte(self) -> None:
        """A line of 1 MiB and its end, then a command: closed with the reason, the command is not run."""
        with self.canary(self.server, "6") as canary:
            for number in range(20):
                client = self.client(self.server, f"Max{number}")
                try:
                    client.socket.sendall(b"x" * 1048576 + b"\n/me is late\n")
                except OSError:
                    pass  # closed
                heard = client.rest()
                self.assertTrue(heard.endswith(f"-> {ENDLESS}\r\n"), heard)
            canary.sing_for(2)
        self.assertNotIn("is late", self.witness.text)
        canary.check("20 lines of 1 MiB")

    def test_before_naming(self) -> None:
        """The same from somebody who has no nickname yet."""
        self.endless([self.connect(self.server) for _ in range(16)])

    def endless(self, sockets: list[socket.socket]) -> None:
        gauge = Gauge(self.server)
        gauge.reset_peak()
        before = gauge.memory
        with self.canary(self.server, "6") as canary:
            flows = pour(sockets, b"x" * 65536, PATIENCE).values()
            grown = gauge.peak - before
            canary.sing_for(4)
        for flow in flows:
            self.assertTrue(flow.closed)
            self.assertTrue(flow.last.endswith(f"-> {ENDLESS}\r\n".encode()), flow.last)
        self.assertLess(grown, GROWTH)
        canary.check(f"{sum(flow.sent for flow in flows):,} bytes sent, the server grew by {grown:.1f} MiB")
