"""The front ends there are, one row each, and the ports they are reached by."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.commands.groups import Services
from chatd.commands.table import CommandTable
from chatd.core.addresses import is_loopback, numeric
from chatd.core.files import Way
from chatd.core.registry import Registry
from chatd.frontends.certificates import TLSError
from chatd.frontends.filedoor import FileFactory
from chatd.frontends.guard import Guard
from chatd.frontends.irc.factory import IrcFactory
from chatd.frontends.line import LineFactory
from chatd.frontends.porch import GuardedEndpoint
from chatd.frontends.tls import ReloadableTLSEndpoint, tls_server_endpoint
from chatd.frontends.tls_strings import BACKLOG
from chatd.frontends.web.factory import WebFactory
from chatd.settings import Limits

if TYPE_CHECKING:
    from chatd.services.files import FileService

__all__ = ["FRONTENDS", "Door", "DoorError", "FrontEnd", "endpoint_from"]

log = Logger(namespace="chatd.doors")


ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - read, not bound


class DoorError(Exception):
    """A port cannot be opened; the text is one line that names it."""


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """One way in: its name in the settings, its option, its endpoint when nothing is named, and how it is
    made, with the guard of its porch and the reactor. `hint` and `tls_hint` are what a newcomer can paste, with {host} and {port}. `certificates`: whether clients
    are asked for a TLS certificate, to log in by it."""

    name: str
    option: str
    default: str
    factory: Callable[[Registry, CommandTable, Services, Guard, Any], Any]
    hint: str
    tls_hint: str
    certificates: bool = False
    brief: bool = False
    """Whether its connections are many and short: then they have bounds of their own."""


FRONTENDS = (
    FrontEnd(
        "text",
        "listen",
        "tcp:7976:interface=127.0.0.1",
        lambda registry, commands, *_: LineFactory(registry, commands),
        "nc {host} {port}",
        "openssl s_client -quiet -connect {host}:{port}",
        certificates=True,
    ),
    FrontEnd(
        "irc",
        "irc",
        "tcp:6667:interface=127.0.0.1",
        lambda registry, commands, services, *_: IrcFactory(registry, commands, services),
        "irssi --connect={host} --port={port}",
        "/connect -tls {host} {port} (in irssi)",
        certificates=True,
    ),
    FrontEnd(
        "web",
        "web",
        "tcp:7980:interface=127.0.0.1",
        WebFactory,
        "http://{host}:{port}/",
        "https://{host}:{port}/",
        brief=True,
    ),
    FrontEnd(
        "files",
        "files",
        "tcp:7978:interface=127.0.0.1",
        lambda registry, commands, services, *_: FileFactory(registry, cast("FileService", services.files)),
        "/send NAME SIZE (in the chat, for files by {host} {port})",
        "/send NAME SIZE (in the chat, for files by TLS at {host} {port})",
        brief=True,
    ),
)


def endpoint_from(
    reactor: Any, description: str, guard: Guard | None = None, *, certificates: bool = False
) -> Any:
    """Return the endpoint of a server endpoint string, with `guard` at its porch; `ssl:` is ours, and asks for
    `certificates` or not.

    Raises DoorError. Opens nothing.
    """
    try:
        if description.startswith("ssl:"):
            return tls_server_endpoint(
                reactor,
                description,
                in_front=None if guard is None else lambda tcp: GuardedEndpoint(tcp, guard, tls=True),
                certificates=certificates,
            )
        endpoint = serverFromString(reactor, _with_backlog(description))
    except Exception as error:  # noqa: BLE001 - parsers of endpoint plugins raise whatever they like
        raise DoorError(f"{description}: not a server endpoint: {error}") from None
    return endpoint if guard is None else GuardedEndpoint(endpoint, guard)


def _with_backlog(description: str) -> str:
    """Return a TCP description that does not say how many newcomers may wait with our figure for it."""
    kind, _, *more = re.split(r"(?<!\\):", f"{description}:")
    said = any(not argument.startswith("interface=") for argument in more if argument)
    return description if said or kind not in ("tcp", "tcp6") else f"{description}:backlog={BACKLOG}"


class Door(Service):
    """One listening port as a service. Opening is part of `privilegedStartService`, so that a port that
    cannot be had stops the start."""

    def __init__(self, endpoint: Any, description: str, factory: IProtocolFactory, hint: str = "") -> None:
        self.endpoint = endpoint
        self.description = description
        self.factory = factory
        self._hint = hint
        self._port: IListeningPort | None = None

    def privilegedStartService(self) -> None:
        """Open the port; raise DoorError if it cannot be had."""
        outcome: list[Any] = []
        self.endpoint.listen(self.factory).addBoth(outcome.append)
        if not outcome:
            raise DoorError(f"{self.description}: the port was not opened at once")
        if isinstance(outcome[0], Failure):
            raise DoorError(f"{self.description}: {_one_line(outcome[0])}")
        self._port = outcome[0]
        super().privilegedStartService()
        host, port = self.address
        if self._hint and port:
            log.info("{door} open: " + self._hint, door=self.description, host=host or "127.0.0.1", port=port)
        else:
            log.info("{door} open", door=self.description)

    def way(self, kind: str, name: str, reached_at: str = "") -> Way | None:
        """Return how files come and go by it, on a server of that name; none: it is not open. Where it listens at one
        machine's own address, or the server has no name of its own, it is reached by its address: of a door at every
        address by that at which somebody has reached this machine."""
        host, port = self.address
        if not port:
            return None
        own = is_loopback(host) and not self._at_every_address
        if name and name != "localhost" and not own:
            host = name
        elif self._listens_at(reached_at):
            host = str(numeric(reached_at))
        return Way(kind, host, port, self.description.startswith("ssl:"))

    def _listens_at(self, address: str) -> bool:
        """Whether that is one of its addresses because all are; a link-local one needs more than an address."""
        ip = numeric(address)
        if ip is None or ip.is_link_local or self._port is None or not self._at_every_address:
            return False
        return ip.version == 4 or getattr(self._port.getHost(), "host", "") == "::"

    @property
    def _at_every_address(self) -> bool:
        return self._port is not None and getattr(self._port.getHost(), "host", "") in ANY_ADDRESS

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that it listens on; ("", 0) for what has none."""
        if self._port is None:
            return ("", 0)
        address = self._port.getHost()
        host, port = getattr(address, "host", ""), getattr(address, "port", 0)
        return ("127.0.0.1" if host in ANY_ADDRESS else host, port)

    def retune(self, limits: Limits) -> None:
        """The limits have changed."""
        if isinstance(self.endpoint, ReloadableTLSEndpoint):
            self.endpoint.handshake_timeout = limits.handshake_seconds

    def reload(self) -> None:
        """Read the certificates again, if there are any; a bad file keeps the old ones and is logged."""
        if not isinstance(self.endpoint, ReloadableTLSEndpoint):
            return
        try:
            self.endpoint.reload()
        except TLSError as error:
            log.error("{door}: the old certificate stays: {error}", door=self.description, error=str(error))
        else:
            log.info("{door}: certificates loaded", door=self.description)

    def stopService(self) -> Deferred[Any]:
        """Close the port; connections stay."""
        port, self._port = self._port, None
        closed = [] if port is None else [maybeDeferred(port.stopListening)]
        super().stopService()
        return gatherResults(closed)


def _one_line(failure: Failure) -> str:
    error = failure.value
    if isinstance(error, CannotListenError) and isinstance(error.socketError, OSError):
        return error.socketError.strerror or str(error.socketError)
    return " ".join(str(error).split())
