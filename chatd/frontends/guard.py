"""Who is at the other end of a connection, and whether he may come in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twisted.internet.interfaces import IAddress
from twisted.logger import Logger
from zope.interface import implementer

from chatd.core.addresses import is_loopback, network, networks
from chatd.core.limits import Connections, Refused
from chatd.core.ports import Clock
from chatd.core.world import World
from chatd.frontends.threshold import Threshold
from chatd.settings import Limits

__all__ = ["REFUSED_AT_ONCE", "Guard", "Peer"]

log = Logger(namespace="chatd.porch")

REFUSED_AT_ONCE = 8
"""Connections that may be being told why they are refused. The next ones are cut off without a word."""
REFUSED = "refused"
"""Begins the keys of those who are being told."""


@implementer(IAddress)
@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end. `proxied`: he came through a listed proxy; `told`: and that told his address;
    `secure`: whether it speaks TLS with him, None: it does not say. `refused` is the reason why he may not come in, empty: he may."""

    host: str
    port: int = 0
    proxied: bool = False
    told: bool = False
    secure: bool | None = None
    refused: str = ""

    @classmethod
    def of(cls, address: IAddress) -> Peer:
        """Return an address as a peer, as which it may have come already."""
        if isinstance(address, cls):
            return address
        return cls(getattr(address, "host", ""), getattr(address, "port", 0))

    def __str__(self) -> str:
        return self.host or "a local process"


class Guard:
    """Shared by the doors that count together. `clock` is monotonic; `behind_proxies`: what a listed proxy
    connects to them is others' connections."""

    def __init__(self, world: World, connections: Connections, *, behind_proxies: bool = True) -> None:
        self.world = world
        self.connections = connections
        self.behind_proxies = behind_proxies
        self.threshold = Threshold(world.clock)
        """Where those wait who come with TLS, if too many do."""
        self._refusing: set[str] = set()

    @property
    def refusing(self) -> int:
        """Connections that are being told why they are refused: one of each address."""
        return len(self._refusing)

    @property
    def limits(self) -> Limits:
        """The limits of the moment."""
        return self.world.settings.limits

    @property
    def clock(self) -> Clock:
        """The monotonic clock."""
        return self.world.clock

    def admit(self, peer: Peer) -> tuple[str, Peer] | None:
        """Decide about a connection: the key under which it is counted and the peer as the front end is to see it; None: cut it off without a word."""
        exempt = None
        if self.is_proxy(peer.host) and not peer.told:
            # Its own checks, and clients of whom it tells nothing: it is counted in all only.
            exempt = True
        elif peer.host in networks(self.world.settings.web.proxies):
            # Whoever comes through a proxy that speaks HTTP is counted by what that tells of him.
            exempt = True
        elif peer.proxied and is_loopback(peer.host):
            # Somebody at the proxy's machine, or who says so.
            exempt = False
        try:
            return self.connections.enter(peer.host, self.clock.seconds(), exempt=exempt), peer
        except Refused as refusal:
            log.warn("{peer} was refused: {reason}", peer=peer, reason=str(refusal))
            key = f"{REFUSED} {network(peer.host)}"
            if self.refusing >= REFUSED_AT_ONCE or key in self._refusing:
                return None
            self._refusing.add(key)
            return key, replace(peer, refused=str(refusal))

    def dismiss(self, key: str) -> None:
        """A connection that `admit` gave this key has ended."""
        if key.startswith(REFUSED):
            self._refusing.discard(key)
        else:
            self.connections.leave(key)

    def is_proxy(self, host: str) -> bool:
        """Whether a connection from there has to begin with a PROXY header."""
        proxies = self.world.settings.server.proxies
        return bool(proxies) and self.behind_proxies and host in networks(proxies)
