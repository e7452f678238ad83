"""What an account may ask for of its own: all that is kept of it, and to be no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from chatd.core import names
from chatd.core.accounts import Account
from chatd.core.registry import Registry
from chatd.core.replies import Record
from chatd.services.accounts import AccountService
from chatd.storage import erasing, projection, schema
from chatd.storage.codec import decode
from chatd.storage.engine import Database

__all__ = ["OwnData"]

TABLES = (
    schema.certificates,
    schema.files,
    schema.ranks,
    schema.mutes,
    schema.markers,
    schema.members,
    schema.ignores,
    schema.markers,
    schema.audit,
)
"""Whose rows stand for an account, besides its own row and what it said."""


class OwnData:
    """Reads and deletes for the account itself."""

    def __init__(self, registry: Registry, database: Database, accounts: AccountService) -> None:
        self._registry = registry
        self._database = database
        self._accounts = accounts

    async def records(self, account: Account) -> AsyncIterator[list[Record]]:
        """Yield all that is kept of an account, in pages of at most 200: the account (without what is
        kept of its password), its certificates, files, ranks, mutes, rooms and ignores, its acts on record, then every message and act that it made or that met it."""
        yield await self._database.read(lambda connection: _about(connection, account))
        after: int | None = 0
        while after is not None:
            rows, after = await self._database.read(partial(erasing.found, account=account.id, after=after))
            yield [Record(kind="event", data=_plain(decode(row.event, row.number))) for row in rows]

    async def delete(self, account: Account, password: str, address: str) -> None:
        """Delete an account for who knows its password; raise ChatError otherwise."""
        await self._accounts.log_in(names.nickname(account.name), password, address)
        # Whoever is told that his account is gone can rely on it: it is so before he is told.
        event = self._registry.deletion(account)
        await self._database.write(partial(projection.delete_account, event=event))
        self._registry.delete_account(account)


def _plain(event: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(event)
    found.pop("replay", None)
    return found


def _about(connection: Connection, account: Account) -> list[Record]:
    rows = (
        Record(kind=str(table.name), data={str(key): value for key, value in row.items()})
        for table in TABLES
        for row in connection.execute(select(table).where(table.c.account == account.id)).mappings()
    )
    # How often its password was changed since the start is of no use to anybody else.
    about = {key: value for key, value in msgspec.to_builtins(account).items() if key != "passwords"}
    return [Record(kind="account", data=about), *rows]
