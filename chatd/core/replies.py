"""What the server answers to one client, one struct each. `lines()` is the text any codec can fall back to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, json

from chatd.core.events import Event, Who

__all__ = [
    "AbsentNotice",
    "AccountEntry",
    "AccountInfo",
    "AccountList",
    "AwayNotice",
    "BanList",
    "Done",
    "Entered",
    "ErrorReply",
    "Farewell",
    "Help",
    "Info",
    "Mail",
    "Member",
    "Named",
    "Names",
    "NotStored",
    "Outgoing",
    "Ping",
    "Pong",
    "Prompt",
    "Record",
    "Reply",
    "RoomEntry",
    "RoomInfo",
    "Rooms",
    "SessionEntry",
    "Sessions",
    "Stats",
    "Usage",
    "Users",
    "Welcome",
    "Whois",
]


class Reply(Struct, kw_only=True, tag_field="type", omit_defaults=True):
    """An answer. In JSON it repeats the `ref` of the request."""

    def lines(self) -> list[str]:
        """Return the answer as lines of text, without a mark before them."""
        return []


class Welcome(Reply, kw_only=True, tag="welcome"):
    """The first thing a client is told."""

    server: str
    online: int
    version: str

    def lines(self) -> list[str]:
        return [f"Welcome to chatd at {self.server} ({self.online} online). Type /help."]


class Prompt(Reply, kw_only=True, tag="prompt"):
    """The server waits for an answer: a nickname, or a password (`secret`)."""

    text: str
    secret: bool = False

    def lines(self) -> list[str]:
        return [self.text]


class Named(Reply, kw_only=True, tag="named"):
    """The client has a nickname now, or has it still."""

    who: Who
    guest: bool
    may_register: bool = False

    def lines(self) -> list[str]:
        hint = " /register PASSWORD keeps this name." if self.may_register else ""
        return [f"You are {self.who.nick} (guest).{hint}" if self.guest else f"You are {self.who.nick}."]


class Record(Reply, kw_only=True, tag="record"):
    """One thing that is kept of an account: `kind` names the table or `event`."""

    kind: str
    data: dict[str, Any]

    def lines(self) -> list[str]:
        return [json.encode({"kind": self.kind, "data": self.data}).decode()]


class AccountInfo(Reply, kw_only=True, tag="account"):
    """What an account is told of itself."""

    name: str
    created: datetime
    rank: str
    rooms: list[str]
    guests: bool
    sessions: int

    def lines(self) -> list[str]:
        rank = "" if self.rank == "user" else f", {self.rank} of the server"
        return [
            f"{self.name}{rank}, registered {self.created:%Y-%m-%d %H:%M:%SZ}",
            f"  Founder of: {', '.join(self.rooms) or 'no registered room'}",
            f"  Private messages: {'from everybody' if self.guests else 'from accounts only'} (/guests)",
            f"  Sessions: {self.sessions} (/account sessions)",
        ]


class SessionEntry(Struct, frozen=True, omit_defaults=True):
    """One connection of an account."""

    nick: str
    address: str
    dialect: str
    secure: bool = False
    this: Annotated[bool, Meta(description="Whether it is the one that asks.")] = False

    def __str__(self) -> str:
        notes = ("over TLS" if self.secure else "", "this one" if self.this else "")
        rest = "".join(f", {note}" for note in notes if note)
        return f"{self.nick} from {self.address}, {self.dialect}{rest}"


class Sessions(Reply, kw_only=True, tag="sessions"):
    """The connections of an account."""

    sessions: list[SessionEntry]

    def lines(self) -> list[str]:
        count = len(self.sessions)
        return [
            "1 session:" if count == 1 else f"{count} sessions:",
            *(f"  {entry}" for entry in self.sessions),
        ]


class Mail(Reply, kw_only=True, tag="mail"):
    """Private messages that waited come next."""

    count: int

    def lines(self) -> list[str]:
        return [
            "A private message waited for you:"
            if self.count == 1
            else f"{self.count} private messages waited for you:"
        ]


class Info(Reply, kw_only=True, tag="info"):
    """Something said in words only, one string a line."""

    text: tuple[str, ...]

    def lines(self) -> list[str]:
        return list(self.text)


class ErrorReply(Reply, kw_only=True, tag="error"):
    """A request was refused and changed nothing."""

    code: str
    text: str

    def lines(self) -> list[str]:
        return [f"Error: {self.text}"]


class Usage(ErrorReply, kw_only=True, tag="usage"):
    """A command was typed in a way it cannot be read."""

    def lines(self) -> list[str]:
        return [f"Usage: {self.text}"]


class Farewell(Reply, kw_only=True, tag="bye"):
    """The connection ends after this, for this reason."""

    text: str

    def lines(self) -> list[str]:
        return [self.text]


class Done(Reply, kw_only=True, tag="done"):
    """The request was carried out and there is nothing more to say; people are not bothered with it."""


class Ping(Reply, kw_only=True, tag="ping"):
    """Answer it with a pong request that repeats `token`."""

    token: str


class Pong(Reply, kw_only=True, tag="pong"):
    """The round trip between server and client."""

    milliseconds: Annotated[float | None, Meta(description="None: this connection cannot be measured.")]
    how: str

    def lines(self) -> list[str]:
        if self.milliseconds is None:
            return [f"pong ({self.how})"]
        return [f"pong: {self.milliseconds:.2f} ms ({self.how})"]


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


class NotStored(Reply, kw_only=True, tag="not_stored"):
    """What the client said was shown before it could be stored. Who is shown his own lines sees it there."""

    def lines(self) -> list[str]:
        return ["Shown, but not stored: the database does not answer. It will be stored when it does."]


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
            + _list(self.users, self.more),
            "Rooms: " + _list(self.rooms, self.more_rooms),
        ]


class Names(Reply, kw_only=True, tag="names"):
    """Who is in a room; `more`: how many are not listed."""

    room: str
    members: list[Member]
    more: int = 0

    def lines(self) -> list[str]:
        return [f"In {self.room} ({len(self.members) + self.more}): " + _list(self.members, self.more)]


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
    registered: Annotated[bool, Meta(description="Whether it lasts with nobody in it.")] = False
    keeps: Annotated[
        str, Meta(description="How much of what is said is kept, in words; empty: as long as the room is.")
    ] = ""

    def lines(self) -> list[str]:
        return [
            f"{self.room}: {self.members} here, created {self.created:%Y-%m-%d %H:%M:%SZ}",
            f"  Founder: {self.founder or 'none'}",
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


class AccountEntry(Struct, frozen=True, omit_defaults=True):
    """One account in a list. `seen` is its last login, `rank` the one on the server, in words."""

    name: str
    created: datetime
    seen: datetime
    rank: str = ""
    suspended: bool = False

    def __str__(self) -> str:
        notes = "".join(f", {note}" for note in (self.rank, "suspended" if self.suspended else "") if note)
        return f"{self.name}: created {self.created:%Y-%m-%d}, seen {self.seen:%Y-%m-%d}{notes}"


class AccountList(Reply, kw_only=True, tag="accounts"):
    """Accounts, for who keeps order; `more`: how many are not listed."""

    accounts: list[AccountEntry]
    more: int = 0

    def lines(self) -> list[str]:
        count = len(self.accounts) + self.more
        return [
            "1 account:" if count == 1 else f"{count} accounts:",
            *(f"  {account}" for account in self.accounts),
            *([f"  and {self.more} more"] if self.more else []),
        ]


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


class AbsentNotice(Reply, kw_only=True, tag="absent"):
    """The account written to is not there: it gets the message when it comes."""

    nick: str

    def lines(self) -> list[str]:
        return [f"{self.nick} is not here and gets your message when he comes."]


class AwayNotice(Reply, kw_only=True, tag="away_notice"):
    """The user asked for is away: told to who writes to him."""

    nick: str
    away: str

    def lines(self) -> list[str]:
        return [f"{self.nick} is away: {self.away}"]


class Help(Reply, kw_only=True, tag="help"):
    """A page of help: lines ready to show."""

    topic: str
    text: tuple[str, ...]

    def lines(self) -> list[str]:
        return list(self.text)


class Stats(Reply, kw_only=True, tag="stats"):
    """Figures of the running server, in the order they are shown."""

    figures: dict[str, Any]

    def lines(self) -> list[str]:
        return [f"{name.replace('_', ' ')}: {value}" for name, value in self.figures.items()]


Outgoing = Event | Reply


def _list(items: Iterable[object], more: int) -> str:
    return ", ".join(map(str, items)) + (f" and {more} more" if more else "")
