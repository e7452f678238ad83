"""What people type to search: words, "exact phrases", -words that must not be there, and operators."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from chatd.core import moments, words
from chatd.core.errors import ChatError, Code

__all__ = ["MOST", "Query", "parse"]

MOST = 16
"""Words, phrases and names in one query."""
MOST_TOKENS = 64
"""Words of the index that a query may need: a character of Chinese makes up to two."""

# A quote opens before a word, not in it (5" is none); keyboards make several kinds.
_QUOTED = r'"[^"]*"|\u201c[^\u201c\u201d]*[\u201c\u201d]|\u00ab[^\u00bb]*\u00bb'
_PART = re.compile(rf"(?=\S)(?P<no>-?)(?:(?P<name>[a-z]+):)?(?P<value>{_QUOTED}|\S*)", re.IGNORECASE)
_OPENING = ('"', "\u201c", "\u00ab")
_CLOSING = ('"', "\u201c", "\u201d", "\u00bb")
_OPERATORS = ("from", "in", "before", "after", "has")


@dataclass(slots=True)
class Query:
    """What is searched for. Each of `phrases` and `without` is what `words.phrase` made of it.

    `authors` are nicknames, `places` rooms or @accounts as typed: any one of several is meant.
    """

    phrases: list[list[str]] = field(default_factory=list)
    without: list[list[str]] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    before: datetime | None = None
    after: datetime | None = None
    link: bool = False
    text: str = ""
    """The query as typed, without `before:`, to be asked again for what came before."""


def parse(typed: str, now: datetime) -> Query:
    """Read a query. `now` is what times are counted from. Raises ChatError."""
    query, kept = Query(), []
    for part in _PART.finditer(typed):
        name = (part["name"] or "").lower()
        if name in _OPERATORS and not part["no"]:
            _operate(query, name, _unquoted(part["value"]), now)
        else:
            word = f"{part['name']}:{part['value']}" if name else _unquoted(part["value"])
            (query.without if part["no"] else query.phrases).append(words.phrase(word))
        if name != "before":
            kept.append(part[0])
    query.text = " ".join(kept)
    query.phrases, query.without = (list(filter(None, each)) for each in (query.phrases, query.without))
    _check(query)
    return query


def _unquoted(value: str) -> str:
    if not value.startswith(_OPENING):
        return value
    if len(value) == 1 or not value.endswith(_CLOSING):
        raise ChatError(Code.BAD_VALUE, f"a quote is not closed: {value}")
    return value[1:-1]


def _operate(query: Query, name: str, value: str, now: datetime) -> None:
    if not value:
        raise ChatError(Code.BAD_VALUE, f"{name}: needs a value right behind it")
    match name:
        case "from":
            query.authors.append(value)
        case "in":
            query.places.append(value)
        case "before":
            point = _moment(value, now)
            query.before = point if query.before is None else min(query.before, point)
        case "after":
            point = _moment(value, now)
            query.after = point if query.after is None else max(query.after, point)
        case _:
            if value.casefold() not in ("link", "links"):
                raise ChatError(Code.BAD_VALUE, f'has: knows link, not "{value}"')
            query.link = True


def _moment(value: str, now: datetime) -> datetime:
    point = moments.parse(value, now)
    if isinstance(point, int):
        raise ChatError(
            Code.BAD_VALUE, f'"{value}" is no time: numbers count in one room; try 2026-11-01, 14:30 or 2h'
        )
    return point


def _check(query: Query) -> None:
    terms = query.phrases + query.without
    if len(terms) + len(query.authors) + len(query.places) > MOST or sum(map(len, terms)) > MOST_TOKENS:
        raise ChatError(Code.TOO_MANY, f"too much to search for: {MOST} words at most, and no long texts")
    if not (query.phrases or query.authors or query.places or query.link):
        raise ChatError(
            Code.BAD_VALUE,
            "nothing to search for: name a word with letters or digits, from:, in: or has:link",
        )
