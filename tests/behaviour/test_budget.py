"""The budget of lines: a burst, then so many a second, in order; past the inbox the connection is closed."""

from __future__ import annotations

from chatd.settings import Limits, Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client


class Budgeted(Behaviour):
    """Two lines a second, after ten at once, and 64 may wait. Taking a nickname counts as two."""

    budgeted = True
    settings = Settings(limits=Limits(irc_inbox_lines=64))

    def pair(self) -> list[Client]:
        """Return two people who are rested and have seen nothing."""
        people = self.people("Alice", "Bob")
        self.server.advance(10)
        self.forget()
        return people

    def said(self, client: Client) -> list[str]:
        """Return what the client has seen Alice say."""
        return [words[-1] for words in client.seen() if words[0] == "said"]

    def test_a_burst_and_then_a_rate(self) -> None:
        alice, bob = self.pair()
        alice.transmit(alice.packet(*(f"line {number}" for number in range(20))))
        self.assertEqual(len(self.said(bob)), 10)
        self.server.advance(0.4)
        self.assertEqual(self.said(bob), [])
        self.server.advance(0.2)
        self.assertEqual(self.said(bob), ["line 10"])
        for _ in range(9):
            self.server.advance(0.5)
        self.assertEqual(self.said(bob), [f"line {number}" for number in range(11, 20)])
        self.assertFalse(alice.closed)

    def test_lines_of_many_packets_wait_too(self) -> None:
        alice, bob = self.pair()
        for number in range(15):
            alice.say(f"line {number}")
        self.assertEqual(len(self.said(bob)), 10)
        for _ in range(5):
            self.server.advance(0.5)
        self.assertEqual(self.said(bob), [f"line {number}" for number in range(10, 15)])

    def test_reading_goes_on_meanwhile(self) -> None:
        """Who floods is found out; who hangs up is gone at once."""
        alice, bob = self.pair()
        alice.transmit(alice.packet(*(f"line {number}" for number in range(20))))
        self.assertEqual(alice.wire.producerState, "producing")
        self.said(bob)
        alice.hang_up()
        self.assertEqual(bob.seen(), [("quit", "Alice", "connection closed")])
        self.server.advance(60)
        self.assertEqual(bob.seen(), [])

    def test_a_new_rate_reaches_who_waits_already(self) -> None:
        alice, bob = self.pair()
        alice.transmit(alice.packet(*(f"line {number}" for number in range(12))))
        self.said(bob)
        alice.protocol.session.retune(Limits(lines_per_second=0))
        self.server.turn()
        self.assertEqual(self.said(bob), ["line 10", "line 11"])

    def test_what_many_rooms_are_told_weighs_more(self) -> None:
        alice, _ = self.pair()
        for number in range(16):
            alice.command(f"join #r{number}")
            self.server.advance(2)
        self.server.advance(10)
        self.forget()
        alice.command("away")  # 1, and 2 for 17 rooms
        alice.transmit(alice.packet(*(f"line {number}" for number in range(10))))
        self.assertEqual(len(alice.protocol.session._inbox._lines), 3)

    def test_past_the_inbox_the_connection_is_closed(self) -> None:
        alice, bob = self.pair()
        for number in range(74):
            alice.say(f"line {number}")
        self.assertFalse(alice.closed)
        alice.say("one too many")
        self.assertIn(b"too many of your lines are waiting", alice.raw())
        self.assertTrue(alice.closed)
        self.assertEqual(bob.seen()[10:], [("quit", "Alice", "too many lines")])
        self.server.advance(60)
        self.assertEqual(bob.seen(), [])

    def test_so_it_is_within_one_packet(self) -> None:
        alice, bob = self.pair()
        alice.transmit(alice.packet(*(f"line {number}" for number in range(1000))))
        self.assertTrue(alice.closed)
        self.assertEqual(len(self.said(bob)), 10)

    def test_empty_lines_count(self) -> None:
        alice, _ = self.pair()
        alice.transmit(b"\n" * 75)
        self.assertTrue(alice.closed)

    def test_mistakes_count(self) -> None:
        alice, _ = self.pair()
        alice.transmit(alice.packet(*["/nothing"] * 75))
        self.assertTrue(alice.closed)

    def test_before_naming(self) -> None:
        (bob,) = self.people("Bob")
        stranger = self.client()
        stranger.transmit(stranger.packet(*["/nick Bob"] * 80))
        self.assertTrue(stranger.closed)
        self.assert_seen(bob)

    def test_dear_commands_weigh_more(self) -> None:
        alice, _ = self.pair()
        alice.transmit(alice.packet(*["/users"] * 8))
        self.assertEqual(len(alice.seen()), 4)
        self.server.advance(1.5)
        self.assertEqual(len(alice.seen()), 1)

    def test_who_has_finished_sending_is_answered_to_the_end(self) -> None:
        alice, bob = self.pair()
        alice.transmit(alice.packet(*(f"line {number}" for number in range(12))))
        alice.finish()
        for _ in range(3):
            self.server.advance(0.5)
        seen = bob.seen()
        self.assertEqual(seen[11][-1], "line 11")
        self.assertEqual(seen[12:], [("quit", "Alice", "connection closed")])

    def test_others_are_not_held_up(self) -> None:
        alice, bob = self.pair()
        alice.transmit(alice.packet(*(f"line {number}" for number in range(60))))
        alice.seen()
        bob.say("still here")
        self.assert_seen(alice, ("said", "#lobby", "Bob", "still here"))


class Bots(Behaviour):
    """Addresses that are listed as bots."""

    budgeted = True
    settings = Settings(limits=Limits(bots=("192.0.2.0/24",), bot_lines_per_second=100, bot_burst_lines=50))

    def test_have_a_budget_of_their_own(self) -> None:
        (bob,) = self.people("Bob")
        bot = self.client("Bot", "192.0.2.1")
        self.server.advance(1)
        self.forget()
        bot.transmit(bot.packet(*(f"line {number}" for number in range(100))))
        self.assertEqual(len(bob.seen()), 50)
        for _ in range(50):
            self.server.advance(0.01)
        self.assertEqual(len(bob.seen()), 50)
        self.assertFalse(bot.closed)

    def test_a_new_limit_holds_for_those_connected(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.advance(10)
        for person in (alice, bob):
            person.protocol.session.retune(Limits(lines_per_second=0))
        alice.transmit(alice.packet(*(f"line {number}" for number in range(300))))
        self.assertEqual(len([words for words in bob.seen() if words[0] == "said"]), 300)


globals().update(over_front_ends(Budgeted))
globals().update(over_front_ends(Bots))
