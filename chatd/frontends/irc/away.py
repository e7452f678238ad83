"""Being away: AWAY (RFC 2812 §4.1, IRCv3 away-notify)."""

from __future__ import annotations

from chatd.frontends.irc.verbs import Ask, verb
from chatd.wire.irc.numerics import Numeric

__all__ = ["Absence"]


class Absence:
    """AWAY."""

    @verb("AWAY")
    def away(self, ask: Ask) -> None:
        """Let those who write to you know that you are not there; without words: that you are back."""
        ask.context.weigh_rooms()
        if ask.param(0):
            ask.registry.set_away(ask.user, ask.words(0))
            ask.answer(Numeric.RPL_NOWAWAY, "You have been marked as being away")
        else:
            ask.registry.set_away(ask.user, None)
            ask.answer(Numeric.RPL_UNAWAY, "You are no longer marked as being away")
