"""Looks once an hour for registered rooms whose founder has been absent for too long."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from twisted.application.internet import TimerService
from twisted.logger import Logger

from chatd.core.registry import Registry
from chatd.storage import accounts
from chatd.storage.engine import Database

__all__ = ["Founders"]

log = Logger(namespace="chatd.rooms")

LOOK_SECONDS = 3600.0


class Founders(TimerService):
    """Applies the rule of core/succession.py; not at once, when nobody has come back yet after a restart."""

    def __init__(self, registry: Registry, database: Database, clock: Any) -> None:
        super().__init__(LOOK_SECONDS, self._look)  # type: ignore[no-untyped-call]  # Twisted has not annotated it
        self.clock = clock
        self._registry = registry
        self._database = database
        self._first = True

    def _look(self) -> None:
        if self._first:
            self._first = False
            return
        try:
            self._note_who_is_here()
            for room, heir in self._registry.relieve_founders():
                log.info(
                    "{room}: its founder is gone; {heir} is founder now", room=room.name.shown, heir=heir.name
                )
        except Exception:  # noqa: BLE001 - the next hour comes
            log.failure("absent founders were not looked for")

    def _note_who_is_here(self) -> None:
        """Keep that who is here is here: the process may be killed, and he not come back for a while."""
        now, here = self._registry.time(), list(self._registry.by_account)

        def note(connection: Connection) -> None:
            for account in here:
                accounts.saw(connection, account, now)

        noted = self._database.write(note)
        noted.addErrback(
            lambda failure: log.warn("who is here is not noted: {error}", error=failure.getErrorMessage())
        )
