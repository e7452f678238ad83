"""Who and what there is, as the asker may see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from chatd.core.events import Who
from chatd.core.masks import MaskList
from chatd.core.replies.base import Reply, listed

__all__ = [
    "BanList",
    "Entered",
    "MaskListing",
    "Member",
    "Names",
    "RoomEntry",
    "RoomInfo",
    "Rooms",
    "Users",
    "Whois",
]


class Member(Struct, frozen=True, omit_defaults=True):
    """One user in a list. `rank` is the server's or the room's, in words."""

    nick: str
    account: str | None = None
    rank: str = ""
    away: str | None = None

    def __str__(self) -> str:
        notes = ", ".join(note for note in (self.rank, "away" if self.away is not None else "") if note)
        return f"{self.nick} ({notes})" if notes else self.nick


class RoomEntry(Struct, frozen=True, omit_defaults=True):
    """One room in a list."""

    room: str
    members: int
    topic: str = ""

    def __str__(self) -> str:
        return f"{self.room} ({self.members})" + (f": {self.topic}" if self.topic else "")


class Users(Reply, kw_only=True, tag="users"):
    """Who is online, and the names of the rooms the asker may see; `more…`: how many are not listed."""

    users: list[Member]
    rooms: list[str]
    more: int = 0
    more_rooms: int = 0

    def lines(self) -> list[str]:
        return [
            f"{len(self.users) + self.more} online"
            + (": " if self.users else "")
            + listed(self.users, self.more),
            "Rooms: " + listed(self.rooms, self.more_rooms),
        ]


class Names(Reply, kw_only=True, tag="names"):
    """Who is in a room; `more`: how many are not listed."""

    room: str
    members: list[Member]
    more: int = 0

    def lines(self) -> list[str]:
        return [f"In {self.room} ({len(self.members) + self.more}): " + listed(self.members, self.more)]


class Entered(Reply, kw_only=True, tag="entered"):
    """What a client needs to show a room it is in. `last` is the number of the room's last stored event."""

    room: str
    room_id: str
    topic: str
    last: int
    members: list[Member]
    more: Annotated[int, Meta(description="Members who are not listed.")] = 0

    def lines(self) -> list[str]:
        return [f"Topic of {self.room}: {self.topic}"] if self.topic else []


class Rooms(Reply, kw_only=True, tag="rooms"):
    """The rooms the asker may see; `more`: how many are not listed."""

    rooms: list[RoomEntry]
    more: int = 0

    def lines(self) -> list[str]:
        count = len(self.rooms) + self.more
        return [
            "1 room:" if count == 1 else f"{count} rooms:",
            *(f"  {room}" for room in self.rooms),
            *([f"  and {self.more} more"] if self.more else []),
        ]


class RoomInfo(Reply, kw_only=True, tag="room_info"):
    """One room: its properties, not its members' names."""

    room: str
    room_id: str
    topic: str
    founder: str | None
    members: int
    access: tuple[str, ...]
    created: datetime
    operators: Annotated[list[str], Meta(description="Those who are in it, and accounts that are not.")] = []
    registered: Annotated[bool, Meta(description="Whether it lasts with nobody in it.")] = False
    keeps: Annotated[
        str, Meta(description="How much of what is said is kept, in words; empty: as long as the room is.")
    ] = ""

    def lines(self) -> list[str]:
        return [
            f"{self.room}: {self.members} here, created {self.created:%Y-%m-%d %H:%M:%SZ}",
            f"  Founder: {self.founder or 'none'}",
            *([f"  Operators: {', '.join(self.operators)}"] if self.operators else []),
            f"  {'Registered' if self.registered else 'Not registered: it ends with its last member'}",
            f"  Access: {', '.join(self.access) or 'open'}",
            *((f"  Keeps: {self.keeps}",) if self.keeps else ()),
            f"  Topic: {self.topic or 'none'}",
        ]


class BanList(Reply, kw_only=True, tag="bans"):
    """The bans of a room, or of the server."""

    where: str
    bans: list[str]

    def lines(self) -> list[str]:
        if not self.bans:
            return [f"Nobody is banned from {self.where}."]
        return [f"Banned from {self.where}:", *(f"  {ban}" for ban in self.bans)]


class MaskListing(Reply, kw_only=True, tag="masks"):
    """The masks of one of the lists that a room keeps besides its bans."""

    where: str
    which: MaskList
    masks: list[str]

    def lines(self) -> list[str]:
        title = {
            MaskList.EXCEPTION: f"Exempt from the bans of {self.where}",
            MaskList.INVITATION: f"Admitted to {self.where} uninvited",
            MaskList.MUTE: f"Quiet in {self.where}",
        }[self.which]
        if not self.masks:
            return [f"{title}: nobody."]
        return [f"{title}:", *(f"  {mask}" for mask in self.masks)]


class Whois(Reply, kw_only=True, tag="whois"):
    """What the asker may know about a user; `address` only for operators."""

    who: Who
    rank: str
    rooms: list[str]
    idle: Annotated[int, Meta(description="Whole seconds since the user last typed.")]
    away: str | None = None
    sessions: int = 1
    secure: bool = False
    address: str | None = None
    account: Annotated[str | None, Meta(description="The name of his account.")] = None

    def lines(self) -> list[str]:
        account = f"account {self.account}" if self.account else "a guest"
        rank = "" if self.rank == "user" else f", {self.rank} of the server"
        lines = [
            f"{self.who.nick} is {account}{rank}, from {self.address or self.who.host}"
            + (" over TLS" if self.secure else ""),
            f"  Rooms: {', '.join(self.rooms) or 'none you can see'}",
            f"  Idle: {self.idle} s, sessions: {self.sessions}",
        ]
        if self.away is not None:
            lines.append(f"  Away: {self.away}")
        return lines
