"""From connecting to being welcome: a nickname, a user name, the end of negotiation, perhaps an account."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from chatd.commands.people import claim_nickname
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.kept import NOTHING, Belongings
from chatd.core.names import Name
from chatd.core.text import visible
from chatd.core.user import User
from chatd.frontends.irc.courtesy import COURTESY
from chatd.frontends.irc.reading import tell_markers
from chatd.frontends.irc.verbs import Ask, IrcError
from chatd.frontends.irc.welcome import IDENT_CHARS, REALNAME_BYTES, greeting
from chatd.wire.irc.line import clipped
from chatd.wire.irc.numerics import Numeric

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["Registration", "cleaned_realname"]

_NO_IDENT = re.compile(r"[^A-Za-z0-9._-]+")


def cleaned_realname(raw: str) -> str:
    """Return a real name as others may be shown it."""
    return clipped(visible(raw), REALNAME_BYTES)


class Registration:
    """What a client has told of itself until it is welcome.

    It may come in any order; the client is let in when nothing is missing: not the nickname, nor the user name, nor
    the end of a negotiation that it has begun.
    """

    def __init__(self, session: IrcSession) -> None:
        self._session = session
        self.nick: Name | None = None
        self.ident: str | UnsetType = UNSET
        self.realname = ""
        self.password = ""
        """The server's own, as the client gave it."""
        self.negotiating = False
        self.account: Account | None = None
        """Whose password or certificate was right."""
        self.belongings: Belongings = NOTHING
        self.wanted = ""
        """The nickname that was asked for last, to be had or not."""
        self._caught_up: Callable[[Ask, Account], None] = lambda ask, account: None
        self._arriving = False

    def called(self, ident: str, realname: str) -> None:
        """Take the user name and the real name."""
        self.ident = "~" + (_NO_IDENT.sub("", ident)[:IDENT_CHARS] or "u")
        self.realname = cleaned_realname(realname)

    def log_in(
        self, account: Account, belongings: Belongings, caught_up: Callable[[Ask, Account], None]
    ) -> None:
        """Let the client come in for an account; `caught_up` is called when it has."""
        self.account, self.belongings, self._caught_up = account, belongings, caught_up

    def require_admission(self) -> None:
        """Raise ChatError before the server's own password was given, on a connection where it may be."""
        session = self._session
        wanted = session.registry.settings.server.password
        if not wanted:
            return
        if not session.may_take_passwords:
            raise ChatError(Code.WRONG_PASSWORD, "this server asks for a password: connect over TLS")
        if not hmac.compare_digest(self.password.encode(), wanted.encode()):
            raise ChatError(Code.WRONG_PASSWORD, "Password incorrect")

    def insist_on_admission(self) -> None:
        """Raise ChatError before the server's own password was given, and end the connection: one guess is all."""
        if self._session.user is not None:
            return
        try:
            self.require_admission()
        except ChatError as error:
            self._session.close(error.text)
            raise

    async def finish(self, ask: Ask) -> None:
        """Let the client in if nothing is missing."""
        session = self._session
        if self.nick is None or self.ident is UNSET or self.negotiating or session.user or self._arriving:
            return
        try:
            self.require_admission()
        except ChatError as error:
            ask.answer(Numeric.ERR_PASSWDMISMATCH, error.text)
            session.close(error.text)
            return
        self._arriving = True
        try:
            await self._arrive(self.nick)
            if self.account is not None:
                self._caught_up(ask, self.account)
        except ChatError as error:
            if error.code is Code.BANNED:
                ask.answer(Numeric.ERR_YOUREBANNEDCREEP, error.text)
                session.close(error.text)
                return
            ask.nick, self.nick = self.nick.shown, None
            raise
        finally:
            self._arriving = False

    async def _arrive(self, name: Name) -> None:
        session, registry = self._session, self._session.registry
        here = registry.nicks.get(name.folded)
        if here is not None and self.account is not None and here.who.account == self.account.id:
            session.check_not_banned(here)
            registry.attach(session, here)
            session.named_now()
            self._welcome(here)
            tell_markers(session)
            session.entrance.join_user(here)
            return
        claims, id = registry.world.claims, registry.world.ids.next()
        await claim_nickname(claims, name, id)
        try:
            session.require_alive()
            session.arrive(name, id, self.account, self.belongings)
        except ChatError:
            claims.release_nickname(name, id)
            raise
        session.named_now()
        user = session.user
        assert user is not None, "who has arrived is a user"
        self._welcome(user)
        registry.set_modes(user, registry.settings.irc.user_modes, "")
        tell_markers(session)
        if self.belongings.away is not None:
            registry.set_away(user, self.belongings.away)
        for room in registry.settings.irc.autojoin:
            await self._autojoin(room)

    def _welcome(self, user: User) -> None:
        # What a client had to say to get here is no flood.
        self._session.budget.refill()
        self._session.courtesy = COURTESY
        self._session.send_lines(greeting(self._session))

    async def _autojoin(self, room: str) -> None:
        session = self._session
        try:
            await session.join(room)
        except (ChatError, IrcError) as error:
            session.say("NOTICE", session.called, f"{room}: {error}")
