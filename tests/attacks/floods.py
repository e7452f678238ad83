"""Floods: many sockets written to as fast as the server reads, by one loop that reads what comes back."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from errno import EINPROGRESS
from typing import cast

__all__ = ["Flow", "Horde", "pour"]

KEPT = 4096
REASON = re.compile(
    rb'(?:^|\n)(?:-> (Error: [^\r\n]*)|ERROR :Closing link: (?:\([^)]*\) \[)?([^\]\r\n]*))|"text":"(Error: [^"]*)"\}(?:\n|\x88\x02[\x00-\xff]{2})\Z'
)


@dataclass
class Flow:
    """What went through one socket; `last` are the last bytes received, 4 KiB at most."""

    rest: bytes = b""
    sent: int = 0
    received: int = 0
    last: bytes = b""
    closed: bool = False

    @property
    def reason(self) -> str:
        """The last error that the server told."""
        found = REASON.findall(self.last)
        return b"".join(found[-1]).decode() if found else ""

    def exchange(self, connection: socket.socket, events: int, payload: bytes) -> None:
        """Receive and send what can be, sending `payload` over and over. Raises OSError at the end."""
        if events & selectors.EVENT_READ:
            self._receive(connection)
        if events & selectors.EVENT_WRITE:
            try:
                count = connection.send(self.rest or payload)
            except BlockingIOError:
                return
            except OSError:
                while True:  # the last words came before the end that was noticed here
                    self._receive(connection)
            self.sent += count
            self.rest = (self.rest or payload)[count:]

    def _receive(self, connection: socket.socket) -> None:
        data = connection.recv(1 << 18)
        if not data:
            raise ConnectionError
        self.received += len(data)
        self.last = (self.last + data)[-KEPT:]


def pour(
    sockets: Iterable[socket.socket],
    payload: bytes,
    seconds: float,
    *,
    bytes_per_second: float = 0,
    until_sent: int = 0,
) -> dict[socket.socket, Flow]:
    """Send `payload` over and over through each plain socket for some seconds, reading what comes.

    `bytes_per_second` holds each socket back, 0: as fast as it goes; each is done when it has sent
    `until_sent` bytes and the payload that it was at, 0: never. A socket that the server closes is left
    alone. When all are done or closed, that is the end.
    """
    flows = {each: Flow() for each in sockets}
    busy = set(flows)
    started = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for connection in flows:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
        while busy and (gone := time.monotonic() - started) < seconds:
            for each in list(busy):
                flow = flows[each]
                if until_sent and flow.sent >= until_sent and not flow.rest:
                    busy.discard(each)
                may = each in busy and (not bytes_per_second or flow.sent < gone * bytes_per_second)
                selector.modify(each, selectors.EVENT_READ | (selectors.EVENT_WRITE if may else 0))
            for key, events in selector.select(0.002):
                each = cast("socket.socket", key.fileobj)
                try:
                    flows[each].exchange(each, events, payload)
                except OSError:
                    flows[each].closed = True
                    selector.unregister(each)
                    busy.discard(each)
    return flows


class Horde:
    """So many clients at once, each of which comes again when the server closes its connection.

    Each says `opening`, in which `%d` stands for a number of its own, then `payload` over and over.
    """

    def __init__(
        self,
        port: int,
        size: int,
        opening: bytes | Callable[[int], bytes],
        payload: bytes,
        *,
        leaving: bool = False,
    ) -> None:
        """`opening` may be made for each number. `leaving`: they leave by themselves as soon as they have said everything once, payload included."""
        self.connections = 0
        """How many were made."""
        self.sent = 0
        """Bytes."""
        self.reasons: Counter[str] = Counter()
        """Why the server closed connections, as it told their clients; "": it did not."""
        self._port = port
        self._size = size
        self._opening = opening
        self._payload = payload
        self._leaving = leaving
        self._flows: dict[socket.socket, Flow] = {}
        self._selector: selectors.BaseSelector

    def attack(self, seconds: float) -> None:
        """Do so for some seconds, then go."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as self._selector:
            while time.monotonic() < until:
                while len(self._flows) < self._size:
                    self._come()
                for key, events in self._selector.select(0.1):
                    self._exchange(cast("socket.socket", key.fileobj), events)
            for connection in list(self._flows):
                self._go(connection)

    def _come(self) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        status = connection.connect_ex(("127.0.0.1", self._port))
        assert status in (0, EINPROGRESS), status
        self.connections += 1
        number = self.connections
        opening = (
            self._opening.replace(b"%d", str(number).encode())
            if isinstance(self._opening, bytes)
            else self._opening(number)
        )
        self._flows[connection] = Flow(opening + (self._payload if self._leaving else b""))
        self._selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _exchange(self, connection: socket.socket, events: int) -> None:
        flow = self._flows[connection]
        try:
            if self._leaving and not flow.rest:
                raise ConnectionAbortedError
            flow.exchange(connection, events, self._payload)
        except ConnectionAbortedError:
            self._go(connection)
        except OSError:
            self.reasons[flow.reason] += 1
            self._go(connection)

    def _go(self, connection: socket.socket) -> None:
        self.sent += self._flows.pop(connection).sent
        self._selector.unregister(connection)
        connection.close()
