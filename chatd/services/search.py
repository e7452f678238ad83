"""Searching for many at once: one search at a time, so that a reader is left for history, and few that wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from twisted.internet.defer import Deferred, DeferredSemaphore

from chatd.core.errors import ChatError, Code
from chatd.core.ports import Hits, Scope
from chatd.core.queries import Query
from chatd.storage import finding

__all__ = ["SearchService"]

WAITING = 16
"""Searches that may wait for their turn."""

T = TypeVar("T")


class Readable(Protocol):
    """What is asked of storage/engine.py."""

    def read(self, function: Callable[[Connection], T]) -> Deferred[T]:
        """Call a function with a reader's connection."""


class SearchService:
    """`core.ports.Searcher`."""

    def __init__(self, database: Readable) -> None:
        self._database = database
        self._turns = DeferredSemaphore(1)

    def find(self, query: Query, scope: Scope) -> Deferred[Hits]:
        """Return the newest events that a query means. Raises ChatError(BUSY)."""
        if len(self._turns.waiting) >= WAITING:
            raise ChatError(Code.BUSY, "too many search at the moment; try again in a few seconds")
        return self._turns.run(self._database.read, lambda connection: finding.find(connection, query, scope))
