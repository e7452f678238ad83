"""Python at the owner's prompt: run, coloured, and put on record without what its strings say."""

# mypy: disallow-untyped-calls=False
# Conch is not annotated, and mypy takes a call through super() for a call of ours.
from __future__ import annotations

import io
import pydoc
import tokenize
from collections.abc import Callable, Iterator
from keyword import iskeyword
from types import CodeType
from typing import Any

from twisted.conch.manhole import ManholeInterpreter

from chatd.core.text import visible

__all__ = ["Interpreter", "namespace", "painted", "redacted"]

HINT = "help(object) explains it. The commands: /help"
PLAIN = "\x1b[0m"
# Of the sixteen ANSI colours those that can be read on black and on white.
KEYWORD, STRING, NUMBER, COMMENT = "\x1b[35m", "\x1b[32m", "\x1b[36m", "\x1b[90m"

# Python 3.12 cuts f-strings into several tokens, 3.14 has t-strings as well.
_OPENING = tuple(getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START"))
_CLOSING = tuple(getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END"))


class Interpreter(ManholeInterpreter):
    """Conch's interpreter, with each input handed to `record`, redacted, before it is carried out.

    `leave` is called when the code asks for the end of the session (`exit()`).
    """

    def __init__(
        self, handler: Any, names: dict[str, Any], record: Callable[[str], None], leave: Callable[[], None]
    ) -> None:
        super().__init__(handler, names)
        self._record = record
        self._leave = leave

    def runcode(self, code: CodeType) -> None:
        """Run what was compiled; nothing that it raises gets out."""
        self._record_input()
        try:
            super().runcode(code)
        except SystemExit:
            self._leave()

    def showsyntaxerror(self, filename: str | None = None, **options: Any) -> None:
        """Say what is wrong with an input that is no Python."""
        self._record_input()
        super().showsyntaxerror(filename, **options)

    def _record_input(self) -> None:
        self._record(redacted(b"\n".join(self.buffer).decode()))


def namespace(**names: Any) -> dict[str, Any]:
    """Return what the prompt knows: `names`, and stand-ins for builtins that would wait for the server's own
    terminal and so stop the whole server."""

    def leave() -> None:
        """End this session."""
        raise SystemExit

    def help(*about: Any) -> None:
        """Explain an object of Python; /help explains the commands."""
        pydoc.help(about[0]) if about else print(HINT)  # noqa: T201 - at the prompt

    def no_terminal(*_: Any, **__: Any) -> None:
        """Refuse: the server has no terminal to wait at."""
        raise RuntimeError("this would stop the whole server")

    stand_ins = {"exit": leave, "quit": leave, "help": help, "input": no_terminal, "breakpoint": no_terminal}
    return {"__name__": "chatd.prompt", "__doc__": None, **stand_ins, **names}


def redacted(source: str) -> str:
    """Return Python source as it may be logged: one line, strings and comments without what they say.

    Of source that cannot be cut into tokens only its length (characters) is told: who can say where
    its strings end.
    """
    try:
        tokens = list(_tokens(source))
    except (tokenize.TokenError, SyntaxError):
        tokens = [(tokenize.ERRORTOKEN, 0, 0)]
    if any(kind == tokenize.ERRORTOKEN for kind, _, _ in tokens):
        return f"[{len(source)} characters that are not Python]"
    parts = []
    done = 0
    for start, end, stands_for in _secrets(tokens):
        parts += [source[done:start], stands_for]
        done = end
    return visible("".join([*parts, source[done:]]))


def painted(source: str, line: int) -> str:
    """Return line number `line` (from 0) of `source` with the colours of its tokens; what is unfinished stays plain."""
    first = sum(len(each) + 1 for each in source.split("\n")[:line])
    last = first + len(source.split("\n")[line])
    parts = []
    done = first
    try:
        for kind, start, end in _tokens(source):
            color = _color(kind, source[start:end])
            begin, stop = max(start, done), min(end, last)
            if color and begin < stop:
                parts += [source[done:begin], color, source[begin:stop], PLAIN]
                done = stop
    except (tokenize.TokenError, SyntaxError):
        pass
    return "".join([*parts, source[done:last]])


def _tokens(source: str) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and end of each token, counted in characters from the start of the source."""
    lines = [0, 0]
    for text in source.split("\n"):
        lines.append(lines[-1] + len(text) + 1)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        start, end = (min(lines[row] + column, len(source)) for row, column in (token.start, token.end))
        yield token.type, start, end


def _secrets(tokens: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield start and end of what is not to be logged, and what stands for it."""
    depth = 0
    opened = 0
    for kind, start, end in tokens:
        if kind in _OPENING:
            opened = start if not depth else opened
            depth += 1
        elif kind in _CLOSING:
            depth -= 1
            if not depth:
                yield opened, end, "'…'"
        elif not depth and kind == tokenize.STRING:
            yield start, end, "'…'"
        elif not depth and kind == tokenize.COMMENT:
            yield start, end, "#…"


def _color(kind: int, text: str) -> str:
    if kind == tokenize.NAME:
        return KEYWORD if iskeyword(text) else ""
    if kind == tokenize.STRING or getattr(tokenize, "FSTRING_START", -1) <= kind <= getattr(
        tokenize, "FSTRING_END", -2
    ):
        return STRING
    return {tokenize.NUMBER: NUMBER, tokenize.COMMENT: COMMENT}.get(kind, "")
