"""What happens in the chat, one struct each. The JSON dialect, the store and the files are made of these.

Every event has a `sentence()`: the plain text any codec can fall back to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from chatd.core import durations
from chatd.core.bodies import Body, RoomRank, Sealed, Text, Who, body_text
from chatd.core.keeping import Keep
from chatd.core.kept import KeptRoom

__all__ = [
    "AccountDeleted",
    "Announced",
    "Appointed",
    "Arrived",
    "Audited",
    "AwayChanged",
    "Banned",
    "Body",
    "Event",
    "GuestsChanged",
    "Identified",
    "Ignored",
    "Invited",
    "Joined",
    "Kicked",
    "Message",
    "Muted",
    "Parted",
    "PrivateMessage",
    "Quit",
    "Ranked",
    "Renamed",
    "Reported",
    "RetentionChanged",
    "RoomChanged",
    "RoomDeleted",
    "RoomEvent",
    "RoomRank",
    "RoomRegistered",
    "RoomUnregistered",
    "Sealed",
    "Text",
    "TopicChanged",
    "Unbanned",
    "Unignored",
    "Unmuted",
    "Who",
    "body_text",
]


class Event(Struct, kw_only=True, tag_field="type", omit_defaults=True):
    """What all events carry. `origin` names the server process that made it."""

    keep: ClassVar[bool] = False
    """Whether the store keeps events of this kind; they leave the timeline after their commit."""

    id: str
    time: datetime
    origin: str
    stored: Annotated[bool, Meta(description="False: shown before it could be stored.")] = True
    replay: Annotated[bool, Meta(description="True: shown again from history.")] = False

    @property
    def actor(self) -> str:
        """The id of the user who did it; empty: the server."""
        who: Who | None = getattr(self, "by", None) or getattr(self, "who", None)
        return "" if who is None else who.user

    def sentence(self) -> str:
        """Return the event as one line of text; empty: nothing to show a person."""
        return ""


class RoomEvent(Event, kw_only=True):
    """An event of one room. `number` counts the stored ones 1, 2, 3 …; `after` is the number
    that an unnumbered one follows."""

    room: str
    room_id: str
    number: int | None = None
    after: int | None = None


class Message(RoomEvent, kw_only=True, tag="message"):
    """Something said in a room, or done in it (`action`, /me)."""

    keep = True

    who: Who = field(name="from")
    body: Body
    action: bool = False

    def sentence(self) -> str:
        text = body_text(self.body)
        return f"{self.who.nick} {text}" if self.action else f"{self.who.nick}: {text}"


class Arrived(Event, kw_only=True, tag="arrived"):
    """A user is on the server now. Nobody is shown it: people notice who joins a room."""

    who: Who
    address: str
    rank: int = 0


class Identified(Event, kw_only=True, tag="identified"):
    """A user speaks for an account from now on, with its rank on the server. Nobody is shown it; `who` has the account.

    `ranks` and `mutes` are what he had as a guest and the account has then, by room that lasts; `ignoring` is
    whom he ignores from then on, by identity, `rooms` where he is already, by id.
    """

    keep = True

    who: Who
    rank: int = 0
    ranks: dict[str, RoomRank] = {}
    mutes: dict[str, datetime | None] = {}
    ignoring: dict[str, str] = {}
    rooms: list[str] = []


class GuestsChanged(Event, kw_only=True, tag="guests"):
    """A user lets guests write to him in private, or no longer. Nobody is shown it."""

    keep = True

    who: Who
    allowed: bool


class PrivateMessage(Event, kw_only=True, tag="private"):
    """Something said to one user."""

    keep = True

    who: Who = field(name="from")
    to: Who
    body: Body
    action: bool = False
    sent: Annotated[bool, Meta(description="True: the copy of who said it.")] = False
    number: Annotated[
        int | None, Meta(description="Counts what two accounts said to each other, 1, 2, 3 …; none: a guest.")
    ] = None
    waited: Annotated[bool, Meta(description="True: said while its addressee was not there.")] = False

    def sentence(self) -> str:
        return f"{self.who.nick} to {self.to.nick}: {body_text(self.body)}"


class Joined(RoomEvent, kw_only=True, tag="joined"):
    """A user entered a room; `count` is how many users are in it then."""

    who: Who
    count: int
    rank: Annotated[RoomRank, Meta(description="3 for who created the room by entering it.")] = RoomRank.NONE

    def sentence(self) -> str:
        return f"{self.who.nick} has joined {self.room} ({self.count} here)"


class Parted(RoomEvent, kw_only=True, tag="parted"):
    """A user left a room."""

    who: Who
    reason: str = ""

    def sentence(self) -> str:
        return f"{self.who.nick} has left {self.room}" + _because(self.reason)


class Quit(Event, kw_only=True, tag="quit"):
    """A user left the server; `by` is who threw him off, if anyone did."""

    who: Who
    reason: str = ""
    by: Who | None = None

    def sentence(self) -> str:
        if self.by is not None:
            return f"{self.who.nick} was kicked off the server by {self.by.nick}" + _because(self.reason)
        return f"{self.who.nick} has quit" + _because(self.reason)


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


class TopicChanged(RoomEvent, kw_only=True, tag="topic"):
    """The topic of a room was set, or removed (empty)."""

    keep = True

    who: Who
    topic: str

    def sentence(self) -> str:
        if not self.topic:
            return f"{self.who.nick} has removed the topic of {self.room}"
        return f"{self.who.nick} has set the topic of {self.room}: {self.topic}"


class Kicked(RoomEvent, kw_only=True, tag="kicked"):
    """A user was put out of a room."""

    keep = True

    who: Who
    by: Who
    reason: str = ""

    def sentence(self) -> str:
        return f"{self.who.nick} was kicked from {self.room} by {self.by.nick}" + _because(self.reason)


class Banned(RoomEvent, kw_only=True, tag="banned"):
    """A mask was banned; `seconds` how long, none: for good."""

    keep = True

    by: Who
    mask: str
    seconds: int | None = None
    reason: str = ""
    name: Annotated[str, Meta(description="The name of the account, if one was banned.")] = ""

    def sentence(self) -> str:
        where = self.room or "this server"
        return (
            f"{self.by.nick} has banned {_masked(self.mask, self.name)} from {where}"
            + _term(self.seconds)
            + _because(self.reason)
        )


class Unbanned(RoomEvent, kw_only=True, tag="unbanned"):
    """A ban was lifted."""

    keep = True

    by: Who
    mask: str
    name: str = ""

    def sentence(self) -> str:
        where = self.room or "this server"
        return f"{self.by.nick} has lifted the ban on {_masked(self.mask, self.name)} from {where}"


class Muted(RoomEvent, kw_only=True, tag="muted"):
    """A user may not speak in a room; `seconds` how long, none: for good."""

    keep = True

    who: Who
    by: Who
    seconds: int | None = None
    reason: str = ""

    def sentence(self) -> str:
        where = self.room or "this server"
        return (
            f"{self.who.nick} was muted in {where} by {self.by.nick}"
            + _term(self.seconds)
            + _because(self.reason)
        )


class Unmuted(RoomEvent, kw_only=True, tag="unmuted"):
    """A user may speak again."""

    keep = True

    who: Who
    by: Who

    def sentence(self) -> str:
        where = self.room or "this server"
        return f"{self.who.nick} may speak again in {where}, says {self.by.nick}"


class Ranked(RoomEvent, kw_only=True, tag="ranked"):
    """A user's rank in a room was changed."""

    keep = True

    who: Who
    by: Who
    rank: RoomRank
    was: RoomRank

    def sentence(self) -> str:
        if self.rank > self.was:
            return f"{self.who.nick} is now {self.rank.name.lower()} of {self.room}, by {self.by.nick}"
        return f"{self.who.nick} is no longer {self.was.name.lower()} of {self.room}, by {self.by.nick}"


class Invited(RoomEvent, kw_only=True, tag="invited"):
    """A user was invited into a room; he and the one who invited him are shown it."""

    who: Who
    by: Who

    def sentence(self) -> str:
        return f"{self.by.nick} invites {self.who.nick} to {self.room}"


class RoomChanged(RoomEvent, kw_only=True, tag="room"):
    """One property of a room was changed."""

    keep = True

    by: Who
    change: Literal["private", "key", "slow"]
    value: Annotated[int, Meta(description="0: off, 1: on; slow: seconds between two lines.")]
    key: Annotated[
        str, Meta(description="For the registry and the store; always empty in what is shown.")
    ] = ""

    def sentence(self) -> str:
        what = {
            "private": ("listed for everybody", "private"),
            "key": ("open without a key", "locked with a key"),
            "slow": ("at normal speed", f"slow: one line every {durations.show(self.value)}"),
        }[self.change][bool(self.value)]
        return f"{self.room} is now {what}, by {self.by.nick}"


class RetentionChanged(RoomEvent, kw_only=True, tag="retention"):
    """How much of what is said in a room is kept."""

    keep = True

    by: Who
    seconds: Annotated[int, Meta(description="How long; 0: as long as the server keeps it.")] = 0
    messages: Annotated[int, Meta(description="How many lines; 0: as many as the server keeps.")] = 0

    def sentence(self) -> str:
        keep = Keep(self.seconds, self.messages)
        return f"{self.room} is now keeping {keep or 'as much as the server'}, by {self.by.nick}"


class RoomRegistered(RoomEvent, kw_only=True, tag="registered"):
    """A room lasts from now on, with or without anybody in it."""

    keep = True

    by: Who
    kept: Annotated[KeptRoom | None, Meta(description="For the store; always none in what is shown.")] = None

    def sentence(self) -> str:
        return f"{self.room} is registered now, by {self.by.nick}"


class RoomUnregistered(RoomEvent, kw_only=True, tag="unregistered"):
    """A room ends with its last member again."""

    keep = True

    by: Who

    def sentence(self) -> str:
        return f"{self.room} is no longer registered, by {self.by.nick}"


class AccountDeleted(Event, kw_only=True, tag="account_deleted"):
    """An account is no more. Nobody is shown it; `how` is what becomes of what it said."""

    keep = True

    account: str
    name: str
    how: Literal["anonymise", "remove"]


class RoomDeleted(RoomEvent, kw_only=True, tag="deleted"):
    """A room ended and everybody in it was put out."""

    keep = True

    by: Who

    def sentence(self) -> str:
        return f"{self.room} was deleted by {self.by.nick}"


class Announced(Event, kw_only=True, tag="announcement"):
    """Something the server or its owner tells everybody."""

    by: Who
    text: str

    def sentence(self) -> str:
        return f"Announcement from {self.by.nick}: {self.text}"


class Appointed(Event, kw_only=True, tag="appointed"):
    """The rank of an account on the server was changed; only the account is shown it. `who` is the account, `user`
    of that empty."""

    who: Who
    by: Who
    rank: Annotated[int, Meta(description="0 user, 1 operator, 2 owner.")]

    def sentence(self) -> str:
        rank = ("an ordinary user", "operator", "owner")[self.rank]
        return f"{self.who.nick} is now {rank} of the server, by {self.by.nick}"


class Reported(Event, kw_only=True, tag="reported"):
    """A user asks the operators of the server to look at another; they alone are shown it."""

    who: Who
    target: Who
    room: Annotated[str, Meta(description="Where who reports was at that moment.")] = ""
    reason: str

    def sentence(self) -> str:
        where = f" in {self.room}" if self.room else ""
        return f"{self.who.nick} reports {self.target.nick}{where}: {self.reason}"


class Audited(Event, kw_only=True, tag="audited"):
    """Somebody kept order, or steered the server. Nobody is shown it, and it is of no room's history.

    `door` is by what he came (`text`, `json`, `ssh`, `control`, `server`), `address` the real one, `line` what he
    typed, without secrets; `target` a nickname, an account or a mask, `room` a name; each empty if there is none.
    """

    keep = True

    by: Who
    door: str
    address: str
    line: str
    target: str = ""
    room: str = ""


def _masked(mask: str, name: str) -> str:
    return f"account:{name}" if name else mask


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _term(seconds: int | None) -> str:
    return "" if seconds is None else f" for {durations.show(seconds)}"
