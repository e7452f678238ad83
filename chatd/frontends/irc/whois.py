"""WHOIS, USERHOST and ISON (the Modern IRC document, RFC 2812 §3.6.2, §4.8, §4.9)."""

from __future__ import annotations

from chatd.core.state import folded_nickname
from chatd.core.user import Rank, User
from chatd.frontends.base import BaseSession
from chatd.frontends.irc.members import prefix_of
from chatd.frontends.irc.monitor import TARGETS_A_LINE
from chatd.frontends.irc.server import require_this_server
from chatd.frontends.irc.sight import account_of, findable, sees_addresses, shown_name
from chatd.frontends.irc.usermodes import modes_of
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.frontends.irc.welcome import TARGETS
from chatd.wire.irc.line import BODY_BYTES, packed
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import ident

__all__ = ["WhoIsIt"]

Lines = list[tuple[str, ...]]

HOSTS = 5
"""Users in one USERHOST (RFC 2812 §4.8)."""


class WhoIsIt:
    """What is known of users."""

    @verb("WHOIS", weight=2)
    def whois(self, ask: Ask) -> None:
        """Show who somebody is: [SERVER] NICK[,NICK …]"""
        given = [each for each in ask.line.params[:2] if each]
        if not given:
            raise IrcError(Numeric.ERR_NONICKNAMEGIVEN, "No nickname given")
        if len(given) > 1:
            require_this_server(ask, given[0])
        names = list(dict.fromkeys(given[-1].split(",")))[:TARGETS]
        ask.context.weight += len(names) - 1
        lines: Lines = []
        for name in names:
            lines += self._of(ask, name)
        ask.answers(lines)

    def _of(self, ask: Ask, name: str) -> Lines:
        user = ask.registry.nicks.get(folded_nickname(name))
        if user is None:
            name = name or "*"
            return [
                (Numeric.ERR_NOSUCHNICK, name, "No such nick"),
                (Numeric.RPL_ENDOFWHOIS, name, "End of /WHOIS list"),
            ]
        return [
            *self._who(ask, user),
            *self._more(ask, user),
            (Numeric.RPL_ENDOFWHOIS, user.nick, "End of /WHOIS list"),
        ]

    def _who(self, ask: Ask, user: User) -> Lines:
        nick, session = user.nick, ask.session
        lines: Lines = [
            (Numeric.RPL_WHOISUSER, nick, ident(user.who), user.who.host or "*", "*", shown_name(user))
        ]
        lines += _in_lines(ask, _rooms(ask.user, user), Numeric.RPL_WHOISCHANNELS, nick)
        lines.append((Numeric.RPL_WHOISSERVER, nick, session.server, ask.registry.settings.irc.network))
        if user.rank >= Rank.OPERATOR:
            lines.append((Numeric.RPL_WHOISOPERATOR, nick, f"is {_with_article(user.rank)} of this server"))
        if user.away is not None:
            lines.append((Numeric.RPL_AWAY, nick, user.away))
        return lines

    def _more(self, ask: Ask, user: User) -> Lines:
        nick, registry = user.nick, ask.registry
        lines: Lines = []
        account = account_of(registry, user)
        if account:
            lines.append((Numeric.RPL_WHOISACCOUNT, nick, account, "is logged in as"))
            if folded_nickname(account) == user.name.folded:
                lines.append((Numeric.RPL_WHOISREGNICK, nick, "has registered this nickname"))
        if "B" in user.modes:
            lines.append((Numeric.RPL_WHOISBOT, nick, "is a bot"))
        if user.sessions and all(session.secure for session in user.sessions):
            lines.append((Numeric.RPL_WHOISSECURE, nick, "is using a secure connection"))
        if sees_addresses(ask.user, user):
            if user.address:
                lines.append(
                    (Numeric.RPL_WHOISACTUALLY, nick, user.address, "is connected from this address")
                )
            lines += [
                (Numeric.RPL_WHOISCERTFP, nick, f"has client certificate fingerprint {found}")
                for found in _certificates(user)
            ]
            lines.append((Numeric.RPL_WHOISMODES, nick, f"is using modes +{modes_of(user)}"))
        signed_on = registry.wall(user.since)
        assert signed_on is not None, "who is here came at some time"
        idle = int(registry.world.clock.seconds() - user.active)
        words = "seconds idle, signon time"
        lines.append((Numeric.RPL_WHOISIDLE, nick, str(idle), str(int(signed_on.timestamp())), words))
        return lines

    @verb("USERHOST", least=1)
    def userhost(self, ask: Ask) -> None:
        """Show the hosts of users, of five at most; - marks who is away, an asterisk an operator."""
        found = []
        names = [name for param in ask.line.params for name in param.split()]
        for name in names[:HOSTS]:
            user = ask.registry.nicks.get(folded_nickname(name))
            if user is not None:
                operator = "*" if user.rank >= Rank.OPERATOR else ""
                here = "+" if user.away is None else "-"
                found.append(f"{user.nick}{operator}={here}{ident(user.who)}@{user.who.host or '*'}")
        ask.answers(_in_lines(ask, found, Numeric.RPL_USERHOST) or [(Numeric.RPL_USERHOST, "")])

    @verb("ISON", least=1)
    def ison(self, ask: Ask) -> None:
        """Show which of these users are here."""
        names = [name for param in ask.line.params for name in param.split()]
        ask.context.weight += len(names) // TARGETS_A_LINE
        users = [ask.registry.nicks.get(folded_nickname(name)) for name in names]
        found = [user.nick for user in users if user is not None]
        ask.answers(_in_lines(ask, found, Numeric.RPL_ISON) or [(Numeric.RPL_ISON, "")])


def _in_lines(ask: Ask, words: list[str], *before: str) -> Lines:
    """Return numerics with these words behind what each begins with, as many words in each as it has room for."""
    begin = f":{ask.session.server} {before[0]} {' '.join([ask.session.called, *before[1:]])} :"
    return [(*before, each) for each in packed(words, BODY_BYTES - len(begin.encode()))]


def _rooms(asker: User, user: User) -> list[str]:
    """Return the rooms of a user that the asker may know of, with his highest prefix in each."""
    if not findable(asker, user):
        return []
    return [
        prefix_of(room, user, frozenset()) + room.name.shown
        for room in user.rooms.values()
        if room.visible_to(asker)
    ]


def _with_article(rank: Rank) -> str:
    return "an owner" if rank >= Rank.OWNER else "an operator"


def _certificates(user: User) -> list[str]:
    found = [session.certificate for session in user.sessions if isinstance(session, BaseSession)]
    return list(dict.fromkeys(filter(None, found)))
