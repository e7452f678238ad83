"""One request in its setting: who asks, through which session, of which server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from msgspec import Struct

from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, Who
from chatd.core.kept import NOTHING, Belongings
from chatd.core.names import Name
from chatd.core.ports import Session, Source
from chatd.core.registry import Registry
from chatd.core.replies import Reply
from chatd.core.room import Room
from chatd.core.user import Rank, User

__all__ = ["Client", "Context", "Style"]


class Client(Session, Protocol):
    """What commands ask of a session, on top of what core does."""

    current: Room | None
    style: Style
    ending: bool
    """Whether nothing more is taken from the client."""

    @property
    def certificate(self) -> str:
        """SHA-256 of the TLS certificate that the client presented, in hexadecimal digits; empty: none."""

    @property
    def reached_at(self) -> str:
        """The address of this machine at which the client came in; empty: it has none, or a proxy stands between."""

    @property
    def door(self) -> str:
        """By what it came, for the record of acts: its dialect, or the kind of shell."""

    def restyle(self, style: Style) -> None:
        """Show everything in another way from now on."""

    def turn_into(self, dialect: str) -> None:
        """Speak another dialect from now on; raise ChatError if there is none of that name."""

    def ping(self, ref: Any) -> None:
        """Measure the round trip and reply with a Pong."""

    def admit(self, password: str) -> None:
        """Let in who knows the server's password; raise ChatError otherwise."""

    def require_alive(self) -> None:
        """Raise ChatError if the session ended while something was waited for."""

    def require_admission(self) -> None:
        """Raise ChatError before the server's own password was given."""

    @property
    def may_take_passwords(self) -> bool:
        """Whether nobody can listen in, or the owner does not mind."""

    def require_confidential(self) -> None:
        """Raise ChatError where somebody could listen in."""

    def ask_for_password(self, name: Name) -> None:
        """Ask for the password of a registered nickname; what comes next is a login."""

    def arrive(
        self, name: Name, id: str, account: Account | None = None, belongings: Belongings = NOTHING
    ) -> None:
        """Become a user of that name and id, of an account with what it comes back to or (None) a guest; raise
        ChatError if that may not be."""

    def join_user(self, user: User) -> None:
        """Speak for a user who is here already."""

    def arrived(self, rooms: Iterable[str] = ()) -> None:
        """The user has been told his name: show him in, and into the rooms (ids) that he comes back to."""

    def come_back(self, rooms: Iterable[str]) -> None:
        """Enter rooms (ids) that the account was in, also."""

    def show_mail(self, events: list[Event]) -> None:
        """Show private messages that waited."""

    @property
    def proved(self) -> Account | None:
        """The account that the client has proved before it said anything, as a browser's cookie does."""

    def remember(self, account: Account) -> None:
        """The client has proved by a password that an account is his: where there is such a thing, give him what
        proves it the next time."""

    def log_out(self) -> None:
        """Speak for nobody any more, and be asked for a nickname."""

    def reply_later(self, make: Callable[[], Reply], ref: Any = None) -> None:
        """Send a reply that is made when all that happened up to now has been shown: what it lists of this moment fits
        what is shown before and behind it."""

    def drained(self) -> Awaitable[None]:
        """Wait until the client has been sent nearly all that is queued for it, or is gone."""

    def settled(self) -> Awaitable[None]:
        """Wait until what the session itself has in the timeline has left it: stored, or given up."""

    def replay(self, room: Room | None, events: list[Event]) -> None:
        """Show again what was said in a room or (None) in private."""

    def show_room(self, room: Room, ref: Any = None) -> None:
        """Show a room and what was said there of late, when it has been shown that the user entered."""

    def quit(self, reason: str, ref: Any = None) -> None:
        """End this session, which may end the user; the farewell repeats `ref`."""


@dataclass(frozen=True, slots=True)
class Style:
    """What a person can turn on and off about how he is shown things."""

    time: bool = False
    color: bool = False
    bell: bool = False


class Context(Struct):
    """Handed to each handler. `user` is None before naming and in the owner's shell (`in_shell`)."""

    registry: Registry
    session: Client
    rank: Rank = Rank.USER
    ref: Any = None
    in_shell: bool = False
    operator: str = ""
    """Who is at the owner's shell: the fingerprint of a key, or a local user's id."""
    answered: bool = False
    weight: int = 1
    """What the request weighs in lines, for its client's budget."""

    def weigh_rooms(self) -> None:
        """Count a request as more lines the more rooms are told of it."""
        if self.user is not None:
            self.weight += len(self.user.rooms) // 8

    @property
    def user(self) -> User | None:
        """Who asks."""
        return self.session.user

    @property
    def named(self) -> User:
        """Return the user; raise ChatError before naming."""
        user = self.session.user
        if user is None:
            raise ChatError(Code.NOT_NAMED, "choose a nickname first")
        return user

    @property
    def by(self) -> Who:
        """Who is named as having done it."""
        user = self.session.user
        return self.registry.server if user is None else user.who

    @property
    def source(self) -> Source:
        """Where an event comes from; its echo is the answer to the request."""
        self.answered = True
        return Source(self.session, self.ref)

    def reply(self, reply: Reply) -> None:
        """Answer, behind what the session itself still has in the timeline."""
        self.answered = True
        self.session.reply(reply, self.ref)

    def replay(self, room: Room | None, events: list[Event]) -> None:
        """Show again what was said in a room or (None) in private, behind what the session itself has in the timeline."""
        self.answered = True
        self.session.replay(room, events)

    def reply_later(self, make: Callable[[], Reply]) -> None:
        """Answer with how things stand when what the session has in the timeline has been shown."""
        self.answered = True
        self.session.reply_later(make, self.ref)
