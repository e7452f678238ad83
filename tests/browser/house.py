"""A server with a web door, and people who come to it with browsers, nc and IRC."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from unittest import TestCase

import pytest

from tests.browser.page import Browser
from tests.process.conversation import IrcBot
from tests.process.people import nc
from tests.process.server import ANY_PORT, Server
from tests.process.streams import Peer
from tests.requirements import requires

__all__ = ["House", "browsing", "close_browsers"]

browsing: list[pytest.MarkDecorator] = [requires("chromium"), requires("chromedriver")]
"""Marks of a file whose tests drive a browser."""

# Starting a browser takes longer than most of what it is for: those of one test serve the next.
_spare: list[Browser] = []
_endings = ExitStack()


def close_browsers() -> None:
    """End all browsers."""
    _spare.clear()
    _endings.close()


class House(TestCase):
    """A server that can be killed and started again at the same doors."""

    options: Sequence[str] = ()
    """More of the server."""

    def setUp(self) -> None:
        self.start()

    def start(self, web: int = 0, text: int = 0) -> None:
        """Start the server."""
        doors = ("--web", f"tcp:{web}:interface=127.0.0.1", "--irc", ANY_PORT)
        self.server = Server(
            self, *doors, *self.options, listen=(f"tcp:{text}:interface=127.0.0.1",), env=dict(os.environ)
        )
        self.text = self.server.port("text")
        self.web = self.server.port("web")
        self.address = f"http://127.0.0.1:{self.web}/"

    def crash(self) -> None:
        """Kill the server."""
        self.server.kill()

    def again(self) -> None:
        """Start it at the same doors."""
        self.start(self.web, self.text)

    def browser(self, nick: str = "", room: str = "#lobby", width: int = 1280) -> Browser:
        """Open a browser and, with a nickname, come in."""
        browser = _spare.pop() if _spare else Browser(_endings.callback)
        self.addCleanup(_spare.append, browser)
        self.addCleanup(browser.leave)
        browser.visit(self.address, width)
        if nick:
            browser.enter(nick, room)
        return browser

    def at_nc(self, nick: str, *rooms: str) -> Peer:
        """Come with nc."""
        client = nc(self, self.server, nick)
        for room in rooms:
            client.say(f"/join {room}")
            client.expect(f"{nick} has joined {room}")
        return client

    def on_irc(self, nick: str, room: str) -> IrcBot:
        """Come with a program that talks IRC."""
        bot = IrcBot(self, self.server.port("irc"), nick, "echo-message")
        bot.send(f"JOIN {room}")
        bot.sees(" 366 ")
        return bot
