"""Clients that do not read: bounded, dropped with a reason, and nobody else notices."""

from __future__ import annotations

from chatd.settings import Limits, Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.server import BUFFER


class SlowReaders(Behaviour):
    """One member whose connection takes nothing."""

    settings = Settings(limits=Limits(send_queue_bytes=BUFFER))

    def flood(self, times: int) -> None:
        """Let Alice say 4,000 bytes so many times, in lines that every dialect takes."""
        for _ in range(times):
            self.clients[0].transmit(self.clients[0].packet(*["x" * 400] * 10))

    def test_who_catches_up_has_missed_nothing(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.wire.stall()
        self.flood(17)
        self.assertLessEqual(bob.wire.held, BUFFER + 5000)
        self.assertEqual(bob.raw(), b"")
        bob.wire.flow()
        self.assertEqual(len(bob.seen()), 170)
        self.assertFalse(bob.closed)
        alice.say("and on")
        self.assert_seen(bob, ("said", "#lobby", "Alice", "and on"))

    def test_who_does_not_is_dropped_with_a_reason(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        bob.wire.stall()
        self.flood(60)
        self.assertIn(("quit", "Bob", "send queue exceeded"), carol.seen())
        self.assertEqual(self.server.nicks(), ["Alice", "Carol"])
        self.assertLess(bob.wire.held + bob.protocol.queue.size, 3 * BUFFER)
        self.server.advance(self.settings.limits.close_seconds)
        self.assertTrue(bob.wire.disconnected)
        self.assertTrue(bob.closed)
        self.assertEqual(self.server.sessions, {alice.protocol.session, carol.protocol.session})

    def test_the_reason_is_the_last_thing_it_can_read(self) -> None:
        _, bob = self.people("Alice", "Bob")
        bob.wire.stall()
        self.flood(60)
        bob.wire.flow()
        self.assertIn(b"send queue exceeded", bob.raw()[-200:])
        self.assertTrue(bob.closed)

    def test_everybody_else_hears_everything(self) -> None:
        _, bob, carol = self.people("Alice", "Bob", "Carol")
        bob.wire.stall()
        self.flood(60)
        self.assertEqual(len([each for each in carol.seen() if each[0] == "said"]), 600)

    def test_its_lines_are_not_run_any_more(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.wire.stall()
        self.flood(60)
        self.forget()
        bob.say("hello")
        self.assert_seen(alice)

    def test_answers_count_too(self) -> None:
        (alice,) = self.people("Alice")
        alice.wire.stall()
        for _ in range(3000):
            alice.command("menu")
            if not self.server.nicks():
                break
        self.assertEqual(self.server.nicks(), [])

    def test_who_is_slow_and_leaves_is_closed_in_the_end(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.wire.stall()
        self.flood(5)
        bob.command("quit")
        self.assertIn(("quit", "Bob", ""), alice.seen())
        self.server.advance(self.settings.limits.close_seconds)
        self.assertTrue(bob.closed)


globals().update(over_front_ends(SlowReaders))
