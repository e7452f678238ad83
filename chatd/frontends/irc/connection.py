"""A connection from its first line to its last: PASS, NICK, USER, PING, PONG, QUIT."""

from __future__ import annotations

from chatd.core import names
from chatd.core.names import Name
from chatd.core.text import permitted
from chatd.frontends.irc.registration import cleaned_realname
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.wire.irc.numerics import Numeric

__all__ = ["Connecting"]


class Connecting:
    """What concerns the connection itself."""

    @verb("PASS", least=1, early=True)
    def password(self, ask: Ask) -> None:
        """Give the password of the server."""
        session = ask.session
        if session.user is not None:
            raise IrcError(Numeric.ERR_ALREADYREGISTRED, "You may not reregister")
        session.registration.password = ask.param(0)

    @verb("NICK", early=True, weight=2)
    async def nick(self, ask: Ask) -> None:
        """Take a nickname, or change it."""
        session, wanted = ask.session, ask.param(0)
        if not wanted:
            raise IrcError(Numeric.ERR_NONICKNAMEGIVEN, "No nickname given")
        ask.nick = wanted
        if session.user is not None:
            await ask.run("nick", wanted)
            return
        registration = session.registration
        registration.wanted = wanted
        name = names.nickname(wanted)
        if not self._may_be_his(ask, name):
            account = registration.account
            session.registry.check_name(name, account="" if account is None else account.id)
        registration.nick = name
        await registration.finish(ask)

    @staticmethod
    def _may_be_his(ask: Ask, name: Name) -> bool:
        """Whether the nickname is that of the client's account or, while he may still log in, of any: it is looked at
        again when he is let in."""
        registry, registration = ask.registry, ask.session.registration
        owner, here = registry.accounts.by_name(name), registry.nicks.get(name.folded)
        of = {"" if owner is None else owner.id, "" if here is None else here.who.account or ""} - {""}
        if registration.account is not None:
            return registration.account.id in of
        return registration.negotiating and bool(of)

    @verb("USER", least=4, early=True)
    async def user(self, ask: Ask) -> None:
        """Say who one is."""
        session = ask.session
        if session.user is not None:
            raise IrcError(Numeric.ERR_ALREADYREGISTRED, "You may not reregister")
        if not ask.param(0) or not ask.param(3):
            raise IrcError(Numeric.ERR_NEEDMOREPARAMS, "USER", "Not enough parameters")
        session.registration.called(ask.param(0), ask.param(3))
        await session.registration.finish(ask)

    @verb("PING", early=True)
    def ping(self, ask: Ask) -> None:
        """Answer with what was sent."""
        if not ask.line.params:
            raise IrcError(Numeric.ERR_NEEDMOREPARAMS, "PING", "Not enough parameters")
        ask.session.say("PONG", ask.session.server, ask.param(0), label=ask.label)

    @verb("PONG", early=True)
    def pong(self, ask: Ask) -> None:
        """Take the answer to a ping; what comes is a sign of life, whatever it says."""

    @verb("QUIT", early=True)
    async def quit(self, ask: Ask) -> None:
        """Leave the server."""
        if ask.session.user is None:
            ask.session.close("Quit")
            return
        reason = permitted(ask.words(0))
        await ask.run("quit", *([reason] if reason else []))

    @verb("SETNAME", least=1)
    def setname(self, ask: Ask) -> None:
        """Say in another way who one is (IRCv3 setname)."""
        realname = cleaned_realname(ask.param(0))
        if not realname or realname != ask.param(0):
            ask.fail("INVALID_REALNAME", "This real name is empty, too long, or holds what cannot be shown")
            return
        ask.context.weigh_rooms()
        ask.registry.set_realname(ask.user, realname)
