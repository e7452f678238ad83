"""The table of `/commands`: one row each, found by name, checked once, run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple, TypeVar

from chatd.commands.arguments import Arguments, Parameter, Words, parameters_of
from chatd.commands.context import Context
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.events import RoomRank
from chatd.core.room import Room
from chatd.core.text import visible
from chatd.core.user import Rank, User
from chatd.wire.requests import Call, Command, Request, Say, SayLines, Typed

__all__ = ["CommandError", "CommandTable", "Deed", "Row", "command"]

Handler = Callable[..., "Coroutine[Any, Any, None] | None"]
H = TypeVar("H", bound=Handler)


class CommandError(Exception):
    """The table cannot be built: a command has no help, or a name stands twice."""


@dataclass(frozen=True, slots=True)
class _Mark:
    names: tuple[str, ...]
    options: dict[str, Any]


def command(
    *names: str,
    usage: str = "",
    example: str,
    menu: str = "",
    rank: Rank = Rank.USER,
    room_rank: RoomRank = RoomRank.NONE,
    named: bool = True,
    shell: bool = False,
    chat: bool = True,
    secret: bool = False,
    audited: bool = False,
    weight: int = 1,
) -> Callable[[H], H]:
    """Make a method the handler of a command: its name, then its aliases, without the `/`.

    `menu` puts it into /menu under these words. `rank` is needed on the server, `room_rank` in the
    room it acts on. `named=False` lets it run before naming; `shell` in the owner's shell, `chat=False` only
    there. The docstring is its help. `secret`: its arguments are written into no log. `audited`: it is an act of order, put on
    record when it is done. `weight`: how many plain lines it is counted as, for what it costs the server and its
    neighbours.
    """
    options = {
        "usage": usage,
        "example": example,
        "menu": menu,
        "rank": rank,
        "room_rank": room_rank,
        "named": named,
        "shell": shell,
        "chat": chat,
        "secret": secret,
        "audited": audited,
        "weight": weight,
    }

    def mark(handler: H) -> H:
        handler.command = _Mark(names, options)  # type: ignore[attr-defined]
        return handler

    return mark


@dataclass(frozen=True, slots=True)
class Row:
    """One command, with all that help, checks and the shell need to know of it."""

    names: tuple[str, ...]
    group: str
    handler: Handler
    parameters: tuple[Parameter, ...]
    help: str
    usage: str
    example: str
    menu: str
    rank: Rank
    room_rank: RoomRank
    named: bool
    shell: bool
    chat: bool
    secret: bool
    audited: bool
    weight: int

    @property
    def name(self) -> str:
        """The command's first name."""
        return self.names[0]

    @property
    def usage_line(self) -> str:
        """What to type."""
        return f"/{self.name} {self.usage}".rstrip()

    def names_whom(self) -> bool:
        """Whether it can act on somebody; alone it then only shows something."""
        return any(parameter.kind.whom for parameter in self.parameters)

    def available(self, ctx: Context) -> bool:
        """Whether the row exists for who asks; others are not even told of it."""
        return (self.shell if ctx.in_shell else self.chat) and ctx.rank >= self.rank


class Deed(NamedTuple):
    """What stands on record of a command: its line without secrets, whom it acts on, in which room."""

    line: str
    target: str = ""
    room: str = ""


class CommandTable:
    """Holds the rows of all groups. A group is an object whose class has a `title` and marked methods."""

    def __init__(self, groups: Iterable[object]) -> None:
        self.rows: list[Row] = []
        self._by_name: dict[str, Row] = {}
        self._secret_families: set[str] = set()
        """First words of secret commands of two."""
        self._say: Handler | None = None
        self._say_lines: Handler | None = None
        for group in groups:
            self._add(group)

    def _add(self, group: object) -> None:
        self._say = getattr(group, "say", self._say)
        self._say_lines = getattr(group, "say_lines", self._say_lines)
        for attribute in vars(type(group)).values():
            mark = getattr(attribute, "command", None)
            if not isinstance(mark, _Mark):
                continue
            handler = attribute.__get__(group)
            help = " ".join((handler.__doc__ or "").split())
            if not help:
                raise CommandError(f"/{mark.names[0]} has no help: give {handler.__qualname__} a docstring")
            row = Row(mark.names, type(group).title, handler, parameters_of(handler), help, **mark.options)  # type: ignore[attr-defined]
            self.rows.append(row)
            for name in mark.names:
                if name in self._by_name:
                    raise CommandError(f"/{name} stands twice in the command table")
                self._by_name[name] = row
                if row.secret and " " in name:
                    self._secret_families.add(name.partition(" ")[0])

    def named(self, ctx: Context, name: str) -> Row:
        """Return the row of that name; raise ChatError if who asks has none."""
        return self._take(ctx, Arguments(name))

    def _take(self, ctx: Context, arguments: Arguments) -> Row:
        """Take a command's name, one word or two, and return its row."""
        name = arguments.word().removeprefix("/").casefold() if arguments.rest else ""
        row = self._by_name.get(f"{name} {arguments.peek().casefold()}")
        if row is not None and row.available(ctx):
            arguments.word()
            return row
        row = self._by_name.get(name)
        if row is None or not row.available(ctx):
            raise ChatError(Code.UNKNOWN_COMMAND, self._unknown(ctx, name))
        return row

    def _unknown(self, ctx: Context, name: str) -> str:
        known = [each for each, row in self._by_name.items() if row.available(ctx)]
        family = sorted(each for each in known if each.startswith(f"{name} "))
        if name and family:
            return f"/{name} takes one of: {', '.join(each.removeprefix(name).strip() for each in family)}"
        close = get_close_matches(name[:32], known, n=1)
        return f'unknown command "/{name}".' + (f" Did you mean /{close[0]}?" if close else " Type /help.")

    def has(self, line: str) -> bool:
        """Whether a line begins with a command's name."""
        words = Arguments(line)
        name = words.word().removeprefix("/").casefold() if words.rest else ""
        return name in self._by_name or any(each.startswith(f"{name} ") for each in self._by_name if name)

    def redacted(self, line: str) -> str:
        """Return a command line as it may be logged: by the command's first name; one that is secret, or neither for
        the shell nor put on record, without its arguments; of what is no command, a mistyped secret perhaps, nothing."""
        words = Arguments(line)
        name = words.word().removeprefix("/").casefold() if words.rest else ""
        row = self._by_name.get(f"{name} {words.peek().casefold()}")
        if row is not None:
            words.word()
        elif name in self._secret_families and words.rest:
            return f"/{name} [redacted]"
        else:
            row = self._by_name.get(name)
        if row is None:
            return "[unknown command]" if name else ""
        hidden = row.secret or not (row.shell or row.audited)
        return visible(f"/{row.name} {'[redacted]' if hidden else words.rest}".rstrip())

    def deed(self, ctx: Context, line: str) -> Deed:
        """Return what stands on record of a line before it is run; who cannot be found there is not named."""
        try:
            row, values = self._read(ctx, Command(line))
        except ChatError:
            return Deed(self.redacted(line))
        return self._deed(row, values, line)

    def _deed(self, row: Row, values: list[Any], line: str) -> Deed:
        target = room = ""
        for parameter, value in zip(row.parameters, values, strict=True):
            if parameter.kind.whom:
                target = _called(value)
            elif isinstance(value, Room):
                room = value.name.shown
        return Deed(self.redacted(line), target, room)

    def run(self, ctx: Context, request: Request) -> Coroutine[Any, Any, None] | None:
        """Check rank, arity and state once, and call the handler.

        Returns its coroutine if it has one, not yet begun. Raises ChatError.
        """
        if isinstance(request, Say | SayLines):
            if self._say is None or self._say_lines is None:
                raise ChatError(Code.UNKNOWN_COMMAND, "there is nothing to say things with")
            if isinstance(request, Say):
                return self._say(ctx, request.text, request.room)
            return self._say_lines(ctx, request.lines, request.room, request.to)
        row, values = self._read(ctx, request)
        if not row.audited:
            return row.handler(ctx, *values)
        # Before it is done: whoever and whatever it meets may be gone afterwards.
        deed, by = self._deed(row, values, request.line), ctx.by
        record = partial(ctx.registry.record, by, ctx.session.door, ctx.session.address, *deed)
        with ctx.registry.world.timeline.together():
            waiting = row.handler(ctx, *values)
            # What is done at a shell stands on record before it is done.
            if ctx.in_shell or (row.names_whom() and not deed.target):
                return waiting
            if waiting is not None:
                return _recorded(waiting, record)
            record()
        return None

    def _read(self, ctx: Context, request: Command | Call | Typed) -> tuple[Row, list[Any]]:
        """Return the row that a request calls, with its arguments. Raises ChatError."""
        if isinstance(request, Call):
            row = self.named(ctx, request.name)
            arguments: Arguments = Words(request.words)
        else:
            arguments = Arguments(request.line)
            row = self._take(ctx, arguments)
        ctx.weight = row.weight
        if row.named and not ctx.in_shell:
            _ = ctx.named
        values = []
        for parameter in row.parameters:
            value = parameter.read(ctx, arguments, row.usage_line)
            if row.room_rank and isinstance(value, Room) and ctx.user is not None:
                value.require(ctx.user, row.room_rank)
            values.append(value)
        if arguments.rest:
            raise UsageError(row.usage_line)
        return row, values


async def _recorded(waiting: Coroutine[Any, Any, None], record: Callable[[], None]) -> None:
    """Go on to the end, and put it on record."""
    await waiting
    record()


def _called(value: Any) -> str:
    """Return what somebody, or a mask, is called."""
    if isinstance(value, User):
        return value.nick
    return value.name if isinstance(value, Account) else visible(str(value))
