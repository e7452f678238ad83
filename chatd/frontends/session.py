"""A session: one connection's place in the chat, whatever it is connected by."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.commands.context import Context, Style
from chatd.commands.driving import drive
from chatd.commands.rooms import entered
from chatd.commands.table import CommandTable
from chatd.core.errors import ChatError, Code
from chatd.core.events import PrivateMessage
from chatd.core.names import Name
from chatd.core.ports import View
from chatd.core.registry import Registry
from chatd.core.replies import Done, ErrorReply, Farewell, Info, Outgoing, Reply
from chatd.core.room import Room
from chatd.core.state import LOBBY
from chatd.core.text import visible
from chatd.core.user import Rank, User
from chatd.frontends.inbox import Inbox
from chatd.frontends.pings import Pings
from chatd.frontends.reception import Reception
from chatd.frontends.refusals import refusal, refusal_of
from chatd.frontends.sendq import SendQueue
from chatd.wire.jsonl import JsonCodec, looks_like_json
from chatd.wire.requests import PongRequest, Request
from chatd.wire.splitter import ENDLESS, Line
from chatd.wire.text import TextCodec

__all__ = ["JSON", "TEXT", "ClientSession", "Connection", "Dialect"]

log = Logger(namespace="chatd.session")

TEXT = TextCodec()
JSON = JsonCodec()
Dialect = TextCodec | JsonCodec
DIALECTS: dict[str, Dialect] = {codec.name: codec for codec in (TEXT, JSON)}


class Connection(Protocol):
    """What a session asks of the protocol that carries it."""

    queue: SendQueue

    def speaks(self, dialect: Dialect) -> None:
        """The dialect is that one from now on: lines may be longer."""

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""

    def conceal(self, hidden: bool) -> None:
        """Ask the other end not to show (or to show again) what is typed."""

    def round_trip(self) -> float | None:
        """Return the smoothed round trip as the kernel measured it, in milliseconds; None: it did not."""


class ClientSession:
    """Implements `core.ports.Session` and `commands.context.Client`."""

    enters_lobby = True

    def __init__(
        self,
        registry: Registry,
        commands: CommandTable,
        connection: Connection,
        *,
        address: str,
        secure: bool,
        codec: Dialect = TEXT,
    ) -> None:
        self.registry = registry
        self.commands = commands
        self.connection = connection
        self.address = address
        self.secure = secure
        self.codec: Dialect = codec
        self.user: User | None = None
        self.current: Room | None = None
        self._moved_from: Room | None = None
        self.style = Style()
        self.send = connection.queue.write
        limit = registry.settings.limits.inbox_lines
        self._inbox = Inbox(limit, self._take, self._idle, connection.hold, registry.world.clock)
        self.packet_begins = self._inbox.begin
        self._reception = Reception(self)
        self._fresh = True
        self._finished = False
        self._ending = False
        self._ended = False
        self._pings = Pings(registry.world.clock)

    @property
    def bell(self) -> bool:
        """Whether to ring for a mention."""
        return self.style.bell

    # What the connection tells

    def greet(self) -> None:
        """Say the first words."""
        self._reception.greet()

    def received(self, line: Line) -> None:
        """Take one line, in order: behind those that still wait."""
        if not self._ending and not self._inbox.put(line):
            self.close("Error: too many of your lines are waiting.")

    def finished(self) -> None:
        """The other end has sent everything: run what waits, answer, close."""
        self._finished = True
        if not self._inbox.busy:
            self._idle()

    def abort(self) -> None:
        """End at once: the grace is over."""
        self.connection.queue.abort()

    def refuse(self, answer: bytes) -> None:
        """Give the answer of another protocol and end."""
        self._ending = self._ended = True
        self.connection.queue.close(answer)

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        self._ending = self._ended = True
        self._inbox.clear()
        self.registry.detach(self, reason, lost=True)

    def overflowed(self) -> None:
        """The other end does not read what is sent to it."""
        log.warn("send queue exceeded by {nick} at {address}", nick=self._nick, address=self.address)
        self.registry.detach(self, "send queue exceeded", lost=True)
        self.close("Error: send queue exceeded.")

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

    def put_out(self, room: Room) -> None:
        if room is self._moved_from and self.current is not None:
            self._moved_from = None
            self.show(Info(text=(f"You talk in {self.current.name.shown} now.",)))

    def show(self, item: Outgoing, ref: Any = None) -> None:
        self.registry.world.turn.catch_up(self)
        data = self.codec.encode(item, self.view(None), ref)
        if self.bell and isinstance(item, PrivateMessage) and self._is_called_in(item):
            data = self.codec.ring(data)
        if data:
            self.send(data)

    def reply(self, reply: Reply, ref: Any = None) -> None:
        self._after(partial(self.show, reply, ref))

    def reply_later(self, make: Callable[[], Reply], ref: Any = None) -> None:
        self._after(lambda: self.show(make(), ref))

    def close(self, reason: str, ref: Any = None) -> None:
        self._ending = True
        if self._ended:
            return
        self._ended = True
        self._inbox.clear()
        self.registry.detach(self, reason, lost=False)
        farewell = self.codec.encode(Farewell(text=visible(reason)), self.view(None), ref)
        self._reception.leave_line()
        self.connection.queue.close(farewell)

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
        self._reception.leave_line()
        self.codec = codec
        self.connection.speaks(codec)
        self._replace()
        self._reception.welcome()

    def ping(self, ref: Any) -> None:
        if self.codec is TEXT:
            self.reply(self._pings.of_connection(self.connection.round_trip()), ref)
        else:
            self.reply(self._pings.begin(ref))

    def quit(self, reason: str, ref: Any = None, *, farewell: str = "Goodbye.") -> None:
        self._ending = True
        self._after(partial(self._leave, reason, farewell, ref))

    def admit(self, password: str) -> None:
        self._reception.admit(password)

    def require_alive(self) -> None:
        if self._ending:
            raise ChatError(Code.NOT_ALLOWED, "the connection has ended")

    def arrive(self, name: Name, id: str) -> None:
        self._reception.require_admission()
        self.registry.arrive(self, name, id)

    def arrived(self) -> None:
        """Enter the lobby."""
        user = self.user
        if user is not None and self.enters_lobby:
            room = self.registry.join(user, LOBBY)
            self.enter(room)
            self.reply_later(partial(entered, room, listed=not self.codec.styled))

    # Running lines

    def _take(self, line: Line) -> Deferred[None] | None:
        """Carry out one line; return a Deferred if that has to wait for something."""
        if self._ending or self.connection.queue.full:
            return None
        if self._fresh:
            self._fresh = False
            if self.codec is TEXT and isinstance(line, bytes) and looks_like_json(line):
                self.turn_into(JSON.name)
        self._reception.answered()
        if not isinstance(line, bytes):
            self._unreadable(line)
            return None
        try:
            request = self.codec.decode(line)
        except ChatError as error:
            self._refuse(error, getattr(error, "ref", None))
            return None
        if request is None:
            self._reception.ask()
        elif isinstance(request, PongRequest):
            self._ponged(request)
        else:
            return self._run(request)
        return None

    def _run(self, request: Request) -> Deferred[None] | None:
        user = self.user
        rank = Rank.USER
        if user is None:
            request = self._reception.understand(request)
        else:
            user.active = self.registry.world.clock.seconds()
            rank = user.rank
        context = Context(self.registry, self, rank, request.ref)
        try:
            coroutine = self.commands.run(context, request)
            waiting = None if coroutine is None else drive(coroutine)
        except Exception:  # noqa: BLE001 - whatever a handler raises, the client is answered and it is logged
            self._failed(context, Failure())
            return None
        if waiting is None:
            self._done(context)
            return None
        return waiting.addCallbacks(lambda _: self._done(context), partial(self._failed, context))

    def _idle(self) -> None:
        """Nothing of the client waits to be run any more."""
        if self._finished and not self._ending:
            self.quit("connection closed")

    def _done(self, context: Context) -> None:
        if context.ref is not None and not context.answered:
            context.reply(Done())
        if self.user is None and not self._ending:
            self._reception.ask()

    def _failed(self, context: Context, failure: Failure) -> None:
        self._answer(refusal_of(failure, self._nick), context.ref)

    def _refuse(self, error: ChatError, ref: Any = None) -> None:
        self._answer(refusal(error), ref)

    def _answer(self, reply: ErrorReply, ref: Any) -> None:
        if not self._ended:
            self.reply(reply, ref)
            self._reception.ask()

    def _unreadable(self, mark: Line) -> None:
        if mark is ENDLESS:
            self.close("Error: that line does not end.")
            return
        limits = self.registry.settings.limits
        limit = limits.line_bytes if self.codec is TEXT else limits.json_line_bytes
        self._refuse(
            ChatError(Code.TOO_LONG, f"that line is longer than {limit} bytes; nothing of it was done")
        )

    def _ponged(self, request: PongRequest) -> None:
        try:
            pong, ref = self._pings.end(request.token)
        except ChatError as error:
            self._refuse(error, request.ref)
        else:
            self.reply(pong, ref)

    # Small things

    def _is_called_in(self, message: PrivateMessage) -> bool:
        return self.user is not None and not message.sent and self.user.mentioned_in(message)

    @property
    def _nick(self) -> str:
        return "somebody unnamed" if self.user is None else self.user.nick

    def _after(self, action: Callable[[], None]) -> None:
        self.registry.world.timeline.after(self, action)

    def _leave(self, reason: str, farewell: str, ref: Any) -> None:
        self.registry.detach(self, reason, lost=False)
        self.close(farewell, ref)

    def _replace(self) -> None:
        """Be shown every room in the new way."""
        for audience in self.registry.world.turn.heard_by(self):
            current = self.current is not None and self.current.audience is audience
            audience.place(self, self._view(current=current))
