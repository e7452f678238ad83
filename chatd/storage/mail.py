"""Private messages that wait for an account that is not there. Each function runs in the writer's or a reader's thread."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select
from sqlalchemy import delete as sql_delete
from twisted.logger import Logger

from chatd.core.events import Event, PrivateMessage
from chatd.storage import schema
from chatd.storage.codec import decode

__all__ = ["delete", "keep", "read", "waiting"]

log = Logger(namespace="chatd.storage")

events, mail = schema.events, schema.mail


def keep(connection: Connection, account: str, place: int, number: int) -> None:
    """Let a message that was stored just now wait for an account. `place` is the key of where it was stored."""
    row = select(events.c.row).where(events.c.place == place, events.c.number == number)
    connection.execute(insert(mail).values(account=account, row=row.scalar_subquery()))


def read(connection: Connection, account: str) -> dict[int, Event]:
    """Return what waits for an account, by row, oldest first."""
    found = connection.execute(
        select(events.c.row, events.c.number, events.c.event)
        .join(mail, mail.c.row == events.c.row)
        .where(mail.c.account == account)
        .order_by(events.c.row)
    ).all()
    return {row.row: event for row in found if (event := _decoded(row)) is not None}


def delete(connection: Connection, account: str, rows: list[int]) -> None:
    """Let those wait no more."""
    connection.execute(sql_delete(mail).where(mail.c.account == account, mail.c.row.in_(rows)))


def waiting(connection: Connection) -> dict[str, dict[str, str]]:
    """Return the ids of the messages that wait for each account, with the account that wrote each."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(
        select(mail.c.account, events.c.row, events.c.number, events.c.event).join(
            events, mail.c.row == events.c.row
        )
    ):
        event = _decoded(row)
        if isinstance(event, PrivateMessage):
            found[row.account][event.id] = event.who.account or ""
    return dict(found)


def _decoded(row: Any) -> Event | None:
    """Return an event; none: it is one of a newer chatd."""
    try:
        return decode(row.event, row.number)
    except msgspec.MsgspecError:
        log.failure("a private message that waits cannot be read")
        return None
