"""Which records are written when one kind comes again and again."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from twisted.internet.task import Clock
from twisted.logger import LogLevel, formatEvent

from chatd.services.repeats import BURST, KINDS, READY_MADE_BURST, Repeats


def event(words: str, namespace: str = "chatd.test", level: Any = LogLevel.warn, **values: Any) -> Any:
    return {"log_format": words, "log_namespace": namespace, "log_level": level, **values}


class Floods(TestCase):
    """One kind of record, many times."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.repeats = Repeats(self.clock.seconds)

    def passed(self, *events: Any) -> int:
        return sum(self.repeats.passes(one) for one in events)

    def told(self) -> list[str]:
        return [formatEvent(one) for one in self.repeats.told()]

    def test_a_burst_and_a_few_a_minute(self) -> None:
        """The values in it do not matter, the words do."""
        flood = [event("gone: {nick}", nick=f"nick{number}") for number in range(1000)]
        self.assertEqual(self.passed(*flood), BURST)
        self.assertEqual(self.told(), ["980 more like this: gone: {nick}"])
        self.clock.advance(60)
        self.assertEqual(self.passed(*flood), 4)
        self.clock.advance(3600)
        self.assertEqual(self.passed(*flood), BURST)

    def test_told_once(self) -> None:
        self.passed(*[event("again")] * (BURST + 3))
        self.assertEqual(self.told(), ["3 more like this: again"])
        self.assertEqual(self.told(), [])

    def test_as_it_was(self) -> None:
        """What tells of it has the namespace and the level of what was swallowed."""
        self.passed(*[event("again", "chatd.here", LogLevel.error)] * (BURST + 1))
        (one,) = self.repeats.told()
        self.assertEqual((one["log_namespace"], one["log_level"]), ("chatd.here", LogLevel.error))

    def test_others_are_not_meant(self) -> None:
        """Other words, and the same words of somebody else, pass."""
        self.passed(*[event("again")] * 100)
        self.assertEqual(self.passed(event("something else"), event("again", "chatd.other")), 2)

    def test_never(self) -> None:
        """What steers the server, what is open, what -d shows, and what is critical."""
        for never in (
            event("{door} {by}", "chatd.audit", LogLevel.info),
            event("{door} open", "chatd.doors", LogLevel.info),
            event("{event}", "chatd.events", LogLevel.debug),
            event("failed", "chatd.test", LogLevel.critical),
        ):
            self.assertEqual(self.passed(*[never] * 1000), 1000)
        self.assertEqual(self.told(), [])

    def test_ready_made(self) -> None:
        """Texts of the old log and of print are of one kind if they differ in numbers only."""
        ports = [event("{log_text}", "log_legacy", log_text=f"starting on {n}") for n in range(100)]
        self.assertEqual(self.passed(*ports), BURST)
        self.assertEqual(self.told(), ["80 more like this: starting on #"])
        self.assertEqual(self.passed(event("{log_text}", "log_legacy", log_text="something else")), 1)

    def test_ready_made_and_all_different(self) -> None:
        """Together they have a limit too: a text may hold what a client sent."""
        texts = ["x" * (n // 20) + "y" * (n % 20) + "z" for n in range(200 + READY_MADE_BURST)]
        lines = [event("{log_io}", "stderr", log_io=text) for text in texts]
        self.assertEqual(self.passed(*lines), READY_MADE_BURST)
        (told,) = self.told()
        self.assertTrue(told.startswith("200 more like this: xxx"), told)

    def test_more_kinds_than_are_kept(self) -> None:
        """The number of kinds is bounded; what was swallowed of those given up is told all the same."""
        self.passed(*[event("first")] * (BURST + 7))
        for number in range(2 * KINDS):
            self.passed(event(f"kind {number}"))
        self.assertLessEqual(len(self.repeats._kinds), KINDS)
        self.assertEqual(self.told(), ["7 more like this: records of many kinds"])

    def test_odd_events(self) -> None:
        """Nothing that an event has, or lacks, raises."""
        for odd in (
            {},
            {"log_format": None},
            {"log_format": b"x", "log_namespace": None},
            event("{log_text}"),
        ):
            self.assertTrue(self.repeats.passes(odd))
