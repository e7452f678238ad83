"""What a room shows of itself: its topic and who is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING

from chatd.core.room import Room
from chatd.core.user import Rank, User
from chatd.wire.irc.line import BODY_BYTES, packed
from chatd.wire.irc.modes import prefixes
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import source

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = [
    "NAMES_AT_ONCE",
    "Lines",
    "Part",
    "end_of_names",
    "names_in_parts",
    "names_of",
    "prefix_of",
    "topic_of",
]

NAMES_AT_ONCE = 500
"""Names that are listed in one turn of the reactor: about 1 ms, and 40 KB of the longest."""

Lines = list[tuple[str, ...]]
Part = tuple[Lines, bool]
"""A part of an answer, and whether more comes."""


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
    members = room.members.values() if _sees(session, room) else ()
    return [*_rows(session, room, members), end_of_names(room.name.shown)]


def names_in_parts(session: IrcSession, rooms: Iterable[Room], about: str) -> Iterator[Part]:
    """Yield who is in rooms, NAMES_AT_ONCE at a time, and the end of the answer, which is `about` them.

    Each part is made when it is asked for and says how things stand then: who has left since the beginning is not in
    it, and who has another name has that. Who has come since is not in it either, or twice: what is shown of him says so.
    """
    found = _looked_at(session, rooms)
    while True:
        part = list(islice(found, NAMES_AT_ONCE))
        lines: Lines = []
        for room, pairs in groupby(part, itemgetter(0)):
            lines += _rows(session, room, (user for _, user in pairs if user is not None))
        if len(part) < NAMES_AT_ONCE:
            yield [*lines, end_of_names(about)], False
            return
        yield lines, True


def _looked_at(session: IrcSession, rooms: Iterable[Room]) -> Iterator[tuple[Room, User | None]]:
    for room in rooms:
        yield room, None
        for user in list(room.members.values()) if _sees(session, room) else ():
            yield room, user if user.id in room.members and _sees(session, room) else None


def _sees(session: IrcSession, room: Room) -> bool:
    return room.visible_to(session.user) and room.open_to(session.user)


def _rows(session: IrcSession, room: Room, members: Iterable[User]) -> Iterator[tuple[str, ...]]:
    shown, kind = room.name.shown, "@" if room.secret else "="
    begin = len(f":{session.server} 353 {session.called} {kind} {shown} :".encode())
    for each in packed(_names(session, room, members), BODY_BYTES - begin):
        yield (Numeric.RPL_NAMREPLY, kind, shown, each)


def end_of_names(about: str) -> tuple[str, ...]:
    """Return the line that ends the names of a room, or (a star) of all."""
    return (Numeric.RPL_ENDOFNAMES, about, "End of /NAMES list")


def _names(session: IrcSession, room: Room, members: Iterable[User]) -> Iterator[str]:
    caps, asker = session.caps, session.user
    inside = asker is not None and (asker.id in room.members or asker.rank >= Rank.OPERATOR)
    for user in members:
        if inside or "i" not in user.modes:
            name = source(user.who) if "userhost-in-names" in caps else user.nick
            yield prefix_of(room, user, caps) + name
