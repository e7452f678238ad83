"""Telnet on a line port: taken out of the text, refused politely, never in the way of the next line."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.wire.telnet import HIDE, SHOW, SUBNEGOTIATION_LIMIT, TelnetFilter

IAC, SB, SE = b"\xff", b"\xfa", b"\xf0"
WILL, WONT, DO, DONT = b"\xfb", b"\xfc", b"\xfd", b"\xfe"
ECHO, SGA, TIMING_MARK, NAWS = b"\x01", b"\x03", b"\x06", b"\x1f"

# Just before the limit of a subnegotiation, to be met from both sides.
almost = (IAC + SB + b"x" * (SUBNEGOTIATION_LIMIT - 2), IAC + SB + IAC * (2 * SUBNEGOTIATION_LIMIT - 2))
plain = (b"a", b"\r", b"\n", b"\0", b"\r\0", IAC + IAC)
parts = (IAC, IAC, SB, SE, IAC + SB, IAC + SE, DO, IAC + WILL, ECHO)
pieces = st.one_of(st.sampled_from((*plain, *parts, *almost)), st.binary(max_size=3))
packets = st.lists(st.lists(pieces, max_size=8).map(b"".join), max_size=8)


class Model:
    """The same filter told byte by byte: what is expected next, and the text so far."""

    def __init__(self) -> None:
        self.expects = "text"
        self.inside = 0
        self.seen = False
        self.text = bytearray()
        self.cr = False
        self.asked: list[tuple[int, int]] = []

    def feed(self, data: bytes) -> None:
        for byte in data:
            getattr(self, "on_" + self.expects)(byte)

    def on_text(self, byte: int) -> None:
        if byte == 0xFF:
            self.expects, self.seen = "code", True
        else:
            self.put(byte)

    def on_code(self, code: int) -> None:
        self.expects = "text"
        if code == 0xFF or code < 0xEC:
            self.put(code)
        elif code == 0xFA:
            self.expects, self.inside = "inside", 0
        elif code > 0xFA:
            self.expects = f"option{code}"

    def on_option251(self, option: int) -> None:
        self.asked.append((0xFB, option))
        self.expects = "text"

    def on_option253(self, option: int) -> None:
        self.asked.append((0xFD, option))
        self.expects = "text"

    def on_option252(self, _option: int) -> None:
        self.expects = "text"

    on_option254 = on_option252

    def on_inside(self, byte: int) -> None:
        if byte == 0xFF:
            self.expects = "inside_code"
        else:
            self.passed()

    def on_inside_code(self, code: int) -> None:
        if code == 0xFF:
            self.passed()
        else:
            self.on_code(code)

    def passed(self) -> None:
        self.inside += 1
        self.expects = "text" if self.inside == SUBNEGOTIATION_LIMIT else "inside"

    def put(self, byte: int) -> None:
        if byte == 0 and self.cr:
            byte = 0x0A
        self.cr = self.seen and byte == 0x0D
        self.text.append(byte)


class TextTests(SynchronousTestCase):
    def clean(self, *cuts: bytes) -> bytes:
        """Return the text that is left of the packets."""
        telnet = TelnetFilter()
        return b"".join(telnet.feed(packet)[0] for packet in cuts)

    def test_without_telnet(self) -> None:
        """Plain bytes pass unchanged and do not make the filter active, NUL included."""
        telnet = TelnetFilter()
        self.assertEqual(telnet.feed(b"a\r\0b\r\nc"), (b"a\r\0b\r\nc", b""))
        self.assertFalse(telnet.active)

    def test_commands(self) -> None:
        """Every two-byte command is removed: end of file (236) to go ahead (249)."""
        for code in range(0xEC, 0xFA):
            self.assertEqual(self.clean(b"a" + IAC + bytes([code]) + b"b\n"), b"ab\n")

    def test_negotiations(self) -> None:
        """A negotiation is removed with its option, be that a line feed or 255."""
        for verb in (WILL, WONT, DO, DONT):
            for option in (b"\x01", b"\n", b"\xff"):
                self.assertEqual(self.clean(b"a" + IAC + verb + option + b"b\n"), b"ab\n")

    def test_cut_anywhere(self) -> None:
        """Each kind of sequence is removed when it comes in two packets."""
        for code in (
            b"\xf1",
            DO + ECHO,
            DONT + ECHO,
            WILL + ECHO,
            WONT + ECHO,
            SB + NAWS + IAC + IAC + IAC + SE,
        ):
            data = b"a" + IAC + code + b"b"
            for cut in range(len(data)):
                self.assertEqual(self.clean(data[:cut], data[cut:]), b"ab", (data, cut))

    def test_doubled(self) -> None:
        """IAC IAC is one byte of text, also before what looks like a command."""
        self.assertEqual(self.clean(IAC + IAC + DO + ECHO + b"a" + IAC * 4), IAC + DO + ECHO + b"a" + IAC * 2)

    def test_subnegotiation(self) -> None:
        """A subnegotiation is removed up to its SE, with doubled IACs and line feeds in it."""
        inside = NAWS + b"\0\x50" + IAC + IAC + SE + b"/quit\n"
        self.assertEqual(self.clean(b"a" + IAC + SB + inside + IAC + SE + b"b"), b"ab")

    def test_subnegotiation_broken_off(self) -> None:
        """Another command in it ends a subnegotiation and is obeyed."""
        telnet = TelnetFilter()
        self.assertEqual(telnet.feed(IAC + SB + b"x" + IAC + DO + SGA + b"b"), (b"b", IAC + WONT + SGA))

    def test_subnegotiation_without_end(self) -> None:
        """After the limit the text goes on, to the byte."""
        data = IAC + SB + b"x" * SUBNEGOTIATION_LIMIT + b"hello\n"
        self.assertEqual(self.clean(data), b"hello\n")
        self.assertEqual(self.clean(*(bytes([byte]) for byte in data)), b"hello\n")

    def test_interrupt_does_not_stall(self) -> None:
        """After Ctrl-C the next line comes through, with the data mark in line or lost."""
        for mark in (b"\xf2", b""):
            self.assertEqual(
                self.clean(IAC + b"\xf4" + IAC + DO + TIMING_MARK + IAC + mark, b"hello\r\n"), b"hello\r\n"
            )

    def test_enter_key(self) -> None:
        """Once telnet was seen, CR NUL ends a line, cut in two or with a command in between."""
        self.assertEqual(self.clean(b"a\r\0" + HIDE + b"b\r\0c\r", b"\0d\0"), b"a\r\0b\r\nc\r\nd\0")
        self.assertEqual(self.clean(HIDE + b"a\r" + HIDE + b"\0"), b"a\r\n")
        self.assertEqual(self.clean(HIDE + b"a\r", HIDE, b"\0"), b"a\r\n")

    def test_active_at_once(self) -> None:
        """A packet that ends with IAC makes the filter ask for the next one."""
        telnet = TelnetFilter()
        telnet.feed(b"a" + IAC)
        self.assertTrue(telnet.active)

    @given(packets)
    @example([IAC + SB + b"x" * (SUBNEGOTIATION_LIMIT - 1) + IAC, IAC + b"a"])
    @example([IAC + SB + b"x" * (SUBNEGOTIATION_LIMIT - 1) + IAC, SE + b"a"])
    @example([IAC + SB + b"x" * SUBNEGOTIATION_LIMIT, IAC + SE + b"a"])
    def test_as_the_model(self, cuts: list[bytes]) -> None:
        """After every packet the text is that of the model, for any bytes and cuts."""
        telnet, model = TelnetFilter(), Model()
        text = b""
        for packet in cuts:
            text += telnet.feed(packet)[0]
            model.feed(packet)
            self.assertEqual(text, bytes(model.text))

    @given(packets)
    def test_may_be_left_out(self, cuts: list[bytes]) -> None:
        """Packets without 0xFF that come while it is not active need not be fed."""
        fed, spared = TelnetFilter(), TelnetFilter()
        for packet in cuts:
            needed = b"\xff" in packet or spared.active
            self.assertEqual(spared.feed(packet) if needed else (packet, b""), fed.feed(packet))


class ReplyTests(SynchronousTestCase):
    def test_refusals(self) -> None:
        """DO is refused by WONT and WILL by DONT, in order; WONT and DONT need no answer."""
        asked = IAC + WILL + NAWS + IAC + DO + SGA + IAC + WONT + ECHO + IAC + DONT + SGA
        self.assertEqual(TelnetFilter().feed(asked)[1], IAC + DONT + NAWS + IAC + WONT + SGA)

    def test_once(self) -> None:
        """An option is refused once in each direction, in one packet or several."""
        telnet = TelnetFilter()
        asked = IAC + DO + SGA
        self.assertEqual([telnet.feed(d)[1] for d in (asked * 2, asked)], [IAC + WONT + SGA, b""])
        self.assertEqual(telnet.feed(IAC + WILL + SGA)[1], IAC + DONT + SGA)

    def test_own_offer(self) -> None:
        """The answer to HIDE and to SHOW gets no answer, else the password would be shown again."""
        self.assertEqual(TelnetFilter().feed(IAC + DO + ECHO + IAC + DONT + ECHO), (b"", b""))
        self.assertEqual(TelnetFilter(offers=()).feed(IAC + DO + ECHO)[1], IAC + WONT + ECHO)

    def test_timing_mark(self) -> None:
        """A timing mark is refused each time it is asked for, but once a packet."""
        telnet = TelnetFilter()
        asked = IAC + DO + TIMING_MARK
        self.assertEqual([telnet.feed(d)[1] for d in (asked * 3, asked)], [IAC + WONT + TIMING_MARK] * 2)

    def test_no_loop(self) -> None:
        """Two filters that answer each other fall silent, however it began."""
        one, other = TelnetFilter(offers=()), TelnetFilter(offers=())
        said = b"".join(IAC + verb + bytes([option]) for verb in (DO, WILL) for option in range(256))
        said = one.feed(said)[1]
        self.assertEqual(len(said), 3 * 512)
        self.assertEqual(other.feed(said), (b"", b""))

    def test_hiding(self) -> None:
        """The sequences to hide what is typed and to show it again (RFC 857)."""
        self.assertEqual((HIDE, SHOW), (IAC + WILL + ECHO, IAC + WONT + ECHO))

    @given(packets)
    def test_as_the_model(self, cuts: list[bytes]) -> None:
        """Each request is refused once, in the order of the requests, for any bytes and cuts."""
        telnet, model = TelnetFilter(offers=()), Model()
        reply = b"".join(telnet.feed(packet)[1] for packet in cuts)
        model.feed(b"".join(cuts))
        marks = IAC + WONT + TIMING_MARK
        wanted = [
            bytes((0xFF, 0xFC if verb == 0xFD else 0xFE, option))
            for verb, option in dict.fromkeys(model.asked)
        ]
        given_ = [reply[at : at + 3] for at in range(0, len(reply), 3)]
        self.assertEqual([x for x in given_ if x != marks], [x for x in wanted if x != marks])
        self.assertEqual(marks in given_, marks in wanted)


@pytest.mark.alone
class SpeedTests(SynchronousTestCase):
    def test_worst_packets(self) -> None:
        """64 KiB of telnet take less than 30 ms, whatever it is."""
        for unit in (
            IAC,
            IAC + DO + b"\x05",
            IAC + SB + IAC + SE,
            IAC + SB + b"x" * 900,
            IAC + b"\xf1",
            IAC + SB,
        ):
            packet = unit * (65536 // len(unit))
            times = []
            for _ in range(5):
                telnet = TelnetFilter()
                start = time.perf_counter()
                telnet.feed(packet)
                times.append(time.perf_counter() - start)
            self.assertLess(min(times), 0.03, unit)
