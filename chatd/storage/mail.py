"""Private messages that wait for an account that is not there. Each function runs in the writer's or a reader's thread."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, delete, insert, select

from chatd.core.events import Event, PrivateMessage
from chatd.storage import schema
from chatd.storage.codec import decode

__all__ = ["keep", "put_back", "take", "waiting"]

events, mail = schema.events, schema.mail


def keep(connection: Connection, account: str, place: int, number: int) -> None:
    """Let a message that was stored just now wait for an account. `place` is the key of where it was stored."""
    row = select(events.c.row).where(events.c.place == place, events.c.number == number)
    connection.execute(insert(mail).values(account=account, row=row.scalar_subquery()))


def take(connection: Connection, account: str) -> dict[int, Event]:
    """Return what waits for an account, by row, oldest first: from now on it waits no more."""
    found = connection.execute(
        select(events.c.row, events.c.number, events.c.event)
        .join(mail, mail.c.row == events.c.row)
        .where(mail.c.account == account)
        .order_by(events.c.row)
    ).all()
    connection.execute(delete(mail).where(mail.c.account == account))
    return {row.row: decode(row.event, row.number) for row in found}


def put_back(connection: Connection, account: str, rows: list[int]) -> None:
    """Let what was taken wait again: nobody was there any more to be shown it."""
    for row in rows:
        connection.execute(insert(mail).values(account=account, row=row))


def waiting(connection: Connection) -> dict[str, dict[str, str]]:
    """Return the ids of the messages that wait for each account, with the account that wrote each."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(
        select(mail.c.account, events.c.event).join(events, mail.c.row == events.c.row)
    ):
        event = decode(row.event, 0)
        if isinstance(event, PrivateMessage):
            found[row.account][event.id] = event.who.account or ""
    return dict(found)
