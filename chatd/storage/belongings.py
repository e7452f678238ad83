"""What an account comes back to: its rooms, whom it ignores, whether it was away, how far it has read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, delete, select
from sqlalchemy.dialects.sqlite import insert

from chatd.core.kept import Belongings
from chatd.storage import accounts, schema
from chatd.storage.codec import instant

__all__ = ["forget_rooms", "keep", "read"]

members, ignores, markers = schema.members, schema.ignores, schema.markers


def read(connection: Connection, account: str) -> Belongings:
    """Return what is kept for an account."""
    rooms = connection.execute(select(members.c.room).where(members.c.account == account)).scalars()
    ignored = connection.execute(
        select(ignores.c.identity, ignores.c.nick).where(ignores.c.account == account)
    )
    marked = connection.execute(select(markers.c.target, markers.c.time).where(markers.c.account == account))
    away = select(schema.accounts.c.away).where(schema.accounts.c.id == account)
    return Belongings(
        rooms=list(rooms),
        ignoring={row.identity: row.nick for row in ignored},
        away=connection.execute(away).scalar(),
        markers={row.target: instant(row.time) for row in marked},
    )


def keep(
    connection: Connection,
    rooms: dict[tuple[str, str], bool],
    away: dict[str, str | None],
    ended: Iterable[str],
    seen: dict[str, datetime],
) -> None:
    """Keep which accounts are in which rooms now (account, room: whether), which are away, and when they were here
    last; drop rooms that ended."""
    for (account, room), there in rooms.items():
        if there:
            connection.execute(insert(members).values(account=account, room=room).on_conflict_do_nothing())
        else:
            connection.execute(
                delete(members).where(and_(members.c.account == account, members.c.room == room))
            )
    for account, reason in away.items():
        accounts.change(connection, account, away=reason)
    for account, when in seen.items():
        accounts.saw(connection, account, when)
    for room in ended:
        connection.execute(delete(members).where(members.c.room == room))


def forget_rooms(connection: Connection, kept: Iterable[str]) -> None:
    """Drop all rooms but those: the others ended with the last process."""
    connection.execute(delete(members).where(members.c.room.not_in(list(kept))))
