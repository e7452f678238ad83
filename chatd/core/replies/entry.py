"""What a connection is told of itself: greeted, asked, named, measured."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.core.events import Who
from chatd.core.replies.base import Reply

__all__ = [
    "LoginCode",
    "Named",
    "Ping",
    "Pong",
    "Prompt",
    "Welcome",
]


class Welcome(Reply, kw_only=True, tag="welcome"):
    """The first thing a client is told."""

    server: str
    online: int
    version: str
    account: Annotated[
        str, Meta(description="The account that the cookie of a browser proves: /login alone logs in to it.")
    ] = ""

    def lines(self) -> list[str]:
        return [f"Welcome to chatd at {self.server} ({self.online} online). Type /help."]


class LoginCode(Reply, kw_only=True, tag="login_code"):
    """The page has proved an account: it may swap this code once, within a minute, for a cookie (docs/web.md)."""

    code: str


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
