"""The timeline when stores fail, answer twice or raise, and when what it shows raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.logger import LogLevel, capturedLogs

from chatd.core.events import Event
from chatd.core.ports import Source
from chatd.services.timeline import Timeline
from tests.order.parts import Done, HeldStore, Noting
from tests.order.timing import ANN, BOB, TimelineCase


class TroubleTests(TimelineCase):
    def test_a_failed_commit(self) -> None:
        first, second = self.say("one"), self.say("two")
        self.store.fail()
        self.assertEqual((self.log, first.stored, first.number), (["a:one"], False, None))
        self.store.release()
        self.assertEqual((self.log, second.stored, second.number), (["a:one", "a:two"], True, 1))
        self.assertIdle()

    def test_a_failure_that_comes_late(self) -> None:
        self.say("one")
        self.clock.advance(1)
        self.store.fail()
        self.assertEqual(self.log, ["a:one"])
        self.assertIdle()

    def test_a_store_that_answers_twice(self) -> None:
        self.say("one")
        assert self.store.held is not None
        answer = self.store.held[1]
        second = self.say("two")
        self.store.release()
        with capturedLogs() as logs:
            answer([5])
            answer(None)
        self.assertEqual([event["log_level"] for event in logs], [LogLevel.error] * 2)
        self.assertEqual((self.log, second.stored), (["a:one"], True))
        self.store.release()
        self.assertEqual((self.log, second.number), (["a:one", "a:two"], 2))
        self.assertIdle()

    def test_a_lane_that_raises_holds_nobody_up(self) -> None:
        self.say("one", by=ANN)
        self.say("two", Broken("broken", self.log), by=ANN)
        self.say("three", by=ANN)
        self.store.release()
        self.quietly(self.store.release)
        self.assertEqual(self.log, ["a:one", "a:three"])
        self.assertAlive()

    def test_a_reply_that_raises_holds_nobody_up(self) -> None:
        self.say("one", by=ANN)
        self.timeline.after(ANN, _raise)
        self.reply("after it", ANN)
        self.say("two", by=BOB)
        self.quietly(self.store.release)
        self.assertEqual((self.log, self.batches()), (["a:one", "after it"], [1, 1]))
        self.store.release()
        self.assertEqual(self.log[2:], ["a:two"])
        self.assertAlive()

    def test_a_lane_that_raises_out_of_time(self) -> None:
        self.say("one", Broken("broken", self.log))
        self.say("two")
        self.quietly(lambda: self.clock.advance(1))
        self.assertEqual(self.log, ["a:two"])

    def test_a_store_that_raises(self) -> None:
        store = Raising()
        self.timeline = Timeline(store, self.clock)
        self.quietly(lambda: self.say("one"))
        self.clock.advance(1)
        self.assertEqual(self.log, ["a:one"])
        store.broken = False
        second = self.say("two")
        self.clock.advance(1)
        self.assertEqual((self.log, second.stored), (["a:one", "a:two"], True))

    def quietly(self, call: Callable[[], object]) -> None:
        """The error may be logged, but who caused the next thing to happen is not told of it."""
        call()
        self.flushLoggedErrors(RuntimeError)

    def assertAlive(self) -> None:
        self.say("later", by=ANN)
        self.reply("and a reply", ANN)
        self.store.release()
        self.assertEqual(self.log[-2:], ["a:later", "and a reply"])
        self.assertIdle()


class Broken(Noting):
    def publish(self, event: Event, source: Source | None = None) -> None:
        _raise()


class Raising(HeldStore):
    broken = True

    def commit(self, events: Sequence[Event], done: Done) -> None:
        if self.broken:
            _raise()
        super().commit(events, done)
        self.release()


def _raise() -> None:
    raise RuntimeError("on purpose")
