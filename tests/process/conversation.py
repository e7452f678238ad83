"""People with irssi and WeeChat, at nc, and bots, on one server."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import TestCase

from tests.authority import Authority
from tests.process.people import nc
from tests.process.screens import IrcClient, Tmux
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE, Peer

__all__ = ["PROGRAMS", "Bot", "Conversation", "IrcBot"]

PROGRAMS = ("irssi", "nc", "openssl", "tmux", "weechat")
"""What has to be there."""
ODD = ("Unknown command", "not found", "unknown numeric", "bad argument")
"""What clients show of an answer that they do not understand, or that says they asked for nothing."""


class Bot:
    """A program that talks JSON lines."""

    def __init__(self, case: TestCase, port: int, nick: str, *rooms: str) -> None:
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._lines = connection.makefile("rw", encoding="utf-8", newline="\n")
        case.addCleanup(connection.close)
        case.addCleanup(self._lines.close)
        for line in (f"/nick {nick}", *(f"/join {room}" for room in rooms)):
            self.ask(type="command", line=line)

    def ask(self, **request: Any) -> None:
        """Send a request."""
        print(json.dumps(request), file=self._lines, flush=True)

    def sees(self, kind: str) -> dict[str, Any]:
        """Wait for the next event of a kind, and return it."""
        for line in self._lines:
            event: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
            if event.get("type") == kind:
                return event
        raise AssertionError(f"the end came without {kind}")


class IrcBot:
    """A program that talks IRC in clear text, with capabilities."""

    def __init__(self, case: TestCase, port: int, nick: str, *caps: str) -> None:
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._lines = connection.makefile("rw", encoding="utf-8", newline="\r\n")
        case.addCleanup(connection.close)
        case.addCleanup(self._lines.close)
        self.send(f"CAP REQ :{' '.join(caps)}", f"NICK {nick}", "USER bot 0 * :A bot", "CAP END")
        self.sees(" 001 ")

    def send(self, *lines: str) -> None:
        """Send lines."""
        self._lines.write("".join(f"{line}\n" for line in lines))
        self._lines.flush()

    def sees(self, words: str) -> str:
        """Wait for the next line with these words, and return it."""
        for line in self._lines:
            if words in line:
                return line
        raise AssertionError(f"the end came without {words}")


class Conversation(TestCase):
    """A server with a TLS port for IRC, a plain one too, and one for text and JSON."""

    options: Sequence[str] = ()
    """More of the server."""

    def setUp(self) -> None:
        authority = Authority()
        self.root = Path("root.pem").absolute()
        self.root.write_bytes(authority.root.cert_pem.bytes())
        authority.write(authority.issue("localhost"), Path("key.pem"), Path("cert.pem"))
        door = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=cert.pem"
        doors = ("--irc", door, "--irc", ANY_PORT)
        self.server = Server(self, *doors, "--name", "chat.example", *self.options)
        self.port = self.server.port("ircs")
        self.tmux = Tmux(self)

    def come(self, *people: IrcClient, room: str = "") -> None:
        """Let people come in, and into a room, one after the other."""
        for each in people:
            each.begin_to_connect(self.port, self.root)
        for each in people:
            each.shows("There is no message of the day")
            if room:
                each.type(f"/join {room}")
                each.joined(room)

    def at_nc(self, nick: str, *rooms: str) -> Peer:
        """Come with nc, into rooms."""
        client = nc(self, self.server, nick)
        for room in rooms:
            client.say(f"/join {room}")
            client.expect(f"{nick} has joined {room}")
        return client

    def understood(self, *clients: IrcClient) -> None:
        """Fail if a client shows of the server what it does not understand."""
        for client in clients:
            client.look_at(client.network)
            for words in ODD:
                self.assertNotIn(words, client.text)
