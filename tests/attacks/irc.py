"""What the attacks by the door for IRC share."""

from __future__ import annotations

import socket
from typing import Any

from tests.attacks.canary import Canary
from tests.attacks.house import AttackCase, Client
from tests.process.server import ANY_PORT, Server

__all__ = ["MODERN", "IrcCase", "IrcMember", "opening"]

MODERN = "message-tags batch labeled-response echo-message draft/multiline server-time"


def opening(nick: str, *, caps: str = "", room: str = "#lobby") -> str:
    """Return what a client says first to be called that and to be in a room."""
    asked = f"CAP REQ :{caps}\r\n" if caps else ""
    ended = "CAP END\r\n" if caps else ""
    return f"{asked}NICK {nick}\r\nUSER u 0 * :{nick}\r\n{ended}JOIN {room}\r\n"


class IrcMember(Client):
    """Somebody at an IRC client."""

    def enter(self, nick: str) -> None:
        """Be called that and enter the lobby; come back when that is done."""
        self.type(opening(nick))
        self.expect(f" 366 {nick} #lobby ")

    def alive(self) -> str:
        """See that the server answers; return what came before the answer."""
        self.say("PING still-here")
        return self.expect("still-here\r\n")


class IrcCase(AttackCase):
    """A test case whose attackers, and whose canaries, come by the door for IRC."""

    def start(self, *options: str, **how: Any) -> Server:
        return super().start("--irc", ANY_PORT, *options, **how)

    def canary(self, server: Server, promise: str, **how: Any) -> Canary:
        return super().canary(server, promise, dialect="irc", **how)

    def connect(self, server: Server, source: str = "127.0.0.1", **how: Any) -> socket.socket:
        how["port"] = how.get("port") or server.port("irc")
        return super().connect(server, source, **how)

    def irc_client(self, server: Server, nick: str = "", source: str = "127.0.0.1", **how: Any) -> IrcMember:
        """Return a client, in the lobby if it has a nickname; `how` as for `connect`."""
        client = IrcMember(self.connect(server, source, **how))
        self.addCleanup(client.close)
        if nick:
            client.enter(nick)
        return client

    def irc_member(
        self, server: Server, nick: str, source: str = "127.0.0.1", *, room: str = "#lobby", **how: Any
    ) -> socket.socket:
        """Return a socket in a room, for floods."""
        connection = self.connect(server, source, **how)
        connection.sendall(opening(nick, room=room).encode())
        heard = b""
        while f" 366 {nick} {room} ".encode() not in heard:
            data = connection.recv(65536)
            assert data, f"{nick} was dropped: {heard!r}"
            heard += data
        return connection
