"""What clients tell NickServ, as they do elsewhere: to register and to log in by another door, and no more of services."""

from __future__ import annotations

from chatd.core import names
from chatd.core.errors import ChatError, Code
from chatd.frontends.irc.accounts import IrcAccounts
from chatd.frontends.irc.verbs import Ask, verb

__all__ = ["SERVICES", "NickServ"]

SERVICES = frozenset({"nickserv", "ns"})
USAGE = "REGISTER PASSWORD keeps your nickname, IDENTIFY [NAME] PASSWORD logs in"


class NickServ:
    """Answers in its own name. Its verbs are short for messages to it."""

    def __init__(self, accounts: IrcAccounts) -> None:
        self._accounts = accounts

    @verb("NS", weight=5)
    @verb("NICKSERV", weight=5)
    async def nickserv(self, ask: Ask) -> None:
        """Tell NickServ something."""
        await self.serve(ask, " ".join(ask.line.params))

    async def serve(self, ask: Ask, words: str) -> None:
        """Carry out what NickServ was told."""
        wanted, *given = words.split()[:3] or [""]
        try:
            if wanted.upper() == "REGISTER" and given:
                # Elsewhere a mail address follows the password; here, where people are invited, a code goes before it.
                account = await self._accounts.registered(ask, ask.user.nick, " ".join(given))
                ask.session.from_service("Account created", ask.label)
                await self._accounts.logged_in(ask, account)
            elif wanted.upper() == "IDENTIFY" and given:
                name = names.nickname(given[0]) if len(given) > 1 else ask.user.name
                await self._accounts.identified(ask, name, given[-1])
            else:
                raise ChatError(Code.USAGE, USAGE)
        except ChatError as error:
            ask.session.from_service(error.text, ask.label)
