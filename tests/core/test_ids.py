"""Identifiers and times: sorted, never twice, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.ids import Ids


class IdsTests(SynchronousTestCase):
    @given(st.lists(st.floats(1.7e9, 1.7e9 + 60), min_size=1))
    def test_they_sort_however_the_clock_is_set(self, times: list[float]) -> None:
        rest = iter(times)
        ids = Ids(lambda: next(rest), process="f" * 16)
        made = [ids.next() for _ in times]
        self.assertEqual(made, sorted(set(made)))
        self.assertEqual({len(id) for id in made}, {32})

    def test_the_time_is_that_of_the_clock(self) -> None:
        """Also when the clock was set back, which no identifier follows."""
        times = iter((100.0, 100.0004, 100.001, 50.0))
        ids = Ids(lambda: next(times), process="")
        stamps = [ids.stamp() for _ in range(4)]
        found = [(time - datetime.fromtimestamp(0, UTC)).total_seconds() for _, time in stamps]
        self.assertEqual(found, [100.0, 100.0004, 100.001, 50.0])
        self.assertEqual(
            [id for id, _ in stamps],
            ["0000000186a00000", "0000000186a00001", "0000000186a10000", "0000000186a10001"],
        )

    def test_more_than_a_millisecond_has(self) -> None:
        ids = Ids(lambda: 1.0, process="")
        made = [ids.next() for _ in range(65_537)]
        self.assertEqual((made[0], made[-1]), ("0000000003e80000", "0000000003e90000"))
