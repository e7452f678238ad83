"""What a client can ask for, whatever its dialect."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

__all__ = ["Call", "Command", "Incoming", "PongRequest", "Ref", "Request", "Say", "SayLines", "Typed"]

Ref = Annotated[str, Meta(max_length=64, pattern=r"^[ -~]*(?![\s\S])")] | int | None
"""What a client calls a request: a number or some printable ASCII."""


class Say(Struct, frozen=True, tag_field="type", tag="say"):
    """Say something in a room; without one, in the current room. The answer repeats `ref`."""

    text: str
    room: str = ""
    ref: Ref = None


class SayLines(Struct, frozen=True, tag_field="type", tag="say_lines"):
    """Say several lines as one message, in a room or to a user; without either, in the current room."""

    lines: tuple[str, ...]
    room: str = ""
    to: str = ""
    ref: Ref = None


class Command(Struct, frozen=True, tag_field="type", tag="command"):
    """Run a command: its line, with or without the `/`. The answer repeats `ref`."""

    line: str
    ref: Ref = None


class Call(Struct, frozen=True):
    """Run a command whose arguments are apart already, each one a word but for the last."""

    name: str
    words: tuple[str, ...] = ()
    ref: Any = None

    @property
    def line(self) -> str:
        """The same as one line."""
        return " ".join(("/" + self.name, *self.words))


class Typed(Struct, frozen=True):
    """Run a command as it was typed, for a dialect whose references are its own."""

    line: str
    ref: Any = None


class PongRequest(Struct, frozen=True, tag_field="type", tag="pong"):
    """Answer a ping of the server."""

    token: Annotated[str, Meta(max_length=64)]
    ref: Ref = None


Request = Say | SayLines | Command | Call | Typed
Incoming = Say | SayLines | Command | PongRequest
