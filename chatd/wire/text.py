"""The text dialect: what a person types into nc or telnet, and what he is shown."""

from __future__ import annotations

import zlib
from typing import Any

from chatd.core.errors import ChatError, Code
from chatd.core.events import Aside, Event, File, Message, PrivateMessage, RoomRank, body_lines
from chatd.core.ports import View
from chatd.core.replies import Done, Outgoing, Prompt, Record, Reply, Welcome
from chatd.core.text import unbroken
from chatd.wire.requests import Command, Incoming, Say

__all__ = ["TextCodec"]

END = "\r\n"
BELL = b"\x07"
# Of the sixteen ANSI colours those that can be read on black and on white.
COLORS = (31, 32, 33, 34, 35, 36, 91, 94, 95)
DIM = 2


class TextCodec:
    """Lines in, lines out. The fixed words are stable: people script against them."""

    name = "text"
    styled = True
    separate_echo = False

    def decode(self, line: bytes) -> Incoming | None:
        """Read one line; None: it is blank. Raises ChatError if it is not UTF-8."""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise ChatError(Code.BAD_TEXT, "that line is not valid UTF-8") from None
        if not text.startswith("/"):
            return None if not text.strip(" \t") else Say(text)
        if text.startswith("//"):
            return Say(text[1:])
        return Command(text)

    def echoes(self, event: Event, view: View) -> bool:
        """Nobody is shown again what he said."""
        return not isinstance(event, Message | PrivateMessage)

    def encode(self, item: Outgoing, view: View, ref: Any = None) -> bytes:
        """Return `item` as lines ended by CR LF; empty: there is nothing to show a person."""
        if isinstance(item, Message):
            lines = _said(item, view)
        elif isinstance(item, PrivateMessage):
            lines = _said_private(item, view)
        elif isinstance(item, Event):
            lines = _happened(item, view)
        else:
            return _answered(item, view)
        if item.replay:
            lines = [f"{item.time:%Y-%m-%d %H:%M:%SZ} {line}" for line in lines]
        elif view.time:
            lines = [f"{item.time:%H:%M:%SZ} {line}" for line in lines]
        return "".join([f"{unbroken(line)}{END}" for line in lines]).encode()

    def ring(self, frame: bytes) -> bytes:
        """Return `frame` with a BEL before its end."""
        return frame.removesuffix(b"\r\n") + BELL + b"\r\n" if frame else frame


def _said(event: Message, view: View) -> list[str]:
    nick = _colored(event.who.nick, view)
    place = ""
    if isinstance(event, Aside):
        place = f"[{'+' if event.rank == RoomRank.VOICE else '@'}{event.room}] "
    elif not view.current:
        place = f"[{event.room}] "
    if isinstance(event.body, File):
        before = f"{place or ' '}* {nick} "
    else:
        before = (
            f"{place}~ {nick} "
            if event.action
            else f"{place}-{nick}- "
            if event.notice
            else f"{place}{nick}: "
        )
    after = "" if event.stored else " (not stored)"
    return [f"{before}{line}{after}" for line in body_lines(event.body)]


def _said_private(event: PrivateMessage, view: View) -> list[str]:
    direction, other = ("to", event.to) if event.sent else ("from", event.who)
    before = f"[PM {direction} {_colored(other.nick, view)}] {'~ ' if event.action else ''}"
    after = "" if event.stored else " (not stored)"
    return [f"{before}{line}{after}" for line in body_lines(event.body)]


def _happened(event: Event, view: View) -> list[str]:
    sentence = event.sentence()
    if not sentence:
        return []
    line = f" * {sentence}" if event.stored else f" * {sentence} (not stored)"
    return [f"\x1b[{DIM}m{line}\x1b[0m" if view.color else line]


def _answered(reply: Reply, view: View) -> bytes:
    if isinstance(reply, Prompt):
        return reply.text.encode()
    lines = reply.lines()
    if isinstance(reply, Done) or not lines:
        return b""
    if not isinstance(reply, Welcome | Record):
        lines = [f"-> {lines[0]}", *(f"   {line}" for line in lines[1:])]
    return "".join([f"{unbroken(line)}{END}" for line in lines]).encode()


def _colored(nick: str, view: View) -> str:
    if not view.color:
        return nick
    return f"\x1b[{COLORS[zlib.crc32(nick.encode()) % len(COLORS)]}m{nick}\x1b[0m"
