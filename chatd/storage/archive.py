"""Reading what was said: the newest, or what came before or after something. For the readers' threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, func, select
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger

from chatd.core.events import Event
from chatd.storage import schema
from chatd.storage.codec import decode, micros
from chatd.storage.engine import Database

__all__ = ["Archive", "after", "before", "number_at"]

log = Logger(namespace="chatd.storage")

events, places = schema.events, schema.places

T = TypeVar("T")


class Archive:
    """`core.ports.Archive`: the functions below, in the readers' threads, one at a time.

    Two that read at once take the interpreter from the reactor twice as often: with 20 clients that did nothing but
    ask for 200 lines, 99 of 100 bystanders' lines took up to 148 ms with one reader, up to 455 with two.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = DeferredLock()

    def before(self, place: str, limit: int, number: int | None = None) -> Deferred[list[Event]]:
        """Return the last events, or the last ones before that number."""
        return self._read(lambda connection: before(connection, place, limit, number))

    def after(self, place: str, limit: int, number: int) -> Deferred[list[Event]]:
        """Return the first events after that number."""
        return self._read(lambda connection: after(connection, place, limit, number))

    def number_at(self, place: str, when: datetime) -> Deferred[int]:
        """Return the number of the last event older than `when`, or one less than the first that is kept."""
        return self._read(lambda connection: number_at(connection, place, when))

    def _read(self, function: Callable[[Connection], T]) -> Deferred[T]:
        return self._turn.run(self._database.read, function)


def before(connection: Connection, place: str, limit: int, number: int | None = None) -> list[Event]:
    """Return up to `limit` events of a place that came before that number (none: the newest), oldest first."""
    query = _of(place).order_by(events.c.number.desc()).limit(limit)
    if number is not None:
        query = query.where(events.c.number < number)
    return _decoded(connection.execute(query).all()[::-1])


def after(connection: Connection, place: str, limit: int, number: int) -> list[Event]:
    """Return up to `limit` events that came after that number, oldest first."""
    query = _of(place).where(events.c.number > number).order_by(events.c.number).limit(limit)
    return _decoded(connection.execute(query).all())


def number_at(connection: Connection, place: str, when: datetime) -> int:
    """Return the number of the last event of a place that is older than `when`, or one less than the first.

    Numbers follow each other as times do (but for a clock that was set), so this halves the range until
    one is left: about twenty look-ups for a million.
    """
    key = connection.execute(select(places.c.key).where(places.c.id == place)).scalar()
    # Asked one by one: for both at once SQLite looks at every row.
    low, high = (
        connection.execute(select(end(events.c.number)).where(events.c.place == key)).scalar()
        for end in (func.min, func.max)
    )
    if low is None:
        return 0
    wanted, low = micros(when), low - 1
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(
            select(events.c.number, events.c.time)
            .where(events.c.place == key, events.c.number <= middle)
            .order_by(events.c.number.desc())
            .limit(1)
        ).first()
        if row is None or row.time < wanted:
            low = middle
        else:
            high = row.number - 1
    return int(low)


def _of(place: str) -> Select[Any]:
    key = select(places.c.key).where(places.c.id == place).scalar_subquery()
    return select(events.c.number, events.c.event).where(events.c.place == key)


def _decoded(rows: Sequence[Row[Any]]) -> list[Event]:
    found = []
    for row in rows:
        try:
            found.append(decode(row.event, row.number))
        except msgspec.MsgspecError:
            log.failure("event {number} cannot be read", number=row.number)
    return found
