"""What operators of the server do: OPER, KILL, WALLOPS (the Modern IRC document, RFC 2812 §3.1.4, §3.7.1, §4.7)."""

from __future__ import annotations

from chatd.core.errors import ChatError, Code
from chatd.core.user import Rank
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.wire.irc.numerics import Numeric

__all__ = ["Operating"]

_REFUSED = {Code.WRONG_PASSWORD: Numeric.ERR_PASSWDMISMATCH, Code.TOO_FAST: Numeric.ERR_PASSWDMISMATCH}


def _require_operator(ask: Ask) -> None:
    if ask.user.rank < Rank.OPERATOR:
        raise IrcError(Numeric.ERR_NOPRIVILEGES, "Permission denied: you are no operator of this server")


class Operating:
    """What needs a rank, and how to get it."""

    @verb("OPER", least=2)
    async def oper(self, ask: Ask) -> None:
        """Become an operator as long as you are here: NAME PASSWORD"""
        try:
            await ask.run("oper", ask.param(0), ask.param(1))
        except ChatError as error:
            raise IrcError(_REFUSED.get(error.code, Numeric.ERR_NOOPERHOST), error.text) from None
        ask.answer(Numeric.RPL_YOUREOPER, "You are now an operator of this server")

    @verb("KILL", least=1)
    async def kill(self, ask: Ask) -> None:
        """Put a user off the server: NICK [REASON]"""
        _require_operator(ask)
        ask.nick = ask.param(0)
        target = ask.registry.find_user(ask.nick)
        try:
            reason = ask.words(1)
            await ask.run("kill", target.nick, *([reason] if reason else []))
        except ChatError as error:
            if error.code is not Code.NOT_ALLOWED:
                raise
            raise IrcError(Numeric.ERR_NOPRIVILEGES, error.text) from None

    @verb("WALLOPS", least=1)
    async def wallops(self, ask: Ask) -> None:
        """Tell the other operators something, and everybody who has mode w."""
        _require_operator(ask)
        await ask.run("wallops", ask.param(0))
