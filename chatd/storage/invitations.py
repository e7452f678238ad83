"""Invitation codes in the database, as hashes. Each function runs in the writer's or a reader's thread."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from chatd.core.accounts import Invitation
from chatd.storage import schema
from chatd.storage.codec import instant, micros

__all__ = ["add", "good", "revoke", "take", "valid"]

invitations = schema.invitations


def add(connection: Connection, invitation: Invitation) -> None:
    """Keep a code; those that are out of date go."""
    connection.execute(delete(invitations).where(invitations.c.until <= micros(invitation.created)))
    connection.execute(
        insert(invitations).values(
            hash=invitation.hash,
            created=micros(invitation.created),
            until=micros(invitation.until),
            by=invitation.by,
        )
    )


def good(connection: Connection, hashed: str, now: datetime) -> bool:
    """Whether there is such a code, not used and not out of date."""
    found = select(invitations.c.hash).where(invitations.c.hash == hashed, invitations.c.until > micros(now))
    return connection.execute(found).first() is not None


def take(connection: Connection, hashed: str, now: datetime) -> bool:
    """Use a code up; False: it is not good, or somebody was quicker."""
    found = delete(invitations).where(invitations.c.hash == hashed, invitations.c.until > micros(now))
    return bool(connection.execute(found).rowcount)


def valid(connection: Connection, now: datetime) -> list[Invitation]:
    """Return the codes that may still be used, the oldest first."""
    found = select(invitations).where(invitations.c.until > micros(now)).order_by(invitations.c.created)
    return [
        Invitation(row.hash, instant(row.created), instant(row.until), row.by)
        for row in connection.execute(found)
    ]


def revoke(connection: Connection, beginning: str) -> int:
    """Delete the code whose hash begins like that; return how many do: it is deleted only if that is one."""
    found = invitations.c.hash.startswith(beginning, autoescape=True)
    count = len(connection.execute(select(invitations.c.hash).where(found)).all())
    if count == 1:
        connection.execute(delete(invitations).where(found))
    return count
