"""What is said, as lines of IRC: cut where a line would be too long, or put together where a client takes several."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET

from chatd.core.bodies import Lines, Text, body_lines
from chatd.core.events import Aside, Body, Message, PrivateMessage, PrivateSignal, RoomRank, Signal
from chatd.core.text import unbroken
from chatd.wire.irc.caps import Shape
from chatd.wire.irc.label import Out
from chatd.wire.irc.line import BODY_BYTES, clipped, pieces
from chatd.wire.irc.source import source

__all__ = ["REPEATED", "said", "signalled", "simple"]

ACTION = "\x01ACTION "
LATER = " (not stored)"
REPEATED = frozenset({"time", "account", "bot"})
"""Tags of ours that each line has of what takes several."""
ADDED = 256
"""Characters of tags that clients add which are repeated with each line of a message."""
PREFIXES = {RoomRank.NONE: "", RoomRank.VOICE: "+", RoomRank.OPERATOR: "@", RoomRank.FOUNDER: "~"}

Piece = tuple[str, bool]
"""Text, and whether it goes on the one before without a break."""


def simple(event: Message | PrivateMessage, tags: str) -> bytes:
    """Return the usual message, one plain line, with these tags before it; empty: it is another one."""
    text = event.body
    if type(text) is not Text or text.styled is not UNSET or event.action or event.notice or event.tags:
        return b""
    if type(event) is Message:
        target = event.room
    elif type(event) is PrivateMessage and not event.replay:
        target = event.to.nick
    else:
        return b""
    line = f":{source(event.who)} PRIVMSG {target} :{text.text}"
    if not event.stored or len(line) > BODY_BYTES or unbroken(line) is not line:
        return b""
    data = line.encode()
    if len(data) > BODY_BYTES:
        return b""
    return b"%b%b\r\n" % (tags.encode(), data) if tags else data + b"\r\n"


def said(
    event: Message | PrivateMessage, shape: Shape, tags: dict[str, str], batch: Callable[[], str]
) -> list[Out]:
    """Return a message as lines with these tags, which belong to the first."""
    verb = "NOTICE" if event.notice else "PRIVMSG"
    begin = f":{source(event.who)} {verb} {_target(event)} :"
    after = "" if event.stored else LATER
    around = (ACTION, "\x01") if event.action else ("", "")
    room_left = BODY_BYTES - len(begin.encode()) - len(around[0]) - len(around[1]) - len(after)
    cut = [piece for line in _lines(event.body) for piece in _cut(line, room_left)]
    bodies = [f"{begin}{around[0]}{text}{after}{around[1]}" for text, _ in cut]
    if len(bodies) == 1:
        return [Out(bodies[0], tags)]
    if shape.lines and not event.action:
        return _batched(event, cut, bodies, tags, batch())
    rest = _rest(tags)
    return [
        Out(each, rest if index else tags)
        for index, each in enumerate(line for line, (text, _) in zip(bodies, cut, strict=True) if text)
    ]


def _rest(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags of the lines that follow the first: not the id, which belongs to that one, and what clients add
    if it is little (a message must not grow by as many times as it has lines)."""
    added = sum(len(key) + len(value) for key, value in tags.items() if key[:1] == "+")
    return {
        key: value for key, value in tags.items() if key in REPEATED or (key[:1] == "+" and added <= ADDED)
    }


def _batched(
    event: Message | PrivateMessage, cut: list[Piece], bodies: list[str], tags: dict[str, str], name: str
) -> list[Out]:
    """Return several lines as one message (IRCv3 multiline)."""
    who = source(event.who)
    inner = [
        Out(each, {"batch": name, "draft/multiline-concat": ""} if joined else {"batch": name})
        for each, (_, joined) in zip(bodies, cut, strict=True)
    ]
    return [
        Out(f":{who} BATCH +{name} draft/multiline {_target(event)}", tags),
        *inner,
        Out(f":{who} BATCH -{name}"),
    ]


def signalled(event: Signal | PrivateSignal, shape: Shape, tags: dict[str, str]) -> list[Out]:
    """Return what clients tell each other: tags alone for those who take tags, requests for all."""
    begin = f":{source(event.who)}"
    target = _target(event)
    if event.ctcp:
        begin = f"{begin} {'NOTICE' if event.notice else 'PRIVMSG'} {target} :\x01"
        ctcp = clipped(unbroken(event.ctcp), BODY_BYTES - len(begin.encode()) - 1)
        return [Out(f"{begin}{ctcp}\x01", tags)]
    return [Out(f"{begin} TAGMSG {target}", tags)] if shape.tags else []


def _target(event: Message | PrivateMessage | Signal | PrivateSignal) -> str:
    if isinstance(event, PrivateMessage | PrivateSignal):
        return event.to.nick
    if isinstance(event, Aside | Signal):
        return f"{PREFIXES[event.rank]}{event.room}"
    return event.room


def _lines(body: Body) -> list[Piece]:
    """Return the lines of a body, as its author cut them."""
    if isinstance(body, Text):
        return [(body.text if body.styled is UNSET else body.styled, False)]
    if not isinstance(body, Lines):
        return [(line, False) for line in body_lines(body)]
    lines = body.lines if body.styled is UNSET else body.styled
    return [(line, index in body.joined) for index, line in enumerate(lines)]


def _cut(line: Piece, most: int) -> list[Piece]:
    first, *rest = pieces(unbroken(line[0]), most)
    return [(first, line[1]), *((piece, True) for piece in rest)]
