"""The database as the server sees it: opened with what it kept, a store for the timeline, closed in the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.logger import Logger

from chatd import settings
from chatd.core.accounts import Account
from chatd.core.events import Event
from chatd.core.kept import Kept, KeptRoom
from chatd.core.ports import Store
from chatd.storage import accounts, archive, belongings, loading, purge, rooms, search
from chatd.storage.audit import AuditTrail
from chatd.storage.early import EarlyStore
from chatd.storage.engine import Database
from chatd.storage.indexer import Indexer
from chatd.storage.store import SqlStore

__all__ = ["FILE", "Keeper"]

log = Logger(namespace="chatd.storage")

FILE = "chatd.db"
WARNINGS = {
    "relaxed": "storage.durability is relaxed: what is shown is written up to 100 ms later",
    "off": "storage.durability is off: what is said is not stored",
}


class Keeper:
    """`database` for who reads and writes by himself, `store` for the timeline."""

    def __init__(self, storage: settings.Storage, folder: Path, reactor: Any) -> None:
        self._durability = storage.durability
        synchronous = "FULL" if storage.durability == "commit" else "NORMAL"
        self.database = Database(folder / FILE, reactor, synchronous=synchronous)
        self._indexer = Indexer(self.database, reactor)
        self._sql = SqlStore(self.database, reactor, self._indexer.stored)
        self.archive = archive.Archive(self.database)
        self.audit = AuditTrail(self.database)
        self._early: EarlyStore | None = None
        self.store: Store = self._sql
        if storage.durability != "commit":
            keep = storage.durability == "relaxed"
            self.store = self._early = EarlyStore(self._sql, reactor, messages=keep)

    def open(self, lobby: KeptRoom) -> Kept:
        """Open the database and return what it kept; the lobby is kept from the first start on. Raises StorageError."""
        self.database.open()
        kept = self.database.read_now(loading.load)
        if lobby.id not in {room.id for room in kept.rooms}:
            self.database.write_now(lambda connection: rooms.put(connection, lobby))
            kept.rooms.append(lobby)
        ids = [room.id for room in kept.rooms]
        self.database.write_now(lambda connection: belongings.forget_rooms(connection, ids))
        for place in self.database.read_now(lambda connection: purge.orphans(connection, ids)):
            self._sql.close_room(place)
        self.database.write_now(search.renew)
        self._indexer.stored()  # what the last process left
        if self._early is not None:
            self._early.begin({room.id: room.last for room in kept.rooms})
            log.warn(WARNINGS[self._durability])
        return kept

    def accounts(self) -> list[Account]:
        """Return all accounts, for who starts the server."""
        return self.database.read_now(accounts.all_accounts)

    def forget_verifiers(self) -> None:
        """Delete what SCRAM compares passwords with, for who starts the server."""
        count = self.database.write_now(accounts.forget_verifiers)
        if count:
            log.info("accounts.scram is off: verifiers deleted: {count}", count=count)

    def recent(self, place: str, limit: int) -> list[Event]:
        """Return the last events of a place, for who starts the server."""
        return self.database.read_now(lambda connection: archive.before(connection, place, limit))

    def close(self) -> None:
        """Write what waits, and close."""
        if self._early is not None:
            self._early.write()
        self._indexer.stop()
        self.database.close()
