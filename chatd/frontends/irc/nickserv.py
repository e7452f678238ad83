"""What clients tell NickServ, as they do elsewhere: the same commands by another door, and no more of services."""

from __future__ import annotations

from chatd.core.errors import ChatError, Code
from chatd.frontends.irc.verbs import Ask, verb

__all__ = ["SERVICES", "NickServ", "serve"]

SERVICES = frozenset({"nickserv", "ns"})
USAGE = "REGISTER PASSWORD keeps your nickname, IDENTIFY [NAME] PASSWORD logs in"


async def serve(ask: Ask, name: str, words: str) -> None:
    """Carry out what was told to NickServ, and answer in its name."""
    verb, _, rest = words.strip().partition(" ")
    command = {"REGISTER": "register", "IDENTIFY": "login"}.get(verb.upper())
    given = rest.split()
    try:
        if command is None or not given:
            raise ChatError(Code.USAGE, USAGE)
        # Elsewhere a mail address follows the password.
        await ask.run(command, given[0] if command == "register" and not _invited(ask) else rest.strip())
    except ChatError as error:
        _tell(ask, error.text)


def _invited(ask: Ask) -> bool:
    return ask.registry.settings.accounts.registration == "invite"


def _tell(ask: Ask, words: str) -> None:
    ask.session.from_service(words, ask.label)


class NickServ:
    """The verbs that are short for messages to it."""

    @verb("NS")
    @verb("NICKSERV")
    async def nickserv(self, ask: Ask) -> None:
        """Tell NickServ something."""
        await serve(ask, "NickServ", " ".join(ask.line.params))
