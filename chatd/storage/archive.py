"""Reading what was said: the newest, or what came before or after something. For the readers' threads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, select
from twisted.internet.defer import Deferred, DeferredLock

from chatd.core.events import Event
from chatd.core.excerpts import Mark
from chatd.storage import excerpts, schema
from chatd.storage.codec import micros
from chatd.storage.engine import Database
from chatd.storage.excerpts import TIME, decoded, last_below

__all__ = ["Archive", "after", "before", "number_at"]

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

    def between(
        self, place: str, limit: int, start: Mark, stop: Mark, *, kinds: Collection[str] | None = None
    ) -> Deferred[list[Event]]:
        """Return events next to `start`, on the side where `stop` is, without those two."""
        return self._read(
            lambda connection: excerpts.between(connection, place, limit, start, stop, kinds=kinds)
        )

    def around(
        self, place: str, limit: int, mark: Mark, *, kinds: Collection[str] | None = None
    ) -> Deferred[list[Event]]:
        """Return events around a point."""
        return self._read(lambda connection: excerpts.around(connection, place, limit, mark, kinds=kinds))

    def targets(
        self,
        rooms: Collection[str],
        account: str,
        limit: int,
        *,
        start: datetime,
        stop: datetime,
        kinds: Collection[str] | None = None,
    ) -> Deferred[list[tuple[str, datetime]]]:
        """Return places where something was said last between two times, and when."""
        return self._read(
            lambda connection: excerpts.targets(
                connection, rooms, account, limit, start=start, stop=stop, kinds=kinds
            )
        )

    def _read(self, function: Callable[[Connection], T]) -> Deferred[T]:
        return self._turn.run(self._database.read, function)


def before(connection: Connection, place: str, limit: int, number: int | None = None) -> list[Event]:
    """Return up to `limit` events of a place that came before that number (none: the newest), oldest first."""
    query = _of(place).order_by(events.c.number.desc()).limit(limit)
    if number is not None:
        query = query.where(events.c.number < number)
    return decoded(connection.execute(query).all()[::-1])


def after(connection: Connection, place: str, limit: int, number: int) -> list[Event]:
    """Return up to `limit` events that came after that number, oldest first."""
    query = _of(place).where(events.c.number > number).order_by(events.c.number).limit(limit)
    return decoded(connection.execute(query).all())


def number_at(connection: Connection, place: str, when: datetime) -> int:
    """Return the number of the last event of a place that is older than `when`, or one less than the first."""
    key = connection.execute(select(places.c.key).where(places.c.id == place)).scalar()
    return 0 if key is None else last_below(connection, key, TIME, micros(when))


def _of(place: str) -> Select[Any]:
    key = select(places.c.key).where(places.c.id == place).scalar_subquery()
    return select(events.c.number, events.c.event).where(events.c.place == key)
