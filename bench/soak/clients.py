"""What the clients of the load have in common, whatever they speak."""

from __future__ import annotations

import asyncio
import socket
import struct
from abc import ABC, abstractmethod
from collections import Counter
from typing import Protocol, cast

from bench.soak.ledger import Ledger

__all__ = ["Client", "House"]

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class House(Protocol):
    """What a client tells the load."""

    def arrived(self, client: Client) -> None:
        """It has a nickname."""

    def gone(self, client: Client) -> None:
        """Its connection has ended."""

    def complain(self, words: str) -> None:
        """It was shown what cannot be."""

    counts: Counter[str]


class Client(asyncio.Protocol, ABC):
    """One connection. `nick` is what the server calls it now, empty before it is named."""

    dialect = ""

    def __init__(self, house: House, name: str) -> None:
        self.house = house
        self.wanted = name
        self.nick = ""
        self.ledger = Ledger(self.complain)
        self.made: set[str] = set()
        """Rooms that it has made, and where it is the founder as long as it stays."""
        self.bans: list[tuple[str, str]] = []
        self.ignoring: list[str] = []
        self.host = ""
        """The hash of somebody's address, where the dialect shows one."""
        self.away = False
        self.leaving = False
        self.acted = 0.0
        self._rest = b""
        self._tail: list[bytes] = []

    def complain(self, words: str) -> None:
        """Report what cannot be."""
        self.house.complain(f"{self.dialect} client {self.nick or self.wanted}: {words}")

    @property
    def state(self) -> str:
        """How things stand, for a complaint."""
        how = ("named" if self.nick else "not named") + (", leaving" if self.leaving else "")
        return f"{how}; connected: {hasattr(self, 'transport')}; the last lines were {self._tail}"

    # What the load asks for

    @abstractmethod
    def command(self, *lines: str) -> None:
        """Run commands, all in one packet."""

    @abstractmethod
    def say(self, room: str, words: str) -> None:
        """Say something in a room."""

    def whisper(self, nick: str, words: str) -> None:
        """Say something to one user."""
        self.command(f"/msg {nick} {self.ledger.mark_private(nick)}{words}")

    def quit(self, words: str) -> None:
        """Leave with a farewell; the server closes."""
        self.leaving = True
        self.command(f"/quit {words}")

    def drop(self, *, reset: bool) -> None:
        """Be gone without a word: by a reset, or by closing."""
        self.leaving = True
        if reset:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.transport.abort()
        else:
            self.transport.close()

    # asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.introduce()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.house.counts["bytes received"] += len(data)
        self.house.counts["lines received"] += len(lines)
        for line in lines:
            self.received(line)
        if lines:
            self._tail = lines[-3:]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.leaving:
            self.complain(f"was closed by the server ({exc}); the last lines were {self._tail}")
        self.house.gone(self)

    # For the dialects

    @abstractmethod
    def introduce(self) -> None:
        """Ask for the nickname."""

    @abstractmethod
    def received(self, line: bytes) -> None:
        """Read one line."""

    def named(self, nick: str) -> None:
        """The server calls the client that."""
        first = not self.nick
        self.nick = nick
        if first:
            self.house.arrived(self)

    def send(self, data: bytes) -> None:
        self.house.counts["lines sent"] += data.count(b"\n")
        self.transport.write(data)
