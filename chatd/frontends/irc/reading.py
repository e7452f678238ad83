"""MARKREAD: how far somebody has read, told to his other clients (IRCv3 draft/read-marker)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chatd.core.errors import ChatError
from chatd.core.room import Room
from chatd.frontends.irc.verbs import Ask, Fail, quoted, verb
from chatd.wire.irc import points
from chatd.wire.irc.label import Label, Out
from chatd.wire.irc.line import body

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["Reading", "tell_marker", "tell_markers"]

CAP = "draft/read-marker"
TOLD = 50
"""How many markers a client is told when it comes."""


class Reading:
    """Sets and tells markers."""

    @verb("MARKREAD")
    def markread(self, ask: Ask) -> None:
        """Tell how far a room, or the talk with somebody, has been read; with a time: it has been, up to then."""
        name, text = ask.param(0), ask.param(1)
        if not name:
            raise Fail("NEED_MORE_PARAMS", "Missing parameters")
        try:
            shown = ask.registry.marked(name, ask.user).name
            if len(ask.line.params) > 1:
                until = points.time(text)
                if until is None:
                    raise Fail(
                        "INVALID_PARAMS", quoted(text), "A marker is timestamp=YYYY-MM-DDThh:mm:ss.sssZ"
                    )
                ask.registry.mark_read(ask.user, name, until)
            line = _line(ask.session, shown, ask.registry.read_until(ask.user, name))
        except ChatError as error:
            raise Fail("INVALID_PARAMS", quoted(name), error.text) from None
        ask.session.send_lines([line], ask.label)


def tell_marker(session: IrcSession, room: Room, label: Label | None = None) -> None:
    """Tell how far a room that was entered has been read, when it has been shown that it was entered."""
    if CAP in session.caps and session.user is not None:
        line = _line(session, room.name.shown, session.registry.read_until(session.user, room.name.shown))
        session.lines_later([line], label)


def tell_markers(session: IrcSession) -> None:
    """Tell who comes back how far he has read, also where he is not yet: what was read last first."""
    if CAP in session.caps and session.user is not None:
        found = sorted(
            session.registry.all_read(session.user).items(), key=lambda each: each[1], reverse=True
        )
        session.send_lines([_line(session, name, until) for name, until in found[:TOLD]])


def _line(session: IrcSession, name: str, until: datetime | None) -> Out:
    point = "*" if until is None else f"timestamp={points.moment(until)}"
    return Out(body("MARKREAD", name, point, source=session.server))
