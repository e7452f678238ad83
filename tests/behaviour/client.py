"""A client of whatever dialect: all tell what they see in the same words, so that a behaviour is tested once.

What a client sees is a list of happenings: tuples of strings, their kind first.

| Kind | Then |
|---|---|
| said, did | room, nick, text |
| pm, pm-to | nick, text |
| joined | nick, room, how many are there |
| left | nick, room, reason |
| quit | nick, reason |
| thrown off | nick, by, reason |
| renamed | old nick, new nick |
| topic | nick, room, topic |
| kicked | nick, room, by, reason |
| banned | by, mask, room, duration, reason |
| unbanned | by, mask, room |
| muted | nick, room, by, duration, reason |
| unmuted | nick, room, by |
| ranked, unranked | nick, rank, room, by |
| invited | by, nick, room |
| knocked | nick, room, reason |
| changed | room, words, by |
| deleted, registered, unregistered | room, by |
| announced, wallops | by, text |
| appointed | nick, rank, by |
| empowered | nick, rank |
| reported | by, nick, room, reason |
| error, usage | text |
| prompt | text |
| answer | lines |

The kinds of replies that text does not tell apart are all answers. What says nothing to a person (done,
away) is left out, as is the echo of one's own line, which only some dialects have.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from twisted.internet.error import ConnectionDone

from chatd.frontends.receiver import LinesProtocol
from tests.behaviour.server import Server, Wire

__all__ = ["LOCAL", "Client", "Happening", "you_are"]

Happening = tuple[str, ...]
LOCAL = "127.0.0.1"


def you_are(nick: str, *, hinted: bool = True) -> Happening:
    """Return what a guest is told when he has a nickname; `hinted`: where he could register it."""
    hint = " /register PASSWORD keeps this name." if hinted else ""
    return ("answer", f"You are {nick} (guest).{hint}")


class Client(ABC):
    """One connection to a server in memory, unnamed at first."""

    def __init__(self, server: Server, address: str = LOCAL, *, secure: bool = False) -> None:
        self.server = server
        self.nick = ""
        self.wire, self.protocol = self.connect(address, secure=secure)
        self._unread = b""

    def connect(self, address: str, *, secure: bool) -> tuple[Wire, LinesProtocol]:
        """Return a connection to the door of its dialect."""
        return self.server.connect(address, secure=secure)

    # What it does

    def transmit(self, data: bytes) -> None:
        """Send bytes as one packet, and let the turn end."""
        self.protocol.dataReceived(data)
        self.server.turn()

    @abstractmethod
    def say(self, text: str) -> None:
        """Say something in the current room."""

    @abstractmethod
    def command(self, line: str) -> None:
        """Run a command, written without its slash."""

    @abstractmethod
    def packet(self, *lines: str) -> bytes:
        """Return the bytes of several lines as a person would type them: commands with their slash."""

    def finish(self) -> None:
        """Send no more, but go on reading."""
        self.protocol.readConnectionLost()
        self.server.turn()

    def hang_up(self) -> None:
        """Be gone."""
        self.wire.end(ConnectionDone())
        self.server.turn()

    @property
    def closed(self) -> bool:
        """Whether the server has ended the connection."""
        self.server.turn()
        return self.wire.gone

    # What it sees

    def raw(self) -> bytes:
        """Return the bytes that came since this, `lines` or `seen` was last called."""
        self.server.turn()
        data = self._unread + self.wire.value()
        self.wire.clear()
        self._unread = b""
        return data

    def lines(self) -> list[bytes]:
        """Return the lines that came, without their ends. What follows the last end waits."""
        *lines, self._unread = self.raw().split(b"\n")
        return [line.removesuffix(b"\r") for line in lines]

    @abstractmethod
    def seen(self) -> list[Happening]:
        """Return what came since the last call."""

    def shown(self, happening: Happening) -> Happening:
        """Return a happening as its dialect has it, which may say less."""
        return happening
