"""Puts the server together: the one place that knows everything. Building opens nothing and starts no thread."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.internet.task import cooperate
from twisted.logger import ILogObserver, Logger

from chatd import config
from chatd.commands.groups import Services, command_table
from chatd.commands.table import CommandTable
from chatd.core.addresses import Cloaker
from chatd.core.claims import LocalClaims
from chatd.core.fanout import Turn
from chatd.core.ids import Ids
from chatd.core.limits import Connections
from chatd.core.ports import Pending
from chatd.core.registry import Registry
from chatd.core.world import World
from chatd.frontends.control import ControlFactory
from chatd.frontends.doors import FRONTENDS, Door, DoorError, FrontEnd, endpoint_from
from chatd.frontends.guard import Guard
from chatd.frontends.manhole import ManholeFactory, SSHError, manhole_factory
from chatd.frontends.porch import Announcer
from chatd.services import audit, descriptors
from chatd.services.accounts import AccountService
from chatd.services.belongings import KeepingTimeline
from chatd.services.chatlog import ChatLog
from chatd.services.data import CLOAK_KEY, DataError, DataFolder, reachable
from chatd.services.debug import LoggedTimeline
from chatd.services.erasing import Erasing
from chatd.services.founders import Founders
from chatd.services.keeping import Keeping
from chatd.services.logs import Log
from chatd.services.own_data import OwnData
from chatd.services.passwords import Passwords
from chatd.services.search import SearchService
from chatd.services.timeline import Timeline
from chatd.settings import Settings
from chatd.storage.engine import StorageError
from chatd.storage.keeper import Keeper

__all__ = ["Chat", "StartError", "build", "check", "idle_table"]

log = Logger(namespace="chatd")

SCRAM_PURPOSE = b"scram"

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
        self._started = 0.0
        self._keeper = Keeper(settings.storage, self.data.path, reactor)
        store = self._keeper.store
        self._chat_log: ChatLog | None = None
        if settings.log.chat_dir:
            store = self._chat_log = ChatLog(store, Path(settings.log.chat_dir), reactor)
        self._timeline = Timeline(store, reactor, settings.storage.commit_seconds)
        timeline: Pending = KeepingTimeline(self._timeline, self._keeper.database, reactor)
        if settings.log.debug:
            timeline = LoggedTimeline(timeline)
        ids = Ids(time.time)
        self.registry = Registry(
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
            )
        )
        self._guard = Guard(
            self.registry.world, Connections(lambda: self.settings.limits, descriptors.connections)
        )
        # The owner gets in when the server is full; strangers at his shell are few by another limit.
        # He comes from where he is, also if there is a proxy on that machine.
        self._shell_guard = Guard(
            self.registry.world,
            Connections(lambda: self.settings.limits, lambda: descriptors.SHELLS),
            behind_proxies=False,
        )
        self._passwords = Passwords(reactor)
        self.accounts = AccountService(
            self.registry,
            self._keeper.database,
            self._passwords,
            lambda: self._cloaker.derived(SCRAM_PURPOSE),
        )
        database = self._keeper.database
        self._services = Services(
            archive=self._keeper.archive,
            trail=self._keeper.audit,
            searcher=SearchService(database),
            accounts=self.accounts,
            owned=OwnData(self.registry, database, self.accounts),
            stewardship=self.accounts,
            figures=self.figures,
            stop=self.shut_down,
        )
        self.commands = command_table(self._services)
        Erasing(self.registry, database, reactor).setServiceParent(self)
        Founders(self.registry, database, reactor).setServiceParent(self)
        Keeping(self.registry, database, reactor).setServiceParent(self)
        self._cloaker = Cloaker(secrets.token_bytes(32))
        self.doors: list[Door] = []
        self._factories: list[Any] = []
        self._manhole: ManholeFactory | None = None
        for row in FRONTENDS:
            self._add_front_end(row)

    @property
    def settings(self) -> Settings:
        """The settings of the moment."""
        return self.registry.settings

    def _cloak(self, address: str) -> str:
        return self._cloaker.cloak(address)

    def _add_front_end(self, row: FrontEnd) -> None:
        named = self.settings.doors
        for description in named.get(row.name, ()) if named else (row.default,):
            factory = row.factory(self.registry, self.commands, self._services)
            self._factories.append(factory)
            hint = row.tls_hint if description.startswith("ssl:") else row.hint
            self._add_door(description, factory, hint, self._guard, certificates=row.certificates)

    def _add_door(
        self, description: str, factory: Any, hint: str, guard: Guard, *, certificates: bool = False
    ) -> None:
        endpoint = endpoint_from(self._reactor, description, guard, certificates=certificates)
        door = Door(endpoint, description, Announcer(factory, guard), hint)
        door.retune(self.settings.limits)
        self.doors.append(door)

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
        signal.signal(signal.SIGHUP, lambda *_: self._reactor.callFromThread(self.reload))
        try:
            self._open_data()
            if self._chat_log is not None:
                self._chat_log.open()
            self._add_control()
            self._add_manhole()
            for door in self.doors:
                door.setServiceParent(self)
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
        lobby.recall(self._keeper.recent(lobby.id, self.settings.history.on_join))

    def _add_control(self) -> None:
        socket = self.data.path / "control.sock"
        socket.unlink(missing_ok=True)  # left by a server that was killed: the folder is ours now
        factory = ControlFactory(self.registry, self.commands)
        endpoint = UNIXServerEndpoint(self._reactor, reachable(socket), mode=0o600)
        self.doors.append(Door(endpoint, f"unix:{socket}", factory))

    def _add_manhole(self) -> None:
        manhole = self.settings.manhole
        if not manhole.endpoints:
            return
        factory = self._manhole = manhole_factory(
            manhole, self.data.path, self.registry, self.commands, self._reactor
        )
        for description in manhole.endpoints:
            self._add_door(description, factory, "ssh -p {port} owner@{host}", self._shell_guard)

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
        for door in self.doors:
            door.reload()
        if self._manhole is not None:
            self._manhole.reload(self.settings.manhole)

    def _renew(self, renewal: config.Renewal) -> None:
        if renewal.changed:
            log.info("settings changed: {keys}", keys=", ".join(renewal.changed))
        if renewal.waiting:
            log.warn("these settings change with the next start: {keys}", keys=", ".join(renewal.waiting))
        before = self.settings
        self.registry.renew(renewal.settings)
        if self.log is not None:
            self.log.configure(renewal.settings.log)
        limits = renewal.settings.limits
        self._timeline.patience = renewal.settings.storage.commit_seconds
        for door in self.doors:
            door.retune(limits)
        if limits != before.limits:
            # A few in each turn: a thousand at once would hold up everybody for a tenth of a second.
            sessions = [session for factory in self._factories for session in factory.sessions]
            cooperate(session.retune(self.settings.limits) for session in sessions)
        if renewal.changed:
            sessions = [session for factory in self._factories for session in factory.sessions]
            cooperate(session.renew() for session in sessions)

    def figures(self) -> dict[str, Any]:
        """Return what /stats shows."""
        registry = self.registry
        return {
            "uptime_seconds": int(self._reactor.seconds() - self._started),
            "users": len(registry.users),
            "sessions": sum(len(user.sessions) for user in registry.users.values()),
            "connections": sum(len(factory.sessions) for factory in self._factories),
            "rooms": len(registry.rooms),
            "waiting_for_commit": len(self._timeline),
        }

    def shut_down(self, reason: str) -> None:
        """Tell everybody and stop the reactor, which stops this service."""
        if reason:
            self.registry.announce(self.registry.server, reason)
        self._reactor.callLater(0, self._reactor.stop)

    # Going down

    async def _drain(self) -> None:
        """Tell everybody, let commits finish and queues empty; give up when the time is over."""
        # The rest of the time is for what is left once everybody is cut off.
        deadline = self._reactor.seconds() + 0.9 * self.settings.limits.drain_seconds
        # The last announcement may wait behind what is being stored.
        left: list[bool] = []
        self._timeline.behind_all(partial(left.append, True))
        while not left and self._reactor.seconds() < deadline:
            await _pause(self._reactor, 0.02)
        sessions = [session for factory in self._factories for session in factory.sessions]
        for session in sessions:
            # Nobody is to be told of everybody else's leaving.
            self.registry.world.turn.leave_all(session, lost=False)
        for session in sessions:
            session.quit("server stopping", farewell="The server is stopping.")
        if self._manhole is not None:
            self._manhole.close("The server is stopping.")
        # What is done last is on record, too, also where nobody is left to be told of it.
        while (
            any(factory.sessions for factory in self._factories) or len(self._timeline)
        ) and self._reactor.seconds() < deadline:
            await _pause(self._reactor, 0.02)
        for factory in self._factories:
            for session in list(factory.sessions):
                session.abort()

    def stopService(self) -> Deferred[Any]:
        """Close the doors, tell everybody, and end within `limits.drain_seconds`."""
        closed = super().stopService()
        drained = Deferred.fromCoroutine(self._drain())
        return drained.addCallback(lambda _: closed).addBoth(self._close_data)

    def _close_data(self, outcome: Any) -> Any:
        if self._chat_log is not None:
            self._chat_log.close()
        self._passwords.stop()
        self._keeper.close()
        self.data.close()
        return outcome


def _pause(reactor: Any, seconds: float) -> Deferred[None]:
    waiting: Deferred[None] = Deferred()
    reactor.callLater(seconds, waiting.callback, None)
    return waiting


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
