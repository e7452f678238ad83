"""A whole server without a network: real protocols on transports in memory, a store that can be held, a clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from chatd.app import idle_table
from chatd.core.claims import LocalClaims
from chatd.core.events import Event
from chatd.core.fanout import Turn
from chatd.core.ids import Ids
from chatd.core.ports import Lane, Session, Source, Store
from chatd.core.registry import Registry
from chatd.core.world import World
from chatd.frontends.line import LineFactory, LineProtocol
from chatd.frontends.session import JSON, TEXT, Dialect
from chatd.services.timeline import Timeline
from chatd.settings import History, Limits, Settings
from tests.order.parts import HeldStore

__all__ = ["Client", "House", "Wire"]

EPOCH = 1_767_323_045.0


class Wire(StringTransport):
    """A transport that closes when it is told to, in the next turn."""

    protocol: LineProtocol

    def __init__(self, clock: Clock) -> None:
        StringTransport.__init__(self, peerAddress=IPv4Address("TCP", "192.0.2.1", 4000))
        self.clock = clock
        self.closed = False

    def getHandle(self) -> None:
        """There is no socket."""

    def loseConnection(self) -> None:
        self._end(ConnectionDone())

    def abortConnection(self) -> None:
        self._end(ConnectionLost())

    def _end(self, why: Exception) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            self.clock.callLater(0, self.break_off, why)

    def break_off(self, why: Exception) -> None:
        """End the connection, whoever wanted it."""
        if not self.closed:
            self.closed = self.disconnecting = True
            self.protocol.connectionLost(Failure(why))


class RecordedTimeline:
    """Passes on what is put into the timeline and notes the order."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.waiting = timeline.waiting
        self.put_in: list[Event] = []

    def put(self, event: Event, lane: Lane, source: Source | None = None) -> None:
        self.put_in.append(event)
        self.timeline.put(event, lane, source)

    def together(self) -> AbstractContextManager[None]:
        return self.timeline.together()

    def close_room(self, room_id: str) -> None:
        self.timeline.close_room(room_id)

    def after(self, session: Session, action: Callable[[], None]) -> None:
        self.timeline.after(session, action)

    def behind_all(self, action: Callable[[], None], session: Session | None = None) -> None:
        self.timeline.behind_all(action, session)


class House:
    """The server. Its store commits at once until `store.prompt` is taken away."""

    def __init__(self, *, process: str = "0123456789abcdef", store: Store | None = None) -> None:
        self.clock = Clock()
        self.store = HeldStore(prompt=True)
        self.timeline = RecordedTimeline(Timeline(store or self.store, self.clock))
        self.registry = Registry(
            World(
                settings=Settings(limits=Limits(lines_per_second=0), history=History(on_join=0)),
                timeline=self.timeline,
                claims=LocalClaims(),
                turn=Turn(lambda end: self.clock.callLater(0, end)),
                clock=self.clock,
                now=self.now,
                ids=Ids(self.now, process=process),
                cloak=str,
                origin=process,
            )
        )
        table = idle_table()
        self.factory = LineFactory(self.registry, table)

    def now(self) -> float:
        return EPOCH + self.clock.seconds()

    def turn_ends(self) -> None:
        """Let the reactor run what was to be run in a later turn, and what that begets."""
        for _ in range(4):
            self.clock.advance(0)

    def connect(self, nick: str, dialect: Dialect = TEXT) -> Client:
        """Return a client that has its name and is in the lobby."""
        client = Client(self, dialect)
        client.command(f"nick {nick}")
        return client

    def people(self, nicks: Iterable[str], dialect: Dialect = TEXT) -> list[Client]:
        """Return clients that are all in the lobby and have nothing to read."""
        clients = [self.connect(nick, dialect) for nick in nicks]
        self.turn_ends()
        for client in clients:
            client.read()
        return clients


class Client:
    """Who types and reads at the other end. A JSON client numbers its requests 1, 2, 3 …"""

    def __init__(self, house: House, dialect: Dialect) -> None:
        self.house = house
        self.dialect = dialect
        self.refs = 0
        self.wire = Wire(house.clock)
        self.protocol = house.factory.buildProtocol(self.wire.getPeer())
        self.wire.protocol = self.protocol
        self.protocol.makeConnection(self.wire)
        self.session = self.protocol.session

    @property
    def json(self) -> bool:
        return self.dialect is JSON

    def command(self, line: str) -> None:
        """Run a command, without the `/`."""
        self.request({"type": "command", "line": line}) if self.json else self.types(f"/{line}")

    def say(self, words: str, room: str = "") -> None:
        """Say something, in the current room or (JSON) in another one."""
        self.request({"type": "say", "text": words, "room": room}) if self.json else self.types(words)

    def request(self, request: dict[str, Any]) -> None:
        self.refs += 1
        self.types(json.dumps({**request, "ref": self.refs}))

    def types(self, line: str) -> None:
        if not self.wire.disconnecting:
            self.protocol.dataReceived(line.encode() + b"\n")

    def hang_up(self) -> None:
        """Break the connection off."""
        self.wire.break_off(ConnectionLost())

    def read(self) -> list[str]:
        """Return the lines that have come since the last time."""
        text = self.wire.value().decode()
        self.wire.clear()
        return text.splitlines()

    def read_json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.read() if line.startswith("{")]
