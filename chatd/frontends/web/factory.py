"""The factory of the door for browsers: WebSockets, and the site that they are asked for at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from chatd.commands.groups import Services
from chatd.commands.table import CommandTable
from chatd.core.addresses import is_loopback, networks, numeric
from chatd.core.limits import Refused
from chatd.core.registry import Registry
from chatd.frontends.base import BaseSession
from chatd.frontends.guard import Guard, Peer
from chatd.frontends.irc.factory import IrcFactory
from chatd.frontends.web.channel import WebChannel, WebRequest
from chatd.frontends.web.errors import HttpError, answer
from chatd.frontends.web.files import add_files
from chatd.frontends.web.framing import Framer, Opcode
from chatd.frontends.web.login import Login
from chatd.frontends.web.origins import own_host, same_host
from chatd.frontends.web.pages import add_page
from chatd.frontends.web.site import Website
from chatd.frontends.web.upgrade import Upgrade

if TYPE_CHECKING:
    from chatd.services.files import FileService

__all__ = ["WebFactory"]

log = Logger(namespace="chatd.web")

NOT_CALLED = "on this machine it is called 127.0.0.1, localhost, or as server.name and web.url say"
FORWARDED_FOR, FORWARDED_PROTO = b"X-Forwarded-For", b"X-Forwarded-Proto"


class WebFactory(Factory):
    """Knows who is here by a WebSocket; has the site."""

    noisy = False

    def __init__(
        self, registry: Registry, commands: CommandTable, services: Services, guard: Guard, reactor: Any
    ) -> None:
        self.registry = registry
        self.commands = commands
        self.services = services
        self.guard = guard
        self.irc = IrcFactory(registry, commands, services)
        self.sessions: set[BaseSession] = set()
        self.framers = {opcode: Framer(opcode) for opcode in (Opcode.TEXT, Opcode.BINARY)}
        self.sockets = self._socket_factory(reactor)
        self.site = Website(reactor)
        self.site.put("ws", Upgrade(self))
        self.site.put("session", Login(self))
        self.site.bodies[b"POST", b"session"] = Login.body
        add_page(self.site.put)
        add_files(self.site, registry, cast("FileService", services.files))

    def _socket_factory(self, reactor: Any) -> Any:
        factory = WebSocketServerFactory(reactor=reactor, server="chatd")
        # The other bounds are the session's: pings, send queue, time for a nickname; UTF-8 is looked at by its codec.
        factory.setProtocolOptions(
            utf8validateIncoming=False,
            maxMessagePayloadSize=self.largest,
            failByDrop=False,
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,
            webStatus=False,
        )
        return factory

    @property
    def largest(self) -> int:
        """How many bytes a message may have before its sender is given up; above the longest line it is refused."""
        limits = self.registry.settings.limits
        return limits.json_line_bytes + limits.endless_bytes

    def buildProtocol(self, addr: IAddress) -> WebChannel:  # type: ignore[override]  # is a Protocol
        channel = self.site.channel()
        channel.registry = self.registry
        channel.peer = Peer.of(addr)
        return channel

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return what is said to a client who may not come in."""
        return answer(HttpError(503, reason))

    # frontends.web.upgrade

    def peer_of(self, request: WebRequest) -> Peer:
        """Return who asks: the client that a listed proxy names, else who is at the other end."""
        peer: Peer = request.channel.peer
        trusted = networks(self.registry.settings.web.proxies)
        headers = request.requestHeaders
        if not trusted or peer.host not in trusted:
            return peer
        told = b",".join(headers.getRawHeaders(FORWARDED_FOR, ())).decode("latin-1").split(",")
        proto = headers.getRawHeaders(FORWARDED_PROTO, (b"",))[-1].strip().lower()
        secure = {b"https": True, b"wss": True, b"http": False, b"ws": False}.get(proto)
        # The nearest proxy has added the last one; whatever stands before what the first trusted one added is hearsay.
        for address in reversed([each.strip() for each in told]):
            if numeric(address) is None:
                break
            if address not in trusted:
                return Peer(address, 0, proxied=True, told=True, secure=secure)
        return Peer(peer.host, 0, proxied=True, secure=secure)

    def is_secure(self, request: WebRequest) -> bool:
        """Whether nobody can listen in to who asks."""
        peer = self.peer_of(request)
        return bool(request.isSecure()) if peer.secure is None else peer.secure

    def is_called(self, request: WebRequest) -> bool:
        """Whether the request names this server, as far as that matters: on this machine a page whose name leads here
        for a while (DNS rebinding) would speak as somebody local."""
        peer = self.peer_of(request)
        return (
            peer.proxied
            or not is_loopback(peer.host)
            or own_host(self._host(request), self.registry.settings)
        )

    def require_own_page(self, request: WebRequest) -> None:
        """Raise HttpError if a page of another origin asks. Programs, which name none, may."""
        headers, settings = request.requestHeaders, self.registry.settings
        for each in headers.getRawHeaders(b"Origin", ()):
            origin = each.decode("latin-1")
            own = same_host(origin, self._host(request), secure=self.is_secure(request))
            if origin in (settings.web.url, *settings.web.origins) or (own and self.is_called(request)):
                continue
            log.warn("a page of {origin} was refused: {peer}", origin=origin, peer=request.channel.peer)
            raise HttpError(403, NOT_CALLED if own else "pages of that origin may not do this")

    @staticmethod
    def _host(request: WebRequest) -> str:
        return (request.getHeader(b"Host") or b"").decode("latin-1")

    def counted(self, peer: Peer) -> str:
        """Count who begins to chat, as at the other doors; a browser makes more connections than that. Return under
        which key; raise HttpError if he has too many."""
        exempt = None
        if peer.proxied and not peer.told:
            exempt = True
        elif peer.proxied and is_loopback(peer.host):
            exempt = False
        clock = self.registry.world.clock
        try:
            return self.guard.connections.enter(peer.host, clock.seconds(), exempt=exempt)
        except Refused as refusal:
            log.warn("{peer} was refused: {reason}", peer=peer, reason=str(refusal))
            raise HttpError(503, str(refusal)) from None
