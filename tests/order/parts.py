"""What the tests of order are made of: stores that can be held, lanes that note, sessions that keep what they are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from chatd.core.events import Event, Joined, Message, Renamed, RoomDeleted, RoomEvent, Text, Who
from chatd.core.names import nickname
from chatd.core.ports import Codec, Source, View
from chatd.core.replies import Outgoing, Reply
from chatd.core.room import Room
from chatd.core.user import User

__all__ = ["Ear", "HeldStore", "Noting", "PlainCodec", "body", "joined", "message", "renamed", "user"]

TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Done = Callable[[Sequence[int | None] | None], None]


class HeldStore:
    """Commits when it is told to; at once while `prompt`."""

    def __init__(self, *, prompt: bool = False) -> None:
        self.prompt = prompt
        self.batches: list[list[Event]] = []
        self.held: tuple[list[Event], Done] | None = None
        self.given: dict[tuple[str, int], str] = {}
        """Which event got a number: (room id, number) to event id."""
        self.closed: list[str] = []
        self._last: dict[str, int] = {}

    def commit(self, events: Sequence[Event], done: Done) -> None:
        assert self.held is None, "two commits at once"
        assert events, "a commit of nothing"
        self.batches.append(list(events))
        self.held = list(events), done
        if self.prompt:
            self.release()

    def release(self) -> None:
        """Let the commit that runs succeed."""
        held, self.held = self.held, None
        if held is not None:
            held[1]([self._number(event) for event in held[0]])

    def fail(self) -> None:
        """Let the commit that runs fail."""
        held, self.held = self.held, None
        if held is not None:
            held[1](None)

    def close_room(self, room_id: str) -> None:
        self.closed.append(room_id)

    def _number(self, event: Event) -> int | None:
        if not isinstance(event, RoomEvent) or not event.room_id:
            return None
        number = self._last[event.room_id] = self._last.get(event.room_id, 0) + 1
        self.given[event.room_id, number] = event.id
        if isinstance(event, RoomDeleted):
            del self._last[event.room_id]
        return number


class Noting:
    """A lane that notes the bodies of what leaves, as `name:body`."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log

    def publish(self, event: Event, source: Source | None = None) -> None:
        self.log.append(f"{self.name}:{body(event)}")


class PlainCodec:
    """Shows an event as its body and a semicolon, and counts how often it has to."""

    styled = True

    def __init__(self, name: str = "plain", *, echo: bool = False, styled: bool = True) -> None:
        self.name = name
        self._echo = echo
        self.styled = styled
        self.encoded: list[tuple[str, View]] = []

    separate_echo = False

    def echoes(self, event: Event, view: View) -> bool:
        return self._echo

    def encode(self, item: Outgoing, view: View, ref: Any = None) -> bytes:
        assert isinstance(item, Event)
        self.encoded.append((body(item), view))
        return f"{body(item)}{'' if ref is None else f'#{ref}'};".encode()

    def ring(self, frame: bytes) -> bytes:
        return b"!" + frame


class Ear:
    """A session that keeps what it is sent, one item a send."""

    address = "192.0.2.1"
    secure = False
    enters_lobby = True
    rereads = False
    hears_invitations = False

    def __init__(self, codec: Codec, nick: str = "", *, bell: bool = False) -> None:
        self.codec = codec
        self.bell = bell
        self.user: User | None = user(nick) if nick else None
        self.sent: list[bytes] = []
        self.style = View(codec)
        if self.user is not None:
            self.user.sessions.append(self)

    @property
    def heard(self) -> str:
        return b"".join(self.sent).decode()

    def echoes(self, event: Event) -> bool:
        return self.codec.echoes(event, self.view(None))

    def view(self, room: Room | None) -> View:
        return replace(self.style, codec=self.codec)

    def send(self, data: bytes) -> None:
        assert data, "an empty send"
        self.sent.append(data)

    def enter(self, room: Room) -> None: ...

    def put_out(self, room: Room, event: Event) -> None: ...

    def left(self, room: Room) -> None: ...

    def show(self, item: Outgoing, ref: Any = None) -> None:
        self.send(self.codec.encode(item, self.view(None), ref))

    def reply(self, reply: Reply, ref: Any = None) -> None: ...

    def close(self, reason: str) -> None: ...


def user(nick: str) -> User:
    """Return a user whose id is his nickname."""
    return User(Who(nick=nick, user=nick), nickname(nick))


def message(words: str, room: str = "r", nick: str = "ann") -> Message:
    """Return something said; its id is made of the words."""
    return Message(
        id=f"id-{words}",
        time=TIME,
        origin="",
        room=f"#{room}",
        room_id=room,
        who=Who(nick=nick, user=nick),
        body=Text(words),
    )


def joined(nick: str, room: str = "r") -> Joined:
    """Return an entrance, which is not stored."""
    who = Who(nick=nick, user=nick)
    return Joined(id=f"id+{nick}", time=TIME, origin="", room=f"#{room}", room_id=room, who=who, count=1)


def renamed(old: str, new: str) -> Renamed:
    """Return a rename."""
    return Renamed(id=f"id={new}", time=TIME, origin="", who=Who(nick=old, user=old), nick=new)


def body(event: Event) -> str:
    """Return what tells the events of these tests apart."""
    if isinstance(event, Message) and isinstance(event.body, Text):
        return event.body.text
    if isinstance(event, Joined):
        return f"+{event.who.nick}"
    if isinstance(event, Renamed):
        return f"{event.who.nick}={event.nick}"
    return event.sentence()
