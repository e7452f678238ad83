"""What a client can ask for, whatever its dialect."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["Command", "Incoming", "PongRequest", "Ref", "Request", "Say"]

Ref = Annotated[str, Meta(max_length=64, pattern=r"^[ -~]*(?![\s\S])")] | int | None
"""What a client calls a request: a number or some printable ASCII."""


class Say(Struct, frozen=True, tag_field="type", tag="say"):
    """Say something in a room; without one, in the current room. The answer repeats `ref`."""

    text: str
    room: str = ""
    ref: Ref = None


class Command(Struct, frozen=True, tag_field="type", tag="command"):
    """Run a command: its line, with or without the `/`. The answer repeats `ref`."""

    line: str
    ref: Ref = None


class PongRequest(Struct, frozen=True, tag_field="type", tag="pong"):
    """Answer a ping of the server."""

    token: Annotated[str, Meta(max_length=64)]
    ref: Ref = None


Request = Say | Command
Incoming = Say | Command | PongRequest
