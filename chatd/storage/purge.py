"""Deleting what was said, in steps short enough for commits to go between."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from chatd.storage import schema

__all__ = ["STEP", "delete_until", "forget", "orphans"]

STEP = 500
"""Rows deleted in one transaction: some milliseconds."""

events, places = schema.events, schema.places


def delete_until(connection: Connection, place: str, number: int) -> bool:
    """Delete up to STEP of the oldest events of a place, none above that number; whether that was all."""
    key = select(places.c.key).where(places.c.id == place).scalar_subquery()
    found = connection.execute(
        select(events.c.row)
        .where(events.c.place == key, events.c.number <= number)
        .order_by(events.c.number)
        .limit(STEP)
    )
    rows = list(found.scalars())
    if rows:
        connection.execute(delete(events).where(events.c.row.in_(rows)))
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
