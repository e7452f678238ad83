"""The protocol and the factory of IRC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from chatd.core.registry import Registry
from chatd.frontends.connection import Connection
from chatd.frontends.guard import Peer
from chatd.frontends.irc.accounts import IrcAccounts
from chatd.frontends.irc.away import Absence
from chatd.frontends.irc.capabilities import Capabilities
from chatd.frontends.irc.channels import Channels
from chatd.frontends.irc.connection import Connecting
from chatd.frontends.irc.help import Helping
from chatd.frontends.irc.history import History
from chatd.frontends.irc.listing import Listing
from chatd.frontends.irc.modes import Modes
from chatd.frontends.irc.monitor import Monitor
from chatd.frontends.irc.multiline import Multiline
from chatd.frontends.irc.nickserv import NickServ
from chatd.frontends.irc.operators import Operating
from chatd.frontends.irc.past import Past
from chatd.frontends.irc.reading import Reading
from chatd.frontends.irc.sasl import Authenticating
from chatd.frontends.irc.server import OfServer
from chatd.frontends.irc.session import IrcSession
from chatd.frontends.irc.talking import Talking
from chatd.frontends.irc.verbs import VerbTable
from chatd.frontends.irc.who import WhoIsThere
from chatd.frontends.irc.whois import WhoIsIt
from chatd.frontends.receiver import LinesProtocol
from chatd.wire import hello
from chatd.wire.irc.codec import IrcCodec

if TYPE_CHECKING:
    from chatd.commands.groups import Services
    from chatd.commands.table import CommandTable

__all__ = ["IrcFactory", "IrcProtocol", "verb_table"]


class Facts:
    """What the codec looks up in the registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    @property
    def server(self) -> str:
        """The name of the server."""
        return self._registry.settings.server.name

    def account(self, id: str) -> str:
        """Return the name of an account; empty: there is none of that id."""
        account = self._registry.accounts.by_id(id)
        return "" if account is None else account.name

    def is_bot(self, user: str) -> bool:
        """Whether the user of that id says that he is a program."""
        found = self._registry.users.get(user)
        return found is not None and "B" in found.modes


class IrcProtocol(LinesProtocol):
    """Lines of IRC."""

    factory: IrcFactory
    session: IrcSession

    def knock(self, first: bytes) -> hello.Knock | None:
        """Refuse in IRC's words who speaks another protocol; in HTTP's who speaks that."""
        knock = hello.recognise(first)
        if knock is None or knock.protocol == "HTTP":
            return knock
        words = knock.answer.decode().removeprefix("-> Error: ")
        return knock._replace(answer=f"ERROR :Closing link: {words}".encode())


class IrcFactory(Factory):
    """Holds what its protocols share: the registry, the table of commands, the table of verbs."""

    noisy = False

    def __init__(self, registry: Registry, commands: CommandTable, services: Services) -> None:
        self.registry = registry
        self.commands = commands
        self.codec = IrcCodec(Facts(registry))
        self.verbs = verb_table(registry, services)
        self.sessions: set[IrcSession] = set()

    def buildProtocol(self, addr: IAddress) -> IrcProtocol:  # type: ignore[override]  # is a Protocol
        protocol = IrcProtocol()
        protocol.factory = self
        protocol.peer = Peer.of(addr)
        return protocol

    def session(self, connection: Connection, *, address: str, secure: bool, proxied: bool) -> IrcSession:
        """Return the session of a client of IRC, however its lines come."""
        return IrcSession(
            self.registry,
            self.commands,
            connection,
            codec=self.codec,
            verbs=self.verbs,
            address=address,
            secure=secure,
            proxied=proxied,
        )

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return what is said to a client who may not come in."""
        return f"ERROR :Closing link: {reason}\r\n".encode()


def verb_table(registry: Registry, services: Services) -> VerbTable:
    """Return all that IRC clients can ask for."""
    accounts = IrcAccounts(services.accounts, services.trail)
    nickserv = NickServ(accounts)
    helping = Helping()
    helping.table = VerbTable(
        [
            Capabilities(),
            Authenticating(services.accounts, accounts),
            accounts,
            Connecting(),
            Channels(),
            Modes(),
            Talking(nickserv),
            nickserv,
            OfServer(),
            Absence(),
            Operating(),
            WhoIsThere(),
            WhoIsIt(),
            Past(registry),
            History(services.archive),
            Monitor(registry),
            Listing(),
            Reading(),
            Multiline(),
            helping,
        ]
    )
    return helping.table
