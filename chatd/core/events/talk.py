"""What is said."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from chatd.core.bodies import Body, RoomRank, Who, body_text
from chatd.core.events.base import Event, RoomEvent

__all__ = [
    "Announced",
    "Aside",
    "Message",
    "PrivateMessage",
    "PrivateSignal",
    "Signal",
    "Tags",
    "Wallops",
]

Tags = Annotated[
    dict[str, str],
    Meta(description="What the client of who said it adds for other clients (IRCv3 client-only tags)."),
]


class Message(RoomEvent, kw_only=True, tag="message"):
    """Something said in a room, or done in it (`action`, /me). `notice`: by a program, which wants no answer."""

    keep = True

    who: Who = field(name="from")
    body: Body
    action: bool = False
    notice: bool = False
    tags: Tags = {}

    def sentence(self) -> str:
        text = body_text(self.body)
        return f"{self.who.nick} {text}" if self.action else f"{self.who.nick}: {text}"


class Aside(Message, kw_only=True, tag="aside"):
    """Something said in a room for those only who have a rank there, `rank` or a higher one. Nobody keeps it."""

    keep = False

    rank: RoomRank


class PrivateMessage(Event, kw_only=True, tag="private"):
    """Something said to one user."""

    keep = True

    who: Who = field(name="from")
    to: Who
    body: Body
    action: bool = False
    notice: bool = False
    tags: Tags = {}
    sent: Annotated[bool, Meta(description="True: the copy of who said it.")] = False
    number: Annotated[
        int | None, Meta(description="Counts what two accounts said to each other, 1, 2, 3 …; none: a guest.")
    ] = None
    waited: Annotated[bool, Meta(description="True: said while its addressee was not there.")] = False

    def sentence(self) -> str:
        return f"{self.who.nick} to {self.to.nick}: {body_text(self.body)}"


class Signal(RoomEvent, kw_only=True, tag="signal"):
    """What one client in a room tells the others, not a person: tags alone or, for clients of IRC only, a request
    of theirs (`ctcp`; `notice`: its answer). Nobody keeps it."""

    who: Who = field(name="from")
    tags: Tags = {}
    ctcp: str = ""
    notice: bool = False
    rank: RoomRank = RoomRank.NONE


class PrivateSignal(Event, kw_only=True, tag="private_signal"):
    """The same from one user's client to another's."""

    who: Who = field(name="from")
    to: Who
    tags: Tags = {}
    ctcp: str = ""
    notice: bool = False
    sent: bool = False


class Announced(Event, kw_only=True, tag="announcement"):
    """Something the server or its owner tells everybody."""

    by: Who
    text: str

    def sentence(self) -> str:
        return f"Announcement from {self.by.nick}: {self.text}"


class Wallops(Event, kw_only=True, tag="wallops"):
    """What an operator of the server tells the others, and who else wants to hear it (user mode w)."""

    by: Who
    text: str

    def sentence(self) -> str:
        return f"{self.by.nick} tells the operators: {self.text}"
