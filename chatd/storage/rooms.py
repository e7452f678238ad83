"""Registered rooms in the database. Each function runs in the writer's thread."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, update

from chatd.core import names
from chatd.core.kept import PROPERTIES, KeptRoom
from chatd.storage import rows, schema
from chatd.storage.codec import micros

__all__ = ["change", "forget", "lasts", "put"]

# Asked for each act of order: what SQLAlchemy makes of a statement would cost several times as much.
LASTING = "SELECT id FROM rooms WHERE id = ?"


def lasts(connection: Connection, room_id: str) -> bool:
    """Whether something of that room (empty: of the server) is kept."""
    return not room_id or connection.exec_driver_sql(LASTING, (room_id,)).first() is not None


def put(connection: Connection, room: KeptRoom) -> None:
    """Keep a room as it is, in place of what was kept of it before."""
    forget(connection, room.id)
    rows.put(
        connection, schema.rooms, id=room.id, name=room.name, folded=names.room_name(room.name).folded,
        created=micros(room.created),
        keep_seconds=room.keep.seconds or None, keep_messages=room.keep.messages or None,
        **{name: getattr(room, name) for name in PROPERTIES},
    )  # fmt: skip
    for account, rank in room.ranks.items():
        rows.put(connection, schema.ranks, room=room.id, account=account, rank=int(rank))
    for ban in room.bans:
        rows.put(
            connection, schema.bans, room=room.id, mask=ban.mask, by=ban.by, until=rows.moment(ban.until),
            reason=ban.reason, made=rows.moment(ban.made),
        )  # fmt: skip
    for which, masks in room.lists.items():
        for each in masks:
            rows.put(
                connection, schema.masks, room=room.id, list=str(which), mask=each.mask, by=each.by,
                made=rows.moment(each.made),
            )  # fmt: skip
    for account, until in room.mutes.items():
        rows.put(connection, schema.mutes, room=room.id, account=account, until=rows.moment(until))


def forget(connection: Connection, room_id: str) -> None:
    """Drop all that is kept of a room but what was said there."""
    for table in (schema.ranks, schema.bans, schema.masks, schema.mutes):
        connection.execute(delete(table).where(table.c.room == room_id))
    connection.execute(delete(schema.rooms).where(schema.rooms.c.id == room_id))


def change(connection: Connection, room_id: str, **values: Any) -> None:
    """Set some of what is kept of a room."""
    connection.execute(update(schema.rooms).where(schema.rooms.c.id == room_id).values(**values))
