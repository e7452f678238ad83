"""Accounts of IRC clients: what a login changes, and REGISTER (IRCv3 account-registration)."""

from __future__ import annotations

from chatd.commands.catching_up import CatchingUp
from chatd.commands.logins import LoginService
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.names import Name
from chatd.core.ports import AuditTrail
from chatd.frontends.irc.verbs import Ask, verb
from chatd.wire.irc.numerics import Numeric

__all__ = ["IrcAccounts"]

_CODES = {
    Code.BAD_VALUE: "WEAK_PASSWORD",
    Code.BAD_NAME: "BAD_ACCOUNT_NAME",
    Code.NAME_REGISTERED: "USERNAME_EXISTS",
    Code.NAME_RESERVED: "USERNAME_EXISTS",
    Code.NAME_TAKEN: "USERNAME_EXISTS",
}


class IrcAccounts:
    """What is done when a client has proved that an account is his, and how one is made."""

    def __init__(self, service: LoginService, trail: AuditTrail) -> None:
        self._service = service
        self._catching_up = CatchingUp(service, trail)

    async def logged_in(self, ask: Ask, account: Account) -> None:
        """Let the client speak for an account: now, or when it is let in. Raises ChatError."""
        session, registration = ask.session, ask.session.registration
        belongings = await self._service.belongings(account)
        session.require_alive()
        account = session.registry.accounts.opened(account)
        if session.user is None:
            registration.log_in(account, belongings, self.caught_up)
        else:
            session.registry.identify(session.user, account, belongings)
            self._catching_up.begin(ask.context, account, account.seen)
        who = session.mask
        ask.answer(Numeric.RPL_LOGGEDIN, who, account.name, f"You are now logged in as {account.name}")

    def caught_up(self, ask: Ask, account: Account) -> None:
        """Show what was said to an account that comes in with its client."""
        self._catching_up.begin(ask.context, account, account.seen)

    @verb("REGISTER", least=3, early=True, weight=5)
    async def register(self, ask: Ask) -> None:
        """Make an account of one's nickname."""
        session, registration = ask.session, ask.session.registration
        account, _, password = ask.line.params[:3]
        nick = session.user.nick if session.user is not None else registration.wanted
        if session.user is None and not ask.registry.settings.irc.register_before_connect:
            ask.fail("COMPLETE_CONNECTION_REQUIRED", account, "Connect first, then register")
        elif session.account_id:
            ask.fail("ALREADY_AUTHENTICATED", account, "You are logged in already")
        elif not nick:
            ask.fail("NEED_NICK", account, "Choose a nickname first")
        elif account not in ("*", nick):
            ask.fail("ACCOUNT_NAME_MUST_BE_NICK", account, "An account has the name of its nickname")
        else:
            try:
                made = await self.registered(ask, nick, password)
            except ChatError as error:
                ask.fail(_CODES.get(error.code, "TEMPORARILY_UNAVAILABLE"), account, error.text)
                return
            session.say("REGISTER", "SUCCESS", made.name, "Your nickname is registered", label=ask.label)
            await self.logged_in(ask, made)

    async def registered(self, ask: Ask, nick: str, words: str) -> Account:
        """Make an account of a nickname; `words` are the password, with an invitation code before it where that is
        needed. Raises ChatError."""
        session = ask.session
        session.require_confidential()
        session.registration.insist_on_admission()
        name = ask.registry.name_to_register(nick, session.user)
        code, blank, password = words.partition(" ")
        if ask.registry.settings.accounts.registration != "invite" or not blank:
            code, password = "", code
        return await self._service.register(name, password, session.address, code)

    async def identified(self, ask: Ask, name: Name, password: str) -> None:
        """Let the client speak for the account whose name and password these are. Raises ChatError."""
        ask.session.require_confidential()
        await self.logged_in(ask, await self._service.log_in(name, password, ask.session.address))

    @verb("VERIFY", least=2, early=True)
    def verify(self, ask: Ask) -> None:
        """Nothing is verified here: an account is one at once."""
        ask.fail("INVALID_CODE", ask.param(0), "Accounts need no verification here")
