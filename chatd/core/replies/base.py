"""What all answers have, and those that any command may give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

__all__ = [
    "Done",
    "ErrorReply",
    "Farewell",
    "Help",
    "Info",
    "Reply",
    "Stats",
    "Usage",
    "listed",
]


class Reply(Struct, kw_only=True, tag_field="type", omit_defaults=True):
    """An answer. In JSON it repeats the `ref` of the request."""

    def lines(self) -> list[str]:
        """Return the answer as lines of text, without a mark before them."""
        return []


class Info(Reply, kw_only=True, tag="info"):
    """Something said in words only, one string a line."""

    text: tuple[str, ...]

    def lines(self) -> list[str]:
        return list(self.text)


class ErrorReply(Reply, kw_only=True, tag="error"):
    """A request was refused and changed nothing."""

    code: str
    text: str

    def lines(self) -> list[str]:
        return [f"Error: {self.text}"]


class Usage(ErrorReply, kw_only=True, tag="usage"):
    """A command was typed in a way it cannot be read."""

    def lines(self) -> list[str]:
        return [f"Usage: {self.text}"]


class Farewell(Reply, kw_only=True, tag="bye"):
    """The connection ends after this, for this reason."""

    text: str

    def lines(self) -> list[str]:
        return [self.text]


class Done(Reply, kw_only=True, tag="done"):
    """The request was carried out and there is nothing more to say; people are not bothered with it."""


class Help(Reply, kw_only=True, tag="help"):
    """A page of help: lines ready to show."""

    topic: str
    text: tuple[str, ...]

    def lines(self) -> list[str]:
        return list(self.text)


class Stats(Reply, kw_only=True, tag="stats"):
    """Figures of the running server, in the order they are shown."""

    figures: dict[str, Any]

    def lines(self) -> list[str]:
        return [f"{name.replace('_', ' ')}: {value}" for name, value in self.figures.items()]


def listed(items: Iterable[object], more: int) -> str:
    return ", ".join(map(str, items)) + (f" and {more} more" if more else "")
