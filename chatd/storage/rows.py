"""What several tables need: a row put in place of another, and a moment that may be none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.sqlite import insert

from chatd.storage.codec import micros

__all__ = ["moment", "put"]


def put(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row, or overwrite the one with its primary key."""
    rest = {name: value for name, value in values.items() if not table.c[name].primary_key}
    statement = insert(table).values(**values)
    keys = list(table.primary_key)
    connection.execute(
        statement.on_conflict_do_update(keys, set_=rest) if rest else statement.on_conflict_do_nothing(keys)
    )


def moment(when: datetime | None) -> int | None:
    """Return a time as whole microseconds since 1970; None: there is none."""
    return None if when is None else micros(when)
