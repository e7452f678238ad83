"""What stands behind a command's name: kinds of arguments, as annotations of a handler's parameters."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_type_hints

from chatd.commands.context import Context
from chatd.core import durations, names
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.names import Name
from chatd.core.room import Room
from chatd.core.user import User

__all__ = [
    "Addressee",
    "AnyRoom",
    "Arguments",
    "Current",
    "Here",
    "HereOrServer",
    "MaybeSwitch",
    "Number",
    "Parameter",
    "Past",
    "Rest",
    "RoomName",
    "Somebody",
    "Switch",
    "Target",
    "Term",
    "Whom",
    "Word",
    "Words",
    "account_at",
    "parameters_of",
]


_BLANKS = re.compile("[ \t]+")
_DIGITS = re.compile("[0-9]{1,15}")


class Missing(Exception):
    """Nothing (more) is typed where an argument could stand."""


class Arguments:
    """The rest of a line, taken word by word."""

    def __init__(self, text: str) -> None:
        # Space and TAB alone: other white space, control characters included, is checked as text is.
        self.rest = text.strip(" \t")

    def peek(self) -> str:
        """Return the next word; empty at the end."""
        return _BLANKS.split(self.rest, 1)[0]

    def word(self) -> str:
        """Take the next word; raise Missing at the end."""
        if not self.rest:
            raise Missing
        word, *rest = _BLANKS.split(self.rest, 1)
        self.rest = rest[0] if rest else ""
        return word

    def all(self) -> str:
        """Take everything that is left; raise Missing if that is nothing."""
        if not self.rest:
            raise Missing
        text, self.rest = self.rest, ""
        return text


class Words(Arguments):
    """Arguments that are apart already: a word is taken as it is, whatever is in it."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)

    @property
    def rest(self) -> str:  # type: ignore[override]  # made of what is left
        """What is left, as one line."""
        return " ".join(self._words)

    def peek(self) -> str:
        return self._words[0] if self._words else ""

    def word(self) -> str:
        if not self._words or not self._words[0]:
            raise Missing
        return self._words.pop(0)

    def all(self) -> str:
        rest = self.rest
        if not rest:
            raise Missing
        self._words.clear()
        return rest


@dataclass(frozen=True, slots=True)
class Kind:
    """How an argument is read; put into `Annotated`. `whom`: it says on whom a command acts."""

    read: Callable[[Context, Arguments], Any]
    whom: bool = False


def _word(ctx: Context, arguments: Arguments) -> str:
    return arguments.word()


def _rest(ctx: Context, arguments: Arguments) -> str:
    return arguments.all()


def _room_name(ctx: Context, arguments: Arguments) -> Name:
    word = arguments.word()
    return names.room_name(word if word.startswith("#") else f"#{word}")


def _any_room(ctx: Context, arguments: Arguments) -> Room:
    return ctx.registry.find_room(arguments.word(), ctx.user)


def _here(ctx: Context, arguments: Arguments) -> Room:
    room = _here_or_server(ctx, arguments)
    if room is None:
        raise _no_room(ctx)
    return room


def _no_room(ctx: Context) -> ChatError:
    """Return the refusal for who has no current room; IRC clients have none in whatever rooms they are."""
    inside = ctx.user is not None and ctx.user.rooms
    return ChatError(Code.NO_ROOM, "name a room" if inside else "name a room: you are in none")


def _here_or_server(ctx: Context, arguments: Arguments) -> Room | None:
    if arguments.peek().startswith("#"):
        return ctx.registry.find_room(arguments.word(), ctx.user)
    if ctx.session.current is None and not ctx.in_shell:
        raise _no_room(ctx)
    return ctx.session.current


def _current(ctx: Context, arguments: Arguments) -> Room | None:
    return ctx.session.current


def _target(ctx: Context, arguments: Arguments) -> User:
    return ctx.registry.find_user(arguments.word())


def _addressee(ctx: Context, arguments: Arguments) -> User | Account:
    return ctx.registry.find_addressee(arguments.word(), hint=True)


def _past(ctx: Context, arguments: Arguments) -> Room | Account:
    if not arguments.peek().startswith("@"):
        return _here(ctx, arguments)
    return account_at(ctx, arguments.word())


def account_at(ctx: Context, word: str) -> Account:
    """Return the account that `@NAME` means; raise ChatError if there is none."""
    found = ctx.registry.find_addressee(word[1:], hint=True)
    if isinstance(found, Account):
        return found
    account = ctx.registry.accounts.by_id(found.who.account or "")
    if account is None:
        raise ChatError(Code.NO_SUCH_USER, f"{found.nick} is a guest: nothing said to guests is kept")
    return account


def _term(ctx: Context, arguments: Arguments) -> int | None:
    word = arguments.peek()
    if not word[:1].isdigit():
        raise Missing
    seconds = durations.parse(word)
    arguments.word()
    return seconds


def _number(ctx: Context, arguments: Arguments) -> int:
    word = arguments.word()
    if not _DIGITS.fullmatch(word):
        raise ChatError(Code.BAD_VALUE, f'"{word}" is not a number')
    return int(word)


def _switch(ctx: Context, arguments: Arguments) -> bool:
    word = arguments.word().casefold()
    if word not in ("on", "off"):
        raise ChatError(Code.BAD_VALUE, f'"{word}" is neither on nor off')
    return word == "on"


Word = Annotated[str, Kind(_word)]
Whom = Annotated[str, Kind(_word, whom=True)]
Rest = Annotated[str, Kind(_rest)]
RoomName = Annotated[Name, Kind(_room_name)]
AnyRoom = Annotated[Room, Kind(_any_room)]
Here = Annotated[Room, Kind(_here)]
Current = Annotated[Room | None, Kind(_current)]
HereOrServer = Annotated[Room | None, Kind(_here_or_server)]
Target = Annotated[User, Kind(_target, whom=True)]
Addressee = Annotated[User | Account, Kind(_addressee)]
Somebody = Annotated[User | Account, Kind(_addressee, whom=True)]
Term = Annotated[int | None, Kind(_term)]
Switch = Annotated[bool, Kind(_switch)]
MaybeSwitch = Annotated[bool | None, Kind(_switch)]
Number = Annotated[int, Kind(_number)]
Past = Annotated[Room | Account, Kind(_past)]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler."""

    name: str
    kind: Kind
    default: Any

    def read(self, ctx: Context, arguments: Arguments, usage: str) -> Any:
        """Take this argument; raise UsageError if it is needed and not there, ChatError if it is wrong."""
        try:
            return self.kind.read(ctx, arguments)
        except Missing:
            if self.default is inspect.Parameter.empty:
                raise UsageError(usage) from None
            return self.default


def parameters_of(handler: Callable[..., Any]) -> tuple[Parameter, ...]:
    """Return what a bound handler takes after its Context; raise TypeError for an unknown kind."""
    return _parameters_of(handler.__func__)  # type: ignore[attr-defined]  # of a bound one


@cache
def _parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """Return the same for a function; it takes a hundred times as long as looking it up, and tests make many tables."""
    hints = get_type_hints(function, include_extras=True)
    parameters = []
    for parameter in list(inspect.signature(function).parameters.values())[2:]:
        kinds = [
            each for each in getattr(hints[parameter.name], "__metadata__", ()) if isinstance(each, Kind)
        ]
        if not kinds:
            raise TypeError(f"{function.__qualname__}: {parameter.name} has no kind of argument")
        parameters.append(Parameter(parameter.name, kinds[0], parameter.default))
    return tuple(parameters)
