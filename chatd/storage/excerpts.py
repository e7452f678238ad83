"""Paging through what was said in one place, and finding where somebody was talked to. For the readers' threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, or_, select
from twisted.logger import Logger

from chatd.core.events import Event
from chatd.core.excerpts import BEGINNING, END, MILLISECOND, Mark, floored
from chatd.storage import schema
from chatd.storage.codec import decode, instant, micros

__all__ = ["SCAN", "TIME", "around", "between", "decoded", "last_below", "targets"]

log = Logger(namespace="chatd.storage")

SCAN = 50_000
"""Events of other kinds than those asked for that are passed over for one page, at most."""
NEAR = 100
"""Numbers on either side among which an event is looked for by its id: those of two processes need not follow each
other as numbers do where the clock was set back between them."""

events, places = schema.events, schema.places

TIME, ID = "time", "json_extract(event, '$.id')"
"""What numbers follow each other by."""
# Asked twenty times and more for a page: what SQLAlchemy makes of a statement would cost ten times as much.
ENDS = "SELECT {}(number) FROM events WHERE place = ?"
STEP = "SELECT number, {} FROM events WHERE place = ? AND number <= ? ORDER BY number DESC LIMIT 1"


class _Place(NamedTuple):
    """A place as its row has it: the key, and the last number that was given."""

    key: int
    last: int


class _Point(NamedTuple):
    """The last number before a point, and the first one behind it."""

    below: int
    above: int


def between(
    connection: Connection,
    place: str,
    limit: int,
    start: Mark,
    stop: Mark,
    *,
    kinds: Collection[str] | None = None,
) -> list[Event]:
    """Return up to `limit` events next to `start` on the side where `stop` is, as core/excerpts.py does."""
    found = _place(connection, place)
    if found is None:
        return []
    begin, end = _point(connection, found, start), _point(connection, found, stop)
    if begin.below <= end.below:
        return _after(connection, found, limit, begin.above, end.below, kinds=kinds)
    return _before(connection, found, limit, end.above, begin.below, kinds=kinds)


def around(
    connection: Connection, place: str, limit: int, mark: Mark, *, kinds: Collection[str] | None = None
) -> list[Event]:
    """Return up to `limit` events around a point."""
    found = _place(connection, place)
    if found is None:
        return []
    here = _point(connection, found, mark).below
    after = _after(connection, found, limit - limit // 2, here + 1, found.last, kinds=kinds)
    return _before(connection, found, limit - len(after), 1, here, kinds=kinds) + after


def targets(
    connection: Connection,
    rooms: Collection[str],
    account: str,
    limit: int,
    *,
    start: datetime,
    stop: datetime,
    kinds: Collection[str] | None = None,
) -> list[tuple[str, datetime]]:
    """Return where something was said last between two times, and when: of some rooms, and of the places where an
    account talks in private; oldest first, those next to `start` if there are more than `limit`."""
    early, late = sorted((floored(start), floored(stop)))
    low, high = micros(early + MILLISECOND), micros(late)
    found: dict[str, int] = {}
    for condition in _where(rooms, account):
        for row in connection.execute(_latest(kinds).where(condition)):
            if row.time is not None and low <= row.time < high:
                found[row.id] = row.time
    ordered = sorted(found.items(), key=lambda each: each[1])
    cut = ordered[:limit] if start <= stop else ordered[-limit:]
    return [(id, instant(time)) for id, time in cut]


def _where(rooms: Collection[str], account: str) -> list[ColumnElement[bool]]:
    """Return one condition for each index of the places: of all at once SQLite would look at every place."""
    found: list[ColumnElement[bool]] = [places.c.id.in_(list(rooms))] if rooms else []
    if account:
        # One of two who talk in private stands first in the id of their place, the other in `second`.
        found.append(places.c.id.between(f"private:{account}:", f"private:{account};"))
        found.append(places.c.second == account)
    return found


def _latest(kinds: Collection[str] | None) -> Select[Any]:
    """Return the question for places with the times of their last events."""
    time = (
        select(events.c.time)
        .where(events.c.place == places.c.key, events.c.number > places.c.last - SCAN, *_of(kinds))
        .order_by(events.c.number.desc())
        .limit(1)
        .correlate(places)
        .scalar_subquery()
    )
    return select(places.c.id, time.label("time"))


def _place(connection: Connection, place: str) -> _Place | None:
    row = connection.execute(select(places.c.key, places.c.last).where(places.c.id == place)).first()
    return None if row is None else _Place(row.key, row.last)


def _point(connection: Connection, place: _Place, mark: Mark) -> _Point:
    """Return between which numbers a point lies: what is there itself lies between them, too."""
    if mark == BEGINNING:
        return _Point(0, 1)
    if mark == END:
        return _Point(place.last, place.last + 1)
    if isinstance(mark, datetime):
        below, to = (
            last_below(connection, place.key, TIME, micros(when))
            for when in (floored(mark), floored(mark) + MILLISECOND)
        )
        return _Point(below, to + 1)
    id: ColumnElement[str] = func.json_extract(events.c.event, "$.id")
    below = last_below(connection, place.key, ID, mark)
    here = connection.execute(
        select(events.c.number).where(
            events.c.place == place.key, events.c.number.between(below - NEAR, below + NEAR), id == mark
        )
    ).scalar()
    return _Point(below, below + 1) if here is None else _Point(here - 1, here + 1)


def _after(
    connection: Connection, place: _Place, limit: int, low: int, high: int, *, kinds: Collection[str] | None
) -> list[Event]:
    """Return the first events of a range of numbers."""
    query = _range(place, low, min(high, low + SCAN), kinds).order_by(events.c.number).limit(limit)
    return decoded(connection.execute(query).all())


def _before(
    connection: Connection, place: _Place, limit: int, low: int, high: int, *, kinds: Collection[str] | None
) -> list[Event]:
    """Return the last events of a range of numbers, oldest first."""
    query = _range(place, max(low, high - SCAN), high, kinds).order_by(events.c.number.desc()).limit(limit)
    return decoded(connection.execute(query).all()[::-1])


def _range(place: _Place, low: int, high: int, kinds: Collection[str] | None) -> Select[Any]:
    return select(events.c.number, events.c.event).where(
        events.c.place == place.key, events.c.number >= low, events.c.number <= high, *_of(kinds)
    )


def _of(kinds: Collection[str] | None) -> Sequence[ColumnElement[bool]]:
    """Return what holds for events of some kinds: their JSON begins with it."""
    if kinds is None:
        return ()
    begins = [events.c.event.startswith(f'{{"type":"{kind}",', autoescape=True) for kind in sorted(kinds)]
    return (or_(false(), *begins),)


def last_below(connection: Connection, key: int, column: str, wanted: int | str) -> int:
    """Return the last number of a place (its key) where TIME or ID is less than `wanted`, or one less than the first.

    Numbers follow each other as times do (but for a clock that was set), and as ids, so this halves the range until
    one is left: about twenty look-ups for a million.
    """
    # Asked one by one: for both at once SQLite looks at every row.
    low, high = (connection.exec_driver_sql(ENDS.format(end), (key,)).scalar() for end in ("min", "max"))
    if low is None or high is None:
        return 0
    low -= 1
    step = STEP.format(column)
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.exec_driver_sql(step, (key, middle)).first()
        if row is None or row[1] < wanted:
            low = middle
        else:
            high = row[0] - 1
    return int(low)


def decoded(rows: Sequence[Row[Any]]) -> list[Event]:
    """Return the events of rows, but for those that cannot be read."""
    found = []
    for row in rows:
        try:
            found.append(decode(row.event, row.number))
        except msgspec.MsgspecError:
            log.failure("event {number} cannot be read", number=row.number)
    return found
