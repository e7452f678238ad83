"""What the registry knows, and how a change enters it: checked, applied, put in the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from chatd.core import names
from chatd.core.accounts import Accounts
from chatd.core.acting import acting
from chatd.core.bans import Bans
from chatd.core.census import Census, Lookout
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, Who
from chatd.core.fanout import Audience
from chatd.core.guest_talk import GuestTalk
from chatd.core.lookalikes import Lookalikes
from chatd.core.names import Name
from chatd.core.ports import Lane, Source
from chatd.core.room import Directory, Room
from chatd.core.user import User
from chatd.core.world import World
from chatd.settings import Settings

__all__ = ["LOBBY", "NO_TAGS", "RESERVED", "State", "applies", "folded_nickname", "reserved"]

RESERVED = ""
"""Who holds the reserved names: nobody."""

LOBBY_ID = "lobby"
"""The lobby is the same room on every server and after every start."""

LOBBY = names.room_name("#lobby")

NO_TAGS: dict[str, str] = {}
"""What most is said with. Nobody changes it."""

E = TypeVar("E", bound=Event)
Applier = Callable[[Any, Any], None]


def applies(kind: type[E]) -> Callable[[Callable[[Any, E], None]], Callable[[Any, E], None]]:
    """Mark the method that applies events of that kind to the state.

    It never refuses, may run twice for the same event, and finds what it changes by the ids in the
    event, wherever that was made.
    """

    def mark(method: Callable[[Any, E], None]) -> Callable[[Any, E], None]:
        method.applies = kind  # type: ignore[attr-defined]
        return method

    return mark


class State:
    """Users and rooms with their indexes. Everything that changes them is in the classes above this one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.users: dict[str, User] = {}
        self.nicks: dict[str, User] = {}
        self.rooms: dict[str, Room] = {}
        self.rooms_by_id: dict[str, Room] = {}
        self.bans = Bans()
        self.mutes: dict[str, float | None] = {}
        self.ignorers: dict[str, dict[str, User]] = {}
        self.accounts = Accounts()
        self.guest_talk = GuestTalk()
        self.markers: dict[str, dict[str, datetime]] = {}
        """How far everybody who is here has read, by his identity and what he has read."""
        self.by_account: dict[str, dict[str, User]] = {}
        """The users who are online now, by their account."""
        self.server = Who(nick=world.settings.server.name)
        self._ended: list[str] = []
        self._nick_lookalikes = Lookalikes()
        self._room_lookalikes = Lookalikes()
        self._directory = Directory(self.users, self.ignorers, world.settings.history.on_join)
        self._appliers: dict[type[Event], Applier] = {
            method.applies: method
            for cls in type(self).__mro__
            for method in vars(cls).values()
            if hasattr(method, "applies")
        }
        self.started = self.time()
        self.began = world.clock.seconds()
        self.most_users = 0
        """The most that were here at once."""
        self.said = 0
        """Messages that were taken in rooms."""
        self.said_private = 0
        """Messages that were taken between two."""
        self.census = Census()
        self.lookout = Lookout()
        self._reserve(world.settings)
        self._open_room(LOBBY_ID, LOBBY, self.time()).permanent = True

    def renew(self, settings: Settings) -> None:
        """Take over new settings."""
        for name in reserved(self.settings):
            self._nick_lookalikes.remove(name, RESERVED)
        self._reserve(settings)
        self.server = Who(nick=settings.server.name)
        self._directory.recent = settings.history.on_join
        self.world.settings = settings

    def _reserve(self, settings: Settings) -> None:
        for name in reserved(settings):
            self._nick_lookalikes.add(name, RESERVED)

    @property
    def settings(self) -> Settings:
        """The settings of the moment."""
        return self.world.settings

    @property
    def lobby(self) -> Room:
        """The room that always exists."""
        return self.rooms[LOBBY.folded]

    def time(self) -> datetime:
        """Return the time that an event of this moment carries."""
        return datetime.fromtimestamp(self.world.now(), UTC)

    def stamp(self) -> dict[str, Any]:
        """Return the fields that every event begins with."""
        id, time = self.world.ids.stamp()
        return {"id": id, "time": time, "origin": self.world.origin}

    def stamp_in(self, room: Room | None) -> dict[str, Any]:
        """Return the fields that an event of a room, or (None) of the whole server, begins with."""
        stamp = self.stamp()
        stamp["room"] = "" if room is None else room.name.shown
        stamp["room_id"] = "" if room is None else room.id
        return stamp

    def apply(self, event: Event) -> None:
        """Change the state as `event` says. Never refuses; may run twice."""
        applier = self._appliers.get(type(event))
        if applier is not None:
            applier(self, event)

    def enter(self, event: Event, lane: Lane, source: Source | None = None) -> None:
        """Apply a checked event and let the timeline show it."""
        self.apply(event)
        self.world.changed(event)
        self.world.timeline.put(event, lane, source or acting.get())
        while self._ended:
            # Behind the event itself, which may be the room's last one.
            ended = self._ended.pop()
            self.world.room_ended(ended)
            self.world.timeline.close_room(ended)

    # Looking up

    def find_user(self, raw: str) -> User:
        """Return the user who is called that now; raise ChatError with the nearest name otherwise."""
        user = self.nicks.get(folded_nickname(raw))
        if user is None:
            close = self.nicks.get(names.nearest(names.fold(raw), self.nicks) or "")
            hint = f" Did you mean {close.nick}?" if close is not None else ""
            raise ChatError(Code.NO_SUCH_USER, f'no user named "{raw}".{hint}')
        return user

    def find_room(self, raw: str, asker: User | None) -> Room:
        """Return the room of that name if the asker may know of it (`#` may be left out)."""
        typed = raw if raw.startswith("#") else f"#{raw}"
        room = self.rooms.get(_folded(names.room_name, typed))
        if room is None or not room.visible_to(asker):
            close = self.rooms.get(names.nearest(names.fold(typed), self.rooms) or "")
            known = close is not None and close.visible_to(asker)
            hint = f" Did you mean {close.name.shown}?" if close is not None and known else ""
            raise ChatError(Code.NO_SUCH_ROOM, f'no room named "{typed}".{hint}')
        return room

    def visible_rooms(self, asker: User | None) -> Iterator[Room]:
        """Yield the rooms that the asker may know of, the lobby first."""
        return (room for room in self.rooms.values() if room.visible_to(asker))

    # The indexes

    def _index(self, user: User) -> None:
        self.nicks[user.name.folded] = user
        self._nick_lookalikes.add(user.name, user.id)
        if user.who.account is not None:
            self.by_account.setdefault(user.who.account, {})[user.id] = user

    def _unindex(self, user: User) -> None:
        if self.nicks.get(user.name.folded) is user:
            del self.nicks[user.name.folded]
        self._nick_lookalikes.remove(user.name, user.id)
        others = self.by_account.get(user.who.account or "", {})
        others.pop(user.id, None)
        if not others:
            self.by_account.pop(user.who.account or "", None)
            self.markers.pop(user.who.account or "", None)

    def _open_room(self, id: str, name: Name, created: datetime) -> Room:
        room = self.rooms_by_id.get(id)
        if room is None:
            room = Room(id, name, created, Audience(self.world.turn), self._directory)
            self.rooms_by_id[id] = self.rooms[name.folded] = room
            self._room_lookalikes.add(name, id)
        return room

    def _close_room(self, room: Room) -> None:
        if self.rooms_by_id.pop(room.id, None) is not None:
            del self.rooms[room.name.folded]
            self._room_lookalikes.remove(room.name, room.id)
            for id in room.marked:
                if id in self.users:
                    self.users[id].marks.pop(room.id, None)

    def _remove_member(self, room: Room, user: User) -> None:
        """Take a user out of a room."""
        if room.members.pop(user.id, None) is None:
            return
        user.rooms.pop(room.id, None)
        for session in user.sessions:
            session.left(room)

    def _close_if_empty(self, room: Room) -> None:
        """End a room that nobody is in; nobody can ask for what was said there."""
        if not room.members and not room.lasting and room.id in self.rooms_by_id:
            self._close_room(room)
            self._ended.append(room.id)


def reserved(settings: Settings) -> list[Name]:
    """Return the nicknames that nobody may have: those of the settings, and the server's own name if it is one."""
    found = [names.nickname(raw) for raw in settings.names.reserved]
    with suppress(ChatError):
        found.append(names.nickname(settings.server.name))
    return found


def folded_nickname(raw: str) -> str:
    """Return the comparison key of a typed nickname; empty: nobody can have that name."""
    return _folded(names.nickname, raw)


def _folded(parse: Callable[[str], Name], raw: str) -> str:
    """Return the comparison key of what was typed; what cannot be a name is nobody's."""
    try:
        return parse(raw).folded
    except ChatError:
        return ""
