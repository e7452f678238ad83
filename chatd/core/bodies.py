"""Who says what: the parts that events and replies are made of."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from chatd.core import sizes

__all__ = [
    "Body",
    "File",
    "Lines",
    "RoomRank",
    "Sealed",
    "Text",
    "Who",
    "body_lines",
    "body_text",
    "pair",
    "plain",
    "the_two",
]


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
    ident: Annotated[
        str | UnsetType, Meta(description="The user name that an IRC client gave; left out for others.")
    ] = UNSET

    @property
    def identity(self) -> str:
        """What ranks, mutes and ignores hold on to: the account's id, or the guest's."""
        return self.account or self.user

    def of(self, nick: str) -> Who:
        """Return the same under another nickname."""
        return replace(self, nick=nick)


class Text(Struct, frozen=True, tag_field="kind", tag="text"):
    """A readable body: at most 4,096 bytes of UTF-8, no control character but TAB.

    `styled` is the same with the formatting codes of IRC, for those who show them.
    """

    text: str
    styled: str | UnsetType = UNSET


class Lines(Struct, frozen=True, tag_field="kind", tag="lines"):
    """A readable body of several lines, each as in `Text`; together at most 4,096 bytes.

    `joined` has the places of those that go on the line before without a break: where who sent it had to cut.
    """

    lines: tuple[str, ...]
    joined: tuple[int, ...] = ()
    styled: tuple[str, ...] | UnsetType = UNSET


class Sealed(Struct, frozen=True, tag_field="kind", tag="sealed"):
    """A body only its recipients can read; the server passes it on."""

    algorithm: str
    device: str
    data: bytes


class File(Struct, frozen=True, tag_field="kind", tag="file"):
    """A file that is shared: `/get` with its number asks for it. Its name has no control characters and no slashes."""

    id: int
    name: str
    size: Annotated[int, Meta(description="Bytes.")]
    sha256: Annotated[str, Meta(description="Of its bytes, in hexadecimal digits.")]
    content_type: Annotated[str, Meta(description="What it is served as, by its name alone.")]


Body = Text | Lines | Sealed | File


def body_lines(body: Body) -> list[str]:
    """Return what a person is shown, line by line; without the means to decrypt, that it is encrypted."""
    if isinstance(body, Text):
        return [body.text]
    if isinstance(body, File):
        return [f"shares {body.name} ({sizes.show(body.size)}, file {body.id}) /get {body.id}"]
    if not isinstance(body, Lines):
        return ["[encrypted message]"]
    lines: list[str] = []
    for index, line in enumerate(body.lines):
        if lines and index in body.joined:
            lines[-1] += line
        else:
            lines.append(line)
    return lines


def body_text(body: Body) -> str:
    """Return the same as one line, whatever it is."""
    return body.text if isinstance(body, Text) else " ".join(body_lines(body))


def plain(body: Body) -> Body:
    """Return a body without the formatting codes of IRC, which no other dialect knows."""
    if isinstance(body, Text | Lines) and body.styled is not UNSET:
        return replace(body, styled=UNSET)
    return body


def pair(one: str, other: str) -> str:
    """Return the place where two accounts talk in private, the same for both."""
    return f"private:{min(one, other)}:{max(one, other)}"


def the_two(place: str) -> tuple[str, str] | None:
    """Return the two accounts that talk in a place, as they stand in its id; none: it is a room."""
    if not place.startswith("private:"):
        return None
    _, first, second = place.split(":", 2)
    return first, second
