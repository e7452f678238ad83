"""What is said."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from chatd.core.bodies import Body, Who, body_text
from chatd.core.events.base import Event, RoomEvent

__all__ = [
    "Announced",
    "Message",
    "PrivateMessage",
]


class Message(RoomEvent, kw_only=True, tag="message"):
    """Something said in a room, or done in it (`action`, /me)."""

    keep = True

    who: Who = field(name="from")
    body: Body
    action: bool = False

    def sentence(self) -> str:
        text = body_text(self.body)
        return f"{self.who.nick} {text}" if self.action else f"{self.who.nick}: {text}"


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


class Announced(Event, kw_only=True, tag="announcement"):
    """Something the server or its owner tells everybody."""

    by: Who
    text: str

    def sentence(self) -> str:
        return f"Announcement from {self.by.nick}: {self.text}"
