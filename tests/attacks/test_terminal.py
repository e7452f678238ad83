"""Promise 8: nothing that one client sends drives another's terminal, by whatever way it reaches him."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.attacks.house import AttackCase
from tests.attacks.witnesses import FREE, Witness
from tests.behaviour.hostile import check_json, check_text

pytestmark = pytest.mark.attack

DRIVING = (
    # ECMA-48 and xterm's control sequences: colour, title, links, the clipboard, reset, another screen, questions.
    *("\x1b[31mred", "\x1b]0;owned\x07", "\x1b]8;;http://127.0.0.1/\x1b\\link", "\x1b]52;c;b3duZWQ=\x07"),
    *("\x1bP+q544e\x1b\\", "\x1bc", "\x1b[?1049h", "\x1b[c", "\x1b[2J\x1b[H", "\x1b_x\x1b\\", "\x1b(0qqq"),
    # The same as C1 controls, which UTF-8 has as two bytes.
    *("\x9b31mred", "\x9d0;owned\x9c", "\x90+q\x9c", "\x9fx\x9c", "\x85next", "\x84"),
    # Bell, backspace, a bare CR that begins the line again, and others.
    *(
        "ding\x07",
        "good\x08\x08\x08\x08evil",
        "x\x7f\x7f",
        "\rWill: fake",
        "a\x0b\x0cb",
        "\x0e\x0f",
        "\x1a",
        "\0",
    ),
)
"""Refused."""
HIDDEN = (
    # Bidi controls, zero-width characters, tags, separators.
    *(
        "\u202eevil\u202c",
        "\u2066x\u2069",
        "a\u200e\u200f\u061cb",
        "\u202dx",
        "ze\u200bro",
        "\ufeffbom",
        "a\u2060b",
    ),
    *("soft\u00adhyphen", "t\U000e0041\U000e007f", "a\u2028-> Error: fake", "a\u2029Will: fake", "a\ufff9b"),
)
"""Refused where they make a name, removed or made blank elsewhere."""
MARKS = "Z" + "\u0301\u0489" * 500
ONLY_JSON = ("a\n/quit", "a\r\n-> Error: fake\r\n", "\ud800", "a\udc00b")
"""What a line of text cannot hold."""
TEXTS = (
    *("{}", "/me {}", "/msg Will {}", "/topic #den {}", "/nick Ann{}", "/nick Ann", "/mute #den Kit {}"),
    *("/unmute #den Kit", "/kick #den Kit {}", "/ban #den Kit {}", "/unban #den Kit", "/ban #den x{}* 1d"),
    *("/ban #den y* 1d {}", "/part #den {}", "/join #den", "/join #r{}", "/away {}"),
)
"""What Ann, founder of #den, does there; all that has a {} reaches others who are in it."""
ECHOED = (
    *("/{}", "/nosuch{}", "/msg {} hi", "/whois {}", "/names #{}", "/names {}", "/help {}", "/help join {}"),
    *(
        "/join #{} {}",
        "/join {}",
        "/kick #den {}",
        "/invite #den {}",
        "/unban #den {}",
        "/ignore {}",
        "/unignore {}",
    ),
    *("/room {}", "/room slow #den {}", "/room key #den {}", "/room key #den off", "/room private #den {}"),
    *(
        "/format {}",
        "/timestamp {}",
        "/mute #den {} {}",
        "/op #den {}",
        "/pass {}",
        "/topic #{} {}",
        "/part #{} {}",
    ),
)
"""What is answered, and may repeat what was typed."""
QUESTIONS = (
    "/whois Ann",
    "/whois Kit",
    "/rooms",
    "/room info #den",
    "/names #den",
    "/users",
    "/msg Ann hi",
    "/ban #den",
)
"""What somebody else asks about it."""


def say(text: str) -> dict[str, str]:
    """Return the request that says something."""
    return {"type": "say", "text": text}


def harmless(written: str) -> None:
    """Fail if a file of lines, or what a program printed, would drive the terminal it is shown on."""
    check_text(written.replace("\n", "\r\n").encode())


class _Ways(AttackCase):
    """Will (in text), Jo (in JSON) and Kit are in #den, which Ann founded."""

    __test__ = False
    in_json = False

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE, "-d", "--set", "log.chat_dir=chat")
        self.ann = self.come("Ann", in_json=self.in_json)
        self.will, self.kit, self.jo = self.come("Will"), self.come("Kit"), self.come("Jo", in_json=True)

    def come(self, nick: str, *, in_json: bool = False) -> Witness:
        client = Witness(self.connect(self.server))
        self.addCleanup(client.close)
        if in_json:
            client.socket.sendall(b'{"type":"command","line":"/version"}\n')
            client.expect('"type":"prompt"')
        self.types(client, f"/nick {nick}", "/join #den")
        return client

    def types(self, client: Witness, *lines: str) -> None:
        """Send lines, and wait until they are all answered."""
        self.send(client, *lines, "/nosuch-mark")
        client.expect("unknown command ")
        client.expect("/nosuch-mark")

    def send(self, client: Witness, *lines: str) -> None:
        """Send lines in the client's dialect."""
        packet = "".join(f"{line}\r\n" for line in lines)
        if b"\n{" in client.received:
            commands = [{"type": "command", "line": line} if line[:1] == "/" else say(line) for line in lines]
            packet = "".join(f"{json.dumps(each)}\n" for each in commands)
        client.socket.sendall(packet.encode())

    def round(self, text: str) -> None:
        """Let a text go all the ways that there are."""
        quinn = self.come("Quinn", in_json=self.in_json)
        self.send(quinn, f"/quit {text}", "/quit")
        quinn.rest()
        quinn.close()
        self.types(self.ann, "/join #den", *(way.format(text, text) for way in (*TEXTS, *ECHOED)))
        self.types(self.kit, "/join #den")
        for client in (self.will, self.jo):
            self.types(client, *QUESTIONS)
        self.types(self.ann, "/ban #den", "/unban #den y*", f"/unban #den x{text}*", f"/part #r{text}")

    def check(self) -> None:
        """Everything that anybody was sent, and everything written, is harmless."""
        for client in (self.will, self.kit):
            check_text(bytes(client.received))
        check_json(self.jo.json)
        if self.in_json:
            check_json(self.ann.json)
        else:
            check_text(bytes(self.ann.received))
        harmless(self.server.log.text)
        for path in Path("chat").rglob("*.log"):
            harmless(path.read_text(encoding="utf-8"))
        for client in (self.ann, self.will, self.kit, self.jo):
            self.assertFalse(client.ended)

    def test_the_ways(self) -> None:
        """The ways are there: a harmless text reaches Will by each of them, and stands in the chat log."""
        said = len(self.will.text)
        for number, way in enumerate(TEXTS):
            self.types(self.ann, way.format(f"w{number}w"))
            if way == "/ban #den Kit {}":
                self.types(self.ann, "/unban #den Kit")
            self.types(self.kit, "/join #den")
        self.types(self.will, *QUESTIONS)
        for number, way in enumerate(TEXTS):
            if "{}" in way:
                self.assertIn(f"w{number}w", self.will.text[said:], way)
        self.types(self.ann, *(way.format("w99w", "w99w") for way in ECHOED))
        self.assertGreater(self.ann.text.count("w99w"), len(ECHOED) // 2)
        self.assertIn(
            "w0w", "".join(path.read_text(encoding="utf-8") for path in Path("chat").rglob("*.log"))
        )
        self.held("8", f"{len(TEXTS) + len(ECHOED) + 1} ways")

    def test_control_sequences(self) -> None:
        """Colours, titles, links, clipboards, C1, bell, backspace, CR: refused by every way, never shown."""
        payloads = [*DRIVING, *(ONLY_JSON if self.in_json else ())]
        with self.canary(self.server, "8") as canary:
            for text in payloads:
                self.round(f"a{text}z")
                self.round(text)
        self.check()
        canary.check(f"{2 * len(payloads)} texts, {len(TEXTS) + len(ECHOED) + 1} ways")

    def test_hidden(self) -> None:
        """Bidi and zero-width characters: refused in names, removed elsewhere; the text they stood in is heard."""
        with self.canary(self.server, "8") as canary:
            for text in HIDDEN:
                self.round(f"a{text}z")
                self.round(text)
            canary.sing_for(1)
        self.check()
        self.assertIn("Ann: aevilz\r\n", self.will.text)
        self.assertIn("Ann: azeroz\r\n", self.will.text)
        canary.check(f"{2 * len(HIDDEN)} texts, {len(TEXTS) + len(ECHOED) + 1} ways")

    def test_marks(self) -> None:
        """A thousand combining marks on one letter: in no name; where they are said it is one line like others."""
        with self.canary(self.server, "8") as canary:
            self.round(MARKS)
            canary.sing_for(2)
        self.check()
        for each in check_json(self.jo.json):
            names = (each.get("nick", ""), each.get("room", ""), each.get("who", {}).get("nick", ""))
            self.assertNotIn("\u0301", "".join(names))
        canary.check()


class FromText(_Ways):
    __test__ = True


class FromJson(_Ways):
    __test__ = True
    in_json = True
