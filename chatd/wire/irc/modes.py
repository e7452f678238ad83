"""Ranks, bans and what a room is like, as modes of IRC."""

from __future__ import annotations

from chatd.core.events import Banned, Ranked, RoomRank, Unbanned

__all__ = ["PREFIX", "banned", "letters", "prefixes", "ranked"]

PREFIX = "(qov)~@+"
_SIGNS = {"q": "~", "o": "@", "v": "+"}


def letters(rank: RoomRank, *, registered: bool) -> str:
    """Return the modes of a rank. The founder of a room that is not registered is just its first operator: that is what
    IRC knows of rooms that end with their last member."""
    if rank == RoomRank.FOUNDER:
        return "qo" if registered else "o"
    return {RoomRank.OPERATOR: "o", RoomRank.VOICE: "v"}.get(rank, "")


def prefixes(rank: RoomRank, *, registered: bool, every: bool) -> str:
    """Return the signs before a member's nickname: the highest one, or all of them (IRCv3 multi-prefix)."""
    signs = "".join(_SIGNS[letter] for letter in letters(rank, registered=registered))
    return signs if every else signs[:1]


def ranked(event: Ranked) -> list[str]:
    """Return the changed modes and whom they are of; nothing: IRC shows no difference."""
    registered = getattr(event, "registered", False)
    before, after = letters(event.was, registered=registered), letters(event.rank, registered=registered)
    gone = [letter for letter in before if letter not in after]
    come = [letter for letter in after if letter not in before]
    if not gone and not come:
        return []
    changed = (f"-{''.join(gone)}" if gone else "") + (f"+{''.join(come)}" if come else "")
    return [changed, *[event.who.nick] * (len(gone) + len(come))]


def banned(event: Banned | Unbanned) -> str:
    """Return a ban's mask."""
    return f"~a:{event.name}" if event.name else event.mask
