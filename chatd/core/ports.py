"""The few things core needs from the world around it, as protocols. The outer layers provide them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from msgspec import Struct

if TYPE_CHECKING:
    from chatd.core.acts import Act
    from chatd.core.events import Event
    from chatd.core.excerpts import Mark
    from chatd.core.names import Name
    from chatd.core.queries import Query
    from chatd.core.replies import Outgoing, Reply
    from chatd.core.room import Room
    from chatd.core.user import User

__all__ = [
    "Archive",
    "AuditTrail",
    "Claims",
    "Clock",
    "Codec",
    "Delayed",
    "Hits",
    "Lane",
    "Pending",
    "PromptStore",
    "Scope",
    "Searcher",
    "Session",
    "Source",
    "Store",
    "View",
]


class Codec(Protocol):
    """A dialect: turns what happens into bytes. Pure, one instance for all sessions."""

    name: str
    styled: bool
    """Whether display settings and the current room make a difference."""
    separate_echo: bool
    """Whether who writes to himself is shown that twice: as its author, and as the one it is for."""

    def echoes(self, event: Event, view: View) -> bool:
        """Whether the session that made an event is shown it."""

    def encode(self, item: Outgoing, view: View, ref: Any = None) -> bytes:
        """Return the bytes that show `item`; empty: this dialect does not show it."""

    def ring(self, frame: bytes) -> bytes:
        """Return `frame` with a bell in it, for who was mentioned."""


class View(Struct, frozen=True, cache_hash=True):
    """How a session is shown a room. Sessions with equal views are sent equal bytes."""

    codec: Codec
    time: bool = False
    color: bool = False
    current: bool = True
    caps: frozenset[str] = frozenset()
    """What a client of IRC has asked for."""
    nick: str = ""
    """Who is shown something, where that is one alone: an answer names him."""


class Source(Struct, frozen=True):
    """Which session caused an event, and the reference its client gave the request."""

    session: Session
    ref: Any = None


class Session(Protocol):
    """One connection, as core sees it."""

    user: User | None
    address: str
    secure: bool
    enters_lobby: bool
    """Whether a user who is in no other room belongs in the lobby: people do, IRC clients do not."""

    hears_invitations: bool
    """Whether its client wants to know whom others invite into rooms where its user lets people in."""
    rereads: bool
    """Whether its client may ask for private talk again that nobody stores: what a guest said or heard."""

    @property
    def codec(self) -> Codec:
        """The dialect it speaks now."""

    @property
    def bell(self) -> bool:
        """Whether to ring when the user is mentioned."""

    def view(self, room: Room | None) -> View:
        """Return how this session is shown `room`, or what belongs to no room."""

    def echoes(self, event: Event) -> bool:
        """Whether it is shown what it made itself."""

    def enter(self, room: Room) -> None:
        """The user is in `room` now: make it the current one where the dialect has one."""

    def left(self, room: Room) -> None:
        """The user is no longer in `room`: this is the current one no more."""

    def put_out(self, room: Room, event: Event) -> None:
        """It has been shown that the user left `room`, by that event."""

    def send(self, data: bytes) -> None:
        """Queue bytes. Never blocks, never raises; a queue over its bound ends the session."""

    def show(self, item: Outgoing, ref: Any = None) -> None:
        """Send one event or reply now, after what the session's rooms have gathered for it."""

    def reply(self, reply: Reply, ref: Any = None) -> None:
        """Send a reply behind what this session itself still has in the timeline."""

    def close(self, reason: str) -> None:
        """Say `reason`, let what is queued out, and end."""


class Lane(Protocol):
    """A place where events are seen in one order: a room, two talkers, several rooms at once."""

    def publish(self, event: Event, source: Source | None) -> None:
        """Show the event to everybody concerned. Synchronous, awaits nobody, never raises."""


class Pending(Protocol):
    """The timeline."""

    @property
    def waiting(self) -> Mapping[Any, int]:
        """How much of what each session, or user (by his id), has asked for waits for its turn; only those are in it for
        whom something does."""

    def put(self, event: Event, lane: Lane, source: Source | None = None) -> None:
        """Let `event` leave for `lane` in its turn, after its commit if it is to be stored."""

    def together(self) -> AbstractContextManager[None]:
        """Store what is put in this block, which waits for nothing, in one transaction."""

    def close_room(self, room_id: str) -> None:
        """A room ended which nobody will ask about again: forget it, behind what is to be stored of it."""

    def after(self, session: Session, action: Callable[[], None]) -> None:
        """Run `action` behind what `session` still has waiting; at once if that is nothing."""

    def behind_all(self, action: Callable[[], None], session: Session | None = None) -> None:
        """Run `action`, of that session, when all that waits now has left; at once if that is nothing."""


class Store(Protocol):
    """Keeps events. One commit at a time; the next begins when `done` was called."""

    def commit(self, events: Sequence[Event], done: Callable[[Sequence[int | None] | None], None]) -> None:
        """Store `events` in one transaction, then call `done`, now or later, in the reactor's thread.

        `done` gets the number of each event (none for those of no room, 0 for one that cannot be stored), or
        None if the transaction failed.
        """

    def close_room(self, room_id: str) -> None:
        """Forget a room that nobody will ask about again, behind the events given before."""


@runtime_checkable
class PromptStore(Store, Protocol):
    """A store that numbers an event before it stores it: nothing has to wait for it."""

    def take(self, event: Event) -> int | None:
        """Return the number of an event, as `commit` gives it."""


class Archive(Protocol):
    """Reads what the store has kept. `place` is a room's id; what comes back is oldest first, marked as replayed."""

    def before(self, place: str, limit: int, number: int | None = None) -> Awaitable[list[Event]]:
        """Return the last events, or the last ones before that number."""

    def after(self, place: str, limit: int, number: int) -> Awaitable[list[Event]]:
        """Return the first events after that number."""

    def number_at(self, place: str, when: datetime) -> Awaitable[int]:
        """Return the number of the last event older than `when`, or one less than the first that is kept."""

    def between(
        self, place: str, limit: int, start: Mark, stop: Mark, *, kinds: Collection[str] | None = None
    ) -> Awaitable[list[Event]]:
        """Return events next to `start`, on the side where `stop` is, without those two, as core/excerpts.py does.

        `kinds`: the types of event that count, as they stand in JSON; none: all.
        """

    def around(
        self, place: str, limit: int, mark: Mark, *, kinds: Collection[str] | None = None
    ) -> Awaitable[list[Event]]:
        """Return events around a point."""

    def targets(
        self,
        rooms: Collection[str],
        account: str,
        limit: int,
        *,
        start: datetime,
        stop: datetime,
        kinds: Collection[str] | None = None,
    ) -> Awaitable[list[tuple[str, datetime]]]:
        """Return the places, of some rooms and of an account's private talk, where something was said last between
        two times, and when that was: oldest first, those next to `start` if there are more than `limit`."""


class AuditTrail(Protocol):
    """Reads what was done to keep order."""

    def newest(self, limit: int, word: str = "", account: str = "") -> Awaitable[list[Act]]:
        """Return the last acts, oldest first: all, or those by, on or in what is called `word`, or by that account."""

    def reports(self, since: datetime) -> Awaitable[int]:
        """Return how many users were reported after that time."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an asker may read, and asks for: rooms, by their ids, and the private talk of his account (empty: none
    of it), with certain other accounts or (none named) with all.

    `closed` are the rooms that there are besides; `ignoring` holds identities whose words are left out.
    """

    rooms: frozenset[str]
    closed: frozenset[str] = frozenset()
    account: str = ""
    others: frozenset[str] = frozenset()
    ignoring: frozenset[str] = frozenset()


@dataclass(slots=True)
class Hits:
    """A page of what was found, newest first, marked as replayed."""

    events: list[Event] = field(default_factory=list)
    rest: datetime | None = None
    """There may be more before that time; none: there is not."""
    hasty: bool = False
    """It was given up before all was looked through: that would have taken too long."""


class Searcher(Protocol):
    """Finds what the store has kept by its words."""

    def find(self, query: Query, scope: Scope) -> Awaitable[Hits]:
        """Return the newest events that a query means. Raises ChatError(BUSY)."""


class Claims(Protocol):
    """Who owns a name among several servers. May answer at once or later; a local one answers at once."""

    def nickname(self, name: Name, user: str) -> bool | Awaitable[bool]:
        """Claim a nickname for the user with that id; False: somebody else has it."""

    def release_nickname(self, name: Name, user: str) -> None:
        """Give a nickname back."""

    def room(self, name: Name) -> bool | Awaitable[bool]:
        """Claim the right to create a room; False: it was created elsewhere meanwhile."""


class Delayed(Protocol):
    """A call that can still be cancelled."""

    def cancel(self) -> None: ...

    def active(self) -> bool: ...


class Clock(Protocol):
    """A monotonic clock with timers: Twisted's IReactorTime."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, callable: Callable[..., object], *args: object) -> Delayed: ...  # noqa: A002
