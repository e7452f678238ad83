"""The session of an IRC client."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from twisted.internet.defer import Deferred

from chatd.commands.context import Context, Style
from chatd.commands.table import CommandTable
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, Invited, PrivateMessage, RoomDeleted
from chatd.core.kept import NOTHING, Belongings
from chatd.core.names import Name
from chatd.core.ports import Source, View
from chatd.core.registry import Registry
from chatd.core.replies import Outgoing, Ping
from chatd.core.room import Room
from chatd.core.user import User
from chatd.frontends.connection import Connection
from chatd.frontends.irc.answers import Answering
from chatd.frontends.irc.dispatch import IrcDispatcher
from chatd.frontends.irc.entrance import IrcEntrance
from chatd.frontends.irc.offers import compared, offered, shown_capability
from chatd.frontends.irc.registration import Registration
from chatd.frontends.irc.sasl import Exchange
from chatd.frontends.irc.verbs import VerbTable
from chatd.frontends.pings import Pings
from chatd.wire.irc.caps import shown_in_rooms
from chatd.wire.irc.codec import IrcCodec
from chatd.wire.irc.label import Out
from chatd.wire.irc.line import LINE_BYTES, body
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import source
from chatd.wire.requests import Call
from chatd.wire.splitter import Line

if TYPE_CHECKING:
    from chatd.frontends.irc.multiline import Incoming

__all__ = ["IrcSession"]

NO_CAPS: frozenset[str] = frozenset()
"""One for all who have asked for nothing: each empty set takes 216 bytes."""


class IrcSession(Answering):
    """A session that shows events and answers as lines of IRC. What its client asks for is carried out by `verbs`."""

    # With those of the base there would be more than thirty in one dictionary: CPython shares the keys of no larger
    # one among instances, and each session would take 1.5 KB more.
    __slots__ = (
        "_dispatcher",
        "_offered",
        "_view",
        "caps",
        "courtesy",
        "exchange",
        "farewells",
        "hears_invitations",
        "incoming",
        "modern",
        "plain_source",
        "registration",
        "rereads",
    )

    enters_lobby = False
    codec: IrcCodec
    entrance: IrcEntrance

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
        self.plain_source = Source(self)
        """Where comes from what was said without a label."""
        self.caps = NO_CAPS
        self.rereads = self.hears_invitations = False
        self.courtesy = 0
        """Requests that are still cheap, of those by which a client takes its places (`irc.courtesy`)."""
        self._view = View(codec, caps=NO_CAPS)
        self.exchange: Exchange | None = None
        """The login by SASL that is under way."""
        self.farewells: dict[str, Callable[[], None]] = {}
        """What is done when the connection is gone, by what it is about."""
        self.modern = False
        """Whether the client knows version 302 of capability negotiation."""
        self.registration = Registration(self)
        self._offered = offered(self)
        self.incoming: Incoming | None = None
        """The batch that the client has opened."""
        self._dispatcher = IrcDispatcher(self, verbs, self.budget)

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

    @property
    def link(self) -> str:
        """Whose connection it is, as its last line names it."""
        ident = self.registration.ident
        return f"{'unknown' if ident is UNSET else ident}@{self.registry.world.cloak(self.address)}"

    # What the base leaves open

    def make_entrance(self) -> IrcEntrance:
        return IrcEntrance(self)

    def greet(self) -> None:
        """IRC clients speak first."""

    def take(self, line: Line) -> Deferred[None] | None:
        return self._dispatcher.take(line)

    @property
    def line_bytes(self) -> int:
        return LINE_BYTES

    @property
    def inbox_lines(self) -> int:
        return self.limits.irc_inbox_lines

    def send_ping(self) -> None:
        self.show(Ping(token=secrets.token_hex(4)))

    # core.ports.Session

    def view(self, room: Room | None) -> View:
        return self._view if room is not None else self.own_view

    def echoes(self, event: Event) -> bool:
        return self.codec.echoes(event, self._view)

    @property
    def own_view(self) -> View:
        """How the session is shown what is for it alone."""
        return View(self.codec, caps=self.caps, nick=self.called)

    def show(self, item: Outgoing, ref: Any = None) -> None:
        turn = self.registry.world.turn
        if isinstance(item, PrivateMessage):
            data = self.codec.encode(item, self.own_view if item.replay else self._view, ref)
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

    # Capabilities

    def negotiate(self, caps: frozenset[str]) -> None:
        """Show everything in another way from now on."""
        self.caps = caps
        self.rereads = "draft/chathistory" in caps
        self.hears_invitations = "invite-notify" in caps
        self._view = View(self.codec, caps=shown_in_rooms(caps))
        for audience in self.registry.world.turn.heard_by(self):
            audience.place(self, self._view)

    def renew(self) -> None:
        """The settings have changed: tell who wants to know which capabilities have come and gone."""
        before, self._offered = self._offered, offered(self)
        gone, come = compared(before, self._offered)
        if gone:
            self.negotiate(self.caps - set(gone))
        if self.ended or "cap-notify" not in self.caps:
            return
        shown = [shown_capability(name, self._offered[name], modern=self.modern) for name in come]
        for sub, names in (("DEL", gone), ("NEW", shown)):
            if names:
                self.send_lines([self.reply_line("CAP", sub, " ".join(names))])

    def close(self, reason: str, ref: Any = None) -> None:
        self.ending = True
        self.registry.detach(self, reason, lost=False)
        words = reason.removeprefix("Error: ")
        super().close(f"({self.link}) [{words.removesuffix('.') if words != reason else words}]", ref)

    def quit(self, reason: str, ref: Any = None, *, farewell: str = "") -> None:
        super().quit(reason, ref, farewell=farewell or (f"Quit: {reason}" if reason else "Quit"))

    def lost(self, reason: str) -> None:
        super().lost(reason)
        for action in self.farewells.values():
            action()

    def note_activity(self) -> None:
        """The user has said something."""
        if self.user is not None:
            self.user.active = self.registry.world.clock.seconds()

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
