"""A real TCP connection whose reactor is moved by hand, so that partial sends come when a test wants them."""

from __future__ import annotations

import contextlib
import fcntl
import select
import socket
import struct
import sys
import termios
import time
from typing import Any

from twisted.internet import tcp
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatd.frontends.sendq import SendQueue

__all__ = ["HandReactor", "Pipe"]


class HandReactor(Clock):
    """Knows who wants to write, and lets one write at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.writers: list[Any] = []

    def addWriter(self, writer: Any) -> None:
        if writer not in self.writers:
            self.writers.append(writer)

    def removeWriter(self, writer: Any) -> None:
        if writer in self.writers:
            self.writers.remove(writer)

    def addReader(self, reader: Any) -> None: ...

    def removeReader(self, reader: Any) -> None: ...

    def write_once(self) -> bool:
        """Let the first writer write if its socket takes anything; return whether it did."""
        for writer in self.writers[:1]:
            if select.select([], [writer], [], 0)[1]:
                why = writer.doWrite()
                if why:
                    self.removeWriter(writer)
                    done = why is CONNECTION_DONE
                    writer.connectionLost(Failure(CONNECTION_DONE if done else CONNECTION_LOST))
                return True
        return False


class Holder(Protocol):
    """Tells its queue that the connection is gone."""

    queue: SendQueue | None = None
    gone = False

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone = True
        if self.queue is not None:
            self.queue.lost()


class Pipe:
    """A TCP connection over loopback with small buffers: `transport` on this side, `peer` on the other."""

    def __init__(self, buffer: int = 4096) -> None:
        self.reactor = HandReactor()
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            ours = socket.create_connection(listener.getsockname())
            self.peer = listener.accept()[0]
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        ours.setblocking(False)
        self.peer.setblocking(False)
        self.holder = Holder()
        self.transport = tcp.Connection(ours, self.holder, self.reactor)  # type: ignore[arg-type]
        self.transport.connected = 1
        self.holder.makeConnection(self.transport)
        self.got = bytearray()
        self.ended = False

    def carry(self, queue: SendQueue) -> None:
        self.holder.queue = queue

    def read(self, most: int = 1 << 20) -> None:
        """Let the peer take what has come."""
        try:
            data = self.peer.recv(most)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        self.ended = self.ended or not data
        self.got += data

    def drain(self) -> None:
        """Let everything through that can get through. A window that was shut may take its time to open."""
        deadline = time.monotonic() + 20
        while not self.ended and time.monotonic() < deadline:
            wrote = self.reactor.write_once()
            under_way = self.holder.gone or self.reactor.writers or self._unread()
            if not wrote and not under_way and not select.select([self.peer], [], [], 0)[0]:
                return
            select.select([self.peer], [], [], 0 if wrote else 0.01)
            self.read()

    def _unread(self) -> int:
        """Return how many bytes have been sent that have not arrived."""
        return int.from_bytes(fcntl.ioctl(self.transport, termios.TIOCOUTQ, bytes(4)), sys.byteorder)

    def reset(self) -> None:
        """Let the peer break the connection off without reading."""
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.peer.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.peer.close()
        if not self.holder.gone:
            self.transport.connectionLost(Failure(CONNECTION_DONE))
