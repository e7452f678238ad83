"""Promise 6 in the JSON dialect: where requests end, how long they may be, and what is no request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatd.settings import Limits
from tests.attacks.house import Client, Gauge
from tests.attacks.test_framing import ENDLESS, GROWTH, Framing

pytestmark = pytest.mark.attack

JSON = Limits().json_line_bytes
MALFORMED = (
    *(
        b"x",
        b"[]",
        b'"x"',
        b"1",
        b"null",
        b"true",
        b"{",
        b"}",
        b"{}",
        b"[{}]",
        b'{"type":"say"',
        b"{]",
        b"{,}",
    ),
    *(
        b'{"type":"say","text":"x"}x',
        b'{"type":"say","text":"x"}{"type":"say","text":"x"}',
        b"\xef\xbb\xbf{}",
    ),
    *(
        b'{"type":"say"}',
        b'{"type":"nosuch"}',
        b'{"text":"x"}',
        b'{"type":null}',
        b'{"type":1}',
        b'{"type":[]}',
    ),
    *(b'{"type":"say","text":1}', b'{"type":"say","text":null}', b'{"type":"say","text":["x"]}'),
    *(b'{"type":"say","text":{"x":1}}', b'{"type":"say","text":"x","room":1}', b"{'type':'say','text':'x'}"),
    *(b'{"type":"say","text":"x","ref":%b}' % ref for ref in (b"NaN", b"Infinity", b"-Infinity", b"1e400")),
    *(b'{"type":"say","text":"x","ref":%b}' % ref for ref in (b"[]", b"{}", b"true", b"1" * 5000, b"1.5e3x")),
    *(
        b'{"type":"say","text":"x","ref":%b}' % ref
        for ref in (b'"%b"' % (b"x" * 65), b'"\\u00e9"', b'"a\\n"')
    ),
    *(
        b'{"type":"say","text":"\x80"}',
        b'{"type":"say","text":"\xed\xa0\x80"}',
        b'{"type":"say","text":"\x00"}',
    ),
    *(b'{"type":"say","text":"\x1b"}', b'{"type":"say","text":"\\x1b"}', b'{"type":"say","text":"\\ud800"}'),
    *(b'{"type":"say","text":"a\tb"}', b'{"type":"say","text":"a\\u00"}', b'{"type":"say","te\x80xt":"x"}'),
    *(b'{"type":"pong"}', b'{"type":"pong","token":1}', b'{"type":"command","line":["/quit"]}'),
)
"""Requests of which nothing is run."""


def say(text: str, **more: object) -> bytes:
    """Return a JSON request that says something."""
    return json.dumps({"type": "say", "text": text, **more}).encode() + b"\n"


class InJson(Framing):
    def program(self, nick: str = "Ann") -> Client:
        """Return somebody in the lobby who speaks JSON."""
        client = self.client(self.server)
        client.say(f'{{"type":"command","line":"/nick {nick}","ref":"in"}}')
        client.expect('"ref":"in"}\n')
        self.witness.expect(f"{nick} has joined #lobby")
        return client

    def answers(self, ann: Client, *lines: bytes) -> list[dict[str, Any]]:
        """Send lines and a good request; return the objects that came before the answer to that."""
        ann.socket.sendall(b"".join(lines) + b'{"type":"command","line":"/version","ref":"alive"}\n')
        heard = ann.expect('"ref":"alive"}\n')
        return [json.loads(line) for line in heard.split("\n")[:-1]]

    def refusals(self, ann: Client, *lines: bytes) -> list[str]:
        """Send lines and a good request; return the codes of the errors in between."""
        return [each["code"] for each in self.answers(ann, *lines) if each["type"] == "error"]

    def test_every_byte_boundary(self) -> None:
        """A request cut in two at every byte is heard once and whole."""
        packet = say('\U0001d11e { "}\n') + '{"type":"say","text":"€"}\r\n'.encode()
        packet = packet.replace(b"\\n", b"")
        ann = self.program()
        with self.canary(self.server, "6") as canary:
            for cut in range(len(packet) + 1):
                for piece in (packet[:cut], packet[cut:]):
                    ann.socket.sendall(piece)
                self.heard('\U0001d11e { "}', "€")
            canary.sing_for(2)
        self.assertEqual(self.refusals(ann), [])
        canary.check(f"cut at {len(packet)} places")

    def test_at_the_limit(self) -> None:
        """A request of exactly the limit is run; of one byte more nothing is; those around it are."""
        ann = self.program()
        longest = say("padded").rstrip() + b" " * (JSON - len(say("padded")) + 1)
        self.assertEqual(len(longest), JSON)
        with self.canary(self.server, "6") as canary:
            for end in (b"\n", b"\r\n"):
                packet = end.join(
                    (say("before").rstrip(), longest, longest + b" ", say("after").rstrip(), b"")
                )
                self.assertEqual(self.refusals(ann, packet), ["too-long"])
                self.heard("before", "padded", "after")
            canary.sing_for(2)
        canary.check(f"{JSON} bytes run, {JSON + 1} refused")

    def test_without_an_end(self) -> None:
        """Strings and arrays that never end: closed with the reason, and little memory is used."""
        gauge = Gauge(self.server)
        programs = [self.program(f"Max{number}") for number in range(3)]
        gauge.reset_peak()
        before = gauge.memory
        with self.canary(self.server, "6") as canary:
            for program, payload in zip(programs, (b'{"text":"', b"[" * 65536, b"{" * 65536), strict=True):
                try:
                    for _ in range(100):
                        program.socket.sendall(payload * (65536 // len(payload)))
                except OSError:
                    pass  # closed
                self.assertIn(ENDLESS, program.rest())
            grown = gauge.peak - before
            canary.sing_for(3)
        self.assertLess(grown, GROWTH)
        canary.check(f"the server grew by {grown:.1f} MiB")

    def test_malformed(self) -> None:
        """No object, no JSON, nested deeply, wrong types, huge numbers: each is answered by one error."""
        ann = self.program()
        with self.canary(self.server, "6") as canary:
            for line in MALFORMED:
                codes = self.refusals(ann, line + b"\n", say("after"))
                self.assertEqual(len(codes), 1, line[:80])
                self.assertIn(codes[0], ("bad-request", "bad-text"), line[:80])
                self.heard("after")
            canary.sing_for(2)
        canary.check(f"{len(MALFORMED)} malformed requests refused")

    def test_depth(self) -> None:
        """Arrays and objects as deep as a line has room for: one error each, whatever key they stand behind."""
        ann = self.program()
        deep = [b"[" * 16000 + b"]" * 16000, b'{"a":' * 5000 + b"1" + b"}" * 5000]
        lines = [b'{"type":"say","text":"after","x":' + each + b"}\n" for each in deep]
        lines += [b'{"type":"say","text":"after","ref":' + each + b"}\n" for each in deep]
        lines += [b'{"type":' + each + b',"text":"after"}\n' for each in deep]
        with self.canary(self.server, "6") as canary:
            for _ in range(20):
                for line in lines:
                    self.assertEqual(self.refusals(ann, line), ["bad-request"], line[:40])
            canary.sing_for(2)
        self.assertNotIn("Ann: after", self.witness.text)
        canary.check(f"{20 * len(lines)} requests 5,000 and 16,000 deep refused")

    def test_the_same_key_twice(self) -> None:
        """A key that stands twice: what is run is one of the two, once."""
        ann = self.program()
        line = b'{"type":"say","type":"say","text":"one","text":"two","ref":1,"ref":2}\n'
        answered = self.answers(ann, line)
        self.assertEqual(
            [(each["type"], each["ref"]) for each in answered if "ref" in each], [("message", 2)]
        )
        self.heard("two")
        self.alive_in_json(ann)
        self.held("6")

    def alive_in_json(self, ann: Client) -> None:
        self.assertEqual(self.refusals(ann), [])

    def test_line_ends_in_strings(self) -> None:
        """Escaped line ends in every string of a request split nothing; they are refused."""
        ann = self.program()
        with self.canary(self.server, "6") as canary:
            for escape in (r"\n", r"\r\n", r"\u000a", r"\u000d", r"\u0000", r"\u0085", r"\ud800", r"\u001b"):
                text = f"a{escape}/quit{escape}".encode()
                for line in (
                    b'{"type":"say","text":"%b"}\n' % text,
                    b'{"type":"say","room":"#lobby%b","text":"hi"}\n' % text,
                    b'{"type":"command","line":"/me %b"}\n' % text,
                    b'{"type":"command","line":"%b"}\n' % text,
                    b'{"type":"command","line":"/nick %b"}\n' % text,
                    b'{"type":"say","text":"x","ref":"%b"}\n' % text,
                ):
                    self.assertEqual(len(self.refusals(ann, line)), 1, line)
            canary.sing_for(2)
        self.assertNotIn("Ann", self.witness.text.partition("Ann has joined #lobby")[2])
        canary.check()
