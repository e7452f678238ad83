"""A session without a user: the owner at his SSH shell, or a process at the control socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.commands.context import Context, Style
from chatd.commands.driving import drive
from chatd.commands.table import CommandTable
from chatd.core.accounts import Account
from chatd.core.events import Event, Who
from chatd.core.kept import NOTHING, Belongings
from chatd.core.names import Name
from chatd.core.ports import Source, View
from chatd.core.registry import Registry
from chatd.core.replies import Done, Outgoing, Reply, Usage
from chatd.core.room import Room
from chatd.core.user import Rank, User
from chatd.frontends.refusals import refusal_of
from chatd.wire.requests import Command

__all__ = ["Operator", "ShellSession", "Status"]

log = Logger(namespace="chatd.shell")


class Status(IntEnum):
    """How a command ended, as an exit status."""

    DONE = 0
    REFUSED = 1
    USAGE = 2


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is at the shell: `by` is a key's fingerprint or a local user's id."""

    door: str
    by: str
    address: str
    rank: Rank = Rank.OWNER


class ShellSession:
    """Runs commands at the operator's rank, each put on record first; answers come when the record is stored.

    Implements `core.ports.Session` and `commands.context.Client` as far as somebody without a
    nickname needs them. `output` is given what is to be shown.
    """

    enters_lobby = False
    rereads = False
    hears_invitations = False
    bell = False
    secure = True
    certificate = ""
    reached_at = ""
    ending = False

    def __init__(  # noqa: PLR0917 - a session is what brings these together
        self,
        registry: Registry,
        commands: CommandTable,
        operator: Operator,
        codec: Any,
        output: Callable[[bytes], object],
        end: Callable[[], object],
    ) -> None:
        self.registry = registry
        self.commands = commands
        self.operator = operator
        self.codec = codec
        self.address = operator.address
        self.user: User | None = None
        self.current: Room | None = None
        self.style = Style()
        self._output = output
        self._end = end

    def run(self, command: Command) -> Status | Deferred[Status]:
        """Run one command and return how it ended. Never raises."""
        context = Context(
            self.registry, self, self.operator.rank, command.ref, in_shell=True, operator=self.operator.by
        )
        try:
            self.record(*self.commands.deed(context, command.line))
            coroutine = self.commands.run(context, command)
            waiting = None if coroutine is None else drive(coroutine)
        except Exception:  # noqa: BLE001 - whatever a handler raises is answered and logged
            return self._failed(context, Failure())
        if waiting is None:
            return self._done(context)
        return waiting.addCallbacks(
            lambda _: self._done(context), lambda failure: self._failed(context, failure)
        )

    def record(self, line: str, target: str = "", room: str = "") -> None:
        """Put on record what is about to be done here."""
        operator = self.operator
        self.registry.record(
            Who(nick=operator.by), operator.door, operator.address, line, target, room, Source(self)
        )

    @property
    def door(self) -> str:
        """The kind of shell, for the record of acts."""
        return self.operator.door

    def _done(self, context: Context) -> Status:
        if not context.answered:
            context.reply(Done())
        return Status.DONE

    def _failed(self, context: Context, failure: Failure) -> Status:
        reply = refusal_of(failure, self.operator.by)
        context.reply(reply)
        return Status.USAGE if isinstance(reply, Usage) else Status.REFUSED

    # core.ports.Session

    def view(self, room: Room | None) -> View:
        return View(self.codec)

    def echoes(self, event: Event) -> bool:
        raise NotInChat

    def enter(self, room: Room) -> None:
        raise NotInChat

    def left(self, room: Room) -> None:
        raise NotInChat

    def send(self, data: bytes) -> None:
        self._output(data)

    def put_out(self, room: Room, event: Event) -> None:
        raise NotInChat

    def show(self, item: Outgoing, ref: Any = None) -> None:
        data = self.codec.encode(item, self.view(None), ref)
        if data:
            self.send(data)

    def reply(self, reply: Reply, ref: Any = None) -> None:
        self.registry.world.timeline.after(self, lambda: self.show(reply, ref))

    def reply_later(self, make: Callable[[], Reply], ref: Any = None) -> None:
        self.registry.world.timeline.behind_all(lambda: self.show(make(), ref), self)

    def close(self, reason: str) -> None:
        self._end()

    # commands.context.Client: nothing of this is in the shell's part of the table

    def restyle(self, style: Style) -> None:
        raise NotInChat

    def turn_into(self, dialect: str) -> None:
        raise NotInChat

    def ping(self, ref: Any) -> None:
        raise NotInChat

    def admit(self, password: str) -> None:
        raise NotInChat

    def require_alive(self) -> None:
        return

    def require_admission(self) -> None:
        raise NotInChat

    @property
    def may_take_passwords(self) -> bool:
        return True

    def require_confidential(self) -> None:
        raise NotInChat

    def ask_for_password(self, name: Name) -> None:
        raise NotInChat

    def join_user(self, user: User) -> None:
        raise NotInChat

    def arrive(
        self, name: Name, id: str, account: Account | None = None, belongings: Belongings = NOTHING
    ) -> None:
        raise NotInChat

    def arrived(self, rooms: Iterable[str] = ()) -> None:
        raise NotInChat

    def come_back(self, rooms: Iterable[str]) -> None:
        raise NotInChat

    def show_mail(self, events: list[Event]) -> None:
        raise NotInChat

    @property
    def proved(self) -> Account | None:
        return None

    def remember(self, account: Account) -> None:
        raise NotInChat

    def log_out(self) -> None:
        raise NotInChat

    def drained(self) -> Deferred[None]:
        return succeed(None)

    def settled(self) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        self.registry.world.timeline.after(self, lambda: waiting.callback(None))
        return waiting

    def replay(self, room: Room | None, events: list[Event]) -> None:
        for event in events:
            self.show(event)

    def show_room(self, room: Room, ref: Any = None) -> None:
        """Nobody enters a room from here."""

    def quit(self, reason: str, ref: Any = None) -> None:
        self._end()


class NotInChat(RuntimeError):
    """A command that needs a nickname was let into the shell: the table is wrong."""
