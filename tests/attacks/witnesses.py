"""Clients that keep all that they are sent: its bytes, and in JSON who is where by it."""

from __future__ import annotations

import json
import socket
from collections import Counter
from typing import Any

from tests.attacks.house import Client
from tests.behaviour.hostile import check_json

__all__ = ["FREE", "Program", "View", "Witness"]

FREE = ("--set", "limits.lines_per_second=0")
"""Options of a server without a budget of lines, where how fast they come is not what is looked at."""


class Witness(Client):
    """A client that keeps the bytes it was sent."""

    def __init__(self, connection: socket.socket) -> None:
        self.received = bytearray()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(connection)

    @property
    def json(self) -> bytes:
        """What was received since the greeting, which is text."""
        _, brace, rest = bytes(self.received).partition(b"{")
        return brace + rest

    def _receive(self) -> bytes:
        data = super()._receive()
        self.received += data
        return data


class Program(Witness):
    """A client in JSON that can tell, from the events alone, who is in its rooms."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self.nick = ""
        self.expect("Enter your nickname: ")

    def command(self, *lines: str) -> None:
        """Run commands, or say things as `#room words`; all sent as one packet, and no answer waited for."""
        requests = [{"type": "command", "line": line} if line[:1] == "/" else _say(line) for line in lines]
        self.socket.sendall("".join(f"{json.dumps(each)}\n" for each in requests).encode())

    def done(self, *lines: str) -> None:
        """Run commands, and wait until they are answered."""
        self.command(*lines)
        self.socket.sendall(b'{"type":"command","line":"/version","ref":"done"}\n')
        self.expect('"ref":"done"}\n')

    def objects(self) -> list[dict[str, Any]]:
        """Return all that came so far, all of it harmless; but for what is shown again, which did not happen now."""
        found = check_json(self.json[: self.json.rfind(b"\n") + 1])
        return [each for each in found if not each.get("replay")]

    def follow(self) -> dict[str, set[str]]:
        """Go through all that came, and return who is in each room by it.

        Fails where somebody leaves who was not there, or where the server, asked by /names, knew of others.
        """
        view = View()
        for each in self.objects():
            view.see(each)
        self.nick = view.nick
        return view.rooms

    def codes(self) -> Counter[str]:
        """Return how often each error was told."""
        return Counter(each["code"] for each in self.objects() if each["type"] in ("error", "usage"))


def _say(line: str) -> dict[str, str]:
    room, _, text = line.partition(" ")
    return {"type": "say", "room": room, "text": text}


class View:
    """What a client knows of rooms."""

    def __init__(self) -> None:
        self.nick = ""
        self.rooms: dict[str, set[str]] = {}
        self.ids: dict[str, str] = {}

    def see(self, item: dict[str, Any]) -> None:
        """Take one object."""
        see = getattr(self, f"_{item['type']}", None)
        if see is not None:
            see(item)

    def _named(self, item: dict[str, Any]) -> None:
        self.nick = item["who"]["nick"]

    def _joined(self, item: dict[str, Any]) -> None:
        room, nick = item["room"], item["who"]["nick"]
        if nick == self.nick:
            assert room not in self.rooms, f"entered {room} twice"
            self.rooms[room], self.ids[room] = set(), item["room_id"]
        assert self.ids[room] == item["room_id"], f"somebody entered a {room} that is not mine"
        assert nick not in self.rooms[room], f"{nick} came to {room} twice"
        self.rooms[room].add(nick)

    def _entered(self, item: dict[str, Any]) -> None:
        if item["room"] in self.rooms:
            self.rooms[item["room"]] = {member["nick"] for member in item["members"]}

    def _parted(self, item: dict[str, Any]) -> None:
        room, nick = item["room"], item["who"]["nick"]
        assert self.ids[room] == item["room_id"]
        self.rooms[room].remove(nick)
        if nick == self.nick:
            del self.rooms[room]

    _kicked = _parted

    def _quit(self, item: dict[str, Any]) -> None:
        for members in self.rooms.values():
            members.discard(item["who"]["nick"])

    def _renamed(self, item: dict[str, Any]) -> None:
        old, new = item["who"]["nick"], item["nick"]
        if old == self.nick:
            self.nick = new
        for room, members in self.rooms.items():
            if old in members:
                members.remove(old)
                assert new not in members, f"two called {new} in {room}"
                members.add(new)

    def _deleted(self, item: dict[str, Any]) -> None:
        assert self.ids[item["room"]] == item["room_id"]
        del self.rooms[item["room"]]

    def _names(self, item: dict[str, Any]) -> None:
        known = {member["nick"] for member in item["members"]}
        if item["room"] in self.rooms:
            assert self.rooms[item["room"]] == known, (item["room"], self.rooms[item["room"]] ^ known)

    def _message(self, item: dict[str, Any]) -> None:
        assert item["from"]["nick"] in self.rooms[item["room"]], f"{item} from who is not there"
