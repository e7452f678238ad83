"""One HTTP connection: bounded in time, in requests and in what they bring, until a WebSocket takes it over."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel
from twisted.web.server import Request

from chatd.core.limits import Budget
from chatd.core.ports import Delayed
from chatd.frontends import kernel
from chatd.frontends.guard import Peer
from chatd.frontends.web.errors import HttpError, answer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol
    from twisted.python.failure import Failure

    from chatd.core.registry import Registry
    from chatd.frontends.web.site import Website

__all__ = ["Body", "WebChannel", "WebRequest"]


class Body(Protocol):
    """Takes what a request brings, as it comes."""

    def received(self, data: bytes) -> None:
        """Take a piece."""

    def lost(self) -> None:
        """The connection ended before the last piece."""


class Small:
    """A body that is kept in memory: at most `limit` bytes, else HttpError."""

    def __init__(self, limit: int, length: int | None) -> None:
        self._left = limit
        self.file = BytesIO()
        if length is not None and length > limit:
            raise HttpError(413, f"at most {limit} bytes are taken here")

    def received(self, data: bytes) -> None:
        """Take a piece."""
        self._left -= len(data)
        if self._left < 0:
            raise HttpError(413, "that is too much")
        self.file.write(data)

    def lost(self) -> None:
        """Nothing is left of it."""


class WebChannel(HTTPChannel):
    """Requests of one connection. `peer` is who is at its other end."""

    transport: Any
    site: Website
    registry: Registry
    peer: Peer
    successor: IProtocol | None = None
    gone = False
    _ending = False

    def connectionMade(self) -> None:
        registry = self.registry
        web = registry.settings.web
        self._clock = registry.world.clock
        self._budget = Budget(web.requests_per_second, web.burst_requests, self._clock.seconds())
        self._patience: Delayed | None = None
        self._abort: Delayed | None = None
        self._answering = False
        self._early: list[bytes] = []
        super().connectionMade()
        kernel.keep_asking(
            getattr(self.transport, "transport", self.transport).getHandle(), registry.settings.limits
        )
        self._begin_to_wait()

    def dataReceived(self, data: bytes) -> None:
        if self.successor is not None:
            self.successor.dataReceived(data)
        elif not self._ending:
            super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        # What stands behind a refused request, in one packet with it, is nobody's any more.
        if not self._ending:
            super().lineReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        if self._ending:
            return
        if self._answering:
            # It is the next request's, or of the WebSocket that this one turns into.
            self._early.append(data)
        super().rawDataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone = True
        self._stop_waiting()
        if self._abort is not None and self._abort.active():
            self._abort.cancel()
        if self.successor is not None:
            self.successor.connectionLost(reason)
            return
        for request in self.requests:
            request.body_lost()
        super().connectionLost(reason)

    def allHeadersReceived(self) -> None:
        """The head of a request is there: does the client ask for too much, and of whom?"""
        if self._budget.wait(self._clock.seconds()):
            self.refuse(HttpError(429, "too many requests on this connection"))
            return
        self._budget.spend(1)
        # As for method and path, below: Twisted has no public name for it.
        if self._version == b"HTTP/1.1" and not self.requests[-1].requestHeaders.hasHeader(b"Host"):
            self.refuse(HttpError(400, "a request names its host (RFC 9112 §3.2)"))
            return
        super().allHeadersReceived()

    def allContentReceived(self) -> None:
        if self._ending:
            return
        self._stop_waiting()
        self._answering = True
        super().allContentReceived()

    def requestDone(self, request: Any) -> None:
        # A request that is in the buffer already is begun, and perhaps done, in this call.
        self._begin_to_wait()
        self._answering = False
        self._early.clear()
        super().requestDone(request)

    def loseConnection(self) -> None:
        """End, once: each of the clocks may say so, and whoever answers. Who does not take what he was answered, or
        does not let a TLS connection end, is cut off."""
        self._end(self.registry.settings.files.stall_seconds)

    def _end(self, seconds: float) -> None:
        if not self._ending:
            self._ending = True
            self._abort = self._clock.callLater(seconds, self.transport.abortConnection)
            super().loseConnection()

    def take_time(self) -> None:
        """The request that comes in may take as long as it brings something."""
        self._stop_waiting()

    def refuse(self, error: HttpError) -> None:
        """Answer a request whose body is not wanted, and end."""
        for request in self.requests:
            request.refused = True
            # Else the client would be told to go on, behind the answer.
            request.requestHeaders.removeHeader(b"Expect")
        self.transport.write(answer(error))
        self._end(self.registry.settings.limits.close_seconds)

    def give_to(self, protocol: IProtocol, first: bytes) -> None:
        """Let another protocol have the connection: `first`, then what came behind the request and what comes."""
        self._stop_waiting()
        self.setTimeout(None)
        self.transport.unregisterProducer()
        self.requests.clear()
        self.successor = protocol
        protocol.makeConnection(self.transport)
        protocol.dataReceived(first)
        early, self._early = b"".join(self._early), []
        if early and not (self.gone or self.transport.disconnecting):
            # So much may have come that the channel has stopped reading.
            self.transport.resumeProducing()
            protocol.dataReceived(early)

    def _begin_to_wait(self) -> None:
        """Give the next request so long, however it drips in."""
        self._stop_waiting()
        seconds = self.registry.settings.limits.naming_seconds
        self._patience = self._clock.callLater(seconds, self._out_of_patience)

    def _out_of_patience(self) -> None:
        self._patience = None
        if self.requests:
            self.refuse(HttpError(408, "that request took too long"))
        else:
            self._end(self.registry.settings.limits.close_seconds)

    def _stop_waiting(self) -> None:
        if self._patience is not None and self._patience.active():
            self._patience.cancel()
        self._patience = None


class WebRequest(Request):
    """One request. What it brings goes to the body that the door has for it, as it comes."""

    channel: Any  # a WebChannel; None once the connection is lost
    refused = False
    body: Body

    def gotLength(self, length: int | None) -> None:
        """Find out who takes the body, before it comes."""
        self.content = BytesIO()
        # The channel knows method and path when the headers are there; Twisted has no public name for either.
        method, path = self.channel._command, self.channel._path
        try:
            self.body = self.channel.site.body_for(self, method, path, length)
        except HttpError as error:
            self.channel.refuse(error)
            return
        if isinstance(self.body, Small):
            self.content = self.body.file
        else:
            self.channel.take_time()

    def handleContentChunk(self, data: bytes) -> None:
        if self.refused:
            return
        try:
            self.body.received(data)
        except HttpError as error:
            self.channel.refuse(error)

    def body_lost(self) -> None:
        """The connection is gone."""
        if hasattr(self, "body"):
            self.body.lost()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """All of it is there. It is answered in one of the next turns of the reactor: a packet may hold a hundred, and a
        hundred clients may ask at once, each of whom a WebSocket is opened for, and what he says at once is heard."""
        if not self.refused:
            self.channel.site.share.later(partial(self._answer, command, path, version))

    @property
    def gone(self) -> bool:
        """Whether nobody waits for the answer any more. Twisted takes the channel from a request whose connection is lost."""
        return self.channel is None or self.channel.gone

    def _answer(self, command: bytes, path: bytes, version: bytes) -> None:
        if not self.gone:
            super().requestReceived(command, path, version)
