"""How long who was wrong has to wait."""

from __future__ import annotations

from unittest import TestCase

from chatd.core.throttle import FREE, LONGEST, REMEMBERED, Throttle

HERE = ("alice", "192.0.2.7")


class Throttled(TestCase):
    def setUp(self) -> None:
        self.throttle = Throttle()

    def fail(self, count: int, now: float = 0.0) -> None:  # type: ignore[override]
        for _ in range(count):
            self.throttle.failed(*HERE, now)

    def test_three_a_minute(self) -> None:
        self.assertEqual(self.throttle.wait(*HERE, 0), 0)
        self.fail(FREE - 1)
        self.assertEqual(self.throttle.wait(*HERE, 0), 0)
        self.fail(1)
        self.assertEqual(self.throttle.wait(*HERE, 0), 60)
        self.assertEqual(self.throttle.wait(*HERE, 59), 1)
        self.assertEqual(self.throttle.wait(*HERE, 60), 0)

    def test_longer_and_longer(self) -> None:
        now, waits = 0.0, []
        self.fail(FREE)
        for _ in range(10):
            wait = self.throttle.wait(*HERE, now)
            waits.append(wait)
            now += wait
            self.fail(1, now)
        self.assertEqual(waits, [60, 120, 240, 480, 960, 1920, LONGEST, LONGEST, LONGEST, LONGEST])

    def test_time_forgives(self) -> None:
        self.fail(FREE)
        self.assertEqual(self.throttle.wait(*HERE, 10_000), 0)
        self.throttle.failed(*HERE, 10_000)
        self.assertEqual(self.throttle.wait(*HERE, 10_000), 0)

    def test_another_address_is_not_held_up(self) -> None:
        self.fail(10)
        self.assertEqual(self.throttle.wait("alice", "192.0.2.8", 0), 0)
        self.assertEqual(self.throttle.wait("bob", HERE[1], 0), 0)

    def test_the_right_one_ends_it(self) -> None:
        self.fail(10)
        self.throttle.succeeded(*HERE)
        self.assertEqual(self.throttle.wait(*HERE, 0), 0)

    def test_bounded(self) -> None:
        for number in range(2 * REMEMBERED):
            self.throttle.failed(str(number), "", 0)
        self.assertEqual(len(self.throttle._tries), REMEMBERED)
