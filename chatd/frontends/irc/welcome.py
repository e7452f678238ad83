"""The first words of a server: who it is, what it supports, how many are there, its message of the day."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from chatd import __version__
from chatd.core.registry import Registry
from chatd.settings import Limits
from chatd.wire.irc.modes import PREFIX
from chatd.wire.irc.numerics import Numeric

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["ROOM_MODES", "USER_MODES", "greeting", "isupport", "lusers", "motd"]

USER_MODES = "Biow"
ROOM_MODES = "beIklimnstqov"
LIST_MODES = "beI"
HISTORY_MOST = 100
"""Messages in one answer to CHATHISTORY."""
MODES_AT_ONCE = 20
TARGETS = 4
MONITORED = 100
TOKENS_A_LINE = 13

Lines = Iterator[tuple[str, ...]]


def greeting(session: IrcSession) -> Lines:
    """Yield everything that a client is told when it is let in."""
    registry = session.registry
    server, network = session.server, registry.settings.irc.network
    yield (Numeric.RPL_WELCOME, f"Welcome to the {network} IRC network, {session.called}")
    yield (Numeric.RPL_YOURHOST, f"Your host is {server}, running version chatd-{__version__}")
    yield (Numeric.RPL_CREATED, f"This server was started {registry.started:%Y-%m-%d %H:%M:%SZ}")
    yield (
        Numeric.RPL_MYINFO,
        server,
        f"chatd-{__version__}",
        USER_MODES,
        "".join(sorted(ROOM_MODES)),
        "beIklqov",
    )
    yield from isupport(registry)
    yield from lusers(registry)
    yield from motd(registry)


def isupport(registry: Registry) -> Lines:
    """Yield what the server supports (the numeric 005)."""
    tokens = tokens_of(registry.settings.limits, registry.settings.irc.network)
    for start in range(0, len(tokens), TOKENS_A_LINE):
        yield (
            Numeric.RPL_ISUPPORT,
            *tokens[start : start + TOKENS_A_LINE],
            "are supported by this server",
        )


@lru_cache(4)
def tokens_of(limits: Limits, network: str) -> list[str]:
    """Return the tokens of 005."""
    return [
        "ACCOUNTEXTBAN=a",
        "AWAYLEN=390",
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
        "KEYLEN=64",
        "KICKLEN=390",
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
        f"TARGMAX=NAMES:1,LIST:1,KICK:20,WHOIS:{TARGETS},PRIVMSG:{TARGETS},NOTICE:{TARGETS},TAGMSG:{TARGETS},MONITOR:",
        f"TOPICLEN={limits.topic_bytes}",
        f"USERLEN={IDENT_CHARS + 1}",
        "UTF8ONLY",
        "WHOX",
    ]


HOST_CHARS = 63
IDENT_CHARS = 10
REALNAME_BYTES = 150


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


def motd(registry: Registry) -> Lines:
    """Yield the message of the day."""
    lines = registry.settings.server.motd
    if not lines:
        yield (Numeric.ERR_NOMOTD, "There is no message of the day")
        return
    yield (Numeric.RPL_MOTDSTART, f"- {registry.settings.server.name} Message of the day -")
    for line in lines:
        yield (Numeric.RPL_MOTD, f"- {line}")
    yield (Numeric.RPL_ENDOFMOTD, "End of the message of the day")
