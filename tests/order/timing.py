"""A timeline whose store can be held, with two lanes that note what leaves."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.events import Event
from chatd.core.ports import Lane, Source
from chatd.services.timeline import Timeline
from tests.order.parts import Ear, HeldStore, Noting, PlainCodec, message

__all__ = ["ANN", "BOB", "TimelineCase"]

ANN = Ear(PlainCodec())
BOB = Ear(PlainCodec())


class TimelineCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.log: list[str] = []
        self.clock = Clock()
        self.store = HeldStore()
        self.timeline = Timeline(self.store, self.clock)
        self.a = Noting("a", self.log)
        self.b = Noting("b", self.log)

    def say(self, words: str, lane: Lane | None = None, by: Ear | None = None) -> Event:
        event = message(words)
        self.timeline.put(event, lane or self.a, None if by is None else Source(by))
        return event

    def batches(self) -> list[int]:
        return [len(batch) for batch in self.store.batches]

    def reply(self, words: str, to: Ear) -> None:
        self.timeline.after(to, lambda: self.log.append(words))

    def assertIdle(self) -> None:
        self.assertEqual(len(self.timeline), 0)
        self.clock.advance(2)
        self.assertEqual(self.clock.getDelayedCalls(), [])
