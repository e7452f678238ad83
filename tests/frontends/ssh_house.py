"""A chat server with an SSH shell and no network, for tests: registry, commands, keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.conch.ssh.keys import Key
from twisted.internet.defer import Deferred

from chatd.commands.admin import Admin
from chatd.commands.arguments import Rest
from chatd.commands.context import Context
from chatd.commands.display import Display, Helper
from chatd.commands.moderation import Moderation
from chatd.commands.people import People
from chatd.commands.rooms import Rooms
from chatd.commands.table import CommandTable, command
from chatd.commands.talk import Talk
from chatd.core import names
from chatd.core.acts import Act
from chatd.core.claims import LocalClaims
from chatd.core.events import Event
from chatd.core.fanout import Turn
from chatd.core.ids import Ids
from chatd.core.ports import View
from chatd.core.registry import Registry
from chatd.core.replies import Info
from chatd.core.user import Rank
from chatd.core.world import World
from chatd.frontends.manhole import ManholeFactory
from chatd.frontends.ssh import ListedKey
from chatd.services.timeline import Timeline
from chatd.settings import Manhole, Settings
from chatd.wire.text import TextCodec
from tests.memory import MemoryStore

__all__ = ["House", "Listener", "Probe", "new_key"]

CODEC = TextCodec()


def new_key() -> Key:
    """Make an ed25519 private key."""
    return Key(Ed25519PrivateKey.generate())


class Listener:
    """The connection of somebody in the chat."""

    codec = CODEC
    bell = False
    secure = True
    enters_lobby = True
    rereads = False
    hears_invitations = False
    address = "192.0.2.7"

    def __init__(self) -> None:
        self.user: Any = None
        self.heard: list[str] = []
        self.closed: list[str] = []

    def echoes(self, event: Event) -> bool:
        return self.codec.echoes(event, self.view(None))

    def view(self, room: object) -> View:
        return View(CODEC)

    def enter(self, room: object) -> None: ...

    def put_out(self, room: object, event: object) -> None: ...

    def left(self, room: object) -> None: ...

    def send(self, data: bytes) -> None:
        self.heard.append(data.decode())

    def show(self, item: Any, ref: object = None) -> None:
        self.send(CODEC.encode(item, View(CODEC), ref))

    def reply(self, reply: Any, ref: object = None) -> None:
        self.show(reply, ref)

    def close(self, reason: str) -> None:
        self.closed.append(reason)


class Probe:
    """Commands that exist for the tests alone."""

    title = "Probe"

    def __init__(self) -> None:
        self.waiting: list[Deferred[str]] = []

    @command("wait", example="/wait", shell=True)
    async def wait(self, ctx: Context) -> None:
        """Answer once the test says so."""
        answer: Deferred[str] = Deferred()
        self.waiting.append(answer)
        ctx.reply(Info(text=(await answer,)))

    @command("secret", usage="WORDS", example="/secret x", shell=True, secret=True)
    def secret(self, ctx: Context, words: Rest) -> None:
        """Take something that nobody may read in a log."""
        ctx.reply(Info(text=("taken",)))

    @command("break", example="/break", shell=True)
    def fail(self, ctx: Context) -> None:
        """Have a defect."""
        raise ZeroDivisionError

    @command("flood", example="/flood", shell=True)
    def flood(self, ctx: Context) -> None:
        """Say very much."""
        ctx.reply(Info(text=("x" * 200_000,) * 10))


class House:
    """`clock` drives everything; what is cleaned up goes to `cleanup`."""

    def __init__(self, clock: Any, cleanup: Callable[..., object], **manhole: Any) -> None:
        folder = TemporaryDirectory()
        cleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.clock = clock
        self.settings = Settings(manhole=Manhole(**manhole))
        self.store = store = MemoryStore()
        self.registry = Registry(
            World(
                settings=self.settings,
                timeline=Timeline(store, clock),
                claims=LocalClaims(),
                turn=Turn(lambda action: clock.callLater(0, action)),
                clock=clock,
                now=time.time,
                ids=Ids(time.time),
                cloak=lambda address: "cloak",
            )
        )
        self.stopped: list[str] = []
        self.probe = Probe()
        helper = Helper()
        admin = Admin(lambda: {"answer": 42}, self.stopped.append)
        groups = [Talk(), People(), Rooms(store), Moderation(), Display(), helper, admin, self.probe]
        self.commands = helper.table = CommandTable(groups)
        self.owner, self.operator, self.host = new_key(), new_key(), new_key()

    def add(self, nick: str) -> Listener:
        """Let somebody come into the chat."""
        listener = Listener()
        self.registry.arrive(listener, names.nickname(nick), self.registry.world.ids.next())
        return listener

    def factory(self, *owners: Key) -> ManholeFactory:
        """Make the shell's factory; `owners` besides the usual one."""
        return ManholeFactory(
            self.registry,
            self.commands,
            self.settings.manhole,
            self.host,
            {
                self.operator.public().blob(): ListedKey(self.operator.public(), Rank.OPERATOR),
                **{key.public().blob(): ListedKey(key.public(), Rank.OWNER) for key in (self.owner, *owners)},
            },
            self.clock,
        )

    def audited(self) -> list[Act]:
        """Return what stands on record."""
        return self.store.acts

    def lines(self) -> list[str]:
        """Return the lines on record."""
        return [act.line for act in self.audited()]
