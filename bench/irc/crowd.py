"""Many IRC clients in one process: connecting, registering, joining, and waiting until all is quiet."""

from __future__ import annotations

import re
import select
import socket
import struct
import time
from collections.abc import Iterable, Sequence

__all__ = ["PATIENCE", "Broken", "Client", "Crowd"]

PATIENCE = 60.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
WELCOMED = re.compile(rb"^:\S+ (?:376|422) ", re.MULTILINE)
NAMED = re.compile(rb"^:\S+ 366 ", re.MULTILINE)
PONG = re.compile(rb"^:\S+ PONG [^\r\n]*(quiet\d+)\r\n", re.MULTILINE)
PING = re.compile(rb"^PING (\S+)\r\n", re.MULTILINE)


class Broken(Exception):
    """The server lost, doubled or reordered something, refused somebody or closed on somebody."""


class Client:
    """One connection."""

    __slots__ = ("buffer", "fd", "nick", "socket")

    def __init__(self, number: int, port: int) -> None:
        self.nick = b"n%05d" % number
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Closed by a reset, so that thousands of them leave no port behind that waits.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.socket.settimeout(None)
        self.fd = self.socket.fileno()
        self.buffer = b""
        self.socket.sendall(b"NICK %s\r\nUSER bench 0 * :bench\r\n" % self.nick)


class Crowd:
    """All clients of a run, read by one epoll."""

    def __init__(self, port: int, at_once: int = 0) -> None:
        self.clients: list[Client] = []
        self.poll = select.epoll()
        self._by_fd: dict[int, Client] = {}
        self._port = port
        self._at_once = at_once
        self._quiets = 0

    def welcome(self, count: int) -> list[Client]:
        """Connect and register more clients; return them when all are welcomed."""
        new: list[Client] = []
        waiting: set[Client] = set()
        for _ in range(count):
            client = Client(len(self.clients), self._port)
            self.clients.append(client)
            self._by_fd[client.fd] = client
            self.poll.register(client.fd, select.EPOLLIN)
            new.append(client)
            waiting.add(client)
            if self._at_once:
                self._read_until(WELCOMED, waiting, self._at_once)
        self._read_until(WELCOMED, waiting)
        return new

    def join(self, rooms: Sequence[tuple[bytes, Client]]) -> None:
        """Bring clients into rooms, and wait until each has been shown who is there."""
        for room, client in rooms:
            client.buffer = b""
            client.socket.sendall(b"JOIN %s\r\n" % room)
        self._read_until(NAMED, {client for _, client in rooms})

    def quiet(self, *, strict: bool = False) -> None:
        """Wait until nothing more is on its way to anybody. `strict`: nothing may have been."""
        self._quiets += 1
        token = b"quiet%d" % self._quiets
        for client in self.clients:
            client.buffer = b""
            client.socket.sendall(b"PING %s\r\n" % token)
        self._read_until(PONG, set(self.clients))
        for client in self.clients:
            found = PONG.search(client.buffer)
            if found is None or found[1] != token or (strict and found[0] != client.buffer):
                raise Broken(f"{client.nick!r} got what nobody expects: {client.buffer[:300]!r}")

    def _read_until(self, wanted: re.Pattern[bytes], waiting: set[Client], most: int = 0) -> None:
        """Read until all but `most` of `waiting` have got a line; take those who have out of it."""
        deadline = time.monotonic() + PATIENCE
        while len(waiting) > most:
            ready = self.poll.poll(1)
            for fd, _ in ready:
                client = self._by_fd[fd]
                chunk = client.socket.recv(1 << 20)
                if not chunk:
                    raise Broken(f"{client.nick!r} was closed on: {client.buffer[-300:]!r}")
                # A room's thousand JOINs need not be kept: the line waited for is near the end.
                client.buffer = client.buffer[-8192:] + chunk
                if client in waiting and wanted.search(client.buffer):
                    waiting.discard(client)
                elif asked := PING.search(chunk):
                    client.socket.sendall(b"PONG %s\r\n" % asked[1])
            if time.monotonic() > deadline:
                missing: Iterable[Client] = list(waiting)[:3]
                said = [(client.nick, client.buffer[-200:]) for client in missing]
                raise Broken(f"{len(waiting)} clients wait for {wanted.pattern!r}, such as {said!r}")
