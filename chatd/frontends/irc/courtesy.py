"""What a client asks for to take its places: it enters its rooms, and asks of each what modes it has and who is there.

Clients do so at once when they come back. At the price of other lines that would take them a minute for twenty rooms, so
a number of these requests is cheap: once after the welcome, and until the client leaves a room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core import names
from chatd.core.errors import ChatError

if TYPE_CHECKING:
    from chatd.frontends.irc.verbs import Ask

__all__ = ["COURTESY", "price"]

COURTESY = 400
"""Cheap requests: for each of a hundred rooms JOIN, MODE, MODE b and WHO."""
CHEAP = 0.1
"""What each of them weighs: those of twenty-two rooms are a burst."""


def price(ask: Ask) -> float:
    """Return what a request weighs whose client has cheap ones left, and count it if it was one."""
    session, weight = ask.session, ask.context.weight
    match ask.line.verb:
        case "PART":
            session.courtesy = 0
        case "JOIN" if ask.param(0) == "0":
            session.courtesy = 0
        case "JOIN":
            rooms = ask.param(0).count(",") + 1
            cheap = min(rooms, session.courtesy)
            session.courtesy -= cheap
            return weight * (rooms - cheap) / rooms + cheap * CHEAP
        case "MODE" if ask.param(1) in ("", "b", "+b") and not ask.param(2) and _inside(ask):
            session.courtesy -= 1
            return CHEAP
        case "WHO" if _inside(ask):
            session.courtesy -= 1
            # What a large room weighs above a line stands.
            return weight - 1 + CHEAP
    return weight


def _inside(ask: Ask) -> bool:
    """Whether the request is about a room that its user is in."""
    user = ask.session.user
    try:
        room = ask.registry.rooms.get(names.room_name(ask.param(0)).folded)
    except ChatError:
        return False
    return room is not None and user is not None and user.id in room.members
