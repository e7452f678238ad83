"""The short way of what nearly every line is: words, no tags, one room or one user, and nothing in the way.

It decides nothing: whatever is unusual about a line, or about where it goes, sends it the long way (talking.py), which
finds out what to answer. A private message takes 33 calls of chatd's functions by this way, and 59 by the long one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core import names
from chatd.core.errors import ChatError
from chatd.core.styles import body_of
from chatd.frontends.irc.nickserv import SERVICES

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["PRIVMSG", "said"]

PRIVMSG = b"PRIVMSG "
USUAL_BYTES = 384
"""A longer line may not fit with its source before it, which has 104 bytes at most: that is to be refused."""


def said(session: IrcSession, line: bytes) -> bool:
    """Say what a line says that begins with PRIVMSG; False: it is not the usual one, and nothing was done."""
    user = session.user
    if user is None or len(line) > USUAL_BYTES:
        return False
    try:
        target, _, words = line[8:].decode().partition(" :")
        if not words or words[0] == "\x01":
            return False
        registry = session.registry
        if target[:1] == "#":
            room = registry.rooms.get(names.room_name(target).folded)
            if room is None or user.id not in room.members:
                return False
            registry.say(user, room, body_of(words), source=session.plain_source)
        else:
            folded = names.nickname(target).folded
            other = registry.nicks.get(folded)
            if other is None or other.away is not None or folded in SERVICES:
                return False
            registry.say_private(user, other, body_of(words), source=session.plain_source)
    except (ChatError, UnicodeDecodeError):
        return False
    # Another session of his may have been active since this packet came.
    user.active = max(user.active, session.heard)
    return True
