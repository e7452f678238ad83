"""Who says more than can be stored is read no further until it is: nobody's lines wait behind a flood of his."""

from __future__ import annotations

from tests.behaviour.cases import Behaviour, over_front_ends


class Backlog(Behaviour):
    def test_so_many_lines_wait_and_no_more(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.store.holding = True
        for start in range(0, 160, 16):
            alice.transmit(alice.packet(*(f"line {number}" for number in range(start, start + 16))))
            if alice.wire.producerState == "paused":
                break
        timeline, session = self.server.timeline, alice.protocol.session
        self.assertLessEqual(timeline.waiting.get(session, 0), 65)  # with what tells when it is over
        self.assertEqual(alice.wire.producerState, "paused")
        bob.say("meanwhile")
        self.server.store.release()
        for _ in range(10):
            self.server.turn()
        self.assertEqual(alice.wire.producerState, "producing")
        said = [each[-1] for each in bob.seen() if each[0] == "said"]
        self.assertEqual(said, [f"line {number}" for number in range(len(said))])
        self.assertGreaterEqual(len(said), 64)
        self.assertFalse(alice.closed)


globals().update(over_front_ends(Backlog))
