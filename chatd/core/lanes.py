"""Lanes besides the rooms: several rooms at once, two talkers, everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from chatd.core.census import Census, Lookout
from chatd.core.events import (
    Appointed,
    Empowered,
    Event,
    Invited,
    Knocked,
    MarkedRead,
    PrivateMessage,
    PrivateSignal,
    Reported,
    RoomRank,
)
from chatd.core.ports import Session, Source
from chatd.core.room import Room, tell_not_stored
from chatd.core.user import Rank, User

__all__ = [
    "NOBODY",
    "Doorkeepers",
    "Everybody",
    "Himself",
    "Invitation",
    "Listeners",
    "OfAccount",
    "OfReader",
    "Operators",
    "Private",
    "Spread",
]

PRIVATE = frozenset({PrivateMessage, PrivateSignal})


class Spread:
    """What one user does in several rooms at once: a rename, an absence, a farewell. `lookout` is told of it, too."""

    def __init__(self, user: User, rooms: Iterable[Room], lookout: Lookout | None = None) -> None:
        self._user = user
        self._rooms = tuple(rooms)
        self._lookout = lookout

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` once to everybody who shares a room with the user, and to the user himself."""
        shown: set[Session] | None = set() if len(self._rooms) > 1 else None
        for room in self._rooms:
            room.publish(event, source, shown)
        for session in self._user.sessions:
            if not any(session in room.audience for room in self._rooms):
                session.show(event)
        if self._lookout is not None:
            self._lookout.tell(event, self._user)


class Private:
    """Private messages: to all sessions of the one, and back to the other's other sessions."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._users = users

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to the two; nothing to who ignores its author."""
        if type(event) not in PRIVATE:
            raise TypeError(f"{type(event).__name__} is not a private message")
        said: Any = event
        origin = None if source is None else source.session
        author, target = self._users.get(said.who.user), self._users.get(said.to.user)
        if target is not None and (not target.ignoring or said.who.identity not in target.ignoring):
            for session in target.sessions:
                own = session is origin and not session.codec.separate_echo
                session.show(event, source.ref if source is not None and own else None)
        if author is None:
            return
        for session in author.sessions:
            if author is target and not (session is origin and session.codec.separate_echo):
                continue
            if source is None or session is not origin:
                session.show(replace(said, sent=True))
            elif session.echoes(event):
                session.show(replace(said, sent=True), source.ref)
            elif not event.stored:
                tell_not_stored(event, source)


class Invitation:
    """An invitation into a room: shown to who is invited, to who invites, and to those in the room who may let
    somebody in and want to hear of it."""

    def __init__(self, users: Mapping[str, User], room: Room) -> None:
        self._users = users
        self._room = room

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to them; not to who ignores the one who invites."""
        if not isinstance(event, Invited):
            raise TypeError(f"{type(event).__name__} is not an invitation")
        event.after = self._room.last
        two = (event.who.user, event.by.user)
        for user in filter(None, map(self._users.get, two)):
            if event.by.identity not in user.ignoring:
                for session in list(user.sessions):
                    session.show(event)
        for user in doorkeepers(self._room):
            if user.id not in two and event.by.identity not in user.ignoring:
                for session in [each for each in user.sessions if each.hears_invitations]:
                    session.show(event)


def doorkeepers(room: Room) -> list[User]:
    """Return those in a room who may let others in, whatever keeps these out."""
    return [
        user
        for user in room.members.values()
        if (user.rank >= Rank.OPERATOR or room.rank_of(user) >= RoomRank.OPERATOR) and user.sessions
    ]


class Doorkeepers:
    """Who asks to be let into a room: shown to those in it who may let him in."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def present(self) -> list[User]:
        """Return who is there of them, also who ignores the one who asks: that is told to nobody."""
        return doorkeepers(self._room)

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to them; not to who ignores the one who asks."""
        if not isinstance(event, Knocked):
            raise TypeError(f"{type(event).__name__} is no knock")
        event.after = self._room.last
        for user in self.present():
            if event.who.identity not in user.ignoring:
                for session in list(user.sessions):
                    session.show(event)


class Nobody:
    """What changes the state and is to be stored, but is shown to nobody."""

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show nothing."""


NOBODY = Nobody()


class Everybody:
    """What everybody on the server is told."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._users = users

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to every session that has a user."""
        for user in list(self._users.values()):
            for session in user.sessions:
                session.show(event)


class Listeners:
    """What operators tell each other: to them and to who wants to hear it."""

    def __init__(self, users: Mapping[str, User], census: Census) -> None:
        self._users = users
        self._census = census

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to all their sessions."""
        ref = None if source is None else source.ref
        for id in self._census.operators | self._census.listening:
            for session in list(self._users[id].sessions):
                own = source is not None and session is source.session
                session.show(event, ref if own else None)


class Operators:
    """Reports: to the operators of the server but who reports and who is reported."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._users = users

    def of(self, event: Reported) -> list[User]:
        """Return those whom a report reaches at this moment."""
        concerned = (event.who.user, event.target.user)
        return [
            user
            for user in self._users.values()
            if user.rank >= Rank.OPERATOR and user.id not in concerned and user.sessions
        ]

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show a report, ignored or not."""
        if not isinstance(event, Reported):
            raise TypeError(f"{type(event).__name__} is not a report")
        for user in self.of(event):
            for session in list(user.sessions):
                session.show(event)


class OfAccount:
    """What concerns one account: to all its users. `users` are those of each account."""

    def __init__(self, users: Mapping[str, Mapping[str, User]]) -> None:
        self._users = users

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to everybody who speaks for the account."""
        if not isinstance(event, Appointed):
            raise TypeError(f"{type(event).__name__} is of no account")
        for user in list(self._users.get(event.who.account or "", {}).values()):
            for session in list(user.sessions):
                session.show(event)


class Himself:
    """What concerns one user alone."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._users = users

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to all sessions of the user."""
        if not isinstance(event, Empowered):
            raise TypeError(f"{type(event).__name__} is of no user")
        user = self._users.get(event.who.user)
        for session in [] if user is None else list(user.sessions):
            session.show(event, source.ref if source is not None and source.session is session else None)


class OfReader:
    """How far somebody has read: to all who speak for him but the session that says so."""

    def __init__(self, users: Mapping[str, User], accounts: Mapping[str, Mapping[str, User]]) -> None:
        self._users = users
        self._accounts = accounts

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Show `event` to the other sessions of the account, or of the guest."""
        if not isinstance(event, MarkedRead):
            raise TypeError(f"{type(event).__name__} is of no reader")
        guest = self._users.get(event.who.user)
        users = self._accounts.get(event.who.account, {}).values() if event.who.account else (guest,)
        for user in list(users):
            for session in [] if user is None else list(user.sessions):
                if source is None or session is not source.session:
                    session.show(event)
