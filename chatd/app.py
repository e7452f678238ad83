"""Puts the server together: the one place that knows everything. Building opens nothing and starts no thread."""

from __future__ import annotations

import gc
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, Logger

from chatd import config
from chatd.commands.groups import Services, command_table
from chatd.commands.table import CommandTable
from chatd.core.addresses import Cloaker
from chatd.core.claims import LocalClaims
from chatd.core.fanout import Turn
from chatd.core.files import Way
from chatd.core.ids import Ids
from chatd.core.ports import Pending
from chatd.core.registry import Registry
from chatd.core.world import World
from chatd.frontends.doorkeeper import Doorkeeper
from chatd.frontends.doors import DoorError, endpoint_from
from chatd.frontends.manhole import SSHError
from chatd.services import audit, descriptors
from chatd.services.accounts import AccountService
from chatd.services.belongings import BelongingsKeeper
from chatd.services.chatlog import ChatLog
from chatd.services.data import CLOAK_KEY, DataError, DataFolder
from chatd.services.debug import LoggedTimeline
from chatd.services.erasing import Erasing
from chatd.services.expiry import FileExpiry
from chatd.services.files import FileService
from chatd.services.founders import Founders
from chatd.services.keeping import Keeping
from chatd.services.logs import Log
from chatd.services.metrics import Metrics
from chatd.services.own_data import OwnData
from chatd.services.passwords import Passwords
from chatd.services.search import SearchService
from chatd.services.shelf import Shelf, Threads
from chatd.services.signals import Signals
from chatd.services.timeline import Timeline
from chatd.services.web_logins import WebLogins
from chatd.settings import Settings
from chatd.storage.engine import StorageError
from chatd.storage.keeper import Keeper

__all__ = ["Chat", "StartError", "build", "check", "idle_table"]

log = Logger(namespace="chatd")

SCRAM_PURPOSE = b"scram"

FILES = "files"
"""The folder with the bytes of files, in the data folder."""

COLLECT_AFTER = (20_000, 20, 100)
"""Objects made and not freed after which the collector looks at the youngest, and after how many such looks it looks
further. By Python's own (700, 10, 10) it looked twice at everything while 3,000 users came, the second time for 76 ms;
by these its longest look then takes 10 ms."""


class StartError(SystemExit, Exception):
    """The server cannot start; its text is the one line that is shown. The process ends with status 1.

    Being both, it is reported by twistd's parent process when daemonised, and printed bare otherwise.
    """


def idle_table() -> CommandTable:
    """Return the table with nothing behind it, for documents."""
    return command_table(Services(**dict.fromkeys(field.name for field in fields(Services))))  # type: ignore[arg-type]  # asked for nothing


class Chat(MultiService):
    """The server as a service: its doors are its children."""

    def __init__(
        self, settings: Settings, reactor: Any, again: Callable[[], Settings], log: Log | None
    ) -> None:
        super().__init__()
        self.log = log
        if log is not None:
            log.configure(settings.log)
            log.setServiceParent(self)
        self._again = again
        self.data = DataFolder(Path(settings.storage.data))
        self._reactor = reactor
        self._signals = Signals(reactor, self.reload)
        self._started = 0.0
        self._keeper = Keeper(settings.storage, self.data.path, reactor)
        self._chat_log: ChatLog | None = None
        if settings.log.chat_dir:
            self._chat_log = ChatLog(self._keeper.store, Path(settings.log.chat_dir), reactor)
        store = self._keeper.store if self._chat_log is None else self._chat_log
        self._timeline = Timeline(store, reactor, settings.storage.commit_seconds)
        self.registry = self._make_registry(settings)
        self._passwords = Passwords(reactor)
        self.accounts = AccountService(
            self.registry,
            self._keeper.database,
            self._passwords,
            lambda: self._cloaker.derived(SCRAM_PURPOSE),
        )
        database = self._keeper.database
        self._file_threads = Threads(reactor)
        self.files = FileService(self.registry, database, Shelf(self.data.path / FILES, self._file_threads))
        services = self._make_services()
        self.commands = command_table(services)
        Erasing(self.registry, database, reactor).setServiceParent(self)
        Founders(self.registry, database, reactor).setServiceParent(self)
        FileExpiry(self.files, reactor).setServiceParent(self)
        Keeping(self.registry, database, reactor).setServiceParent(self)
        self._cloaker = Cloaker(secrets.token_bytes(32))
        self._doorkeeper = Doorkeeper(self.registry, self.commands, services, reactor)
        self._metrics = Metrics(self.registry, self._timeline, self.accounts, self._doorkeeper, reactor)
        self._metrics.setServiceParent(self)
        self._doorkeeper.show(self._metrics)

    def _make_registry(self, settings: Settings) -> Registry:
        reactor = self._reactor
        timeline: Pending = self._timeline
        if settings.log.debug:
            timeline = LoggedTimeline(timeline)
        belongings = BelongingsKeeper(self._keeper.database, reactor)
        ids = Ids(time.time)
        return Registry(
            World(
                settings=settings,
                timeline=timeline,
                claims=LocalClaims(),
                turn=Turn(lambda end: reactor.callLater(0, end)),
                clock=reactor,
                now=time.time,
                ids=ids,
                # The key is read when the service starts; nobody has an address before.
                cloak=self._cloak,
                origin=ids.process,
                recorded=audit.note,
                changed=belongings.note,
                room_ended=belongings.room_ended,
            )
        )

    def _make_services(self) -> Services:
        database = self._keeper.database
        return Services(
            archive=self._keeper.archive,
            trail=self._keeper.audit,
            searcher=SearchService(database),
            accounts=self.accounts,
            owned=OwnData(self.registry, database, self.accounts),
            stewardship=self.accounts,
            web_logins=WebLogins(self.registry, database),
            files=self.files,
            ways=self._ways,
            figures=self.figures,
            stop=self.shut_down,
        )

    def _ways(self, reached_at: str) -> list[Way]:
        return self._doorkeeper.ways(reached_at)

    def _cloak(self, address: str) -> str:
        return self._cloaker.cloak(address)

    @property
    def settings(self) -> Settings:
        """The settings of the moment."""
        return self.registry.settings

    def setServiceParent(self, parent: Any) -> None:
        """Become part of an application, which twistd then asks for the log to use."""
        if self.log is not None:
            parent.setComponent(ILogObserver, self.log)
        super().setServiceParent(parent)

    def privilegedStartService(self) -> None:
        """Open everything, in the process that stays; raise StartError if something cannot be opened."""
        os.umask(0o077)
        descriptors.raise_limit()
        # Before a port is open: who sees it open may send a signal at once.
        self._signals.open()
        try:
            self._open_data()
            if self._chat_log is not None:
                self._chat_log.open()
            self._doorkeeper.open(self.data.path, self)
            super().privilegedStartService()
        except (DataError, DoorError, SSHError, StorageError, OSError) as error:
            reason = " ".join(str(error).split())
            raise StartError(f"chatd cannot start: {reason}") from None

    def startService(self) -> None:
        """Begin to serve."""
        super().startService()
        self._started = self._reactor.seconds()
        # What lives now lives on: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        # What comes and goes is freed without it; what comes and stays, such as users, it would look at again and again.
        gc.set_threshold(*COLLECT_AFTER)

    def _open_data(self) -> None:
        self.data.open()
        self._cloaker = Cloaker(self.data.key(CLOAK_KEY))
        lobby = self.registry.lobby
        self.registry.restore(self._keeper.open(self.registry.kept(lobby)))
        self.registry.accounts.restore(self._keeper.accounts())
        if not self.settings.accounts.scram:
            self._keeper.forget_verifiers()
        self._passwords.start()
        self.files.open()
        self._file_threads.start()
        lobby.recall(self._keeper.recent(lobby.id, self.settings.history.on_join))

    # While it runs

    def reload(self) -> None:
        """Look at settings, certificates and keys again (SIGHUP). What is bad stays as it was."""
        if self.log is not None:
            self.log.reopen()
        log.info("reloading")
        try:
            self._renew(config.renewed(self.settings, self._again()))
        except config.ConfigError as error:
            log.error("the old settings stay: {error}", error=str(error))
        self._doorkeeper.reload(self.settings.manhole)

    def _renew(self, renewal: config.Renewal) -> None:
        if renewal.changed:
            log.info("settings changed: {keys}", keys=", ".join(renewal.changed))
        if renewal.waiting:
            log.warn("these settings change with the next start: {keys}", keys=", ".join(renewal.waiting))
        before = self.settings
        self.registry.renew(renewal.settings)
        if self.log is not None:
            self.log.configure(renewal.settings.log)
        self._timeline.patience = renewal.settings.storage.commit_seconds
        self._doorkeeper.retune(before.limits)
        if renewal.changed:
            self._doorkeeper.renew()

    def figures(self) -> dict[str, Any]:
        """Return what /stats shows."""
        registry = self.registry
        return {
            "uptime_seconds": int(self._reactor.seconds() - self._started),
            "users": len(registry.users),
            "sessions": sum(len(user.sessions) for user in registry.users.values()),
            "connections": len(self._doorkeeper.sessions),
            "rooms": len(registry.rooms),
            "waiting_for_commit": len(self._timeline),
        }

    def shut_down(self, reason: str) -> None:
        """Tell everybody and stop the reactor, which stops this service."""
        if reason:
            self.registry.announce(self.registry.server, reason)
        self._signals.stop()

    # Going down

    def stopService(self) -> Deferred[Any]:
        """Close the doors, tell everybody, and end within `limits.drain_seconds`."""
        self._metrics.draining = True
        closed = super().stopService()
        drained = Deferred.fromCoroutine(self._doorkeeper.drain(self._timeline))
        return drained.addCallback(lambda _: closed).addBoth(self._close_data)

    def _close_data(self, outcome: Any) -> Any:
        if self._chat_log is not None:
            self._chat_log.close()
        self._passwords.stop()
        self._file_threads.stop()
        self._keeper.close()
        self.data.close()
        return outcome


def check(settings: Settings, reactor: Any) -> None:
    """Raise DoorError unless every endpoint named makes sense. Opens nothing."""
    for description in (*chain.from_iterable(settings.doors.values()), *settings.manhole.endpoints):
        endpoint_from(reactor, description)


def build(
    settings: Settings, reactor: Any, again: Callable[[], Settings] | None = None, log: Log | None = None
) -> MultiService:
    """Return the server as a service. `again` loads the settings anew on SIGHUP, and raises ConfigError; without
    it they stay. `log` is the log to use in place of twistd's own. Raises StartError for endpoints that make
    no sense."""
    # Timers must not follow the wall clock: with that set back, callLater would stall.
    reactor.seconds = time.monotonic
    try:
        check(settings, reactor)
        return Chat(settings, reactor, again or (lambda: settings), log)
    except DoorError as error:
        raise StartError(f"chatd cannot start: {error}") from None
