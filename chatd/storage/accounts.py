"""Accounts in the database. Each function runs in the writer's or a reader's thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from chatd.core import names
from chatd.core.accounts import Account
from chatd.core.user import Rank
from chatd.storage import schema
from chatd.storage.codec import instant, micros

__all__ = [
    "add",
    "add_verifier",
    "all_accounts",
    "change",
    "forget_verifiers",
    "password",
    "remove",
    "saw",
    "set_password",
    "verifier",
]

accounts, verifiers = schema.accounts, schema.verifiers


def all_accounts(connection: Connection) -> list[Account]:
    """Return every account."""
    return [
        Account(
            id=row.id,
            name=row.name,
            created=instant(row.created),
            seen=instant(row.seen),
            address=row.address,
            suspended=row.suspended,
            rank=Rank(row.rank),
            guests=row.guests,
        )
        for row in connection.execute(select(accounts).order_by(accounts.c.id))
    ]


def add(connection: Connection, account: Account, hashed: str, verifier: str = "") -> bool:
    """Add an account with the hash of its password and, if there is one, its verifier; False: somebody has the name."""
    try:
        with connection.begin_nested():
            connection.execute(
                insert(accounts).values(
                    id=account.id,
                    name=account.name,
                    folded=names.nickname(account.name).folded,
                    hash=hashed,
                    created=micros(account.created),
                    seen=micros(account.seen),
                    address=account.address,
                    suspended=account.suspended,
                    rank=int(account.rank),
                    guests=account.guests,
                )
            )
    except IntegrityError:
        return False
    _put_verifier(connection, account.id, verifier)
    return True


def remove(connection: Connection, id: str) -> None:
    """Delete an account, and what proves it."""
    connection.execute(delete(accounts).where(accounts.c.id == id))
    for table in (schema.certificates, schema.web_logins, verifiers):
        connection.execute(delete(table).where(table.c.account == id))


def password(connection: Connection, id: str) -> str | None:
    """Return the hash of an account's password; none: there is no such account."""
    return connection.execute(select(accounts.c.hash).where(accounts.c.id == id)).scalar()


def set_password(
    connection: Connection, id: str, hashed: str, was: str | None = None, verifier: str = ""
) -> bool:
    """Replace the hash and the verifier (empty: there is none); with `was`, only if the hash is still that one. Whether
    it was replaced."""
    statement = update(accounts).where(accounts.c.id == id).values(hash=hashed)
    if was is not None:
        statement = statement.where(accounts.c.hash == was)
    if not connection.execute(statement).rowcount:
        return False
    _put_verifier(connection, id, verifier)
    return True


def _put_verifier(connection: Connection, id: str, verifier: str) -> None:
    connection.execute(delete(verifiers).where(verifiers.c.account == id))
    if verifier:
        connection.execute(insert(verifiers).values(account=id, verifier=verifier))


def verifier(connection: Connection, id: str) -> str | None:
    """Return what SCRAM compares an account's password with; none: nothing is kept, or there is no such account."""
    return connection.execute(select(verifiers.c.verifier).where(verifiers.c.account == id)).scalar()


def add_verifier(connection: Connection, id: str, verifier: str, hashed: str) -> None:
    """Keep the verifier of a password whose hash is that one; of another, which was set meanwhile, not."""
    if password(connection, id) == hashed:
        _put_verifier(connection, id, verifier)


def forget_verifiers(connection: Connection) -> int:
    """Delete all verifiers, so that nothing of them stays in the file; return how many there were."""
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    return connection.execute(delete(verifiers)).rowcount


def saw(connection: Connection, id: str, when: datetime) -> None:
    """Note when an account was there last."""
    connection.execute(update(accounts).where(accounts.c.id == id).values(seen=micros(when)))


def change(connection: Connection, id: str, **values: Any) -> None:
    """Change columns of an account: `suspended`, `rank`, `guests`, `away`."""
    connection.execute(update(accounts).where(accounts.c.id == id).values(**values))
