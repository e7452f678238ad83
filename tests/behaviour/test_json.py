"""The JSON dialect: references, codes, numbers, and lines that are no requests."""

from __future__ import annotations

from typing import Any, ClassVar

from chatd.core.text import MESSAGE_BYTES, MESSAGE_LINES
from chatd.core.user import Rank
from tests.behaviour.cases import Behaviour
from tests.behaviour.clients import Client, JsonClient, TextClient


class JsonBehaviour(Behaviour):
    """Programs, with a person among them where a test asks for a second client."""

    kinds: ClassVar[tuple[type[Client], ...]] = (JsonClient, TextClient)

    def bot(self, nick: str = "Bot") -> JsonClient:
        bot = self.client(nick)
        assert isinstance(bot, JsonClient)
        return bot

    def ask(self, bot: JsonClient, **fields: Any) -> list[dict[str, Any]]:
        """Send a request and return what repeats its reference."""
        bot.objects()
        ref = bot.request(**fields)
        return [each for each in bot.objects() if each.get("ref") == ref]


class References(JsonBehaviour):
    """Each request is answered by exactly one object with its reference."""

    __test__ = True

    def assert_one(self, bot: JsonClient, kind: str, **fields: Any) -> dict[str, Any]:
        answers = self.ask(bot, **fields)
        self.assertEqual([each["type"] for each in answers], [kind], fields)
        return answers[0]

    def test_the_echo_of_what_is_said(self) -> None:
        bot = self.bot()
        self.client("Alice")
        message = self.assert_one(bot, "message", type="say", text="hello")
        self.assertEqual(message["body"], {"kind": "text", "text": "hello"})
        self.assertEqual(message["from"]["nick"], "Bot")
        self.assertTrue(self.assert_one(bot, "message", type="command", line="/me waves")["action"])
        self.assertTrue(self.assert_one(bot, "private", type="command", line="pm Alice hi")["sent"])

    def test_several_in_one_turn(self) -> None:
        bot = self.bot()
        bot.transmit(bot.packet("one", "/topic", "two", "/nothing", "/back", "three"))
        refs = [each["ref"] for each in bot.objects() if "ref" in each]
        self.assertEqual(refs, list(range(bot.requests - 5, bot.requests + 1)))

    def test_a_message_to_who_is_away(self) -> None:
        bot = self.bot()
        self.client("Alice").command("away")
        self.assertEqual(len(self.ask(bot, type="command", line="pm Alice hi")), 1)

    def test_a_message_to_oneself(self) -> None:
        self.assert_one(self.bot(), "private", type="command", line="pm Bot hi")

    def test_an_answer(self) -> None:
        bot = self.bot()
        for line, kind in (
            ("users", "users"),
            ("rooms", "rooms"),
            ("names", "names"),
            ("whois Bot", "whois"),
            ("room info", "room_info"),
            ("help", "help"),
            ("menu", "help"),
            ("motd", "info"),
            ("nick Robot", "named"),
            ("join #dev", "entered"),
            ("join #lobby", "info"),
            ("topic", "info"),
            ("away", "info"),
            ("timestamp on", "info"),
            ("ban #dev", "bans"),
        ):
            self.assert_one(bot, kind, type="command", line=line)

    def test_done_where_there_is_nothing_to_say(self) -> None:
        bot = self.bot()
        bot.command("join #dev")
        alice = self.client("Alice")
        alice.command("join #dev")
        for line in (
            "topic #dev mine",
            "room key sesame",
            "op Alice",
            "deop Alice",
            "mute Alice",
            "unmute Alice",
            "kick Alice",
            "part #dev",
            "format json",
            "pass anything",
        ):
            self.assert_one(bot, "done", type="command", line=line)

    def test_an_error(self) -> None:
        bot = self.bot()
        for line, code in (
            ("nothing", "unknown-command"),
            ("pm Nobody hi", "no-such-user"),
            ("names #nowhere", "no-such-room"),
            ("part", "not-allowed"),
            ("kick Bot", "not-allowed"),
            ("nick a,b", "bad-name"),
            ("nick server", "name-reserved"),
            ("timestamp maybe", "bad-value"),
            ("me a\x07b", "bad-text"),
            ("away " + "x" * 391, "too-long"),
            ("reply hi", "no-such-user"),
        ):
            error = self.assert_one(bot, "error", type="command", line=line)
            self.assertEqual(error["code"], code, line)
        self.assertEqual(self.assert_one(bot, "usage", type="command", line="pm")["code"], "usage")
        self.assert_one(bot, "error", type="say", text="hi", room="#nowhere")
        self.assert_one(bot, "error", type="say", text="")

    def test_every_command_with_and_without_its_arguments(self) -> None:
        bot = self.bot()
        self.client("Bob")
        self.server.user("Bot").rank = Rank.OWNER
        for row in self.server.commands.rows:
            if row.name in ("quit", "ping"):
                continue  # their answers come later
            for line in (row.name, row.example):
                self.assertEqual(len(self.ask(bot, type="command", line=line)), 1, line)

    def test_the_farewell(self) -> None:
        self.assert_one(self.bot(), "bye", type="command", line="quit")

    def test_before_naming(self) -> None:
        bot = self.client()
        assert isinstance(bot, JsonClient)
        self.assertEqual(self.assert_one(bot, "error", type="say", text="hello")["code"], "not-named")
        self.assertEqual(self.server.nicks(), [])

    def test_strings_and_numbers(self) -> None:
        bot = self.bot()
        for ref in ('"x"', "0", "-1", '""', '"' + "~" * 64 + '"'):
            bot.objects()
            bot.transmit(b'{"type":"command","line":"back","ref":%s}\n' % ref.encode())
            (answer,) = bot.lines()
            self.assertTrue(answer.endswith(b',"ref":%s}' % ref.encode()), answer)

    def test_none_asked_none_given(self) -> None:
        bot = self.bot()
        bot.transmit(b'{"type":"command","line":"back"}\n{"type":"say","text":"hi"}\n')
        self.assertEqual([each.get("ref") for each in bot.objects()], [None, None])


class SeveralLines(JsonBehaviour):
    """One message of several lines, as IRC's clients may send it."""

    __test__ = True

    def refused(self, bot: JsonClient, code: str, lines: list[str], **fields: Any) -> None:
        (answer,) = self.ask(bot, type="say_lines", lines=lines, **fields)
        self.assertEqual((answer["type"], answer.get("code")), ("error", code), lines[:1])

    def test_in_a_room(self) -> None:
        """All of it is one message; people at nc see its lines one after the other."""
        bot, alice = self.bot(), self.client("Alice")
        alice.lines()
        (message,) = self.ask(bot, type="say_lines", lines=["```", "  if x:", "", "\ty", "```"])
        self.assertEqual(message["type"], "message")
        self.assertEqual(
            message["body"], {"kind": "lines", "lines": ["```", "  if x:", "", "\ty", "```"], "joined": []}
        )
        self.assertEqual(
            [line.decode() for line in alice.lines()],
            ["Bot: ```", "Bot:   if x:", "Bot: ", "Bot: \ty", "Bot: ```"],
        )
        (message,) = self.ask(bot, type="say_lines", room="#lobby", lines=["alone"])
        self.assertEqual(message["body"], {"kind": "text", "text": "alone"})

    def test_in_private(self) -> None:
        """To one user, who alone gets it."""
        bot, alice, cid = self.bot(), self.client("Alice"), self.client("Cid")
        alice.lines()
        cid.lines()
        (message,) = self.ask(bot, type="say_lines", to="alice", lines=["one", "two"])
        self.assertEqual((message["type"], message["sent"]), ("private", True))
        self.assertEqual(message["body"]["lines"], ["one", "two"])
        self.assertEqual(
            [line.decode() for line in alice.lines()], ["[PM from Bot] one", "[PM from Bot] two"]
        )
        self.assertEqual(cid.lines(), [])

    def test_bounds(self) -> None:
        """As many lines and bytes as a message may have, and nothing that a message may not hold."""
        bot, alice = self.bot(), self.client("Alice")
        most = ["x"] * MESSAGE_LINES
        self.assertEqual(self.ask(bot, type="say_lines", lines=most)[0]["type"], "message")
        alice.lines()
        self.refused(bot, "too-long", [*most, "x"])
        self.refused(bot, "too-long", ["x" * (MESSAGE_BYTES - 1), "y"])
        for lines in (["a", "b\nc"], ["a\x1b[2J", "b"], ["a", "\x02b"]):
            self.refused(bot, "bad-text", lines)
        for lines in ([], [""], ["", " "], ["", "\u200b"]):
            self.refused(bot, "bad-text", lines)
        self.refused(bot, "bad-value", ["a", "b"], room="#lobby", to="Alice")
        self.refused(bot, "no-such-user", ["a", "b"], to="Nobody")
        self.refused(bot, "no-such-room", ["a", "b"], room="#nowhere")
        self.assertEqual(alice.lines(), [])

    def test_before_naming(self) -> None:
        """Who has no name says nothing."""
        bot = self.client()
        assert isinstance(bot, JsonClient)
        self.refused(bot, "not-named", ["a", "b"])


class SeveralLinesBudget(JsonBehaviour):
    """Every four lines count as one more."""

    __test__ = True
    budgeted = True

    def test_price(self) -> None:
        """Of a burst of ten, a message of 32 lines is nine."""
        bot = self.bot()
        self.server.advance(10)
        bot.objects()
        bot.request(type="say_lines", lines=["x"] * MESSAGE_LINES)
        for number in range(3):
            bot.request(type="say", text=str(number))
        self.assertEqual([each["type"] for each in bot.objects()], ["message"] * 2)


class Requests(JsonBehaviour):
    """Lines that are requests, and lines that are not."""

    __test__ = True

    def test_the_room_may_be_named(self) -> None:
        bot = self.bot()
        alice = self.client("Alice")
        for person in (bot, alice):
            person.command("join #dev")
        self.forget()
        bot.request(type="say", text="hello", room="lobby")
        bot.request(type="say", text="hello", room="#DEV")
        self.assertEqual(alice.seen(), [("said", "#lobby", "Bot", "hello"), ("said", "#dev", "Bot", "hello")])
        alice.command("part #dev")
        alice.command("join #den")
        self.forget()
        self.assertEqual(self.ask(bot, type="say", text="hello", room="#den")[0]["code"], "not-in-room")
        self.assertEqual(alice.seen(), [])

    def test_malformed_ones_are_refused_with_their_reference(self) -> None:
        bot = self.bot()
        for line, ref in (
            (b"hello", None),
            (b"[]", None),
            (b"{}", None),
            (b'{"type":"say","ref":5}', 5),
            (b'{"type":"nothing","ref":"x"}', "x"),
            (b'{"type":"say","text":7,"ref":6}', 6),
            (b'{"type":"say","text":"\xc3(","ref":7}', None),
            (b'{"type":"say","text":"hi","ref":[1]}', None),
            (b'{"type":"say","text":"hi","ref":"\xc3\xa9"}', None),
            (b'{"type":"say","text":"hi","ref":"%b"}' % (b"x" * 65), None),
            (b'{"type":"say","text":"hi"', None),
            (b"[" * 5000, None),
        ):
            bot.transmit(line + b"\n")
            (error,) = bot.objects()
            self.assertEqual((error["type"], error["code"]), ("error", "bad-request"), line[:80])
            if ref is not None:
                self.assertEqual(error.get("ref"), ref, line)
        self.assertFalse(bot.closed)

    def test_blank_lines_are_passed_over(self) -> None:
        bot = self.bot()
        bot.transmit(b"\n \n\r\n")
        self.assertEqual(bot.raw(), b"")

    def test_escaped_control_characters_are_refused(self) -> None:
        bot = self.bot()
        alice = self.client("Alice")
        self.forget()
        for sign in (r"\u001b", r"\u0000", r"\u0007", r"\n", r"\r", r"\u0085", r"\ud800"):
            bot.transmit(b'{"type":"say","text":"a%bb","ref":1}\n' % sign.encode())
            (error,) = bot.objects()
            self.assertEqual(error["type"], "error", sign)
        self.assertEqual(alice.raw(), b"")

    def test_a_line_may_be_longer_than_in_text(self) -> None:
        bot = self.bot()
        alice = self.client("Alice")
        self.forget()
        line = b'{"type":"say","text":"%b"}\n' % (b"\\u00e9" * 2048)
        self.assertGreater(len(line), 12000)
        bot.transmit(line)
        self.assertEqual(alice.seen(), [("said", "#lobby", "Bot", "é" * 2048)])

    def test_a_longer_line_in_the_first_packet(self) -> None:
        alice = TextClient(self.server)
        alice.say("Alice")
        alice.raw()
        bot = TextClient(self.server)
        line = b'{"type":"say","text":"%b","ref":2}\n' % (b"\\u00e9" * 2048)
        bot.transmit(b'{"type":"command","line":"nick Bot","ref":1}\n' + line)
        self.assertNotIn(b"too-long", bot.raw())
        self.assertEqual(alice.lines()[1:], [b"Bot: " + ("é" * 2048).encode()])

    def test_messages_are_numbered_by_room(self) -> None:
        bot = self.bot()
        numbers = [self.ask(bot, type="say", text="hi")[0]["number"] for _ in range(3)]
        self.assertEqual(numbers, [1, 2, 3])
        bot.command("join #dev")
        self.assertEqual(self.ask(bot, type="say", text="hi")[0]["number"], 1)
        alice = self.client()
        bot.objects()
        alice.command("nick Alice")
        (joined,) = bot.objects()
        self.assertEqual((joined["type"], joined.get("number"), joined["after"]), ("joined", None, 3))

    def test_events_have_ids_in_order_and_times(self) -> None:
        bot = self.bot()
        messages = [self.ask(bot, type="say", text="hi")[0] for _ in range(3)]
        ids = [each["id"] for each in messages]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual({each["time"] for each in messages}, {"2026-01-02T03:04:05Z"})
