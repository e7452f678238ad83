"""A server in memory: the real registry, commands and line front end, with a clock, a store and claims that
the test moves, and connections without sockets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from OpenSSL.crypto import X509
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import alsoProvides

from chatd.commands.groups import Services, command_table
from chatd.core.acts import Act
from chatd.core.addresses import Cloaker
from chatd.core.events import Event
from chatd.core.fanout import Turn
from chatd.core.files import Way
from chatd.core.ids import Ids
from chatd.core.limits import Connections
from chatd.core.names import Name
from chatd.core.registry import Registry
from chatd.core.user import User
from chatd.core.world import World
from chatd.frontends.base import BaseSession
from chatd.frontends.filedoor import FileFactory, FileProtocol
from chatd.frontends.guard import Guard
from chatd.frontends.irc.factory import IrcFactory, IrcProtocol
from chatd.frontends.line import LineFactory, LineProtocol
from chatd.frontends.web.factory import WebFactory
from chatd.services.accounts import AccountService
from chatd.services.belongings import BelongingsKeeper
from chatd.services.files import FileService
from chatd.services.own_data import OwnData
from chatd.services.search import SearchService
from chatd.services.shelf import Shelf
from chatd.services.timeline import Timeline
from chatd.services.web_logins import WebLogins
from chatd.settings import Settings
from chatd.storage import accounts, audit, belongings, loading
from chatd.storage.archive import Archive
from chatd.storage.audit import AuditTrail
from chatd.storage.store import SqlStore
from tests.immediate import ImmediateDatabase, ImmediatePasswords, ImmediatePool, IndexedDatabase

__all__ = ["BUFFER", "HoldingStore", "LateClaims", "Server", "Wire"]

BUFFER = 65536
"""Bytes that a stalled wire takes before it asks to be sent no more, as Twisted's transports do."""

T = TypeVar("T")
Done = Callable[[Sequence[int | None] | None], None]


class Wire(StringTransport):
    """A connection in memory. What it does to the protocol it does in a later turn, as a reactor would."""

    protocol: Protocol

    def __init__(self, clock: Clock, address: str, *, secure: bool) -> None:
        kind = IPv6Address if ":" in address else IPv4Address
        super().__init__(peerAddress=kind("TCP", address, 40000))  # type: ignore[no-untyped-call]  # Twisted has not annotated it
        self._clock = clock
        self._stalled = False
        self._held = bytearray()
        self._gone = False
        self.write_closed = False
        self.certificate: X509 | None = None
        if secure:
            alsoProvides(self, ISSLTransport)

    @property
    def gone(self) -> bool:
        """Whether the protocol was told that the connection is lost."""
        return self._gone

    @property
    def held(self) -> int:
        """Bytes that were written and not taken by the other end."""
        return len(self._held)

    def getPeerCertificate(self) -> X509 | None:
        """The client's certificate, if the test has given it one."""
        return self.certificate

    def getHandle(self) -> None:
        """No socket."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Nothing is delayed."""

    def stall(self) -> None:
        """From now on the other end reads nothing."""
        self._stalled = True

    def flow(self) -> None:
        """The other end reads again."""
        self._stalled = False
        while self._held or self.producer is not None:
            before = len(self._held)
            super().write(bytes(self._held))  # type: ignore[no-untyped-call]  # Twisted has not annotated it
            self._held.clear()
            if self.producer is not None:
                self.producer.resumeProducing()
            if not before and not self._held:
                break
        if self.disconnecting:
            self._end_soon(ConnectionDone())

    def write(self, data: bytes) -> None:
        if not self._stalled:
            super().write(data)  # type: ignore[no-untyped-call]  # Twisted has not annotated it
            return
        self._held += data
        if self.producer is not None and len(self._held) > BUFFER:
            self.producer.pauseProducing()

    def loseConnection(self) -> None:
        self.disconnecting = True
        if not self._held and self.producer is None:
            self._end_soon(ConnectionDone())

    def loseWriteConnection(self) -> None:
        """This end says no more; the other one may."""
        self.write_closed = True

    def abortConnection(self) -> None:
        self.disconnected = self.disconnecting = True
        self._end_soon(ConnectionAborted())

    def _end_soon(self, reason: Exception) -> None:
        self._clock.callLater(0, self.end, reason)

    def end(self, reason: Exception) -> None:
        """Lose the connection, once."""
        if not self._gone:
            self._gone = True
            self.connected = False
            self.protocol.connectionLost(Failure(reason))


class HoldingStore(SqlStore):
    """Commits at once or, while `holding`, when the test says so."""

    def __init__(self, database: ImmediateDatabase) -> None:
        super().__init__(database, database)  # type: ignore[arg-type]  # one that answers at once
        self.holding = False
        self.sizes: list[int] = []
        """How many events each transaction had."""
        self._held: deque[tuple[Sequence[Event], Done]] = deque()

    def commit(self, events: Sequence[Event], done: Done) -> None:
        self.sizes.append(len(events))
        if self.holding:
            self._held.append((events, done))
        else:
            super().commit(events, done)

    def release(self) -> None:
        """Let everything commit, now and from now on."""
        self.holding = False
        while self._held:
            super().commit(*self._held.popleft())

    def fail(self) -> None:
        """Let the transaction that is held fail."""
        _, done = self._held.popleft()
        done(None)


class LateClaims:
    """Grants every claim at once or, while `late`, answers when the test says so."""

    def __init__(self) -> None:
        self.late = False
        self.owners: dict[str, str] = {}
        """Who was granted each nickname and has not given it back: folded name to user id."""
        self._asked: deque[tuple[str, str, Deferred[bool]]] = deque()

    def nickname(self, name: Name, user: str) -> bool | Deferred[bool]:
        return self._ask(name.folded, user)

    def release_nickname(self, name: Name, user: str) -> None:
        if self.owners.get(name.folded) == user:
            del self.owners[name.folded]

    def room(self, name: Name) -> bool | Deferred[bool]:
        return self._ask(name.folded, "")

    def _ask(self, name: str, user: str) -> bool | Deferred[bool]:
        if not self.late:
            self._grant(name, user)
            return True
        answer: Deferred[bool] = Deferred()
        self._asked.append((name, user, answer))
        return answer

    def _grant(self, name: str, user: str) -> None:
        if user:
            self.owners[name] = user

    def answer(self, granted: bool) -> None:
        """Answer the claim that has waited longest."""
        name, user, answer = self._asked.popleft()
        if granted:
            self._grant(name, user)
        answer.callback(granted)

    def __len__(self) -> int:
        """How many claims wait."""
        return len(self._asked)


class Server:
    """The parts of a server, put together as chatd.app does it. `wall` is its wall clock, in seconds since
    1970; `advance` moves that and the monotonic clock."""

    def __init__(self, settings: Settings, database: ImmediateDatabase | None = None) -> None:
        """`database`: that of an earlier server, which has stopped."""
        self.clock = Clock()
        self.wall = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
        self.database = database or ImmediateDatabase()
        self.store = HoldingStore(self.database)
        self.claims = LateClaims()
        self.timeline = Timeline(self.store, self.clock, settings.storage.commit_seconds)
        belongings = BelongingsKeeper(self.database, self.clock)  # type: ignore[arg-type]
        ids = Ids(lambda: self.wall)
        self.registry = Registry(
            World(
                settings=settings,
                timeline=self.timeline,
                claims=self.claims,
                turn=Turn(lambda end: self.clock.callLater(0, end)),
                clock=self.clock,
                now=lambda: self.wall,
                ids=ids,
                cloak=Cloaker(bytes(32)).cloak,
                origin=ids.process,
                changed=belongings.note,
                room_ended=belongings.room_ended,
            )
        )
        self.stopped: list[str] = []
        self.accounts = AccountService(self.registry, self.database, ImmediatePasswords())  # type: ignore[arg-type]
        archive = Archive(self.database)  # type: ignore[arg-type]
        owned = OwnData(self.registry, self.database, self.accounts)  # type: ignore[arg-type]
        self.trail = AuditTrail(self.database)  # type: ignore[arg-type]
        self.searched = IndexedDatabase(self.database)
        folder = Path("files").absolute()
        self.disk = ImmediatePool(folder)
        self.files = FileService(self.registry, self.database, Shelf(folder, self.disk))  # type: ignore[arg-type]
        self.ways = [Way("files", "127.0.0.1", 7978, False), Way("web", "127.0.0.1", 7980, False)]
        self.reached_at: list[str] = []
        """The addresses at which those came in who asked how files come and go."""
        services = Services(
            archive=archive,
            trail=self.trail,
            searcher=SearchService(self.searched),
            accounts=self.accounts,
            owned=owned,
            stewardship=self.accounts,
            web_logins=WebLogins(self.registry, self.database),  # type: ignore[arg-type]
            files=self.files,
            ways=self._ways_for,
            figures=self._figures,
            stop=self.stopped.append,
        )
        self.commands = command_table(services)
        self.factory = LineFactory(self.registry, self.commands)
        self.file_factory = FileFactory(self.registry, self.files)
        self.irc_factory = IrcFactory(self.registry, self.commands, services)
        self.connections = Connections(lambda: self.registry.settings.limits, lambda: 10_000)
        guard = Guard(self.registry.world, self.connections)
        self.web_factory = WebFactory(self.registry, self.commands, services, guard, self.clock)
        if database is not None:
            self._restore()

    def _restore(self) -> None:
        """Begin with what is kept, as storage/keeper.py does."""
        with self.database.begin() as connection:
            kept = loading.load(connection)
            belongings.forget_rooms(connection, [room.id for room in kept.rooms])
            self.registry.accounts.restore(accounts.all_accounts(connection))
        self.registry.restore(kept)

    def acts(self) -> list[Act]:
        """Return what stands on record, oldest first."""
        with self.database.begin() as connection:
            return audit.newest(connection, 1000)

    def _ways_for(self, reached_at: str) -> list[Way]:
        self.reached_at.append(reached_at)
        return self.ways

    def _figures(self) -> dict[str, Any]:
        return {"users": len(self.registry.users)}

    def connect(self, address: str, *, secure: bool) -> tuple[Wire, LineProtocol]:
        """Return a new connection and its protocol, which has greeted."""
        wire = Wire(self.clock, address, secure=secure)
        protocol = self.factory.buildProtocol(wire.getPeer())
        self._make(wire, protocol)
        return wire, protocol

    def connect_irc(self, address: str, *, secure: bool) -> tuple[Wire, IrcProtocol]:
        """Return a new connection by the door for IRC, and its protocol."""
        wire = Wire(self.clock, address, secure=secure)
        protocol = self.irc_factory.buildProtocol(wire.getPeer())
        self._make(wire, protocol)
        return wire, protocol

    def connect_web(self, request: bytes, address: str, *, secure: bool) -> tuple[Wire, Any]:
        """Return a new connection by the door for browsers on which a request was made: with the WebSocket that it
        has become, else with the channel for HTTP. The answer to a handshake is not to be seen."""
        wire = Wire(self.clock, address, secure=secure)
        channel = self.web_factory.buildProtocol(wire.getPeer())
        self._make(wire, channel)
        channel.dataReceived(request)
        for _ in range(request.count(b" HTTP/1.1\r\n") + 1):
            self.turn()
        if channel.successor is not None and wire.value().startswith(b"HTTP/1.1 101"):
            after = wire.value().partition(b"\r\n\r\n")[2]
            wire.clear()
            wire.write(after)
        return wire, channel.successor or channel

    def connect_for_file(
        self, request: str, data: bytes = b"", address: str = "127.0.0.1"
    ) -> tuple[Wire, FileProtocol]:
        """Return a new connection by the door for files that has asked for something, and sent bytes in the same packet."""
        wire = Wire(self.clock, address, secure=False)
        protocol = self.file_factory.buildProtocol(wire.getPeer())
        self._make(wire, protocol)
        protocol.dataReceived(f"{request}\n".encode() + data)
        self.turn()
        return wire, protocol

    def _make(self, wire: Wire, protocol: Protocol) -> None:
        wire.protocol = protocol
        protocol.makeConnection(wire)
        self.turn()

    def turn(self) -> None:
        """Let a turn of the reactor end."""
        self.clock.advance(0)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds
        self.clock.advance(seconds)

    @staticmethod
    def now(work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns that waits for the database alone."""
        outcome: list[T] = []
        Deferred.fromCoroutine(work).addCallback(outcome.append)
        return outcome[0]

    def user(self, nick: str) -> User:
        """Return the user who is called that."""
        return self.registry.find_user(nick)

    @property
    def sessions(self) -> set[BaseSession]:
        """The sessions of all doors."""
        return self.factory.sessions | self.irc_factory.sessions | self.web_factory.sessions

    def nicks(self) -> list[str]:
        """Return the nicknames of everybody online."""
        return sorted(user.nick for user in self.registry.users.values())
