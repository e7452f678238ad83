"""From one dialect to the other and back, and what only one of them can do."""

from __future__ import annotations

from tests.behaviour.cases import Behaviour
from tests.behaviour.clients import JsonClient, TextClient


class Dialects(Behaviour):
    """Changing the dialect of a connection."""

    __test__ = True
    kinds = (TextClient,)

    def test_to_json_and_back(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("format json")
        (welcome,) = alice.lines()
        self.assertTrue(welcome.startswith(b'{"type":"welcome"'), welcome)
        bob.say("hello")
        (line,) = alice.lines()
        self.assertIn(b'"text":"hello"', line)
        alice.transmit(b'{"type":"say","text":"hi"}\n')
        self.assertEqual(bob.lines(), [b"Alice: hi"])
        alice.lines()
        alice.transmit(b'{"type":"command","line":"format text"}\n')
        alice.lines()
        bob.say("hello again")
        self.assertEqual(alice.lines(), [b"Bob: hello again"])
        alice.say("plain")
        self.assertEqual(bob.lines(), [b"Alice: plain"])

    def test_before_naming(self) -> None:
        alice = self.client()
        alice.raw()
        alice.command("format json")
        lines = alice.lines()
        self.assertEqual([line[:10] for line in lines if line], [b'{"type":"w', b'{"type":"p'])
        alice.transmit(b'{"type":"command","line":"format text"}\n')
        self.assertTrue(alice.raw().endswith(b"Type /help.\r\nEnter your nickname: "))
        alice.say("Alice")
        self.assertTrue(
            alice.raw().startswith(b"-> You are Alice (guest). /register PASSWORD keeps this name.\r\n")
        )

    def test_other_rooms_are_named_after_the_way_back(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("format json")
        alice.transmit(b'{"type":"command","line":"format text"}\n')
        bob.say("in dev")
        bob.command("join #lobby")
        alice.raw()
        bob.say("in the lobby")
        self.assertEqual(alice.lines(), [b"[#lobby] Bob: in the lobby"])

    def test_there_is_no_other(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("format xml")
        self.assertEqual(alice.lines(), [b'-> Error: no dialect "xml"; there are text and json'])
        alice.command("format")
        self.assertEqual(alice.lines(), [b"-> Usage: /format text|json"])

    def test_what_was_gathered_before_is_shown_in_the_old_one(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.protocol.dataReceived(b"before\r\n")
        alice.protocol.dataReceived(b"/format json\r\n")
        bob.protocol.dataReceived(b"after\r\n")
        before, welcome, after = alice.lines()
        self.assertEqual(before, b"Bob: before")
        self.assertTrue(welcome.startswith(b'{"type":"welcome"'))
        self.assertIn(b'"after"', after)

    def test_a_first_line_that_is_an_object(self) -> None:
        for blank in (b"", b" \t"):
            bot = self.client()
            bot.raw()
            bot.transmit(blank + b'{"type":"command","line":"nick Bot","ref":"a"}\n')
            empty, *lines = bot.lines()
            self.assertEqual(empty, b"")  # ends the line of the prompt
            self.assertTrue(all(line.startswith(b'{"type":') for line in lines), lines)
            self.assertTrue(lines[0].startswith(b'{"type":"welcome"'))
            self.assertTrue(lines[1].startswith(b'{"type":"named"'))
            self.assertTrue(lines[1].endswith(b',"ref":"a"}'))
            bot.hang_up()

    def test_a_later_object_is_just_a_line(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.say('{"type":"say"}')
        self.assertEqual(bob.lines(), [b'Alice: {"type":"say"}'])


class Measured(Behaviour):
    """The round trip."""

    __test__ = True
    kinds = (TextClient, JsonClient)

    def test_ping(self) -> None:
        text, json = self.people("Alice", "Bot")
        assert isinstance(json, JsonClient)
        text.command("ping")
        (line,) = text.lines()
        self.assertTrue(line.startswith(b"-> pong ("), line)  # without a socket there is nothing to measure
        ref = json.request(type="command", line="ping")
        (ping,) = json.objects()
        self.assertEqual((ping["type"], "ref" in ping), ("ping", False))
        self.server.advance(0.25)
        json.transmit(b'{"type":"pong","token":"%s"}\n' % ping["token"].encode())
        (pong,) = json.objects()
        self.assertEqual((pong["type"], pong["milliseconds"], pong["ref"]), ("pong", 250.0, ref))
        json.transmit(b'{"type":"pong","token":"%s"}\n' % ping["token"].encode())
        self.assertEqual(json.objects()[0]["code"], "bad-request")

    def test_before_naming(self) -> None:
        text = self.client()
        text.raw()
        text.command("ping")
        self.assertRegex(text.raw(), rb"\A-> pong \(.*\)\r\nEnter your nickname: \Z")

    def test_pings_that_nobody_answers_are_bounded(self) -> None:
        _, json = self.people("Alice", "Bot")
        assert isinstance(json, JsonClient)
        for _ in range(20):
            json.command("ping")
        kinds = [each["type"] for each in json.objects()]
        self.assertEqual((kinds.count("ping"), kinds.count("error")), (8, 12))
