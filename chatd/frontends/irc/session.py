"""The session of an IRC client."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from msgspec import UNSET
from twisted.internet.defer import Deferred

from chatd.commands.context import Context, Style
from chatd.commands.table import CommandTable
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, Invited, PrivateMessage, RoomDeleted
from chatd.core.kept import NOTHING, Belongings
from chatd.core.names import Name
from chatd.core.ports import View
from chatd.core.registry import Registry
from chatd.core.replies import Outgoing
from chatd.core.room import Room
from chatd.core.text import visible
from chatd.core.user import User
from chatd.frontends.base import BaseSession, Connection
from chatd.frontends.entrance import Entrance
from chatd.frontends.irc.dispatch import IrcDispatcher
from chatd.frontends.irc.entrance import IrcEntrance
from chatd.frontends.irc.offers import offered
from chatd.frontends.irc.refusals import numeric_of, words_of
from chatd.frontends.irc.registration import Registration
from chatd.frontends.irc.sasl import Exchange
from chatd.frontends.irc.verbs import Ask, Fail, IrcError, VerbTable
from chatd.frontends.pings import Pings
from chatd.wire.irc.caps import UNASKED
from chatd.wire.irc.codec import IrcCodec
from chatd.wire.irc.label import Label, Out, framed
from chatd.wire.irc.line import LINE_BYTES, body
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import source
from chatd.wire.requests import Call
from chatd.wire.splitter import Line

__all__ = ["IrcSession"]


class IrcSession(BaseSession):
    """A session that shows events and answers as lines of IRC. What its client asks for is carried out by `verbs`."""

    enters_lobby = False
    codec: IrcCodec

    def __init__(
        self,
        registry: Registry,
        commands: CommandTable,
        connection: Connection,
        *,
        codec: IrcCodec,
        verbs: VerbTable,
        address: str,
        secure: bool,
        proxied: bool = False,
    ) -> None:
        super().__init__(registry, commands, connection, address=address, secure=secure, proxied=proxied)
        self.codec = codec
        self.caps: frozenset[str] = frozenset()
        self._view = View(codec)
        self.pings = Pings(registry.world.clock)
        self.exchange: Exchange | None = None
        """The login by SASL that is under way."""
        self.farewells: dict[str, Callable[[], None]] = {}
        """What is done when the connection is gone, by what it is about."""
        self.modern = False
        """Whether the client knows version 302 of capability negotiation."""
        self.registration = Registration(self)
        self._offered = offered(self)
        self._dispatcher = IrcDispatcher(self, verbs, self.budget)

    @property
    def server(self) -> str:
        """The name of the server."""
        return self.registry.settings.server.name

    @property
    def called(self) -> str:
        """The nickname by which the client is answered: his own, or a star before he has one."""
        return "*" if self.user is None else self.user.nick

    @property
    def account_id(self) -> str:
        """The id of the account that the client speaks for, or will when it is let in; empty: none."""
        if self.user is not None:
            return self.user.who.account or ""
        account = self.registration.account
        return "" if account is None else account.id

    @property
    def mask(self) -> str:
        """What others see the client's lines come from, as far as that is known."""
        if self.user is not None:
            return source(self.user.who)
        told = self.registration
        host = self.registry.world.cloak(self.address)
        return f"{'*' if told.nick is None else told.nick.shown}!{'*' if told.ident is UNSET else told.ident}@{host}"

    # What the base leaves open

    def make_entrance(self) -> Entrance:
        return IrcEntrance(self)

    def greet(self) -> None:
        """IRC clients speak first."""

    def take(self, line: Line) -> Deferred[None] | None:
        return self._dispatcher.take(line)

    @property
    def line_bytes(self) -> int:
        return LINE_BYTES

    def send_ping(self) -> None:
        self.show(self.pings.check())

    # core.ports.Session

    def view(self, room: Room | None) -> View:
        return self._view if room is not None else self.own_view

    @property
    def own_view(self) -> View:
        """How the session is shown what is for it alone."""
        return View(self.codec, caps=self.caps, nick=self.called)

    def show(self, item: Outgoing, ref: Any = None) -> None:
        turn = self.registry.world.turn
        if isinstance(item, PrivateMessage):
            data = self.codec.encode(item, self._view, ref)
            if data:
                turn.hold(self, data)
            return
        turn.catch_up(self)
        if isinstance(item, Invited) and self.user is not None and item.by.user == self.user.id:
            self._send([self.reply_line(Numeric.RPL_INVITING, item.who.nick, item.room)], ref)
            return
        data = self.codec.encode(item, self.own_view, ref)
        if data:
            self.send(data)

    def put_out(self, room: Room, event: Event) -> None:
        if isinstance(event, RoomDeleted):
            words = "The room was deleted"
            self._send([Out(body("KICK", room.name.shown, self.called, words, source=self.server))])

    # Answers

    def negotiate(self, caps: frozenset[str]) -> None:
        """Show everything in another way from now on."""
        self.caps = caps
        self._view = View(self.codec, caps=caps)
        for audience in self.registry.world.turn.heard_by(self):
            audience.place(self, self._view)

    def reply_line(self, verb: str, *params: str) -> Out:
        """Return a line of the server's to this client: a numeric, or another verb that names him first."""
        return Out(body(verb, self.called, *(visible(each) for each in params), source=self.server))

    def answer(self, lines: Iterable[tuple[str, ...]], label: Label | None = None) -> None:
        """Send numerics, behind what the session itself still has in the timeline."""
        found = list(lines)
        self.after(lambda: self._send([self.reply_line(*line) for line in found], label))

    def answer_later(self, lines: Iterable[tuple[str, ...]], label: Label | None = None) -> None:
        """Send numerics when all that happened up to now has been shown: what they list fits what is shown around them."""
        found = list(lines)
        send = lambda: self._send([self.reply_line(*line) for line in found], label)  # noqa: E731 - a closure, used once
        self.registry.world.timeline.behind_all(send, self)

    def lines_later(self, lines: list[Out], label: Label | None = None) -> None:
        """Send lines, likewise when all that happened up to now has been shown."""
        self.registry.world.timeline.behind_all(partial(self._send, lines, label), self)

    def reply_line_of(self, verb: str, *params: str) -> Out:
        """Return a line of another verb that names the client first, its parameters as they are."""
        return Out(body(verb, self.called, *params, source=self.server))

    def from_service(self, words: str, label: Label | None = None) -> None:
        """Send a notice in the name of the service that clients expect."""
        source = f"NickServ!NickServ@{self.server}"
        self.send_lines([Out(body("NOTICE", self.called, visible(words), source=source))], label)

    def say(self, verb: str, *params: str, label: Label | None = None) -> None:
        """Send one line of the server's that names nobody first: a PONG, a standard reply."""
        line = Out(body(verb, *(visible(each) for each in params), source=self.server))
        self.send_lines([line], label)

    def say_bare(self, verb: str, *params: str, label: Label | None = None) -> None:
        """Send one line that comes from nobody."""
        self.send_lines([Out(body(verb, *params))], label)

    def send_lines(self, lines: list[Out], label: Label | None = None) -> None:
        """Send lines, behind what the session itself still has in the timeline."""
        self.after(partial(self._send, lines, label))

    def _send(self, lines: list[Out], label: Label | None = None) -> None:
        if label is not None and label.open:
            label.lines += lines
            return
        if lines and not self.ended:
            self.registry.world.turn.catch_up(self)
            self.send("".join([f"{line}\r\n" for line in lines]).encode())

    def tell(self, lines: Iterable[tuple[str, ...]]) -> None:
        """Send numerics at once: something happens now."""
        self._send([self.reply_line(*line) for line in lines])

    def in_step(self) -> Deferred[None]:
        """Wait until all that happened up to now has been shown: what is listed then fits what is shown around it."""
        waiting: Deferred[None] = Deferred()
        self.registry.world.timeline.behind_all(partial(waiting.callback, None), self)
        return waiting

    def send_part(self, lines: Iterable[tuple[str, ...]], label: Label | None) -> Deferred[None]:
        """Send part of a long answer. What is returned fires in a later turn, when the client has taken it."""
        begun = []
        if label is not None:
            if not label.batch:
                begun.append(label.begin(self.server, self.codec.batch()))
            label.lines += [self.reply_line(*line) for line in lines]
            self._send(begun + label.part())
        else:
            self.tell(lines)
        taken: Deferred[None] = Deferred()
        self.connection.queue.when_empty(partial(self._in_next_turn, taken))
        return taken

    def _in_next_turn(self, waiting: Deferred[None]) -> None:
        self.registry.world.clock.callLater(0, waiting.callback, None)

    def lost(self, reason: str) -> None:
        super().lost(reason)
        for action in self.farewells.values():
            action()

    def finish(self, label: Label) -> None:
        """Send the whole answer to a labeled request, when it is complete."""
        self.registry.world.timeline.behind_all(partial(self._finished_answer, label), self)

    def _finished_answer(self, label: Label) -> None:
        label.open = False
        self._send(framed(label, self.server, self.codec.batch()))

    def refuse_request(self, ask: Ask, error: ChatError | IrcError) -> None:
        """Tell the client that what he asked for is refused."""
        if isinstance(error, Fail):
            ask.fail(error.code, *error.params)
            return
        if isinstance(error, IrcError):
            ask.answer(error.numeric, *error.params)
            return
        if error.code is Code.BAD_TEXT and ask.line.verb in ("PRIVMSG", "NOTICE"):
            ask.fail("INVALID_TEXT", ask.room or ask.nick or "*", error.text)
            return
        numeric, about = numeric_of(error, ask)
        words = words_of(error)
        ask.answer(numeric, *about, words)

    def note_activity(self) -> None:
        """The user has said something."""
        if self.user is not None:
            self.user.active = self.registry.world.clock.seconds()

    def sts(self) -> str:
        """Return the policy by which clients stay with TLS (IRCv3 sts); empty: there is none to tell."""
        irc = self.registry.settings.irc
        if not irc.sts_port:
            return ""
        return f"duration={irc.sts_seconds}" if self.secure else f"port={irc.sts_port}"

    def renew(self) -> None:
        """The settings have changed: tell who wants to know which capabilities have come and gone."""
        before, self._offered = self._offered, offered(self)
        gone = [name for name in before if name not in self._offered and name not in UNASKED]
        come = [
            name for name, value in self._offered.items() if before.get(name) != value and name not in UNASKED
        ]
        if gone:
            self.negotiate(self.caps - set(gone))
        if self.ended or "cap-notify" not in self.caps:
            return
        shown = [
            f"{name}={self._offered[name]}" if self.modern and self._offered[name] else name for name in come
        ]
        for sub, names in (("DEL", gone), ("NEW", shown)):
            if names:
                self.send_lines([self.reply_line_of("CAP", sub, " ".join(names))])

    def sasl_mechanisms(self) -> list[str]:
        """Return the ways to log in that there are for this connection."""
        offered = {
            "PLAIN": self.may_take_passwords,
            "EXTERNAL": bool(self.certificate),
            "SCRAM-SHA-256": self.registry.settings.accounts.scram,
        }
        return [name for name, there in offered.items() if there]

    async def join(self, room: str) -> None:
        """Enter a room, as by JOIN."""
        waiting = self.commands.run(Context(self.registry, self), Call("join", (room,)))
        if waiting is not None:
            await waiting

    def check_not_banned(self, user: User) -> None:
        """Raise ChatError if the connection may not speak for that user."""
        cloak = self.registry.world.cloak(self.address)
        self.registry.check_not_banned(user.name, user.who.account, self.address, cloak)

    # commands.context.Client

    def arrive(
        self, name: Name, id: str, account: Account | None = None, belongings: Belongings = NOTHING
    ) -> None:
        self.require_admission()
        told = self.registration
        self.registry.arrive(
            self,
            name,
            id,
            account=account,
            belongings=belongings,
            ident=told.ident,
            realname=told.realname,
        )

    def require_admission(self) -> None:
        self.registration.require_admission()

    def admit(self, password: str) -> None:
        self.registration.password = password
        self.registration.require_admission()

    def named_now(self) -> None:
        """The client has a user: only its silence is watched from now on."""
        self._watch.named()

    def ask_for_password(self, name: Name) -> None:
        raise ChatError(Code.NAME_REGISTERED, f"the nickname {name.shown} is registered; log in by SASL")

    def restyle(self, style: Style) -> None:
        raise ChatError(Code.NOT_ALLOWED, "your IRC client decides how things are shown")

    def turn_into(self, dialect: str) -> None:
        raise ChatError(Code.NOT_ALLOWED, "this port speaks IRC and nothing else")

    def ping(self, ref: Any) -> None:
        self.reply(Pings.of_connection(self.connection.round_trip()), ref)

    def log_out(self) -> None:
        self.quit("logged out", farewell="You are logged out.")
