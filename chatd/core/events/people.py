"""Who comes, goes, and speaks for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from chatd.core.bodies import RoomRank, Who
from chatd.core.events.base import Event, RoomEvent, because

__all__ = [
    "AccountChanged",
    "AccountDeleted",
    "Appointed",
    "Arrived",
    "AwayChanged",
    "Empowered",
    "GuestsChanged",
    "Identified",
    "Ignored",
    "Joined",
    "MarkedRead",
    "Parted",
    "Quit",
    "RealnameChanged",
    "Renamed",
    "Unignored",
    "UserModes",
]


class Arrived(Event, kw_only=True, tag="arrived"):
    """A user is on the server now. Nobody is shown it: people notice who joins a room."""

    who: Who
    address: str
    rank: int = 0
    realname: str = ""


class Identified(Event, kw_only=True, tag="identified"):
    """A user speaks for an account from now on, with its rank on the server. Nobody is shown it; `who` has the account.

    `ranks` and `mutes` are what he had as a guest and the account has then, by room that lasts; `ignoring` is
    whom he ignores from then on, by identity, `rooms` where he is already, by id, `markers` how far he has read.
    """

    keep = True

    who: Who
    rank: int = 0
    ranks: dict[str, RoomRank] = {}
    mutes: dict[str, datetime | None] = {}
    ignoring: dict[str, str] = {}
    rooms: list[str] = []
    markers: dict[str, datetime] = {}


class AccountChanged(Event, kw_only=True, tag="account_changed"):
    """A user speaks for an account now, which is in `who`: shown to those who share a room with him."""

    who: Who
    name: Annotated[str, Meta(description="The name of the account.")]


class RealnameChanged(Event, kw_only=True, tag="realname"):
    """A user says in another way who he is (IRC's real name)."""

    who: Who
    realname: str


class UserModes(Event, kw_only=True, tag="user_modes"):
    """A user turned on or off how IRC treats him; only he is shown it. One letter each: `B` a bot, `i` not to be found
    by who shares no room with him, `w` told what operators tell each other."""

    who: Who
    added: str = ""
    removed: str = ""


class GuestsChanged(Event, kw_only=True, tag="guests"):
    """A user lets guests write to him in private, or no longer. Nobody is shown it."""

    keep = True

    who: Who
    allowed: bool


class MarkedRead(Event, kw_only=True, tag="marked_read"):
    """Somebody has read a room, or his talk with another, up to a time; only he is shown it, where else he is
    connected. `key` is what `target` was called by then; `dropped` a key that goes in its place."""

    keep = True

    who: Who
    target: Annotated[str, Meta(description="The room or the user.")]
    until: datetime
    key: str
    dropped: str = ""


class Joined(RoomEvent, kw_only=True, tag="joined"):
    """A user entered a room; `count` is how many users are in it then."""

    who: Who
    count: int
    rank: Annotated[RoomRank, Meta(description="3 for who created the room by entering it.")] = RoomRank.NONE
    holds: Annotated[RoomRank, Meta(description="The rank that he has there from before.")] = RoomRank.NONE
    realname: str = ""
    away: Annotated[str | None, Meta(description="Why he is away; none: he is not.")] = None

    def sentence(self) -> str:
        return f"{self.who.nick} has joined {self.room} ({self.count} here)"


class Parted(RoomEvent, kw_only=True, tag="parted"):
    """A user left a room."""

    who: Who
    reason: str = ""

    def sentence(self) -> str:
        return f"{self.who.nick} has left {self.room}" + because(self.reason)


class Quit(Event, kw_only=True, tag="quit"):
    """A user left the server; `by` is who threw him off, if anyone did."""

    who: Who
    reason: str = ""
    by: Who | None = None

    def sentence(self) -> str:
        if self.by is not None:
            return f"{self.who.nick} was kicked off the server by {self.by.nick}" + because(self.reason)
        return f"{self.who.nick} has quit" + because(self.reason)


class Renamed(Event, kw_only=True, tag="renamed"):
    """A user changed his nickname; `who` has the old one."""

    who: Who
    nick: str

    def sentence(self) -> str:
        return f"{self.who.nick} is now known as {self.nick}"


class AwayChanged(Event, kw_only=True, tag="away"):
    """A user went away (`reason`) or came back (none). No line of text: it would be noise."""

    who: Who
    reason: str | None = None


class Ignored(Event, kw_only=True, tag="ignored"):
    """A user no longer sees what another says. Nobody is shown it."""

    keep = True

    who: Who
    target: Who


class Unignored(Event, kw_only=True, tag="unignored"):
    """A user sees again what somebody says; `identity` is what he was ignored by."""

    keep = True

    who: Who
    identity: str


class AccountDeleted(Event, kw_only=True, tag="account_deleted"):
    """An account is no more. Nobody is shown it; `how` is what becomes of what it said."""

    keep = True

    account: str
    name: str
    how: Literal["anonymise", "remove"]


class Appointed(Event, kw_only=True, tag="appointed"):
    """The rank of an account on the server was changed; only the account is shown it. `who` is the account, `user`
    of that empty."""

    who: Who
    by: Who
    rank: Annotated[int, Meta(description="0 user, 1 operator, 2 owner.")]

    def sentence(self) -> str:
        rank = ("an ordinary user", "operator", "owner")[self.rank]
        return f"{self.who.nick} is now {rank} of the server, by {self.by.nick}"


class Empowered(Event, kw_only=True, tag="empowered"):
    """A user has a rank on the server as long as he is here, or no longer; he alone is shown it."""

    who: Who
    rank: Annotated[int, Meta(description="0 user, 1 operator, 2 owner.")]

    def sentence(self) -> str:
        if not self.rank:
            return f"{self.who.nick} is now an ordinary user of the server"
        rank = ("operator", "owner")[self.rank - 1]
        return f"{self.who.nick} is now {rank} of the server, until he leaves"
