"""What a room shows of itself: its topic and who is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatd.core.room import Room
from chatd.core.user import Rank, User
from chatd.wire.irc.line import BODY_BYTES, packed
from chatd.wire.irc.modes import prefixes
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import source

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["names_of", "prefix_of", "topic_of"]

Lines = list[tuple[str, ...]]


def topic_of(room: Room) -> Lines:
    """Return a room's topic, and who set it when."""
    if not room.topic:
        return [(Numeric.RPL_NOTOPIC, room.name.shown, "No topic is set")]
    lines: Lines = [(Numeric.RPL_TOPIC, room.name.shown, room.topic)]
    if room.topic_by:
        lines.append(
            (Numeric.RPL_TOPICWHOTIME, room.name.shown, room.topic_by, str(int(room.topic_at.timestamp())))
        )
    return lines


def prefix_of(room: Room, user: User, caps: frozenset[str]) -> str:
    """Return the signs of a member's rank, as such a client is shown them."""
    rank = room.rank_of(user)
    return prefixes(rank, registered=room.registered, every="multi-prefix" in caps) if rank else ""


def names_of(session: IrcSession, room: Room) -> Lines:
    """Return who is in a room, for who may look into it: lines of 353, and their end."""
    shown = room.name.shown
    lines: Lines = []
    if room.visible_to(session.user) and room.open_to(session.user):
        kind = "@" if room.secret else "="
        begin = len(f":{session.server} 353 {session.called} {kind} {shown} :".encode())
        lines = [
            (Numeric.RPL_NAMREPLY, kind, shown, each)
            for each in packed(_names(session, room), BODY_BYTES - begin)
        ]
    return [*lines, (Numeric.RPL_ENDOFNAMES, shown, "End of /NAMES list")]


def _names(session: IrcSession, room: Room) -> Iterator[str]:
    caps, asker = session.caps, session.user
    inside = asker is not None and (asker.id in room.members or asker.rank >= Rank.OPERATOR)
    for user in room.members.values():
        if inside or "i" not in user.modes:
            name = source(user.who) if "userhost-in-names" in caps else user.nick
            yield prefix_of(room, user, caps) + name
