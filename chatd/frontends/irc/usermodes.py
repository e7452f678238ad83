"""MODE of oneself: B for a bot, i not to be found, o operator of the server, w told what operators tell each other."""

from __future__ import annotations

from chatd.core.errors import ChatError
from chatd.core.user import Rank, User
from chatd.frontends.irc.verbs import Ask, IrcError
from chatd.wire.irc.numerics import Numeric

__all__ = ["shown_modes", "user_mode"]

OWN = "Biw"


def shown_modes(user: User) -> str:
    """Return the modes that a user has."""
    return "+" + "".join(sorted(user.modes + ("o" if user.rank >= Rank.OPERATOR else "")))


def user_mode(ask: Ask) -> None:
    """Show or change the modes of the client's user."""
    try:
        target = ask.registry.find_user(ask.param(0))
    except ChatError:
        raise IrcError(Numeric.ERR_NOSUCHNICK, ask.param(0), "No such nick") from None
    if target is not ask.user:
        raise IrcError(Numeric.ERR_USERSDONTMATCH, "Can't change mode for other users")
    if len(ask.line.params) == 1:
        ask.answer(Numeric.RPL_UMODEIS, shown_modes(target))
        return
    changed = {True: "", False: ""}
    on, unknown = True, False
    for letter in ask.param(1):
        if letter in "+-":
            on = letter == "+"
        elif letter in OWN:
            changed[on] += letter
        elif letter == "o":
            _operator(ask, on=on)
        else:
            unknown = True
    ask.registry.set_modes(target, changed[True], changed[False])
    if unknown:
        raise IrcError(Numeric.ERR_UMODEUNKNOWNFLAG, "Unknown MODE flag")


def _operator(ask: Ask, *, on: bool) -> None:
    """Nobody makes himself an operator, but an operator may lay that down."""
    if not on and ask.user.rank >= Rank.OPERATOR:
        ask.registry.set_oper(ask.user, Rank.USER)
