"""Logging in by SASL (IRCv3 sasl-3.1 and 3.2): AUTHENTICATE."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from chatd.core import names
from chatd.core.accounts import Account
from chatd.core.errors import ChatError
from chatd.frontends.irc.offers import sasl_mechanisms
from chatd.frontends.irc.verbs import Ask, verb
from chatd.wire.irc.numerics import Numeric
from chatd.wire.sasl import Joiner, SaslError, SaslTooLong, external, pieces, plain

if TYPE_CHECKING:
    from chatd.commands.logins import LoginService
    from chatd.frontends.irc.accounts import IrcAccounts
    from chatd.frontends.irc.session import IrcSession

__all__ = ["Authenticating", "Exchange"]


class Mechanism(Protocol):
    """One login under way."""

    async def take(self, message: bytes) -> Account | bytes:
        """Take the client's next message; return whose account it proves, or what the client is sent next.

        Raises SaslError and ChatError.
        """


class Plain:
    """A name and its password (RFC 4616)."""

    def __init__(self, service: LoginService, session: IrcSession) -> None:
        self._service = service
        self._session = session

    async def take(self, message: bytes) -> Account | bytes:
        self._session.require_confidential()
        said = plain(message)
        return await self._service.log_in(names.nickname(said.authcid), said.password, self._session.address)


class External:
    """The certificate of the connection (RFC 4422 appendix A)."""

    def __init__(self, service: LoginService, session: IrcSession) -> None:
        self._service = service
        self._session = session

    async def take(self, message: bytes) -> Account | bytes:
        called = external(message)
        name = names.nickname(called) if called else None
        session = self._session
        return await self._service.log_in_by_certificate(session.certificate, name, session.address)


class Scram:
    """A password that is proved and not sent (RFC 5802, RFC 7677)."""

    def __init__(self, service: LoginService, session: IrcSession) -> None:
        self._login = service.scram(session.address)
        self._challenged = False
        self._account: Account | None = None

    async def take(self, message: bytes) -> Account | bytes:
        if self._account is not None:
            return self._account
        if not self._challenged:
            self._challenged = True
            return await self._login.challenge(message)
        self._account, last = await self._login.finish(message)
        return last


MECHANISMS: dict[str, Callable[[LoginService, IrcSession], Mechanism]] = {
    "PLAIN": Plain,
    "EXTERNAL": External,
    "SCRAM-SHA-256": Scram,
}


class Exchange:
    """A login under way, with what was received of the message under way."""

    def __init__(self, mechanism: Mechanism) -> None:
        self.mechanism = mechanism
        self.joiner = Joiner()


class Authenticating:
    """The verb."""

    def __init__(self, service: LoginService, accounts: IrcAccounts) -> None:
        self._service = service
        self._accounts = accounts

    @verb("AUTHENTICATE", least=1, early=True, weight=2)
    async def authenticate(self, ask: Ask) -> None:
        """Choose a mechanism, or go on with it."""
        session, said = ask.session, ask.param(0)
        session.registration.insist_on_admission()
        if "sasl" not in session.caps:
            ask.answer(Numeric.ERR_SASLFAIL, "SASL authentication failed: ask for the capability first")
        elif session.account_id:
            ask.answer(Numeric.ERR_SASLALREADY, "You have already authenticated")
        elif said == "*":
            session.exchange = None
            ask.answer(Numeric.ERR_SASLABORTED, "SASL authentication aborted")
        elif session.exchange is None:
            self._begin(ask, said.upper())
        else:
            await self._go_on(ask, session.exchange, said)

    def _begin(self, ask: Ask, name: str) -> None:
        session = ask.session
        there = sasl_mechanisms(session)
        if name not in there:
            ask.answer(Numeric.RPL_SASLMECHS, ",".join(there) or "*", "are available SASL mechanisms")
            ask.answer(Numeric.ERR_SASLFAIL, "SASL authentication failed")
            return
        session.exchange = Exchange(MECHANISMS[name](self._service, session))
        session.say_bare("AUTHENTICATE", "+", label=ask.label)

    async def _go_on(self, ask: Ask, exchange: Exchange, said: str) -> None:
        session = ask.session
        try:
            message = exchange.joiner.feed(said)
            if message is None:
                return
            outcome = await exchange.mechanism.take(message)
            session.require_alive()
            if isinstance(outcome, bytes):
                for piece in pieces(outcome):
                    session.say_bare("AUTHENTICATE", piece, label=ask.label)
                return
            session.exchange = None
            await self._accounts.logged_in(ask, outcome)
        except SaslTooLong:
            session.exchange = None
            ask.answer(Numeric.ERR_SASLTOOLONG, "SASL message too long")
            return
        except (SaslError, ChatError) as error:
            session.exchange = None
            why = f": {error.text}" if isinstance(error, ChatError) else ""
            ask.answer(Numeric.ERR_SASLFAIL, f"SASL authentication failed{why}")
            return
        ask.answer(Numeric.RPL_SASLSUCCESS, "SASL authentication successful")
