"""Deleting what was said, in steps short enough for commits to go between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from chatd.storage import schema, search

__all__ = [
    "STEP",
    "Extent",
    "audit_due",
    "delete_audit",
    "delete_rows",
    "delete_until",
    "extents",
    "forget",
    "orphans",
]

STEP = 100
"""Rows deleted in one transaction: some 10 ms of CPU, most of it for the index of words."""

events, places, audit, mail = schema.events, schema.places, schema.audit, schema.mail


class Extent(NamedTuple):
    """What is kept of a place: its first number and that one's time (microseconds), the last number ever given."""

    key: int
    place: str
    first: int
    oldest: int
    last: int


def extents(connection: Connection, after: int, limit: int) -> list[Extent]:
    """Return the extents of up to so many places whose key is above `after`; none of a place where nothing is kept."""
    oldest = (
        select(events.c.row)
        .where(events.c.place == places.c.key)
        .order_by(events.c.number)
        .limit(1)
        .correlate(places)
        .scalar_subquery()
    )
    found = connection.execute(
        select(places.c.key, places.c.id, events.c.number, events.c.time, places.c.last)
        .join_from(places, events, events.c.row == oldest)
        .where(places.c.key > after)
        .order_by(places.c.key)
        .limit(limit)
    )
    return [Extent(*row) for row in found]


def delete_until(connection: Connection, place: str, number: int, before: int | None = None) -> bool:
    """Delete up to STEP of the oldest events of a place, none above that number; whether that was all.

    With `before` (microseconds) only what is older. Numbers are never given again: `places.last` stays.
    """
    key = select(places.c.key).where(places.c.id == place).scalar_subquery()
    query = select(events.c.row).where(events.c.place == key, events.c.number <= number)
    if before is not None:
        query = query.where(events.c.time < before)
    rows = list(connection.execute(query.order_by(events.c.number).limit(STEP)).scalars())
    delete_rows(connection, rows)
    return len(rows) < STEP


def delete_rows(connection: Connection, rows: list[int]) -> None:
    """Delete events and what points at them: mail, and their words in the index."""
    if rows:
        search.remove(connection, rows)
        connection.execute(delete(mail).where(mail.c.row.in_(rows)))
        connection.execute(delete(events).where(events.c.row.in_(rows)))


def audit_due(connection: Connection, before: int) -> bool:
    """Whether the oldest record of who steered the server is older than that (microseconds)."""
    oldest = connection.execute(select(audit.c.time).order_by(audit.c.row).limit(1)).scalar()
    return oldest is not None and oldest < before


def delete_audit(connection: Connection, before: int) -> bool:
    """Delete up to STEP of the oldest records of who steered the server that are older; whether that was all."""
    first = connection.execute(select(audit.c.row, audit.c.time).order_by(audit.c.row).limit(STEP)).all()
    rows = [row.row for row in first if row.time < before]
    connection.execute(delete(audit).where(audit.c.row.in_(rows)))
    return len(rows) < STEP


def forget(connection: Connection, place: str) -> bool:
    """Delete up to STEP events of a place that has ended and, with the last ones, the place; whether that was all."""
    finished = delete_until(connection, place, 2**62)
    if finished:
        connection.execute(delete(places).where(places.c.id == place))
    return finished


def orphans(connection: Connection, kept: Iterable[str]) -> list[str]:
    """Return the rooms of earlier processes that ended with them: all places but private talks and those kept."""
    found = connection.execute(select(places.c.id).where(~places.c.id.startswith("private:"))).scalars()
    wanted = set(kept)
    return [place for place in found if place not in wanted]
