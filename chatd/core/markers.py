"""How far somebody has read, in each room and in his talk with each other: only he is told."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chatd.core import names
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import MarkedRead
from chatd.core.excerpts import floored
from chatd.core.lanes import OfReader
from chatd.core.private import PrivateTalk
from chatd.core.state import applies, folded_nickname
from chatd.core.user import User
from chatd.core.world import World

__all__ = ["MARKERS", "Markers"]

MARKERS = 1000
"""How many are kept for one reader; then the one that is furthest back goes."""


class Marked(NamedTuple):
    """What can be marked: its key, which outlasts a change of nickname, and how it is called."""

    key: str
    name: str


class Markers(PrivateTalk):
    """What changes markers. They are in memory for who is here, by identity; those of accounts come from the store."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._reader = OfReader(self.users, self.by_account)

    def mark_read(self, user: User, raw: str, when: datetime) -> None:
        """Note that a user has read a room, or his talk with somebody, up to a time. Markers only move forward, and
        not into the future. Raises ChatError for what is no name."""
        marked = self.marked(raw, user)
        mine = self.markers.get(user.identity, {})
        until = floored(min(when, self.time()))
        known = mine.get(marked.key)
        if known is not None and until <= known:
            return
        dropped = min(mine, key=lambda key: mine[key]) if known is None and len(mine) >= MARKERS else ""
        event = MarkedRead(
            **self.stamp(), who=user.who, target=marked.name, key=marked.key, until=until, dropped=dropped
        )
        self.enter(event, self._reader)

    def read_until(self, user: User, raw: str) -> datetime | None:
        """Return how far a user has read there; none: nobody knows. Raises ChatError for what is no name."""
        return self.markers.get(user.identity, {}).get(self.marked(raw).key)

    def marked(self, raw: str, user: User | None = None) -> Marked:
        """Return what a name stands for, whether there is such a room or user or not; raise ChatError for what is no
        name."""
        if raw[:1] == "#":
            name = names.room_name(raw)
            room = self.rooms.get(name.folded)
            known = room is not None and (user is None or room.visible_to(user))
            return Marked(name.folded, room.name.shown if room is not None and known else raw)
        folded = folded_nickname(raw)
        if not folded:
            raise ChatError(Code.NO_SUCH_USER, "nobody can have that name")
        try:
            found = self.find_addressee(raw)
        except ChatError:
            return Marked(f"nick:{folded}", raw)
        account = found.id if isinstance(found, Account) else found.who.account
        # Under the name that was given: his clients have their windows by it.
        return Marked(f"account:{account}" if account else f"nick:{folded}", raw)

    def all_read(self, user: User) -> dict[str, datetime]:
        """Return how far a user has read, by the names of rooms and accounts."""
        found = {}
        for key, until in self.markers.get(user.identity, {}).items():
            room, account = self.rooms.get(key), self.accounts.by_id(key.removeprefix("account:"))
            if key[:1] == "#":
                found[room.name.shown if room is not None and room.visible_to(user) else key] = until
            elif account is not None:
                found[account.name] = until
        return found

    @applies(MarkedRead)
    def _marked_read(self, event: MarkedRead) -> None:
        identity = event.who.identity
        if identity not in self.users and identity not in self.by_account:
            return  # of who is not here the store knows
        mine = self.markers.setdefault(identity, {})
        mine.pop(event.dropped, None)
        mine[event.key] = max(event.until, mine.get(event.key, event.until))
