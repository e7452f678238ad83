"""Long answers: as fast as the client takes them, and no turn of the reactor is theirs alone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from chatd.frontends.irc.members import Part
from chatd.frontends.irc.verbs import Ask
from chatd.wire.irc.label import Label

if TYPE_CHECKING:
    from chatd.frontends.irc.answers import Answering

__all__ = ["AT_ONCE", "LINES_A_LINE", "Piece", "pour", "pour_parts"]

AT_ONCE = 200
"""What is looked at in one turn."""
LINES_A_LINE = 1000
"""So many lines of an answer weigh as much as a line of the client's."""

Piece = tuple[str, ...] | None
"""A numeric with its parameters; None: something was looked at that is no part of the answer."""


async def pour(ask: Ask, pieces: Iterable[Piece]) -> None:
    """Answer with as many numerics as there are, when all that happened up to now has been shown.

    `pieces` is asked for the next ones when the client has taken those before, so it may meet who has left meanwhile.
    """
    session, rest = ask.session, iter(pieces)
    await session.in_step()
    while not session.ended:
        looked_at = list(islice(rest, AT_ONCE))
        found = [piece for piece in looked_at if piece is not None]
        if len(looked_at) < AT_ONCE:
            ask.answers(found)
            return
        await session.send_part(found, ask.label)


async def pour_parts(session: Answering, parts: Iterable[Part], label: Label | None) -> None:
    """Answer with parts that list how things stand: each is shown behind all that had happened when it was made, and
    the next is made when the client has taken it. So lists and what is shown around them never contradict each other."""
    for lines, more in parts:
        if not more:
            session.answer_later(lines, label)
            return
        await session.send_part_later(lines, label)
        if session.ended:
            return
