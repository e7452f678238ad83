"""Cookies that log browsers in, as hashes. Each function runs in the writer's or a reader's thread."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from chatd.storage import schema
from chatd.storage.codec import micros

__all__ = ["add", "forget", "owner", "remove"]

web_logins = schema.web_logins


def add(connection: Connection, hashed: str, account: str, now: datetime, until: datetime) -> None:
    """Keep one; those that are out of date go."""
    connection.execute(delete(web_logins).where(web_logins.c.until <= micros(now)))
    connection.execute(
        insert(web_logins).values(hash=hashed, account=account, created=micros(now), until=micros(until))
    )


def owner(connection: Connection, hashed: str, now: datetime) -> str | None:
    """Return the id of the account that one logs in to."""
    found = select(web_logins.c.account).where(web_logins.c.hash == hashed, web_logins.c.until > micros(now))
    return connection.execute(found).scalar()


def remove(connection: Connection, hashed: str) -> None:
    """Let one log in no more."""
    connection.execute(delete(web_logins).where(web_logins.c.hash == hashed))


def forget(connection: Connection, account: str) -> None:
    """Let none log in to an account any more."""
    connection.execute(delete(web_logins).where(web_logins.c.account == account))
