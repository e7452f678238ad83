"""Who says what: the parts that events and replies are made of."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["Body", "RoomRank", "Sealed", "Text", "Who", "body_text", "pair"]


class RoomRank(IntEnum):
    """Rank in a room; a higher one may do all that a lower one may."""

    NONE = 0
    VOICE = 1
    OPERATOR = 2
    FOUNDER = 3


class Who(Struct, frozen=True):
    """A user as others see him at that moment. The server itself has no `user` id."""

    nick: str
    user: str = ""
    account: str | None = None
    host: Annotated[str, Meta(description="Keyed hash that stands for the address.")] = ""

    @property
    def identity(self) -> str:
        """What ranks, mutes and ignores hold on to: the account's id, or the guest's."""
        return self.account or self.user

    def of(self, nick: str) -> Who:
        """Return the same under another nickname."""
        return Who(nick=nick, user=self.user, account=self.account, host=self.host)


class Text(Struct, frozen=True, tag_field="kind", tag="text"):
    """A readable body: at most 4,096 bytes of UTF-8, no control character but TAB."""

    text: str


class Sealed(Struct, frozen=True, tag_field="kind", tag="sealed"):
    """A body only its recipients can read; the server passes it on."""

    algorithm: str
    device: str
    data: bytes


Body = Text | Sealed


def body_text(body: Body) -> str:
    """Return what a person without the means to decrypt can be shown."""
    return body.text if isinstance(body, Text) else "[encrypted message]"


def pair(one: str, other: str) -> str:
    """Return the place where two accounts talk in private, the same for both."""
    return f"private:{min(one, other)}:{max(one, other)}"
