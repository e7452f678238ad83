"""Looking something up in the index of words. For a reader's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import OperationalError
from twisted.logger import Logger

from chatd.core import words
from chatd.core.bodies import Who
from chatd.core.events import Event, PrivateMessage, RoomEvent
from chatd.core.ports import Hits, Scope
from chatd.core.queries import Query
from chatd.storage import schema
from chatd.storage.codec import decode, instant, micros

__all__ = ["PAGE", "PAGE_BYTES", "SECONDS", "expression", "find"]

log = Logger(namespace="chatd.storage")

PAGE = 20
"""Events returned at once."""
PAGE_BYTES = 16_384
"""Bytes of JSON returned at once, about: many clients read no line longer than 64 KiB."""
SECONDS = 0.5
"""How long a search may take; then it returns what it has."""
ROOMS = 64
"""Rooms that one question to the index names: each costs a look at every hit."""
OPCODES = 200
"""Steps of SQLite's machine between two looks at the clock. Inside an index it takes few of them: one page, one look."""

_NOTHING = "\ue00f"
"""A word that no row has."""
HITS = """
SELECT events.row, events.number, events.time, events.event
FROM words CROSS JOIN events ON events.row = words.rowid
WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ?
ORDER BY words.rowid DESC
"""

events = schema.events


def find(connection: Connection, query: Query, scope: Scope, seconds: float = SECONDS) -> Hits:
    """Return the newest events that a query means and that may be read in `scope`, newest first.

    Events of one and the same time are not parted, up to twice as many, so that the next page can begin before
    that time.
    """
    hits = Hits()
    if not scope.rooms and not scope.account:
        return hits
    low = 0 if query.after is None else _row_at(connection, query.after)
    high = 2**62 if query.before is None else _row_at(connection, query.before)
    room, last = PAGE_BYTES, 0
    try:
        with _limited(connection, seconds) as overdue:
            for row in _rows(connection, (expression(query, scope), low, high)):
                full = len(hits.events) >= PAGE or room <= 0
                if full and (row.time != last or len(hits.events) >= 2 * PAGE or room <= -PAGE_BYTES):
                    hits.rest = instant(last)
                    break
                last = row.time
                event = _readable(row, scope)
                if event is not None:
                    hits.events.append(event)
                    room -= len(row.event)
                if overdue():
                    hits.hasty, hits.rest = True, instant(last)
                    break
    except OperationalError as error:
        if str(error.orig) != "interrupted":
            raise
        hits.hasty, hits.rest = True, instant(last) if last else None
    return hits


def expression(query: Query, scope: Scope) -> str:
    """Return what is asked of the index (SQLite, FTS5 §3). Every word stands in quotes and holds none."""
    wanted = [_term(each) for each in query.phrases]
    if query.authors:
        wanted.append(_any(_word(words.author(nick)) for nick in query.authors))
    if query.link:
        wanted.append(_word(words.LINK))
    unwanted = [_term(each) for each in query.without]
    mine = _word(words.partner(scope.account)) if scope.account else ""
    if scope.others:
        mine = f"({mine} AND {_any(_word(words.partner(each)) for each in sorted(scope.others))})"
    places = ""
    if len(scope.rooms) <= ROOMS:
        named = [_word(words.place(id)) for id in sorted(scope.rooms)]
        places = _any([*named, mine] if mine else named)
    else:
        # What is left over of more rooms than these is passed by one by one (_readable).
        private = _word(words.PRIVATE)
        unwanted.append(f"({private} NOT {mine})" if mine else private)
        unwanted += [_word(words.place(id)) for id in sorted(scope.closed)[:ROOMS]]
    if not wanted:
        return f"{places} NOT {_any(unwanted)}" if unwanted else places
    # Without a NOT between them the rooms would be looked into for each hit of each word, not of all together.
    asked = f"({' AND '.join(wanted)}) NOT {_any(unwanted or [_word(_NOTHING)])}"
    return f"({asked}) AND {places}" if places else asked


def _term(tokens: Iterable[str]) -> str:
    return f'"{" ".join(tokens)}"'


def _word(token: str) -> str:
    return f'"{token}"'


def _any(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"


def _rows(connection: Connection, values: tuple[str, int, int]) -> Iterator[Row[Any]]:
    """Yield what the index finds, one by one as it is found."""
    found = connection.exec_driver_sql(HITS, values)
    try:
        yield from found
    finally:
        found.close()


def _readable(row: Row[Any], scope: Scope) -> Event | None:
    """Return an event if it may be read and is not of somebody ignored."""
    try:
        event = decode(row.event, row.number)
    except msgspec.MsgspecError:
        log.failure("event {number} cannot be read", number=row.number)
        return None
    who: Who | None = getattr(event, "who", None)
    if who is not None and who.identity in scope.ignoring:
        return None
    if isinstance(event, PrivateMessage):
        event.sent = event.who.account == scope.account
        mine, other = (event.who, event.to) if event.sent else (event.to, event.who)
        meant = not scope.others or other.account in scope.others
        return event if scope.account and mine.account == scope.account and meant else None
    return event if isinstance(event, RoomEvent) and event.room_id in scope.rooms else None


@contextmanager
def _limited(connection: Connection, seconds: float) -> Iterator[Callable[[], bool]]:
    """Interrupt what the connection does after so many seconds; yield a function that says whether they are over."""
    until = monotonic() + seconds

    def overdue() -> bool:
        return monotonic() > until

    driver: Any = connection.connection.dbapi_connection
    driver.set_progress_handler(overdue, OPCODES)
    try:
        yield overdue
    finally:
        driver.set_progress_handler(None, 0)


def _row_at(connection: Connection, when: datetime) -> int:
    """Return the first row that is not older than `when`, as far as rows follow each other as times do."""
    # One by one: of both at once SQLite makes a walk through the table.
    low, high = (connection.execute(select(each(events.c.row))).scalar() for each in (func.min, func.max))
    if low is None or high is None:
        return 0
    wanted, high = micros(when), high + 1
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            select(events.c.row, events.c.time).where(events.c.row >= middle).order_by(events.c.row).limit(1)
        ).first()
        if row is None or row.time >= wanted:
            high = middle
        else:
            low = row.row + 1
    return int(low)
