"""LIST and NAMES (the Modern IRC document; 005 ELIST)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from chatd.core import masks
from chatd.core.errors import ChatError
from chatd.core.registry import Registry
from chatd.core.room import Room
from chatd.frontends.irc.channels import room_of
from chatd.frontends.irc.members import names_in_parts
from chatd.frontends.irc.pouring import LINES_A_LINE, Piece, pour, pour_parts
from chatd.frontends.irc.server import require_this_server
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.wire.irc.numerics import Numeric

__all__ = ["Listing"]

MOST = 16
"""Conditions in one LIST."""
WILD = frozenset("*?")
_CONDITION = re.compile(r"([CTct]?)([<>])([0-9]{1,9})", re.ASCII)

Condition = Callable[[Room], bool]


class Listing:
    """What rooms there are, and who is in them."""

    @verb("LIST", weight=2)
    async def list(self, ask: Ask) -> None:
        """Show rooms: by name, by a mask (* and ?) or all but those of one (!MASK), with more or fewer members (>N, <N),
        made or given their topic more or fewer minutes ago (C>N, C<N, T>N, T<N)."""
        require_this_server(ask, ask.param(1))
        words = [word for word in ask.param(0).split(",") if word][:MOST]
        named = [word for word in words if word[0] == "#" and WILD.isdisjoint(word)]
        conditions = [_condition(ask.registry, word) for word in words if word not in named]
        found: Iterator[Piece]
        if named and not conditions:
            found = _named(ask, named)
        else:
            ask.context.weight += len(ask.registry.rooms) // LINES_A_LINE
            found = _meeting(ask, conditions)
        await pour(ask, _framed(found))

    @verb("NAMES", weight=3)
    async def names(self, ask: Ask) -> None:
        """Show who is in a room; without one, who is in each that may be looked into."""
        if not ask.param(0):
            registry = ask.registry
            ask.context.weight += (len(registry.rooms) + len(registry.users)) // LINES_A_LINE
            rooms = list(registry.rooms.values())
            await pour_parts(ask.session, names_in_parts(ask.session, rooms, "*"), ask.label)
            return
        name = ask.param(0).split(",")[0]
        try:
            room = room_of(ask, name)
        except IrcError:
            ask.answer(Numeric.RPL_ENDOFNAMES, name, "End of /NAMES list")
            return
        ask.context.weight += len(room.members) // LINES_A_LINE
        await pour_parts(ask.session, names_in_parts(ask.session, [room], room.name.shown), ask.label)


def _framed(found: Iterator[Piece]) -> Iterator[Piece]:
    yield (Numeric.RPL_LISTSTART, "Channel", "Users  Name")
    yield from found
    yield (Numeric.RPL_LISTEND, "End of /LIST")


def _named(ask: Ask, given: list[str]) -> Iterator[Piece]:
    for name in given:
        try:
            room = room_of(ask, name)
        except IrcError:
            continue
        yield _row(ask, room)


def _meeting(ask: Ask, conditions: list[Condition]) -> Iterator[Piece]:
    """Yield the rooms that meet all conditions. Where nobody is, nobody is looked for: such a room is shown by name."""
    for room in list(ask.registry.rooms.values()):
        meant = _there(ask, room) and all(condition(room) for condition in conditions)
        yield _row(ask, room) if meant else None


def _there(ask: Ask, room: Room) -> bool:
    """Whether the room still exists, with somebody in it, and who asks may know of it."""
    return bool(room.members) and room.id in ask.registry.rooms_by_id and room.visible_to(ask.user)


def _row(ask: Ask, room: Room) -> Piece:
    topic = room.topic if room.open_to(ask.user) else ""
    return (Numeric.RPL_LIST, room.name.shown, str(len(room.members)), topic)


def _condition(registry: Registry, word: str) -> Condition:
    """Read a condition; one that cannot be met is met by no room."""
    found = _CONDITION.fullmatch(word)
    if found is None:
        return _like(word)
    kind, more, count = found[1].upper(), found[2] == ">", int(found[3])
    if not kind:
        return lambda room: len(room.members) > count if more else len(room.members) < count

    def ago(room: Room) -> bool:
        if kind == "T" and not room.topic:
            return False
        since = room.created if kind == "C" else room.topic_at
        minutes = (registry.time() - since).total_seconds() / 60
        return minutes > count if more else minutes < count

    return ago


def _like(word: str) -> Condition:
    without = word[0] == "!"
    try:
        pattern = masks.words(word[without:])
    except ChatError:
        return lambda _: False
    return lambda room: (pattern.fullmatch(room.name.folded) is None) == without
