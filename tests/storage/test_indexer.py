"""When the index is filled: a little after each commit, again after trouble, not after the end."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import OperationalError
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatd.storage import indexer
from chatd.storage.indexer import Indexer


class Writer:
    """Stands for the database's thread: a step ends when the test says so."""

    def __init__(self) -> None:
        self.steps: list[Deferred[bool]] = []

    def write(self, function: Any) -> Deferred[bool]:
        """Begin a step."""
        self.steps.append(Deferred())
        return self.steps[-1]


class Indexing(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.writer = Writer()
        self.indexer = Indexer(self.writer, self.clock)  # type: ignore[arg-type]

    def begun(self, seconds: float) -> int:
        """Let time pass; return how many steps have begun in all."""
        self.clock.advance(seconds)
        return len(self.writer.steps)

    def test_soon_after_a_commit_once_for_many(self) -> None:
        for _ in range(10):
            self.indexer.stored()
            self.clock.advance(indexer.DELAY / 20)
        self.assertEqual(self.begun(0), 0)
        self.assertEqual(self.begun(indexer.DELAY), 1)

    def test_one_step_at_a_time(self) -> None:
        self.indexer.stored()
        self.begun(indexer.DELAY)
        self.indexer.stored()
        self.assertEqual(self.begun(60), 1)
        self.writer.steps[0].callback(True)
        self.assertEqual(self.begun(indexer.DELAY), 2)
        self.writer.steps[1].callback(True)
        self.assertEqual(self.begun(60), 2)

    def test_on_while_there_is_more(self) -> None:
        self.indexer.stored()
        self.begun(indexer.DELAY)
        self.writer.steps[0].callback(False)
        self.assertEqual(self.begun(indexer.PAUSE), 2)

    def test_again_after_trouble(self) -> None:
        """Said once, each way."""
        self.indexer.stored()
        self.begun(indexer.DELAY)
        for _ in range(3):
            self.writer.steps[-1].errback(OperationalError("INSERT", (), Exception("disk is full")))
            self.begun(indexer.RETRY)
        self.writer.steps[-1].callback(True)
        self.assertEqual(self.begun(60), 4)
        self.assertFalse(self.flushLoggedErrors())

    def test_not_after_the_end(self) -> None:
        self.indexer.stored()
        self.indexer.stop()
        self.indexer.stored()
        self.assertEqual(self.begun(60), 0)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_not_after_the_end_of_a_step(self) -> None:
        self.indexer.stored()
        self.begun(indexer.DELAY)
        self.indexer.stop()
        self.writer.steps[0].callback(False)
        self.assertEqual(self.begun(60), 1)
