"""What happens, as lines of IRC."""

from __future__ import annotations

from itertools import count
from typing import Any, Protocol

from msgspec.structs import replace

from chatd.core.events import Aside, Event, Message, PrivateMessage, PrivateSignal, Signal, Who
from chatd.core.ports import View
from chatd.core.replies import AwayNotice, Done, Farewell, Named, Outgoing, Ping, Prompt, Reply, Welcome
from chatd.core.text import visible
from chatd.wire.irc import happenings, talk
from chatd.wire.irc.caps import Shape, shape_of
from chatd.wire.irc.label import Label, Out
from chatd.wire.irc.line import body
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.points import moment

__all__ = ["Facts", "IrcCodec"]

SAID = frozenset({Message, PrivateMessage})
OWN_WORDS = SAID | {Aside, Signal, PrivateSignal}
"""What nobody is shown who has said it himself, unless he has asked for that."""
SILENT = Done | Named | Prompt | Welcome
"""Replies that IRC has other words for."""


class Facts(happenings.Facts, Protocol):
    """What the codec looks up, for what happens and for tags."""

    def is_bot(self, user: str) -> bool:
        """Whether the user of that id says that he is a program."""


class IrcCodec:
    """Events and replies to lines. One for all sessions of a server; `facts` is what it looks up."""

    name = "irc"
    styled = False
    separate_echo = True

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._batches = count(1)

    def batch(self) -> str:
        """Return a new name for a batch."""
        return f"b{next(self._batches):x}"

    def echoes(self, event: Event, view: View) -> bool:
        """What one says comes back to who asked for that; everything else always."""
        return "echo-message" in view.caps or type(event) not in OWN_WORDS

    def encode(self, item: Outgoing, view: View, ref: Any = None) -> bytes:
        """Return `item` as lines; of a labeled request nothing: its label gathers them."""
        if ref is None and type(item) in SAID:
            said: Any = item
            simple = talk.simple(said, self._prefix(said, shape_of(view.caps)) if view.caps else "")
            if simple:
                return simple
        lines = self.lines(item, view)
        if isinstance(ref, Label) and ref.open:
            ref.lines += lines
            return b""
        return "".join([f"{line}\r\n" for line in lines]).encode()

    def ring(self, frame: bytes) -> bytes:
        """Return `frame`: the client itself rings for a mention."""
        return frame

    def lines(self, item: Outgoing, view: View) -> list[Out]:
        """Return what shows `item` to such a client."""
        if not isinstance(item, Event):
            return self._answered(item, view)
        shape = shape_of(view.caps)
        if isinstance(item, PrivateMessage) and item.replay and not item.sent and view.nick:
            # It waited for an account, which may have come under another nickname than it was sent to.
            item = replace(item, to=item.to.of(view.nick))
        if isinstance(item, Message | PrivateMessage):
            return talk.said(item, shape, self.tags(item, shape), self.batch)
        if isinstance(item, Signal | PrivateSignal):
            return talk.signalled(item, shape, self.tags(item, shape))
        bodies = happenings.shown(item, view, self.facts)
        if not bodies:
            return []
        tags = self.tags(item, shape)
        return [Out(each, tags if index == 0 else _timed(tags)) for index, each in enumerate(bodies)]

    def tags(self, event: Event, shape: Shape) -> dict[str, str]:
        """Return the tags of the line, or the first of the lines, that shows an event."""
        tags: dict[str, str] = {}
        if shape.time:
            tags["time"] = moment(event.time)
        who: Who | None = getattr(event, "by", None) or getattr(event, "who", None)
        if who is not None and shape.account and who.account is not None:
            name = self.facts.account(who.account)
            if name:
                tags["account"] = name
        if shape.tags:
            tags["msgid"] = event.id
            if who is not None and self.facts.is_bot(who.user):
                tags["bot"] = ""
            tags |= getattr(event, "tags", {})
        return tags

    def _prefix(self, event: Message | PrivateMessage, shape: Shape) -> str:
        """Return the tags of a message that has none of its own, ready to stand before it."""
        if not any(shape):
            return ""
        shown = []
        if shape.time:
            shown.append(f"time={moment(event.time)}")
        if shape.account and event.who.account is not None:
            name = self.facts.account(event.who.account)
            if name:
                shown.append(f"account={name}")
        if shape.tags:
            shown.append(f"msgid={event.id}")
            if self.facts.is_bot(event.who.user):
                shown.append("bot")
        return f"@{';'.join(shown)} " if shown else ""

    def _answered(self, reply: Reply, view: View) -> list[Out]:
        server = self.facts.server
        if isinstance(reply, SILENT):
            return []
        if isinstance(reply, Ping):
            return [Out(body("PING", reply.token, source=server))]
        if isinstance(reply, Farewell):
            return [Out(body("ERROR", f"Closing link: {visible(reply.text)}"))]
        if isinstance(reply, AwayNotice):
            return [Out(body(Numeric.RPL_AWAY, view.nick, reply.nick, reply.away, source=server))]
        return [Out(body("NOTICE", view.nick, line, source=server)) for line in reply.lines()]


def _timed(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags of the lines that follow the first: the message id belongs to that one."""
    return {key: value for key, value in tags.items() if key in talk.REPEATED}
