"""WHOWAS (RFC 2812 §3.6.3): who was called that."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import NamedTuple

from chatd.core.events import Event, Quit, Renamed, Who
from chatd.core.registry import Registry
from chatd.core.state import folded_nickname
from chatd.core.user import Rank, User
from chatd.frontends.irc.server import require_this_server
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.frontends.irc.welcome import TARGETS
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import ident

__all__ = ["REMEMBERED", "Past"]

REMEMBERED = 1000
"""Users who left, or took another nickname, at most."""
MOST = 20
"""Entries of one nickname that are shown at most."""


class Former(NamedTuple):
    """A user as he was when he left, or took another nickname."""

    folded: str
    who: Who
    realname: str
    address: str
    time: datetime


class Past:
    """Remembers the last users who left or took another nickname, in memory."""

    def __init__(self, registry: Registry) -> None:
        self._former: deque[Former] = deque(maxlen=REMEMBERED)
        registry.lookout.observers.append(self._noticed)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._former)

    def _noticed(self, event: Event, user: User | None) -> None:
        if not isinstance(event, Quit | Renamed) or user is None:
            return
        folded = folded_nickname(event.who.nick)
        if isinstance(event, Renamed) and folded == folded_nickname(event.nick):
            return
        former = Former(folded, event.who, user.realname or event.who.nick, user.address, event.time)
        self._former.appendleft(former)

    @verb("WHOWAS", weight=2)
    def whowas(self, ask: Ask) -> None:
        """Show who was called that, the last one first: NICK[,NICK …] [COUNT]"""
        if not ask.param(0):
            raise IrcError(Numeric.ERR_NONICKNAMEGIVEN, "No nickname given")
        require_this_server(ask, ask.param(2))
        most = _count(ask.param(1))
        lines: list[tuple[str, ...]] = []
        for name in list(dict.fromkeys(ask.param(0).split(",")))[:TARGETS]:
            lines += self._of(ask, name, most)
        ask.answers([*lines, (Numeric.RPL_ENDOFWHOWAS, ask.param(0), "End of WHOWAS")])

    def _of(self, ask: Ask, name: str, most: int) -> list[tuple[str, ...]]:
        folded = folded_nickname(name)
        found = [former for former in self._former if folded and former.folded == folded][:most]
        if not found:
            return [(Numeric.ERR_WASNOSUCHNICK, name or "*", "There was no such nickname")]
        lines: list[tuple[str, ...]] = []
        for former in found:
            who = former.who
            told = (who.nick, ident(who), who.host or "*", "*", former.realname)
            lines.append((Numeric.RPL_WHOWASUSER, *told))
            if ask.user.rank >= Rank.OPERATOR and former.address:
                words = "was connected from this address"
                lines.append((Numeric.RPL_WHOISACTUALLY, who.nick, former.address, words))
            when = f"{former.time:%Y-%m-%d %H:%M:%SZ}"
            lines.append((Numeric.RPL_WHOISSERVER, who.nick, ask.session.server, when))
        return lines


def _count(typed: str) -> int:
    """Return how many entries are wanted; none, or one that is not positive, means all."""
    wanted = int(typed[:9]) if typed.isascii() and typed.isdigit() else 0
    return min(wanted, MOST) if wanted > 0 else MOST
