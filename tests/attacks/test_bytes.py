"""Promise 7: bytes that are no text, or no text to show, are refused and reach nobody. Telnet is taken out."""

from __future__ import annotations

import json
import random

import pytest

from tests.attacks.house import AttackCase, Client, Gauge, pour
from tests.attacks.witnesses import FREE, Witness
from tests.behaviour.hostile import check_json, check_text
from tests.process.server import Server
from tests.process.streams import PATIENCE

pytestmark = pytest.mark.attack

NOT_UTF8 = (
    # Overlong forms of NUL, /, ESC, LF and U+FFFF (RFC 3629 §3).
    *(b"\xc0\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xc0\x9b", b"\xe0\x80\x9b"),
    *(b"\xc0\x8a", b"\xe0\x80\x8a", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf"),
    # Surrogates, alone and as a pair; above U+10FFFF; five and six bytes.
    *(
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa1\x8c\xed\xbe\xb4",
        b"\xf4\x90\x80\x80",
        b"\xf7\xbf\xbf\xbf",
    ),
    *(b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xfe\xfe"),
    # Cut off, or continuing nothing.
    *(b"\xc3", b"\xe2\x82", b"\xf0\x9d\x84", b"\xe2\x82 ", b"\x80", b"\xbf\xbf", b"\xc3\xc3\xa4", b"\x9b31m"),
)
NONCHARACTERS = (
    "\ufdd0",
    "\ufdef",
    *(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)),
)
WAYS = (b"%b", b"a%bz", b"/me %b", b"/msg Will %b", b"/topic %b", b"/nick a%b", b"/join #a%b", b"/away %b",
        b"/ignore %b", b"/nosuch%b", b"/help %b", b"/%b", b"//%b")  # fmt: skip
ASK = b'{"type":"command","line":"/version","ref":"mark"}\n'
IAC = b"\xff"
TIMING_MARK = 6
OPTIONS = 256
GROWTH = 4.0
"""MiB that the server may grow by while it is sent telnet."""


class BytesCase(AttackCase):
    """With Will in the lobby, who sees what Ann says."""

    server: Server

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE)
        self.will = self.witness("Will")

    def witness(self, nick: str = "") -> Witness:
        """Return a client that keeps its bytes; with a nickname, in the lobby."""
        witness = Witness(self.connect(self.server))
        self.addCleanup(witness.close)
        if nick:
            witness.enter(nick)
        return witness

    def program(self, nick: str) -> Witness:
        """Return one that speaks JSON, in the lobby."""
        client = self.witness()
        client.say(f'{{"type":"command","line":"/nick {nick}","ref":"in"}}')
        client.expect('"ref":"in"}\n')
        return client

    def answered(self, ann: Client, packet: bytes) -> str:
        """Send bytes; return what Ann is told before the answer to a good line behind them."""
        ann.socket.sendall(packet + b"/version\n")
        return ann.expect(" on Python ").rpartition("-> chatd")[0]

    def heard(self, said: str) -> str:
        """Wait until Will has heard Ann say that; return what he was sent before it."""
        return self.will.expect(f"Ann: {said}\r\n")


class EachByte(BytesCase):
    def test_in_text(self) -> None:
        """Every byte alone on a line and inside of one: printed ones are said, the others are refused."""
        ann = self.witness("Ann")
        self.will.expect("Ann has joined #lobby (2 here)\r\n")
        with self.canary(self.server, "7") as canary:
            for number in range(256):
                byte = bytes([number])
                said = self.said_of(ann, byte, b"a%bz" % byte)
                if byte == b"\n":
                    self.assertEqual(said, "Ann: a\r\nAnn: z\r\n")
                elif 0x20 <= number < 0x7F or byte == b"\t":
                    self.assertEqual(said, f"Ann: a{byte.decode()}z\r\n")
                elif byte == b"\xff":  # IAC in front of no command
                    self.assertEqual(said, "Ann: az\r\n")
                else:
                    self.assertEqual(said, "", byte)
                alone = self.said_of(ann, byte, byte)
                self.assertEqual(
                    alone, f"Ann: {byte.decode()}\r\n" if 0x20 < number < 0x7F and byte != b"/" else ""
                )
            canary.sing_for(2)
        check_text(bytes(self.will.received))
        check_text(bytes(ann.received))
        canary.check("256 bytes, each alone and inside of a line")

    def said_of(self, ann: Client, byte: bytes, line: bytes) -> str:
        """Return what Will hears of Ann when she sends a line; see that she is told if that is nothing."""
        told = self.answered(ann, line + b"\n")
        ann.say("mark")
        lines = self.heard("mark").splitlines(keepends=True)
        said = "".join(line for line in lines if line.startswith("Ann:"))
        refused = "-> Error: " in told
        blank = not line.strip(b"\xff \t\r\n")
        self.assertEqual(refused, not said and not blank, (line, told))
        return said

    def test_in_json(self) -> None:
        """The same inside of a JSON string, raw and as an escape."""
        ann = self.program("Ann")
        self.will.expect("Ann has joined #lobby (2 here)\r\n")
        printed = 0
        with self.canary(self.server, "7") as canary:
            for number in range(256):
                raw = bytes([number])
                escaped = json.dumps(chr(number)).encode()[1:-1]
                for inside in {raw, escaped} - {b"\n", b'"', b"\\"}:
                    ann.socket.sendall(b'{"type":"say","text":"a%bz"}\n' % inside + ASK)
                    answer = ann.expect('"ref":"mark"}\n')
                    said, refused = answer.count('"from":{"nick":"Ann"'), answer.count('"type":"error"')
                    self.assertEqual(said + refused, 1, (inside, answer))
                    printed += said
            ann.say('{"type":"say","text":"mark"}')
            heard = self.heard("mark").count("Ann: ")
            canary.sing_for(2)
        self.assertEqual(heard, printed)
        check_text(bytes(self.will.received))
        check_json(ann.json)
        canary.check(f"{printed} said, the others refused")


class NoText(BytesCase):
    def test_invalid_utf8(self) -> None:
        """Overlong forms, surrogates, what is above U+10FFFF or cut off, by every way: refused, and heard by nobody."""
        ann = self.witness("Ann")
        self.will.expect("Ann has joined #lobby")
        with self.canary(self.server, "7") as canary:
            for bad in NOT_UTF8:
                packet = b"".join(way % bad + b"\n" for way in WAYS)
                told = self.answered(ann, packet)
                self.assertEqual(told.count("-> Error: that line is not valid UTF-8\r\n"), len(WAYS), bad)
            ann.say("mark")
            self.assertNotIn("Ann", self.heard("mark").partition("here)\r\n")[2])
            canary.sing_for(2)
        check_text(bytes(ann.received))
        canary.check(f"{len(NOT_UTF8)} sequences, {len(WAYS)} ways")

    def test_before_naming(self) -> None:
        """The same in the place of a nickname, and with telnet before it."""
        with self.canary(self.server, "7") as canary:
            for bad in NOT_UTF8:
                for packet in (bad, b"Al" + bad, b"\xff\xfd\x01" + bad):
                    stranger = self.witness()
                    stranger.expect("Enter your nickname: ")
                    stranger.socket.sendall(packet + b"\n")
                    stranger.expect("-> Error: that line is not valid UTF-8\r\nEnter your nickname: ")
                    check_text(bytes(stranger.received))
                    stranger.close()
            canary.sing_for(2)
        canary.check(f"{3 * len(NOT_UTF8)} refused")

    def test_noncharacters(self) -> None:
        """The 66 noncharacters, in text and as JSON's escapes: refused and named."""
        ann, jo = self.witness("Ann"), self.program("Jo")
        with self.canary(self.server, "7") as canary:
            for sign in NONCHARACTERS:
                words = f"the character U+{ord(sign):04X} cannot be sent"
                self.assertIn(f"-> Error: {words}\r\n", self.answered(ann, f"a{sign}z\n".encode()))
                jo.say(json.dumps({"type": "say", "text": f"a{sign}z", "ref": 1}))
                self.assertIn(words, jo.expect('"ref":1}\n'))
            canary.sing_for(2)
        check_text(bytes(self.will.received))
        self.assertNotIn(": a", self.will.text)
        canary.check(f"{len(NONCHARACTERS)} refused")

    def test_random_bytes(self) -> None:
        """10,000 random lines of random bytes from three clients: nothing that drives a terminal comes out anywhere."""
        source = random.Random(7)
        people = [self.witness(f"Ann{number}") for number in range(2)]
        jo = self.program("Jo")
        with self.canary(self.server, "7") as canary:
            for _ in range(100):
                for client in (*people, jo):
                    lines = [source.randbytes(source.randrange(1, 80)) for _ in range(33)]
                    # They stay: who says /quit by chance has only begun to be random.
                    client.socket.sendall(b"\n".join(lines).replace(b"/q", b"/Z") + b"\n")
            for client in people:
                client.say("", "/nosuch-mark")
                client.expect('unknown command "/nosuch-mark"')
            jo.say("", '{"type":"command","line":"/version","ref":"mark"}')
            jo.expect('"ref":"mark"}\n')
            canary.sing_for(2)
        for client in (self.will, *people):
            check_text(bytes(client.received))
        check_json(jo.json)
        canary.check("9,900 lines")


class Telnet(BytesCase):
    def setUp(self) -> None:
        super().setUp()
        self.gauge = Gauge(self.server)
        self.ann = self.witness("Ann")
        self.will.expect("Ann has joined #lobby (2 here)\r\n")
        self.gauge.reset_peak()
        self.before = self.gauge.memory

    def replies(self) -> bytes:
        """Return the telnet that Ann was sent."""
        return bytes(self.ann.received).partition(b"\xff")[1] + bytes(self.ann.received).partition(b"\xff")[2]

    def grown(self) -> str:
        grown = self.gauge.peak - self.before
        self.assertLess(grown, GROWTH)
        return f"the server grew by {grown:.1f} MiB"

    def test_between_letters(self) -> None:
        """Commands, negotiations and subnegotiations between any two bytes of a line leave the line as it was."""
        sequences = [bytes((255, code)) for code in (*range(236, 250),)]
        sequences += [
            bytes((255, verb, option)) for verb in range(251, 255) for option in (0, 1, 10, 13, 24, 31, 255)
        ]
        sequences += [
            b"\xff\xfa\x18\0xterm\xff\xf0",
            b"\xff\xfa\x1f\0\n\0\r\xff\xf0",
            b"\xff\xfa\x27\xff\xff\n/quit\n\xff\xf0",
        ]
        with self.canary(self.server, "7") as canary:
            for sequence in sequences:
                word = "wörd".encode()
                packet = b"".join(
                    word[:cut] + sequence + word[cut:] + b"\r\n" for cut in range(len(word) + 1)
                )
                self.ann.socket.sendall(packet)
                for _ in range(len(word) + 1):
                    self.heard("wörd")
            canary.sing_for(2)
        check_text(bytes(self.will.received))
        self.assertNotIn(b"\xff", bytes(self.will.received))
        canary.check(f"{len(sequences)} sequences in {len('wörd'.encode()) + 1} places")

    def test_each_option(self) -> None:
        """Every option asked for 300 times, both ways: each is refused once."""
        options = [option for option in range(OPTIONS) if option != TIMING_MARK]
        asked = b"".join(bytes((255, verb, option)) for verb in (251, 253) for option in options)
        with self.canary(self.server, "7") as canary:
            for _ in range(300):
                self.answered(self.ann, asked + b"\n")
            canary.sing_for(2)
        replies = self.replies()
        self.assertLessEqual(replies.count(b"\xff"), 2 * OPTIONS + 2)
        self.assertNotIn(b"\xff\xfb", replies)
        self.assertNotIn(b"\xff\xfd", replies)
        canary.check(f"{300 * 2 * len(options):,} requests, {replies.count(IAC):,} answers; {self.grown()}")

    def test_timing_marks(self) -> None:
        """The timing mark has to be answered each time: once a packet, not more."""
        packet = b"\xff\xfd\x06" * 3000 + b"\n"
        with self.canary(self.server, "7") as canary:
            for _ in range(100):
                self.answered(self.ann, packet)
            canary.sing_for(2)
        replies = self.replies().count(b"\xff\xfc\x06")
        self.assertLess(replies, 1000)
        canary.check(f"300,000 requests, {replies} answers; {self.grown()}")

    def test_too_much(self) -> None:
        """Telnet without the end of a line, of every kind: closed with the reason, and little memory is used."""
        floods = (
            b"\xff\xf4\xff\xf2",  # interrupts
            b"\xff\xfa\xff\xf0",  # empty subnegotiations
            b"\xff\xfa\x18" + b"\xff\xff" * 500 + b"\xff\xf0",
            b"\xff\xfd\x06",
            b"\xff\xfb\x18\xff\xfc\x18",
            b"\xff\xf1",  # nothing, in two bytes
        )
        with self.canary(self.server, "7") as canary:
            for number, flood in enumerate(floods):
                client = self.witness(f"Flo{number}")
                flow = pour([client.socket], flood * (65536 // len(flood)), PATIENCE)[client.socket]
                self.assertTrue(flow.closed, flood[:4])
                self.will.expect(f"Flo{number} has quit (too much telnet)")
            canary.sing_for(3)
        check_text(bytes(self.will.received))
        canary.check(f"{len(floods)} kinds; {self.grown()}")

    def test_not_in_json(self) -> None:
        """A program speaks no telnet: what would be telnet is not UTF-8, and answered by errors in JSON alone."""
        jo = self.program("Jo")
        requests = (
            b'\xff\xfd\x18{"type":"say","text":"x"}',
            b'{"type":"say","text":"a\xff\xfeb"}',
            b'{"type":"say","te\xffxt":"x"}',
            b'{"type":"say","text":"a\xff\xfa\x18x\xff\xf0b"}',
        )
        with self.canary(self.server, "7") as canary:
            for request in requests:
                jo.socket.sendall(request + b"\n" + ASK)
                self.assertEqual(jo.expect('"ref":"mark"}\n').count('"type":"error"'), 1, request)
            canary.sing_for(2)
        check_json(jo.json)
        self.assertNotIn("Jo: ", self.will.text)
        canary.check()

    def test_subnegotiation_without_an_end(self) -> None:
        """A subnegotiation that never ends: past 1 KiB it is text again, and that a line without an end."""
        with self.canary(self.server, "7") as canary:
            try:
                for _ in range(64):
                    self.ann.socket.sendall(b"\xff\xfa" + b"x" * 65536)
            except OSError:
                pass  # closed
            self.assertTrue(self.ann.rest().endswith("-> Error: that line does not end.\r\n"))
            canary.sing_for(3)
        canary.check(self.grown())
