"""Time: to choose a nickname, and to answer a ping."""

from __future__ import annotations

import msgspec

from chatd.settings import Limits, Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import JsonClient, TextClient


class Naming(Behaviour):
    """Sixty seconds to choose a nickname."""

    def test_who_says_nothing_is_sent_away(self) -> None:
        stranger = self.client()
        self.server.advance(59.9)
        self.assertFalse(stranger.closed)
        self.server.advance(0.2)
        self.assertIn(b"you took too long to choose a nickname", stranger.raw())
        self.assertTrue(stranger.closed)

    def test_nothing_that_is_sent_makes_it_longer(self) -> None:
        stranger = self.client()
        for _ in range(60):
            stranger.transmit(b"x")
            self.server.advance(0.5)
            stranger.transmit(b"y")
            self.server.advance(0.5)
        self.assertTrue(stranger.closed)

    def test_refused_names_do_not_make_it_longer(self) -> None:
        self.people("Alice")
        stranger = self.client()
        for _ in range(6):
            self.server.advance(9.9)
            stranger.command("nick Alice")
        self.assertFalse(stranger.closed)
        self.server.advance(0.7)
        self.assertTrue(stranger.closed)

    def test_who_has_a_name_stays(self) -> None:
        (alice,) = self.people("Alice")
        self.server.advance(61)
        self.assertFalse(alice.closed)

    def test_a_claim_that_is_never_answered(self) -> None:
        self.server.claims.late = True
        stranger = self.client()
        stranger.command("nick Alice")
        self.server.advance(61)
        self.assertTrue(stranger.closed)
        self.server.claims.answer(True)
        self.assertEqual((self.server.nicks(), self.server.claims.owners), ([], {}))

    def test_a_new_limit_holds_for_those_connected(self) -> None:
        stranger = self.client()
        self.server.advance(30)
        stranger.protocol.session.registry.world.settings = Settings(limits=Limits(naming_seconds=40))
        stranger.protocol.session.retune(Limits(naming_seconds=40))
        self.server.advance(9)
        self.assertFalse(stranger.closed)
        self.server.advance(2)
        self.assertTrue(stranger.closed)

    def test_no_clock_is_left_behind(self) -> None:
        stranger = self.client()
        (alice,) = self.people("Alice")
        stranger.hang_up()
        alice.hang_up()
        self.assertEqual(self.server.clock.getDelayedCalls(), [])


class Programs(Behaviour):
    """Programs are asked whether they are there: after 90 s of silence, with 60 s to answer."""

    __test__ = True
    kinds = (JsonClient, TextClient)

    def pinged(self, client: JsonClient) -> str:
        """Return the token of the one ping that came."""
        (ping,) = [frame for frame in map(msgspec.json.decode, client.lines()) if frame["type"] == "ping"]
        return str(ping["token"])

    def pair(self) -> tuple[JsonClient, TextClient]:
        bot, bob = self.people("Bot", "Bob")
        assert isinstance(bot, JsonClient)
        assert isinstance(bob, TextClient)
        return bot, bob

    def test_who_does_not_answer_is_gone_within_150_s(self) -> None:
        bot, bob = self.pair()
        self.server.advance(89)
        self.assertEqual(bot.raw(), b"")
        self.server.advance(1.1)
        self.pinged(bot)
        self.server.advance(59)
        self.assertFalse(bot.closed)
        self.server.advance(1)
        self.assertTrue(bot.closed)
        self.assertIn(b"Error: ping timeout.", bot.raw())
        self.assertEqual(bob.seen(), [("quit", "Bot", "ping timeout")])

    def test_who_answers_stays_and_is_not_answered(self) -> None:
        bot, _ = self.pair()
        for _ in range(5):
            self.server.advance(90.1)
            bot.transmit(msgspec.json.encode({"type": "pong", "token": self.pinged(bot)}) + b"\n")
            self.assertEqual(bot.raw(), b"")
        self.assertFalse(bot.closed)

    def test_any_line_is_a_sign_of_life(self) -> None:
        bot, _ = self.pair()
        for _ in range(5):
            self.server.advance(90.1)
            self.pinged(bot)
            bot.say("busy")
            bot.raw()
        self.assertFalse(bot.closed)

    def test_who_talks_is_not_asked(self) -> None:
        bot, _ = self.pair()
        for _ in range(10):
            self.server.advance(60)
            bot.say("busy")
        self.assertNotIn(b'"ping"', bot.raw())

    def test_people_are_not_asked(self) -> None:
        _, bob = self.pair()
        self.server.advance(100_000)
        self.assertFalse(bob.closed)
        self.assertNotIn(b"ping", bob.raw().replace(b"ping timeout", b""))

    def test_who_becomes_a_program_is(self) -> None:
        _, bob = self.pair()
        self.server.advance(80)
        bob.command("format json")
        self.server.advance(90.1)
        self.assertIn(b'"ping"', bob.raw())
        self.server.advance(60)
        self.assertTrue(bob.closed)


globals().update(over_front_ends(Naming))
