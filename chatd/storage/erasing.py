"""Finding what an account said and did, and taking it out of there, some rows at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from chatd.core.erasure import How, erased, mask_of
from chatd.storage import purge, schema, search
from chatd.storage.codec import decode, encode

__all__ = ["STEP", "Task", "begin", "found", "step", "tasks"]

STEP = 5000
"""Rows looked through in one transaction: some 10 ms."""
CHANGED = 100
"""Rows changed in one transaction, and their words with them."""

events, erasures = schema.events, schema.erasures


class Task(NamedTuple):
    """An account that is to be taken out of the events behind a row."""

    account: str
    how: How
    row: int


def begin(connection: Connection, account: str, how: How) -> None:
    """Let an account be taken out of everything, later and also after a restart."""
    task = insert(erasures).values(account=account, how=how, row=0)
    connection.execute(task.on_conflict_do_nothing())


def tasks(connection: Connection) -> list[Task]:
    """Return what is to be done."""
    return [Task(row.account, row.how, row.row) for row in connection.execute(select(erasures))]


def found(
    connection: Connection, account: str, after: int, limit: int = CHANGED
) -> tuple[list[Row[Any, Any, Any]], int | None]:
    """Look through the next rows for an account: return those that name it and the row to go on after; none:
    that was all there are."""
    last = connection.execute(select(func.max(events.c.row))).scalar() or 0
    end = after + STEP
    rows = connection.execute(
        select(events.c.row, events.c.number, events.c.event)
        .where(events.c.row > after, events.c.row <= end, _names(account))
        .order_by(events.c.row)
        .limit(limit)
    ).all()
    if len(rows) == limit:
        return list(rows), rows[-1].row
    return list(rows), None if end >= last else end


def _names(account: str) -> ColumnElement[bool]:
    """Whether an event names an account: as somebody in it, or as the one who is banned."""
    column = events.c.event
    return column.contains(f'"account":"{account}"') | column.contains(f'"mask":"{mask_of(account)}"')


def step(connection: Connection, task: Task) -> Task | None:
    """Take an account out of the next rows; return what is left to do, none: nothing."""
    rows, after = found(connection, task.account, task.row)
    changed, gone = [], []
    for row in rows:
        try:
            event = erased(decode(row.event, row.number), task.account, task.how)
        except msgspec.MsgspecError:
            continue  # of a newer chatd: archive.py logs it where somebody would read it
        if event is None:
            gone.append(row.row)
        else:
            changed.append((encode(event), row.row))
    purge.delete_rows(connection, gone)
    if changed:
        numbers = [row for _, row in changed]
        search.remove(connection, numbers)
        connection.exec_driver_sql('UPDATE events SET event = ? WHERE "row" = ?', changed)
        search.put_back(connection, numbers)
    where = erasures.c.account == task.account
    if after is None:
        connection.execute(delete(erasures).where(where))
        return None
    connection.execute(update(erasures).where(where).values(row=after))
    return task._replace(row=after)
