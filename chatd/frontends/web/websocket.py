"""One WebSocket (RFC 6455): its messages are the lines of a session, of the JSON dialect or of IRC.

Autobahn reads the handshake and the frames; it sends nothing by itself but answers to pings. All that is sent goes
through the send queue of the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger

from chatd.core.accounts import Account
from chatd.core.limits import Budget
from chatd.frontends import kernel
from chatd.frontends.base import BaseSession
from chatd.frontends.connection import OnSocket
from chatd.frontends.guard import Peer
from chatd.frontends.sendq import queue_for
from chatd.frontends.web.errors import HttpError, answer
from chatd.frontends.web.framing import CloseCode, FramedQueue, Opcode
from chatd.frontends.web.session import WebSession
from chatd.wire.splitter import OVERLONG, Splitter

if TYPE_CHECKING:
    from autobahn.websocket.types import ConnectionRequest
    from twisted.python.failure import Failure

    from chatd.frontends.web.factory import WebFactory

__all__ = ["IRC_PROTOCOLS", "WebSocket"]

log = Logger(namespace="chatd.web")

IRC_PROTOCOLS = {"text.ircv3.net": Opcode.TEXT, "binary.ircv3.net": Opcode.BINARY}
"""IRC over WebSocket, as IRCv3's specification of that names it: one line without its end in each message."""


class WebSocket(OnSocket, WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn's two bases disagree
    """Everything but frames is the session's, which is there once the handshake is done."""

    CONFIG_ATTRS: list[str] = []
    """Options are copied in `connectionMade`. Autobahn would make a page of text of them for its log, each time: 0.4 ms."""
    transport: Any
    session: BaseSession | None = None
    queue: FramedQueue

    def __init__(self, door: WebFactory, peer: Peer, key: str, account: Account | None) -> None:
        """`key`: under which it is counted as the peer's. `account`: what the browser's cookie proves."""
        super().__init__()
        self.door = door
        self.who = peer
        self._key = key
        self._account = account
        self._splitter: Splitter | None = None
        self._parts = 0

    # twisted.internet.protocol.Protocol

    def connectionMade(self) -> None:
        registry = self.door.registry
        clock, web = registry.world.clock, registry.settings.web
        self.take_socket()
        self._raw = queue_for(self.transport, clock, registry.settings.limits, self._overflowed)
        self._spare = Budget(web.control_frames_per_second, web.burst_control_frames, clock.seconds())
        for option in WebSocketServerProtocol.CONFIG_ATTRS:
            setattr(self, option, getattr(self.factory, option))
        self.peer = str(self.who)
        # Autobahn's own method looks for the TLS channel's id and the client's certificate, here and in `_onOpen`;
        # nobody asks for either.
        self._connectionMade()

    def _onOpen(self) -> None:
        self.onOpen()

    def dataReceived(self, data: bytes) -> None:
        if self.session is not None:
            if self.session.ending:
                return
            self.session.packet_begins()
        self._dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self._raw.lost()
        self.door.guard.dismiss(self._key)
        if self.session is not None:
            self.door.sessions.discard(self.session)
            self.session.lost("connection closed" if reason.check(ConnectionDone) else "connection lost")

    # What Autobahn tells

    def onConnect(self, request: ConnectionRequest) -> str | None:
        """Choose the dialect: IRC if that is asked for, else JSON."""
        chosen = next((each for each in request.protocols if each in IRC_PROTOCOLS), None)
        self._opcode = Opcode.TEXT if chosen is None else IRC_PROTOCOLS[chosen]
        self._irc = chosen is not None
        return chosen

    def onOpen(self) -> None:
        """The handshake is done: begin the session."""
        # It is kept for as long as the connection lasts, else.
        self.http_request_data, self.http_response_data = b"", ""
        peer, door = self.who, self.door
        secure = ISSLTransport.providedBy(self.transport) if peer.secure is None else peer.secure
        self.queue = FramedQueue(self._raw, door.framers[self._opcode])
        who: Any = {"address": peer.host, "secure": secure, "proxied": peer.proxied}
        if self._irc:
            self.session = door.irc.session(self, **who)
            limit = self.session.line_bytes
            self._splitter = Splitter(limit, limit + self._limits.endless_bytes)
        else:
            self.session = WebSession(
                door.registry,
                door.commands,
                self,
                logins=door.services.web_logins,
                account=self._account,
                **who,
            )
        door.sessions.add(self.session)
        self.session.greet()

    def onMessageBegin(self, isBinary: bool) -> None:
        self._parts = 0
        super().onMessageBegin(isBinary)

    def onMessageFrameBegin(self, length: int) -> None:
        self._parts += 1
        if self._parts > 1:
            self._spend("too many parts of messages")
        super().onMessageFrameBegin(length)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take one message: a request, or lines of IRC."""
        session = self.session
        if session is None or session.ending:
            return
        if self._splitter is not None:
            for line in self._splitter.feed(payload.removesuffix(b"\n") + b"\n"):
                session.received(line)
                if session.ending:
                    return
        else:
            session.received(payload if len(payload) <= session.line_bytes else OVERLONG)

    def onPing(self, payload: bytes) -> None:
        if self._spend("too many pings"):
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        self._spend("too many pongs")

    # What Autobahn would do

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Send what Autobahn made, behind what the session has queued."""
        self._raw.write(data)

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:
        """The handshake is no good: answer as every other request is answered."""
        more = [(name.encode(), value.encode()) for name, value in responseHeaders or ()]
        self._raw.write(answer(HttpError(code, reason), more))

    def sendCloseFrame(
        self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False
    ) -> None:
        """The other end closes, or has broken the rules: let the session do the same."""
        session = self.session
        if session is None or session.ending:
            return
        if isReply:
            session.finished()
            return
        self.queue.code = CloseCode.POLICY if code is None else code
        why = (reasonUtf8 or b"").decode(errors="replace")
        session.drop("broke the rules of WebSocket", f"Error: {why}.")
        self.state = self.STATE_CLOSED

    def dropConnection(self, abort: bool = False) -> None:
        """Read no more. The session closes when it has answered; before there is one, the queue does."""
        self.state = self.STATE_CLOSED
        if self.session is None:
            self._raw.close()

    # frontends.web.session.Pinging

    def send_ping(self) -> None:
        self.queue.ping()

    def changed(self) -> None:
        """The dialect stays as it is."""

    def retune(self) -> None:
        if self._splitter is not None and self.session is not None:
            limit = self.session.line_bytes
            self._splitter.limit, self._splitter.endless = limit, limit + self._limits.endless_bytes
        self.maxMessagePayloadSize = self.door.largest
        kernel.keep_asking(self.socket, self._limits)

    def conceal(self, hidden: bool) -> None:
        """Who shows what is typed is the page."""

    def certificate(self) -> str:
        """Browsers are not asked for one."""
        return ""

    def reached_at(self) -> str:
        return "" if self.who.proxied else getattr(self.transport.getHost(), "host", "")

    @property
    def _limits(self) -> Any:
        return self.door.registry.settings.limits

    def _spend(self, reason: str) -> bool:
        """Count a frame that brings no message; return False, and end, if there are too many."""
        session = self.session
        if session is None or session.ending:
            return False
        if self._spare.wait(self.door.registry.world.clock.seconds()):
            self.queue.code = CloseCode.POLICY
            session.drop(reason, f"Error: {reason}.")
            self.state = self.STATE_CLOSED
            return False
        self._spare.spend(1)
        return True

    def _overflowed(self) -> None:
        if self.session is not None:
            self.queue.code = CloseCode.POLICY
            self.session.overflowed()
        else:
            self._raw.abort()
