"""The table of IRC verbs: one row each, found by name, and what a handler is given."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from chatd.commands.context import Context
from chatd.core.errors import ChatError
from chatd.core.registry import Registry
from chatd.core.styles import unstyled
from chatd.core.text import REASON_BYTES
from chatd.core.user import User
from chatd.wire.irc.label import Label
from chatd.wire.irc.line import IrcLine, clipped
from chatd.wire.irc.numerics import Numeric
from chatd.wire.requests import Call, Typed

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["Ask", "Fail", "IrcError", "Row", "VerbTable", "quoted", "verb"]

Handler = Callable[..., "Coroutine[Any, Any, None] | None"]
H = TypeVar("H", bound=Handler)


class IrcError(Exception):
    """A request that is refused in IRC's own way: a numeric with its parameters, the words last."""

    def __init__(self, numeric: Numeric, *params: str) -> None:
        super().__init__(numeric)
        self.numeric = numeric
        self.params = params


class Fail(IrcError):
    """A request that is refused by a standard reply: its code, what it is about, the words last."""

    def __init__(self, code: str, *params: str) -> None:
        super().__init__(Numeric.ERR_UNKNOWNERROR, *params)
        self.code = code


class Ask(Struct):
    """One request: the line, who sent it, and how to answer.

    `room` and `nick` are what it is about at this moment: a refusal names them.
    """

    session: IrcSession
    line: IrcLine
    context: Context
    label: Label | None = None
    room: str = ""
    nick: str = ""

    @property
    def registry(self) -> Registry:
        """The registry."""
        return self.session.registry

    @property
    def user(self) -> User:
        """Who asks; raise ChatError before registration."""
        return self.context.named

    def param(self, index: int, default: str = "") -> str:
        """Return a parameter of the line."""
        return self.line.get(index, default)

    def words(self, index: int, most: int = REASON_BYTES) -> str:
        """Return a parameter as a reason or a topic: without formatting codes, and cut where it is too long."""
        return clipped(unstyled(self.param(index)), most)

    def answer(self, numeric: Numeric, *params: str) -> None:
        """Answer with a numeric, behind what the session itself still has in the timeline."""
        self.session.answer([(numeric, *params)], self.label)

    def answers(self, lines: Iterable[tuple[str, ...]]) -> None:
        """Answer with several numerics."""
        self.session.answer(lines, self.label)

    def refuse(self, error: ChatError | IrcError) -> None:
        """Say that something was refused."""
        self.session.refuse_request(self, error)

    def fail(self, code: str, *context_and_words: str) -> None:
        """Refuse with a standard reply (IRCv3 standard-replies)."""
        self.session.say("FAIL", self.line.verb, code, *context_and_words, label=self.label)

    def typed(self) -> Typed:
        """Return the line as a command of chatd's: what was the last parameter may hold blanks."""
        words = self.line.params if self.line.verb == "CHATD" else [self.line.verb.lower(), *self.line.params]
        return Typed(" ".join(words), self.label)

    async def run(self, command: str, *words: str) -> None:
        """Carry out one of the commands that all dialects have; raise ChatError as it does."""
        context, before = self.context, self.context.weight
        try:
            waiting = self.session.commands.run(context, Call(command, words, self.label))
        finally:
            # Each command sets what it weighs itself: a line that brings several weighs as much as they do.
            context.weight += before - 1
        if waiting is not None:
            await waiting


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str
    least: int
    early: bool
    weight: int


def quoted(text: str) -> str:
    """Return what a client sent as one parameter of an answer that is not the last."""
    return text.lstrip(":").partition(" ")[0][:64] or "*"


def verb(name: str, *, least: int = 0, early: bool = False, weight: int = 1) -> Callable[[H], H]:
    """Make a method the handler of a verb. `least`: parameters that it needs; `early`: it may come before
    registration; `weight`: how many plain lines it is counted as."""

    def mark(handler: H) -> H:
        marks = getattr(handler, "verbs", [])
        handler.verbs = [*marks, _Mark(name, least, early, weight)]  # type: ignore[attr-defined]
        return handler

    return mark


@dataclass(frozen=True, slots=True)
class Row:
    """One verb."""

    name: str
    handler: Handler
    least: int
    early: bool
    weight: int


class VerbTable:
    """Holds the rows of all groups: objects whose classes have marked methods."""

    def __init__(self, groups: Iterable[object]) -> None:
        self.rows: dict[str, Row] = {}
        for group in groups:
            for attribute in vars(type(group)).values():
                for mark in getattr(attribute, "verbs", ()):
                    if mark.name in self.rows:
                        raise ValueError(f"{mark.name} stands twice in the table of verbs")
                    handler = attribute.__get__(group)
                    self.rows[mark.name] = Row(mark.name, handler, mark.least, mark.early, mark.weight)

    def find(self, ask: Ask, *, registered: bool, verb: str) -> Row:
        """Return the row for a request; raise IrcError if it may not be carried out."""
        name = verb
        row = self.rows.get(name)
        if row is None:
            if not registered:
                raise IrcError(Numeric.ERR_NOTREGISTERED, "You have not registered")
            if ask.session.commands.has(name.lower()):
                return self.rows["CHATD"]
            raise IrcError(Numeric.ERR_UNKNOWNCOMMAND, name, "Unknown command")
        if not registered and not row.early:
            raise IrcError(Numeric.ERR_NOTREGISTERED, "You have not registered")
        if len(ask.line.params) < row.least:
            raise IrcError(Numeric.ERR_NEEDMOREPARAMS, name, "Not enough parameters")
        return row
