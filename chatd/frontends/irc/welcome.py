"""The first words of a server: who it is, what it supports, how many are there, its message of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from chatd import __version__
from chatd.commands.room_family import KEY_BYTES
from chatd.core.registry import Registry
from chatd.core.text import REASON_BYTES, visible
from chatd.settings import Limits, Server
from chatd.wire.irc.label import Out
from chatd.wire.irc.line import body, clipped
from chatd.wire.irc.modes import PREFIX
from chatd.wire.irc.numerics import Numeric

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = [
    "HISTORY_MOST",
    "IDENT_CHARS",
    "KICKED_AT_ONCE",
    "MODES_AT_ONCE",
    "MONITORED",
    "REALNAME_BYTES",
    "TARGETS",
    "greeting",
    "isupport",
    "lusers",
    "motd",
]

USER_MODES = "Biow"
ROOM_MODES = "Ibeiklmnoqstv"
WITH_PARAMETER = "beIklqov"
"""Those of a room that are given with a parameter."""
HISTORY_MOST = 100
"""Messages in one answer to CHATHISTORY."""
KICKED_AT_ONCE = MODES_AT_ONCE = 20
TARGETS = 4
"""Rooms and users that one line is said to, or asks about."""
MONITORED = 100
HOST_CHARS = 63
IDENT_CHARS = 10
"""Characters of a user name, without the ~ before it."""
REALNAME_BYTES = 150
TOKENS_A_LINE = 13

Lines = Iterator[tuple[str, ...]]
Named = Callable[[str], Out]


def greeting(session: IrcSession) -> list[Out]:
    """Return everything that a client is told when it is let in."""
    registry, line = session.registry, session.reply_line
    words = f"Welcome to the {registry.settings.irc.network} IRC network, {session.called}"
    settings = registry.settings
    first, last = _fixed(settings.server, settings.irc.network, settings.limits, registry.started)
    return [
        line(Numeric.RPL_WELCOME, words),
        *[named(session.called) for named in first],
        *[line(*each) for each in lusers(registry)],
        *[named(session.called) for named in last],
    ]


@lru_cache(1)
def _fixed(
    server: Server, network: str, limits: Limits, started: datetime
) -> tuple[list[Named], list[Named]]:
    """Return what is the same for all who come, before and behind the count of those who are there. There are a
    dozen such lines, and after a restart everybody comes at once."""
    version = f"chatd-{__version__}"
    first = [
        (Numeric.RPL_YOURHOST, f"Your host is {server.name}, running version {version}"),
        (Numeric.RPL_CREATED, f"This server was started {started:%Y-%m-%d %H:%M:%SZ}"),
        (Numeric.RPL_MYINFO, server.name, version, USER_MODES, ROOM_MODES, WITH_PARAMETER),
        *isupport(limits, network),
    ]
    return [_named(server.name, each) for each in first], [_named(server.name, each) for each in motd(server)]


def _named(server: str, line: tuple[str, ...]) -> Named:
    """Return what puts the name of who is told into a line."""
    numeric, *params = line
    before, _, after = body(numeric, "*", *map(visible, params), source=server).partition(" * ")
    return lambda nick: Out(clipped(f"{before} {nick} {after}"))


def isupport(limits: Limits, network: str) -> Lines:
    """Yield what the server supports (the numeric 005)."""
    tokens = _tokens(limits, network)
    for start in range(0, len(tokens), TOKENS_A_LINE):
        yield (
            Numeric.RPL_ISUPPORT,
            *tokens[start : start + TOKENS_A_LINE],
            "are supported by this server",
        )


def _tokens(limits: Limits, network: str) -> list[str]:
    """Return the tokens of 005."""
    return [
        "ACCOUNTEXTBAN=a",
        f"AWAYLEN={REASON_BYTES}",
        "BOT=B",
        "CASEMAPPING=rfc8265",
        f"CHANLIMIT=#:{limits.rooms_per_user or ''}",
        "CHANMODES=beI,k,l,imnst",
        f"CHANNELLEN={limits.room_name_bytes}",
        "CHANTYPES=#",
        f"CHATHISTORY={HISTORY_MOST}",
        "ELIST=CMNTU",
        "EXCEPTS=e",
        "EXTBAN=,am",
        f"HOSTLEN={HOST_CHARS}",
        "INVEX=I",
        f"KEYLEN={KEY_BYTES}",
        f"KICKLEN={REASON_BYTES}",
        "KNOCK",
        f"MAXLIST=beI:{limits.bans_per_room or ''}",
        f"MAXTARGETS={TARGETS}",
        f"MODES={MODES_AT_ONCE}",
        f"MONITOR={MONITORED}",
        "MSGREFTYPES=msgid,timestamp",
        f"NAMELEN={REALNAME_BYTES}",
        f"NETWORK={network}",
        f"NICKLEN={limits.nickname_characters}",
        f"PREFIX={PREFIX}",
        "SAFELIST",
        "STATUSMSG=~@+",
        f"TARGMAX=NAMES:1,LIST:1,KICK:{KICKED_AT_ONCE},WHOIS:{TARGETS},PRIVMSG:{TARGETS},NOTICE:{TARGETS},TAGMSG:{TARGETS},MONITOR:",
        f"TOPICLEN={limits.topic_bytes}",
        f"USERLEN={IDENT_CHARS + 1}",
        "UTF8ONLY",
        "WHOX",
    ]


def lusers(registry: Registry) -> Lines:
    """Yield how many are there."""
    census = registry.census
    count, hidden, most = len(registry.users), len(census.hidden), registry.most_users
    yield (Numeric.RPL_LUSERCLIENT, f"There are {count - hidden} users and {hidden} invisible on 1 servers")
    yield (Numeric.RPL_LUSEROP, str(len(census.operators)), "operator(s) online")
    yield (Numeric.RPL_LUSERUNKNOWN, str(len(census.strangers)), "unknown connection(s)")
    yield (Numeric.RPL_LUSERCHANNELS, str(len(registry.rooms)), "channels formed")
    yield (Numeric.RPL_LUSERME, f"I have {count} clients and 0 servers")
    for numeric, where in ((Numeric.RPL_LOCALUSERS, "local"), (Numeric.RPL_GLOBALUSERS, "global")):
        yield (numeric, str(count), str(most), f"Current {where} users {count}, max {most}")


def motd(server: Server) -> Lines:
    """Yield the message of the day."""
    lines = server.motd
    if not lines:
        yield (Numeric.ERR_NOMOTD, "There is no message of the day")
        return
    yield (Numeric.RPL_MOTDSTART, f"- {server.name} Message of the day -")
    for line in lines:
        yield (Numeric.RPL_MOTD, f"- {line}")
    yield (Numeric.RPL_ENDOFMOTD, "End of the message of the day")
