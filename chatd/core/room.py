"""A room: who is in it, who may do what, and the lane in which everything in it is seen."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from chatd.core.bans import Bans
from chatd.core.errors import ChatError, Code
from chatd.core.events import (
    Aside,
    Banned,
    Event,
    Joined,
    Kicked,
    MaskAdded,
    MaskRemoved,
    Message,
    Parted,
    RoomChanged,
    RoomDeleted,
    RoomEvent,
    RoomRank,
    RoomRegistered,
    Signal,
    Unbanned,
)
from chatd.core.fanout import Audience
from chatd.core.keeping import FOR_EVER
from chatd.core.masks import MaskList
from chatd.core.replies import NotStored
from chatd.core.user import Rank, User

if TYPE_CHECKING:
    from chatd.core.names import Name
    from chatd.core.ports import Session, Source

__all__ = ["Directory", "Room", "public", "shown_mask", "tell_not_stored"]


@dataclass(slots=True)
class Directory:
    """What a room looks up of the registry when it publishes: users by id, who ignores whom, and how many
    events are kept for who enters."""

    users: Mapping[str, User]
    ignorers: Mapping[str, dict[str, User]]
    recent: int = 0


def shown_mask(mask: str) -> str:
    """Return a mask as everybody may see it: nobody is shown another user's address."""
    return "address:hidden" if mask.startswith("address:") else mask


SECRETS: dict[type[Event], tuple[str, Callable[[Any], Any]]] = {
    RoomChanged: ("key", lambda _: ""),
    RoomRegistered: ("kept", lambda _: None),
    **dict.fromkeys((Banned, Unbanned, MaskAdded, MaskRemoved), ("mask", shown_mask)),
}
"""What of an event is not for everybody, and what is shown instead."""
SPEECH = frozenset({Message, Aside, Signal})
"""By their types: `isinstance` takes 0.6 µs for what is not exactly of that class, a set 0.1."""


def public(event: Event) -> Event:
    """Return an event as others may see it: without the keys and addresses that the registry needs."""
    secret = SECRETS.get(type(event))
    if secret is None:
        return event
    field, shown = secret
    return replace(event, **{field: shown(getattr(event, field))})


def tell_not_stored(event: Event, source: Source | None) -> None:
    """Tell who said something, and is not shown it himself, that it is not stored."""
    if source is not None and not source.session.echoes(event):
        source.session.show(NotStored())


class Room:
    """State of one room. Only the registry changes it.

    `members` and `ranks` say how things stand now; `audience` who is shown what leaves the timeline
    now. `ranks`, `mutes` (until when, by the monotonic clock) and `invited` are kept by identity.
    `last` is the number of the last stored event that has left.
    """

    def __init__(
        self, id: str, name: Name, created: datetime, audience: Audience, directory: Directory
    ) -> None:
        self.id = id
        self.name = name
        self.created = created
        self.audience = audience
        self._directory = directory
        self.permanent = False
        """The lobby: it is there from the beginning, open to everybody."""
        self.registered = False
        """It stays when nobody is in it, and over restarts."""
        self.topic = ""
        self.topic_by = ""
        """Who set it; empty: that was before this process."""
        self.topic_at = created
        self.key = ""
        self.invite_only = False
        """Who is not invited, and has no rank here, does not get in."""
        self.secret = False
        """Who is not in it is not told that it exists."""
        self.limit = 0
        """How many may be in it; 0: no limit."""
        self.moderated = False
        """Only who has a rank here speaks."""
        self.slow = 0
        """Seconds between two lines of one user."""
        self.external = False
        """Who is not in it may speak here, too."""
        self.open_topic = False
        """Every member may set the topic."""
        self.keep = FOR_EVER
        """Its own bound on what is kept; the settings may have another."""
        self.last = 0
        self.recent: deque[Event] = deque()
        """What was stored and shown of late, for who enters."""
        self.recalled = True
        """Whether `recent` is all that there is of it; not before somebody enters a room of an earlier process."""
        self.members: dict[str, User] = {}
        self.ranks: dict[str, RoomRank] = {}
        self.bans = Bans()
        self.lists: dict[MaskList, Bans] = defaultdict(Bans)
        """Masks for other ends than bans; a list may be missing or empty."""
        self.mutes: dict[str, float | None] = {}
        self.invited: dict[str, None] = {}
        self.spoke: dict[str, float] = {}
        self.marked: set[str] = set()
        """Ids of the guests of whom it keeps, or kept, something of the above."""

    @property
    def lasting(self) -> bool:
        """Whether it stays when nobody is in it."""
        return self.permanent or self.registered

    @property
    def founder(self) -> str:
        """The identity of its founder; empty: it has none."""
        return next((identity for identity, rank in self.ranks.items() if rank == RoomRank.FOUNDER), "")

    @property
    def founder_here(self) -> str:
        """The nickname of its founder, if he is in it."""
        return next(
            (user.nick for user in self.members.values() if self.rank_of(user) == RoomRank.FOUNDER), ""
        )

    def rank_of(self, user: User) -> RoomRank:
        """Return the user's rank here."""
        return self.ranks.get(user.who.identity, RoomRank.NONE)

    def standing(self, identity: str) -> RoomRank:
        """Return the rank that counts against others: before a room is registered, who has made it is its first
        operator, and no more than those whom he has made."""
        rank = self.ranks.get(identity, RoomRank.NONE)
        return rank if self.registered else min(rank, RoomRank.OPERATOR)

    def has_voice(self, user: User) -> bool:
        """Whether the user speaks freely here, whatever holds for others."""
        return self.rank_of(user) >= RoomRank.VOICE or user.rank >= Rank.OPERATOR

    def require(self, user: User, needed: RoomRank) -> None:
        """Raise ChatError unless the user, or his server rank, may do what needs that rank."""
        if user.rank < Rank.OPERATOR and self.rank_of(user) < needed:
            raise ChatError(
                Code.NOT_ALLOWED, f"only a room {needed.name.lower()} of {self.name.shown} may do that"
            )

    def visible_to(self, user: User | None) -> bool:
        """Whether that user may know that the room exists; None: the owner's shell."""
        return (
            not self.secret
            or user is None
            or user.id in self.members
            or user.rank >= Rank.OPERATOR
            or user.who.identity in self.invited
        )

    @property
    def private(self) -> bool:
        """Whether it is hidden, and lets in only who is invited."""
        return self.secret and self.invite_only

    @property
    def full(self) -> bool:
        """Whether there are as many in it as may be."""
        return bool(self.limit) and len(self.members) >= self.limit

    def open_to(self, user: User | None) -> bool:
        """Whether that user may look into the room: at who is there and what it is about."""
        return not self.key or user is None or user.id in self.members or user.rank >= Rank.OPERATOR

    def stored_late(self, event: Event, number: int) -> None:
        """An event that was shown before it could be stored has its number now: who enters is shown that."""
        self.last = max(self.last, number)
        for index, each in enumerate(self.recent):
            if each.id == event.id and isinstance(each, RoomEvent):
                self.recent[index] = replace(each, stored=True, number=number)

    def recall(self, events: Iterable[Event]) -> None:
        """Take over what was said before this process, once."""
        if not self.recalled:
            self.recalled = True
            known = {event.id for event in self.recent}
            self.recent.extendleft(reversed([event for event in events if event.id not in known]))

    def forget(self, number: int, before: datetime) -> None:
        """Show to nobody any more what has that number or a lesser one, or is older than `before`."""
        recent = [
            event
            for event in self.recent
            if event.time >= before
            and not (isinstance(event, RoomEvent) and (event.number or number + 1) <= number)
        ]
        if len(recent) < len(self.recent):
            self.recent = deque(recent)

    def publish(self, event: Event, source: Source | None = None, shown: set[Session] | None = None) -> None:
        """Show `event` to the audience. The only fan-out: synchronous, awaits nobody, never raises."""
        if getattr(event, "room_id", None) == self.id:
            self._number(cast("RoomEvent", event))
        if type(event) in SPEECH:
            self._speak(cast("Message | Signal", event), source)
            return
        event = public(event)
        if isinstance(event, Joined):
            for session in self._sessions(event.who.user):
                self.audience.place(session, session.view(self))
        self.audience.publish(event, source, (), shown)
        if isinstance(event, Parted | Kicked):
            self._dismiss(event)
        elif isinstance(event, RoomDeleted):
            for session in self.audience.clear():
                session.put_out(self, event)

    def _number(self, event: RoomEvent) -> None:
        """Note the event's number, or give it the one that it follows; keep it for who enters."""
        if event.number is not None:
            self.last = event.number
        else:
            event.after = self.last
        if event.keep:
            most = self._directory.recent
            if most:
                self.recent.append(event if type(event) is Message else public(event))
            while len(self.recent) > most:
                self.recent.popleft()

    def _speak(self, event: Message | Signal, source: Source | None) -> None:
        everybody = type(event) is Message and not self._directory.ignorers
        self.audience.publish(event, source, () if everybody else self._deaf_to(event))
        if source is None:
            return
        if source.session not in self.audience and source.session.echoes(event):
            # Who speaks in a room that he is not in.
            source.session.show(event, source.ref)
        if not event.stored:
            tell_not_stored(event, source)

    def _sessions(self, user_id: str) -> list[Session]:
        user = self._directory.users.get(user_id)
        return [] if user is None else user.sessions

    def _dismiss(self, event: Parted | Kicked) -> None:
        for session in self._sessions(event.who.user):
            self.audience.remove(session)
            session.put_out(self, event)

    def _below(self, rank: RoomRank) -> list[Session]:
        """Return the sessions of those who have not that rank, nor a higher one."""
        return [
            session
            for session in self.audience.sessions
            if session.user is None or self.rank_of(session.user) < rank
        ]

    def _deaf_to(self, event: Message | Signal) -> Iterable[Session]:
        """Return the sessions that are not to be shown it: of who ignores its author, or stands below its rank."""
        users = self._directory.ignorers.get(event.who.identity)
        deaf = [session for user in users.values() for session in user.sessions] if users else ()
        if type(event) is Message:
            return deaf
        rank = cast("Aside | Signal", event).rank
        return [*deaf, *self._below(rank)] if rank else deaf
