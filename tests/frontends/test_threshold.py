"""Handshakes that come at once: so much of a turn is theirs, and the rest of them waits unread."""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.share import SECONDS
from chatd.frontends.threshold import Threshold


class Turns:
    """A clock on which what is asked for now comes in the next turn, as the reactor has it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.next: list[Callable[..., object]] = []

    def seconds(self) -> float:
        return self.now

    def callLater(self, delay: float, does: Callable[..., object]) -> None:
        assert not delay
        self.next.append(does)

    def turn(self) -> None:
        due, self.next = self.next, []
        for each in due:
            each()


class Newcomer:
    """Each step of his handshake takes a third of what all have in a turn."""

    def __init__(self, clock: Turns) -> None:
        self._clock = clock
        self.transport = self
        self.gone = False
        self.reading = True
        self.aborted = False
        self.came: list[bytes] = []

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def abortConnection(self) -> None:
        self.aborted = True

    def fail(self, data: bytes) -> None:
        raise ZeroDivisionError(data)

    def proceed(self, data: bytes) -> None:
        self.came.append(data)
        self._clock.now += SECONDS / 2.9


class ThresholdTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Turns()
        self.threshold = Threshold(self.clock)  # type: ignore[arg-type]  # no call of it is cancelled
        self.people = [Newcomer(self.clock) for _ in range(8)]

    def came(self) -> list[int]:
        return [number for number, each in enumerate(self.people) if each.came]

    def test_so_many_in_a_turn(self) -> None:
        """In the order in which they came; who waits is not read."""
        for each in self.people:
            self.threshold.take(each, b"hello")
        self.assertEqual(self.came(), [0, 1, 2])
        self.assertEqual([each.reading for each in self.people], [True] * 3 + [False] * 5)
        self.clock.turn()
        self.assertEqual(self.came(), [0, 1, 2, 3, 4, 5])
        # Who comes now is behind those who wait.
        self.threshold.take(self.people[0], b"more")
        self.assertEqual(self.people[0].came, [b"hello"])
        self.clock.turn()
        self.assertEqual(self.came(), list(range(8)))
        self.assertEqual(self.people[0].came, [b"hello", b"more"])
        self.assertTrue(all(each.reading for each in self.people))
        self.clock.turn()
        self.assertEqual(self.clock.next, [])

    def test_who_fails(self) -> None:
        """It costs him his connection; those behind him go on."""
        for each in self.people:
            self.threshold.take(each, b"hello")
        self.people[3].proceed = self.people[3].fail  # type: ignore[method-assign]
        for _ in range(2):
            self.clock.turn()
        self.assertEqual(self.came(), [0, 1, 2, 4, 5, 6, 7])
        self.assertTrue(self.people[3].aborted)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_who_goes_meanwhile(self) -> None:
        for each in self.people:
            self.threshold.take(each, b"hello")
        self.people[4].gone = True
        self.clock.turn()
        self.assertEqual(self.came(), [0, 1, 2, 3, 5, 6])

    def test_each_turn_begins_anew(self) -> None:
        for _ in range(2):
            self.threshold.take(self.people[0], b"hello")
        self.clock.turn()
        for each in self.people[1:4]:
            self.threshold.take(each, b"hello")
        self.assertEqual(self.came(), [0, 1, 2, 3])
