"""A porch in memory: the real guard, porch and announcer before the real line front end, and knocks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import provider

from chatd.core.limits import Connections
from chatd.frontends.guard import Guard
from chatd.frontends.line import LineFactory
from chatd.frontends.porch import Announcer, Porch
from chatd.settings import Limits, Server, Settings
from tests.behaviour.server import Server as ChatServer
from tests.behaviour.server import Wire

__all__ = ["PROXY", "ROOM", "House", "Knock", "PorchCase", "Recorder", "RecordingFactory", "keep_log"]

PROXY = "198.51.100.9"
"""Where the listed proxy is."""

ROOM = 40
"""Connections that the process has descriptors for."""


class Knock(Wire):
    """A connection to the porch. `refused`: it was cut off before there was a protocol."""

    def __init__(self, clock: Clock, porch: Any, address: str, *, reads: bool = True) -> None:
        super().__init__(clock, address, secure=False)
        if not reads:
            self.stall()
        protocol = porch.buildProtocol(self.getPeer())
        self.refused = protocol is None
        if protocol is not None:
            self.protocol = protocol
            protocol.makeConnection(self)

    def send(self, data: bytes) -> None:
        """Let bytes come, to whichever protocol the transport has at the moment."""
        self.protocol.dataReceived(data)

    def half_close(self) -> None:
        """Send the end, as twisted.internet.tcp.Connection.readConnectionLost tells of it."""
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is None:
            self.end(ConnectionDone())
        else:
            half.readConnectionLost()

    @property
    def said(self) -> bytes:
        """All that the server has said."""
        return bytes(self.value())

    @property
    def open(self) -> bool:
        """Whether the server has done nothing to end this."""
        return not (self.refused or self.disconnecting or self.gone)


class Recorder(Protocol):
    """Keeps what it was told, in order."""

    def __init__(self, peer: IAddress) -> None:
        self.peer = peer
        self.told: list[Any] = []

    def connectionMade(self) -> None:
        self.told.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.told.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.told.append("lost")


class RecordingFactory:
    """Makes recorders, of another class or none at all if told so."""

    def __init__(self, kind: type[Recorder] | None = Recorder) -> None:
        self.kind = kind
        self.made: list[Recorder] = []

    def buildProtocol(self, addr: IAddress) -> Recorder | None:
        if self.kind is None:
            return None
        self.made.append(self.kind(addr))
        return self.made[-1]

    def doStart(self) -> None:
        """Nothing to prepare."""

    def doStop(self) -> None:
        """Nothing to clear away."""


class House:
    """The chat, and a porch before it. Proxies are listed by `proxies`; every other word is a limit."""

    def __init__(
        self, *, proxies: Sequence[str] = (PROXY,), password: str = "", factory: Any = None, **limits: Any
    ) -> None:
        settings = Settings(server=Server(proxies=tuple(proxies), password=password), limits=Limits(**limits))
        self.chat = ChatServer(settings)
        self.clock = self.chat.clock
        world = self.chat.registry.world
        self.connections = Connections(lambda: world.settings.limits, lambda: ROOM)
        self.guard = Guard(world, self.connections)
        self.factory: LineFactory = self.chat.factory
        self.porch = Porch(Announcer(self.factory if factory is None else factory, self.guard), self.guard)

    def knock(self, address: str, *, reads: bool = True) -> Knock:
        """Connect from an address."""
        knock = Knock(self.clock, self.porch, address, reads=reads)
        self.chat.turn()
        return knock

    def peers(self) -> list[tuple[str, bool, bool]]:
        """Return address, `secure` and `confidential` of each session."""
        return sorted((each.address, each.secure, each.confidential) for each in self.factory.sessions)

    @property
    def counts(self) -> tuple[int, int]:
        """Connections that are open, and that are being refused."""
        return self.connections.count, self.guard.refusing


class PorchCase(SynchronousTestCase):
    """Tests of a house. Nothing may be left counted or timed when everybody has gone."""

    def house(self, **how: Any) -> House:
        house = House(**how)
        self.log: list[str] = []
        keep_log(self, self.log)
        return house

    def assert_left(self, house: House, *knocks: Knock) -> None:
        """Let these go, and nothing of them may be left."""
        for knock in knocks:
            if not knock.refused:
                knock.end(ConnectionDone())
        house.chat.turn()
        self.assertEqual(house.counts, (0, 0))
        self.assertEqual(house.clock.getDelayedCalls(), [])


def keep_log(case: SynchronousTestCase, lines: list[str]) -> None:
    """Append what the porch logs during a test to `lines`."""

    @provider(ILogObserver)
    def note(event: LogEvent) -> None:
        if event.get("log_namespace") == "chatd.porch":
            lines.append(event["log_format"].format(**event))

    globalLogPublisher.addObserver(note)
    case.addCleanup(globalLogPublisher.removeObserver, note)
