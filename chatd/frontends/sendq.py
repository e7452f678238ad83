"""What is queued for one client: bounded, ordered, and the only place that writes to a socket.

Both queues keep what the transport has not taken, count it, and give it over as the transport drains.
They differ in what happens while nothing is queued: `DirectQueue` writes to the socket of a plain TCP
connection at once, which saves the reactor two epoll_ctl calls a write; `TransportQueue` serves every
other transport, TLS above all.
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from twisted.internet import tcp
from twisted.internet.interfaces import IPullProducer, IPushProducer
from zope.interface import implementer

from chatd.core.ports import Clock, Delayed
from chatd.settings import Limits

__all__ = ["DirectQueue", "SendQueue", "TransportQueue", "queue_for"]

CHUNK = 65536
LOW = 16384
"""So many bytes that wait keep nobody from asking for more: of who is slow in a busy room there are some always."""
NO_CHUNKS: Final[deque[bytes]] = deque()
"""For who has nothing queued, as most have: an empty deque of one's own takes 760 bytes."""


class SendQueue(ABC):
    """Holds at most `bound` bytes that the transport has not taken.

    `overflow` is called once, in a later turn of the reactor, when that is exceeded; what is written
    from then on is dropped, except by `close`. `grace` is how many seconds a closing connection has to
    take what is queued; without a peer that reads (or, under TLS, answers the close alert) it is
    aborted then.
    """

    def __init__(self, transport: Any, clock: Clock, limits: Limits, overflow: Callable[[], None]) -> None:
        self._transport = transport
        self._clock = clock
        self._bound = limits.send_queue_bytes
        self._grace = limits.close_seconds
        self._overflow = overflow
        self._chunks = NO_CHUNKS
        self.size = 0
        """Bytes that wait here."""
        self.full = False
        """Whether the bound was passed: nothing more is taken."""
        self._closing = False
        self._abort: Delayed | None = None
        self._told: Delayed | None = None
        self._awaiting: list[Callable[[], None]] = []

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send, or queue. Never blocks, never raises, never calls back into who writes."""

    def close(self, last: bytes = b"") -> None:
        """Send what is queued and `last`, then close; abort when the grace is over.

        After an overflow what was queued is dropped: only `last` is tried.
        """
        if self._closing:
            return
        if self.full:
            self._chunks = NO_CHUNKS
            self.size, self.full = 0, False
        if last:
            self.write(last)
        self._closing = True
        self._abort = self._clock.callLater(self._grace, self._transport.abortConnection)
        if not self._chunks:
            self._finish()

    @property
    def low(self) -> bool:
        """Whether little waits here, or nothing ever will: there is room for more."""
        return self.size <= LOW or self._closing

    def when_low(self, action: Callable[[], None]) -> None:
        """Call `action` once little waits here, which is so too when the connection is gone."""
        if self.low:
            action()
        else:
            self._awaiting.append(action)

    def _tell_low(self) -> None:
        if not self.low:
            return
        actions, self._awaiting = self._awaiting, []
        for action in actions:
            action()

    def retune(self, limits: Limits) -> None:
        """The limits have changed; what is queued already is not dropped for it."""
        self._bound = limits.send_queue_bytes
        self._grace = limits.close_seconds

    def abort(self) -> None:
        """Close at once, whatever is queued."""
        self._closing = True
        self._transport.abortConnection()

    def lost(self) -> None:
        """The connection is gone: forget everything."""
        self._closing = True
        self._chunks = NO_CHUNKS
        self.size = 0
        for timer in (self._abort, self._told):
            if timer is not None and timer.active():
                timer.cancel()
        self._tell_low()

    def _finish(self) -> None:
        """Everything is out: close."""
        self._transport.loseConnection()

    def _keep(self, data: bytes) -> None:
        if self.full or self._closing or not data:
            return
        if not self._chunks:
            self._chunks = deque()
        self._chunks.append(data)
        self.size += len(data)
        if self.size > self._bound:
            self.full = True
            self._told = self._clock.callLater(0, self._overflow)

    def _take(self) -> bytes:
        """Return about CHUNK bytes from the head of the queue."""
        chunks = self._chunks
        taken = [chunks.popleft()]
        size = len(taken[0])
        while chunks and size + len(chunks[0]) <= CHUNK:
            taken.append(chunks.popleft())
            size += len(taken[-1])
        self.size -= size
        return b"".join(taken)


@implementer(IPullProducer)
class DirectQueue(SendQueue):
    """For plain TCP: writes to the socket itself as long as the transport holds nothing.

    What the kernel does not take is queued here, and the transport asks for it (as of a pull producer)
    whenever it is empty; so that nothing is in the transport exactly when nothing is queued here.
    """

    def __init__(self, transport: Any, clock: Clock, limits: Limits, overflow: Callable[[], None]) -> None:
        super().__init__(transport, clock, limits, overflow)
        self._send: Callable[[bytes], int] = transport.getHandle().send
        self._producing = False

    def write(self, data: bytes) -> None:
        if not self._producing and not self._closing:
            try:
                sent = self._send(data)
            except OSError:
                # Full, or broken: the transport finds out which when it tries.
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self._keep(data)
        if not self._producing and self._chunks:
            self._producing = True
            self._transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        if self._chunks:
            self._transport.write(self._take())
            self._tell_low()
            return
        self._producing = False
        self._transport.unregisterProducer()
        if self._closing:
            self._transport.loseConnection()
        self._tell_low()

    def stopProducing(self) -> None:
        self._producing = False
        self.lost()

    def _finish(self) -> None:
        if not self._producing:
            super()._finish()


@implementer(IPushProducer)
class TransportQueue(SendQueue):
    """For any transport: hands everything over until the transport says that it has enough."""

    def __init__(self, transport: Any, clock: Clock, limits: Limits, overflow: Callable[[], None]) -> None:
        super().__init__(transport, clock, limits, overflow)
        self._paused = False
        self._registered = True
        transport.registerProducer(self, True)

    def write(self, data: bytes) -> None:
        if self._paused:
            self._keep(data)
        elif not self._closing and not self.full:
            self._transport.write(data)

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        while self._chunks and not self._paused:
            self._transport.write(self._take())
        if self._closing and not self._chunks:
            self._finish()
        self._tell_low()

    def stopProducing(self) -> None:
        self.lost()

    def _finish(self) -> None:
        # A transport with a producer waits for it to end before it closes.
        if self._registered:
            self._registered = False
            self._transport.unregisterProducer()
            super()._finish()


def queue_for(transport: Any, clock: Clock, limits: Limits, overflow: Callable[[], None]) -> SendQueue:
    """Return the queue that fits the transport: direct for plain TCP, unless that is turned off."""
    plain = isinstance(transport, tcp.Connection) and not transport.TLS
    if plain and limits.direct_send and isinstance(transport.getHandle(), socket.socket):
        return DirectQueue(transport, clock, limits, overflow)
    return TransportQueue(transport, clock, limits, overflow)
