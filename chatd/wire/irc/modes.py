"""Ranks, bans and what a room is like, as modes of IRC."""

from __future__ import annotations

from chatd.core import masks
from chatd.core.events import Banned, MaskAdded, MaskRemoved, Ranked, RoomChanged, RoomRank, Unbanned
from chatd.core.masks import Kind, MaskList
from chatd.core.room import Room

__all__ = ["LISTS", "PREFIX", "changed", "letters", "listed", "mask_shown", "modes_of", "prefixes", "ranked"]

PREFIX = "(qov)~@+"
_SIGNS = {"q": "~", "o": "@", "v": "+"}


def letters(rank: RoomRank, *, registered: bool, every: bool = False) -> str:
    """Return the modes of a rank. The founder of a room that is not registered is just its first operator: that is what
    IRC knows of rooms that end with their last member. `every`: also those below, for a rank includes them; who is
    shown one sign alone is not told of what it includes."""
    held = {RoomRank.FOUNDER: "qo" if registered else "o", RoomRank.OPERATOR: "o"}.get(rank, "")
    return f"{held}v" if rank == RoomRank.VOICE or (held and every) else held


def prefixes(rank: RoomRank, *, registered: bool, every: bool) -> str:
    """Return the signs before a member's nickname: the highest one, or all of them (IRCv3 multi-prefix)."""
    signs = "".join(_SIGNS[letter] for letter in letters(rank, registered=registered, every=every))
    return signs if every else signs[:1]


def ranked(event: Ranked, *, every: bool = False) -> list[str]:
    """Return the changed modes and whom they are of, for who is shown all signs of a rank (`every`) or the highest;
    nothing: IRC shows no difference."""
    before, after = (
        letters(rank, registered=event.registered, every=every) for rank in (event.was, event.rank)
    )
    gone = [letter for letter in before if letter not in after]
    come = [letter for letter in after if letter not in before]
    if not gone and not come:
        return []
    changed = (f"-{''.join(gone)}" if gone else "") + (f"+{''.join(come)}" if come else "")
    return [changed, *[event.who.nick] * (len(gone) + len(come))]


LISTS = {MaskList.EXCEPTION: "e", MaskList.INVITATION: "I", MaskList.MUTE: "b"}
"""The modes under which a room's masks stand besides its bans; mutes are among these, with a word before them."""
MUTE = "m:"
HIDDEN = "*!*@(hidden)"
_SWITCHES = {"invite-only": "i", "secret": "s", "moderated": "m"}
_INVERTED = {"external": "n", "open-topic": "t"}


def mask_shown(text: str, name: str, which: MaskList | None = None) -> str:
    """Return a mask as clients of IRC write it; `name` is that of its account."""
    if text == "address:hidden":
        shown = HIDDEN
    else:
        mask = masks.known(text) if not name else masks.Mask(Kind.ACCOUNT, name)
        shown = masks.irc_form(mask, name)
    return f"{MUTE}{shown}" if which is MaskList.MUTE else shown


def listed(event: Banned | Unbanned | MaskAdded | MaskRemoved) -> list[str]:
    """Return the mode and the mask by which a list was changed."""
    sign = "+" if isinstance(event, Banned | MaskAdded) else "-"
    which = None if isinstance(event, Banned | Unbanned) else event.list
    letter = "b" if which is None else LISTS[which]
    return [sign + letter, mask_shown(event.mask, event.name, which)]


def changed(event: RoomChanged) -> list[str]:
    """Return the modes, with their parameters, by which a room was changed; nothing: IRC has none for it."""
    signs: dict[str, list[str]] = {"-": [], "+": []}
    params: list[str] = []
    for change, value in {event.change: event.value, **event.others}.items():
        on = bool(value)
        if change == "private":
            signs["+" if on else "-"] += ["i", "s"]
        elif change in _SWITCHES:
            signs["+" if on else "-"].append(_SWITCHES[change])
        elif change in _INVERTED:
            signs["-" if on else "+"].append(_INVERTED[change])
        elif change == "key":
            signs["+" if on else "-"].append("k")
            params.append("*")
        elif change == "limit":
            signs["+" if on else "-"].append("l")
            params += [str(value)] if on else []
    shown = "".join(f"{sign}{''.join(letters)}" for sign, letters in signs.items() if letters)
    return [shown, *params] if shown else []


def modes_of(room: Room, *, inside: bool) -> list[str]:
    """Return the modes that a room has, with their parameters; its key for who is `inside` only."""
    there = {
        "i": room.invite_only,
        "m": room.moderated,
        "n": not room.external,
        "s": room.secret,
        "t": not room.open_topic,
    }
    shown = "+" + "".join(letter for letter, on in there.items() if on)
    params: list[str] = []
    if room.key:
        shown += "k"
        params.append(room.key if inside else "*")
    if room.limit:
        shown += "l"
        params.append(str(room.limit))
    return [shown, *params]
