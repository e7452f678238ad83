"""A user's own modes: how IRC treats him (the Modern IRC document, MODE message, user modes)."""

from __future__ import annotations

from chatd.core.state import folded_nickname
from chatd.core.user import Rank, User
from chatd.frontends.irc.verbs import Ask, IrcError
from chatd.wire.irc.numerics import Numeric

__all__ = ["modes_of", "user_mode"]

SWITCHES = "Biw"


def modes_of(user: User) -> str:
    """Return the letters of a user's modes, that of operators among them."""
    return "".join(sorted(user.modes + ("o" if user.rank >= Rank.OPERATOR else "")))


def user_mode(ask: Ask) -> None:
    """Show or change the modes of the user who asks; those of others are not his to see or change."""
    ask.nick = ask.param(0)
    target = ask.registry.nicks.get(folded_nickname(ask.nick))
    if target is None:
        raise IrcError(Numeric.ERR_NOSUCHNICK, ask.nick or "*", "No such nick")
    if target is not ask.user:
        raise IrcError(Numeric.ERR_USERSDONTMATCH, "These are not your modes")
    if not ask.param(1):
        ask.answer(Numeric.RPL_UMODEIS, f"+{modes_of(target)}")
        return
    changes, unknown = _read(ask.param(1))
    if unknown:
        ask.answer(Numeric.ERR_UMODEUNKNOWNFLAG, "Unknown mode")
    # Nobody makes himself an operator by this.
    if changes.pop("o", True) is False and target.rank >= Rank.OPERATOR:
        ask.registry.set_oper(target, Rank.USER, ask.context.source)
    added = "".join(letter for letter, on in changes.items() if on)
    removed = "".join(letter for letter, on in changes.items() if not on)
    ask.registry.set_modes(target, added, removed)


def _read(typed: str) -> tuple[dict[str, bool], bool]:
    """Return what is turned on and off, the last word on each letter, and whether there are unknown letters."""
    changes: dict[str, bool] = {}
    on, unknown = True, False
    for char in typed:
        if char in "+-":
            on = char == "+"
        elif char in SWITCHES or char == "o":
            changes[char] = on
        else:
            unknown = True
    return changes, unknown
