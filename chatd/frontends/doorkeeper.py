"""All doors of the server together: made, opened, told of changes, cleared at the end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.application.service import MultiService
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.internet.task import cooperate

from chatd.commands.groups import Services
from chatd.commands.table import CommandTable
from chatd.core.files import Way
from chatd.core.limits import Connections
from chatd.core.registry import Registry
from chatd.frontends.base import BaseSession
from chatd.frontends.control import ControlFactory
from chatd.frontends.doors import FRONTENDS, Door, FrontEnd, endpoint_from
from chatd.frontends.filedoor import FileFactory
from chatd.frontends.guard import Guard
from chatd.frontends.manhole import ManholeFactory, manhole_factory
from chatd.frontends.porch import Announcer
from chatd.frontends.web.factory import WebFactory
from chatd.frontends.web.watching import Watched, add_watching
from chatd.services import descriptors
from chatd.services.data import reachable
from chatd.services.timeline import Timeline
from chatd.settings import Limits, Manhole, Settings

__all__ = ["Doorkeeper"]

FOR_FILES = ("files", "web")
"""The front ends by which files come and go, as they are listed to people."""


def _for_brief(settings: Settings) -> Limits:
    """Return the limits of connections for pages and files."""
    web = settings.web
    return replace(
        settings.limits,
        connections_per_address=web.connections_per_address,
        new_connections_per_address=web.new_connections_per_address,
    )


LOOK_AGAIN = 0.02
"""Seconds between two looks at who is still here, at the end."""


class Doorkeeper:
    """Has the doors and who came in by them. Making it opens nothing."""

    def __init__(self, registry: Registry, commands: CommandTable, services: Services, reactor: Any) -> None:
        self._registry = registry
        self._commands = commands
        self._services = services
        self._reactor = reactor
        room = descriptors.connections
        chatting = Connections(lambda: registry.settings.limits, lambda: room() - brief.count)
        brief = Connections(lambda: _for_brief(registry.settings), lambda: room() - chatting.count)
        self._guard = Guard(registry.world, chatting)
        self._brief_guard = Guard(registry.world, brief)
        # The owner gets in when the server is full; strangers at his shell are few by another limit.
        # He comes from where he is, also if there is a proxy on that machine.
        self._shell_guard = Guard(
            registry.world,
            Connections(lambda: registry.settings.limits, lambda: descriptors.SHELLS),
            behind_proxies=False,
        )
        self._doors: list[Door] = []
        self._factories: list[Any] = []
        self._by_kind: list[tuple[str, Door]] = []
        self._names: list[str] = []
        self._manhole: ManholeFactory | None = None
        for row in FRONTENDS:
            self._add_front_end(row)

    @property
    def sessions(self) -> list[Any]:
        """Who is here now by a front end, named or not."""
        return [session for factory in self._factories for session in factory.sessions]

    # services.metrics.Doors

    @property
    def talkers(self) -> list[BaseSession]:
        """Who talks by a front end, or is about to; not who sends or fetches a file."""
        talking = [factory for factory in self._factories if not isinstance(factory, FileFactory)]
        return [session for factory in talking for session in factory.sessions]

    @property
    def open_connections(self) -> int:
        """Connections of all doors but the owner's."""
        # A WebSocket counts as a connection for pages, and as one of those who chat.
        twice = sum(len(factory.sessions) for factory in self._factories if isinstance(factory, WebFactory))
        return self._guard.connections.count + self._brief_guard.connections.count - twice

    def connections(self) -> dict[str, int]:
        """Return how many connections each door has."""
        found = Counter({row.name: 0 for row in FRONTENDS})
        for name, factory in zip(self._names, self._factories, strict=True):
            found[name] += len(factory.sessions)
        found["ssh"] = 0 if self._manhole is None else len(self._manhole.connections)
        return found

    def refused(self) -> Counter[str]:
        """Return how many connections were not let in, by reason."""
        guards = (self._guard, self._brief_guard, self._shell_guard)
        return sum((guard.connections.refused for guard in guards), Counter())

    def show(self, watched: Watched) -> None:
        """Let browsers' doors show what is watched."""
        for factory in self._factories:
            if isinstance(factory, WebFactory):
                add_watching(factory, watched)

    def open(self, folder: Path, parent: MultiService) -> None:
        """Make the owner's doors too, with what is in the data folder, and all of them services of `parent`, which
        opens them. Raises DoorError, SSHError or OSError."""
        self._add_control(folder)
        self._add_manhole(folder)
        for door in self._doors:
            door.setServiceParent(parent)

    def _add_front_end(self, row: FrontEnd) -> None:
        named = self._registry.settings.doors
        for description in named.get(row.name, ()) if named else (row.default,):
            factory = row.factory(self._registry, self._commands, self._services, self._guard, self._reactor)
            self._factories.append(factory)
            self._names.append(row.name)
            hint = row.tls_hint if description.startswith("ssl:") else row.hint
            guard = self._brief_guard if row.brief else self._guard
            door = self._add_door(description, factory, hint, guard, certificates=row.certificates)
            self._by_kind.append((row.name, door))

    def _add_door(
        self, description: str, factory: Any, hint: str, guard: Guard, *, certificates: bool = False
    ) -> Door:
        endpoint = endpoint_from(self._reactor, description, guard, certificates=certificates)
        door = Door(endpoint, description, Announcer(factory, guard), hint)
        door.retune(self._registry.settings.limits)
        self._doors.append(door)
        return door

    def _add_control(self, folder: Path) -> None:
        socket = folder / "control.sock"
        socket.unlink(missing_ok=True)  # left by a server that was killed: the folder is ours now
        factory = ControlFactory(self._registry, self._commands)
        endpoint = UNIXServerEndpoint(self._reactor, reachable(socket), mode=0o600)
        self._doors.append(Door(endpoint, f"unix:{socket}", factory))

    def _add_manhole(self, folder: Path) -> None:
        manhole = self._registry.settings.manhole
        if not manhole.endpoints:
            return
        factory = self._manhole = manhole_factory(
            manhole, folder, self._registry, self._commands, self._reactor
        )
        for description in manhole.endpoints:
            self._add_door(description, factory, "ssh -p {port} owner@{host}", self._shell_guard)

    # While they are open

    def ways(self, reached_at: str) -> list[Way]:
        """Return the doors by which files come and go, for a client who has reached this machine at that address."""
        settings = self._registry.settings
        by_kind = [
            door.way(kind, settings.server.name, reached_at)
            for each in FOR_FILES
            for kind, door in self._by_kind
            if kind == each
        ]
        ways = [way for way in by_kind if way is not None]
        if not settings.web.url:
            return ways
        # One address for all doors of that kind.
        web = [way._replace(known_as=settings.web.url) for way in ways if way.kind == "web"]
        return [way for way in ways if way.kind != "web"] + web[:1]

    def reload(self, manhole: Manhole) -> None:
        """Read certificates and keys again."""
        for door in self._doors:
            door.reload()
        if self._manhole is not None:
            self._manhole.reload(manhole)

    def retune(self, before: Limits) -> None:
        """The limits are to be looked at again; `before`: as they were."""
        limits = self._registry.settings.limits
        for door in self._doors:
            door.retune(limits)
        if limits != before:
            # A few in each turn: a thousand at once would hold up everybody for a tenth of a second.
            cooperate(session.retune(self._registry.settings.limits) for session in self.sessions)

    def renew(self) -> None:
        """The settings have changed: tell everybody's session."""
        cooperate(session.renew() for session in self.sessions)

    # Going down

    async def drain(self, timeline: Timeline) -> None:
        """Tell everybody, let commits finish and queues empty; give up when the time is over."""
        # The rest of the time is for what is left once everybody is cut off.
        deadline = self._reactor.seconds() + 0.9 * self._registry.settings.limits.drain_seconds
        # The last announcement may wait behind what is being stored.
        told: list[bool] = []
        timeline.behind_all(lambda: told.append(True))
        while not told and self._reactor.seconds() < deadline:
            await self._pause()
        self._see_off()
        # What is done last is on record, too, also where nobody is left to be told of it.
        while (
            any(factory.sessions for factory in self._factories) or len(timeline)
        ) and self._reactor.seconds() < deadline:
            await self._pause()
        for session in self.sessions:
            session.abort()

    def _see_off(self) -> None:
        """Begin to end everybody's connection."""
        sessions = self.sessions
        for session in sessions:
            # Nobody is to be told of everybody else's leaving.
            self._registry.world.turn.leave_all(session, lost=False)
        for session in sessions:
            session.quit("server stopping", farewell="The server is stopping.")
        if self._manhole is not None:
            self._manhole.close("The server is stopping.")

    def _pause(self) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        self._reactor.callLater(LOOK_AGAIN, waiting.callback, None)
        return waiting
