"""What a client asks of the server itself."""

from __future__ import annotations

import platform
from contextlib import suppress

from chatd import __version__
from chatd.core import masks, names
from chatd.core.errors import ChatError
from chatd.core.state import folded_nickname
from chatd.frontends.irc.sight import findable
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.frontends.irc.welcome import isupport, lusers, motd
from chatd.wire.irc.numerics import Numeric

__all__ = ["OfServer", "require_this_server"]


def require_this_server(ask: Ask, name: str) -> None:
    """Raise IrcError unless that is this server: its name, or that of somebody on it, with * and ?."""
    if not name or folded_nickname(name) in ask.registry.nicks:
        return
    # What is no mask is no server's name either.
    with suppress(ChatError):
        if masks.words(name).fullmatch(names.fold(ask.session.server)):
            return
    raise IrcError(Numeric.ERR_NOSUCHSERVER, name, "No such server")


class OfServer:
    """MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS, STATS, and commands that IRC does not know."""

    @verb("MOTD", weight=3)
    def motd(self, ask: Ask) -> None:
        """Show the message of the day."""
        require_this_server(ask, ask.param(0))
        ask.answers(motd(ask.registry.settings.server))

    @verb("LUSERS", weight=2)
    def lusers(self, ask: Ask) -> None:
        """Show how many are there."""
        require_this_server(ask, ask.param(1))
        ask.answers(lusers(ask.registry))

    @verb("VERSION")
    def version(self, ask: Ask) -> None:
        """Show which version this is, and what it supports."""
        require_this_server(ask, ask.param(0))
        ask.answer(
            Numeric.RPL_VERSION,
            f"chatd-{__version__}",
            ask.session.server,
            f"Twisted on Python {platform.python_version()}",
        )
        settings = ask.registry.settings
        ask.answers(isupport(settings.limits, settings.irc.network))

    @verb("TIME")
    def time(self, ask: Ask) -> None:
        """Show the server's time."""
        require_this_server(ask, ask.param(0))
        ask.answer(
            Numeric.RPL_TIME, ask.session.server, f"{ask.registry.time():%A %B %d %Y -- %H:%M:%S} +00:00"
        )

    @verb("INFO", weight=2)
    def info(self, ask: Ask) -> None:
        """Show what this is."""
        require_this_server(ask, ask.param(0))
        lines = (f"chatd {__version__}", "A chat daemon for communities that want their own.")
        started = f"Started {ask.registry.started:%Y-%m-%d %H:%M:%SZ}"
        ask.answers(
            [
                *((Numeric.RPL_INFO, line) for line in (*lines, started)),
                (Numeric.RPL_ENDOFINFO, "End of INFO list"),
            ]
        )

    @verb("ADMIN")
    def admin(self, ask: Ask) -> None:
        """Show who runs the server."""
        require_this_server(ask, ask.param(0))
        place, owner, mail = ask.registry.settings.irc.admin
        ask.answers(
            [
                (Numeric.RPL_ADMINME, ask.session.server, "Administrative info"),
                (Numeric.RPL_ADMINLOC1, place),
                (Numeric.RPL_ADMINLOC2, owner),
                (Numeric.RPL_ADMINEMAIL, mail),
            ]
        )

    @verb("LINKS")
    def links(self, ask: Ask) -> None:
        """Show the servers that are linked to this one: there are none."""
        ask.answer(Numeric.RPL_ENDOFLINKS, "*", "End of /LINKS list")

    @verb("STATS", least=1, weight=2)
    def stats(self, ask: Ask) -> None:
        """Show figures: u for how long the server runs, p for its operators who are here."""
        query = ask.param(0)[:1] or "*"
        if query == "u":
            seconds = int(ask.registry.world.clock.seconds() - ask.registry.began)
            days, rest = divmod(seconds, 86400)
            words = f"Server Up {days} days {rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
            ask.answer(Numeric.RPL_STATSUPTIME, words)
        elif query == "p":
            operators = [ask.registry.users[id] for id in ask.registry.census.operators]
            seen = sorted(user.nick for user in operators if findable(ask.user, user))
            ask.answers((Numeric.RPL_STATSDEBUG, query, nick) for nick in seen)
        ask.answer(Numeric.RPL_ENDOFSTATS, query, "End of /STATS report")

    @verb("CHATD")
    async def chatd(self, ask: Ask) -> None:
        """Carry out a command of chatd's that IRC does not know, as it is typed after /quote."""
        waiting = ask.session.commands.run(ask.context, ask.typed())
        if waiting is not None:
            await waiting
        await ask.session.entrance.listed()
