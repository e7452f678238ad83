"""What the tests of the SSH shell have in common."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.conch.ssh.keys import Key
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.shell import Operator, ShellSession
from chatd.frontends.ssh_editor import Terminal
from chatd.frontends.ssh_prompt import Prompt
from chatd.frontends.ssh_python import namespace
from chatd.wire.text import TextCodec
from tests.frontends.ssh_client import Link, Session
from tests.frontends.ssh_house import House
from tests.frontends.ssh_screen import Screen

__all__ = ["LoginCase", "PromptCase", "SessionCase"]


class LoginCase(SynchronousTestCase):
    settings: dict[str, Any] = {}

    def setUp(self) -> None:
        self.clock = Clock()
        self.house = House(self.clock, self.addCleanup, **self.settings)
        self.rsa = Key(rsa.generate_private_key(65537, 2048))
        self.factory = self.house.factory(self.rsa)
        self.events = self.enterContext(capturedLogs())

    def link(self) -> Link:
        link = Link(self.factory, self.clock)
        link.pump()
        return link

    def logged(self, name: str) -> list[object]:
        return [
            event[name]
            for event in self.events
            if event.get("log_namespace") == "chatd.ssh" and name in event
        ]


class SessionCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.house = House(self.clock, self.addCleanup)
        self.factory = self.house.factory()

    def link(self) -> Link:
        return Link(self.factory, self.clock)

    def run_as_owner(self, line: str | bytes, *, eof: bool = False) -> Session:
        return self.link().execute(self.house.owner, line, eof=eof)


class PromptCase(SynchronousTestCase):
    width = 80
    limit = 4608

    def setUp(self) -> None:
        self.house = House(Clock(), self.addCleanup)
        self.recorded: list[str] = []
        self.left: list[bool] = []
        self.screen = Screen(self.width)
        self.names: dict[str, Any] = namespace(registry=self.house.registry, seen=[], Deferred=Deferred)
        self.wire = StringTransport()
        self.terminal = Terminal(self.prompt)
        self.terminal.makeConnection(self.wire)
        self.terminal.terminalProtocol.terminalSize(self.width, 24)
        self.type("")

    def prompt(self) -> Prompt:
        return Prompt(
            "hello", self.names, self.shell, self.recorded.append, lambda: self.left.append(True), self.limit
        )

    def shell(self, output: Any) -> ShellSession:
        house = self.house
        return ShellSession(
            house.registry,
            house.commands,
            Operator("ssh", "me", "here"),
            TextCodec(),
            output,
            bool,
        )

    def type(self, keys: str | bytes) -> None:
        self.terminal.dataReceived(keys.encode() if isinstance(keys, str) else keys)
        self.screen.feed(self.wire.value())
        self.wire.clear()

    def show(self) -> None:
        """Show what came of itself."""
        self.screen.feed(self.wire.value())
        self.wire.clear()

    @property
    def last(self) -> str:
        return self.screen.text[-1]
