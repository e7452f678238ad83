"""One client's packet: it is run in turns, and costs each line once."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from chatd.core.gathering import Gathering
from chatd.core.limits import Pace
from chatd.frontends import inbox
from chatd.frontends.inbox import LINES_A_TURN
from tests.behaviour.cases import Behaviour, over_front_ends


class Turns(Behaviour):
    """What one packet may hold up."""

    def test_a_long_packet_is_run_in_turns_with_reading_held(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        count = 3 * LINES_A_TURN
        bob.seen()
        self.server.advance(Pace.most)  # what they did to get in is past
        alice.protocol.dataReceived(alice.packet(*(f"line {number}" for number in range(count))))
        self.assertEqual(len(alice.protocol.session._inbox._lines), count - LINES_A_TURN)
        self.assertEqual(alice.wire.producerState, "paused")
        self.server.turn()
        said = [happening for happening in bob.seen() if happening[0] == "said"]
        self.assertEqual([words for *_, words in said], [f"line {number}" for number in range(count)])
        self.assertEqual(alice.wire.producerState, "producing")

    def test_many_packets_in_one_turn_have_one_share(self) -> None:
        """As TLS brings them: a line in each record."""
        alice, _ = self.people("Alice", "Bob")
        self.server.advance(Pace.most)
        for number in range(LINES_A_TURN + 5):
            alice.protocol.dataReceived(alice.packet(f"line {number}"))
        self.assertEqual(len(alice.protocol.session._inbox._lines), 5)

    def test_the_end_of_the_connection_comes_behind_the_last_line(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        count = 2 * LINES_A_TURN + 1
        alice.transmit(alice.packet(*(f"line {number}" for number in range(count))))
        alice.finish()
        seen = bob.seen()
        self.assertEqual(seen[count - 1][-1], f"line {count - 1}")
        self.assertEqual(seen[count][:2], ("quit", "Alice"))

    def test_a_line_that_was_answered_is_looked_at_no_more(self) -> None:
        """Work grows with the lines of a turn, not with their square."""
        self.patch(inbox, "LINES_A_TURN", 1000)
        (alice,) = self.people("Alice")
        sizes = []
        for count in (100, 400):
            lines = [word for number in range(count // 2) for word in (f"line {number}", "/r")]
            sizes.append(self.changes_looked_at(lambda lines=lines: alice.transmit(alice.packet(*lines))))
        self.assertLessEqual(sizes[1], 5 * sizes[0])

    def test_dear_lines_end_the_share_before(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        inner = alice.protocol.session.commands.run

        def dear(*arguments: Any) -> Any:
            self.server.clock.rightNow += Pace.most
            return inner(*arguments)

        self.patch(alice.protocol.session.commands, "run", dear)
        alice.protocol.dataReceived(alice.packet("one", "two", "three"))
        self.assertEqual(len(alice.protocol.session._inbox._lines), 2)
        self.server.turn()
        self.assertEqual([words for *_, words in bob.seen()], ["one", "two", "three"])

    def test_the_more_are_busy_the_less_each_has(self) -> None:
        """Eleven who are busy do not hold up the others for eleven shares."""
        self.assertEqual(self.server.registry.world.pace.share(), Pace.most)
        people = self.people(*(f"P{number}" for number in range(15)))
        self.server.advance(Pace.most)
        begun = self.server.clock.seconds()
        inner = inbox.Inbox._start

        def dear(*arguments: Any) -> None:
            self.server.clock.rightNow += Pace.most / 10
            inner(*arguments)

        self.patch(inbox.Inbox, "_start", dear)
        for person in people:
            person.protocol.dataReceived(person.packet(*(["hello"] * LINES_A_TURN)))
        self.assertEqual(self.server.registry.world.pace.busy, len(people))
        self.assertLess(self.server.clock.seconds() - begun, 3 * Pace.seconds)
        self.server.turn()
        self.assertEqual(self.server.registry.world.pace.busy, 0)

    def changes_looked_at(self, act: Any) -> int:
        """Return how many lines of `pieces` an act takes: steps, not seconds."""
        steps = 0

        def trace(frame: FrameType, what: str, _: object) -> Any:
            nonlocal steps
            if frame.f_code is not Gathering.pieces.__code__:
                return None
            steps += what == "line"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            act()
            self.server.turn()
        finally:
            sys.settrace(before)
        self.assertGreater(steps, 0)
        return steps


for each in (Turns,):
    globals().update(over_front_ends(each))
