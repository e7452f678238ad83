"""The session of people and programs at the door for plain lines: the text and JSON dialects."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from chatd.commands.context import Style
from chatd.commands.table import CommandTable
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, PrivateMessage
from chatd.core.names import Name
from chatd.core.ports import View
from chatd.core.registry import Registry
from chatd.core.replies import Info, Outgoing
from chatd.core.room import Room
from chatd.frontends.base import BaseSession
from chatd.frontends.connection import Connection
from chatd.frontends.dispatch import Dispatcher
from chatd.frontends.pings import Pings
from chatd.frontends.reception import Reception
from chatd.wire.jsonl import JsonCodec
from chatd.wire.splitter import Line
from chatd.wire.text import TextCodec

__all__ = ["JSON", "TEXT", "ClientSession", "Dialect"]

TEXT = TextCodec()
JSON = JsonCodec()
Dialect = TextCodec | JsonCodec
DIALECTS: dict[str, Dialect] = {codec.name: codec for codec in (TEXT, JSON)}


class ClientSession(BaseSession):
    """A session with a room in which a plain line is said, and a dialect that can be changed."""

    codec: Dialect

    def __init__(
        self,
        registry: Registry,
        commands: CommandTable,
        connection: Connection,
        *,
        address: str,
        secure: bool,
        proxied: bool = False,
        codec: Dialect = TEXT,
    ) -> None:
        super().__init__(registry, commands, connection, address=address, secure=secure, proxied=proxied)
        self.codec = codec
        self._moved_from: Room | None = None
        self.reception = Reception(self)
        self._dispatcher = Dispatcher(self, self.budget)

    # What the base leaves open

    def greet(self) -> None:
        self.reception.greet()

    def take(self, line: Line) -> Deferred[None] | None:
        return self._dispatcher.take(line)

    @property
    def line_bytes(self) -> int:
        limits = self.registry.settings.limits
        return limits.line_bytes if self.codec is TEXT else limits.json_line_bytes

    @property
    def inbox_lines(self) -> int:
        return self.limits.inbox_lines

    @property
    def bell(self) -> bool:
        return self.style.bell

    @property
    def answers_pings(self) -> bool:
        return self.codec is not TEXT

    def send_ping(self) -> None:
        self.show(self._dispatcher.pings.check())

    def leave_line(self) -> None:
        self.reception.leave_line()

    # core.ports.Session

    def view(self, room: Room | None) -> View:
        return self._view(current=room is None or room is self.current)

    def _view(self, *, current: bool) -> View:
        if not self.codec.styled:
            return View(self.codec)
        return View(self.codec, time=self.style.time, color=self.style.color, current=current)

    def enter(self, room: Room) -> None:
        before, self.current = self.current, room
        for each in (before, room):
            if each is not None and self in each.audience:
                each.audience.place(self, self.view(each))

    def left(self, room: Room) -> None:
        if room is self.current and self.user is not None:
            self.current, self._moved_from = None, room
            rooms = self.user.rooms
            home = rooms.get(self.registry.lobby.id) or next(reversed(rooms.values()), None)
            if home is not None:
                self.enter(home)

    def put_out(self, room: Room, event: Event) -> None:
        if room is self._moved_from and self.current is not None:
            self._moved_from = None
            self.show(Info(text=(f"You talk in {self.current.name.shown} now.",)))

    def show(self, item: Outgoing, ref: Any = None) -> None:
        turn = self.registry.world.turn
        data = self.codec.encode(item, self.view(None), ref)
        if isinstance(item, PrivateMessage):
            if self.bell and self._is_called_in(item):
                data = self.codec.ring(data)
            if data:
                turn.hold(self, data)
            return
        turn.catch_up(self)
        if data:
            self.send(data)

    # commands.context.Client

    def restyle(self, style: Style) -> None:
        self.style = style
        self._replace()

    def turn_into(self, dialect: str) -> None:
        codec = DIALECTS.get(dialect)
        if codec is None:
            raise ChatError(Code.BAD_VALUE, f'no dialect "{dialect}"; there are {" and ".join(DIALECTS)}')
        if codec is self.codec:
            return
        self.reception.leave_line()
        self.codec = codec
        self.connection.changed()
        self._watch.retune()
        self._replace()
        self.reception.welcome()

    def ping(self, ref: Any) -> None:
        if self.codec is TEXT:
            self.reply(Pings.of_connection(self.connection.round_trip()), ref)
        else:
            self.reply(self._dispatcher.pings.begin(ref))

    def admit(self, password: str) -> None:
        self.reception.admit(password)

    def require_admission(self) -> None:
        self.reception.require_admission()

    def ask_for_password(self, name: Name) -> None:
        self.require_confidential()
        self.reception.expect_password(name)

    def log_out(self) -> None:
        self.registry.detach(self, "logged out", lost=False)
        self.user = self.current = None
        self.registry.census.strangers.add(self)
        self.reception.ask_anew()
        self._watch.begin()

    def _is_called_in(self, message: PrivateMessage) -> bool:
        return self.user is not None and not message.sent and self.user.mentioned_in(message)

    def _replace(self) -> None:
        """Be shown every room in the new way."""
        for audience in self.registry.world.turn.heard_by(self):
            current = self.current is not None and self.current.audience is audience
            audience.place(self, self._view(current=current))
