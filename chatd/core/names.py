"""Names of users and rooms: which are allowed, which are the same, which look the same.

Allowed is what PRECIS allows (RFC 8265 §3) and, on top of it, a short list: PRECIS alone would let
`/x`, `a,b` and a pile of accents through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from unicodedata import category

from precis_i18n import get_profile

from chatd.core.confusables import skeleton
from chatd.core.errors import ChatError, Code

__all__ = [
    "NICKNAME_BYTES",
    "NICKNAME_CHARS",
    "NICKNAME_PUNCTUATION",
    "ROOM_BYTES",
    "ROOM_PUNCTUATION",
    "Name",
    "fold",
    "may_hold",
    "nearest",
    "nickname",
    "room_name",
    "skeletons",
]

NICKNAME_CHARS = 32
NICKNAME_BYTES = 64
ROOM_BYTES = 64  # with the "#"

# RFC 2812 §2.3.1 "special", and "-".
NICKNAME_PUNCTUATION = "[]\\`_^{|}-"
# Nothing that a list of rooms, a mask, a path, a quoted word or a web page would read as its own.
ROOM_PUNCTUATION = "#&+-._=~^|()[]{}"

# RFC 1459 §2.2; clients add ^ and ~.
_RFC1459 = str.maketrans("[]\\^", "{}|~")
_RFC1459_LETTERS = frozenset("[]\\^{}|~")

# Hebrew writes three on one letter; longer piles run over the lines above.
_MARKS_IN_A_ROW = 3
_SHOWN = get_profile("UsernameCasePreserved")
_FOLDED = get_profile("UsernameCaseMapped")
# PRECIS takes 10 µs a form, and a server sees the same names again and again. What is refused is
# not remembered, so the memory has a bound.
_REMEMBERED = 4_096

# For `nearest`: what a slip may have put in, and how many names are looked at, and compared.
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-"
_LOOKED_AT = 1_000
_COMPARED = 24


class Name(NamedTuple):
    """A name that passed the rules: `shown` as people see it, `folded` as names are compared."""

    shown: str
    folded: str


@lru_cache(_REMEMBERED)
def nickname(raw: str) -> Name:
    """Read a nickname or the name of an account.

    It holds letters, marks on letters, digits and NICKNAME_PUNCTUATION, at most NICKNAME_CHARS
    characters and NICKNAME_BYTES bytes of UTF-8, and begins with no digit and no "-" (RFC 2812
    §2.3.1). Fullwidth letters become plain ones, `shown` is NFC, `folded` the UsernameCaseMapped
    form (RFC 8265 §3.3).

    Raises ChatError(BAD_NAME).
    """
    if not raw:
        raise ChatError(Code.BAD_NAME, "a nickname cannot be empty")
    if len(raw) > 4 * NICKNAME_CHARS:  # More than composing could shorten: spare PRECIS the rest.
        raise _nickname_too_long()
    name = _prepare(raw, "a nickname", NICKNAME_PUNCTUATION)
    for form in name:
        if len(form) > NICKNAME_CHARS or len(form.encode()) > NICKNAME_BYTES:
            raise _nickname_too_long()
        if form[0] == "-" or category(form[0]) == "Nd":
            raise ChatError(Code.BAD_NAME, 'a nickname cannot begin with a digit or "-"')
    return name


@lru_cache(_REMEMBERED)
def room_name(raw: str) -> Name:
    """Read the name of a room, which begins with "#".

    It holds letters, marks on letters, digits and ROOM_PUNCTUATION, with at least one letter or
    digit, in at most ROOM_BYTES bytes of UTF-8. Mapping and folding are those of `nickname`.

    Raises ChatError(BAD_NAME).
    """
    if raw[:1] not in {"#", "\uff03"}:
        raise ChatError(Code.BAD_NAME, 'the name of a room begins with "#"')
    if len(raw) > 4 * ROOM_BYTES:
        raise _room_too_long()
    if len(raw) == 1:
        raise ChatError(Code.BAD_NAME, 'the name of a room needs more than the "#"')
    # The bidi rule (RFC 5893 §2) would refuse a right-to-left name for the "#" before it.
    rest = _prepare(raw[1:], "the name of a room", ROOM_PUNCTUATION)
    if not any(char.isalnum() for char in rest.shown):
        raise ChatError(Code.BAD_NAME, "the name of a room needs a letter or a digit")
    name = Name("#" + rest.shown, "#" + rest.folded)
    if max(len(form.encode()) for form in name) > ROOM_BYTES:
        raise _room_too_long()
    return name


def fold(text: str) -> str:
    """The mappings of `Name.folded` without the rules, for parts of names (RFC 8265 §3.3.2)."""
    text = _FOLDED.width_mapping_rule(text)
    return _FOLDED.normalization_rule(_FOLDED.case_mapping_rule(text))


def may_hold(char: str, punctuation: str) -> bool:
    """Whether names with this punctuation may hold the character, in some place."""
    return bool(_kind(char)) or char in punctuation


@lru_cache(_REMEMBERED)
def skeletons(name: Name) -> frozenset[str]:
    """The look-alike keys of a name: two names that share one cannot be told apart.

    One key is made from the shown form and one from the folded: `BilI` looks like Bill only as it
    is typed, a Cyrillic small ve like a small capital B only once folded. A change of capitals can
    change them: compare again.

    A third is for clients of IRC that know no folding but that of RFC 1459 §2.2, where {}| are the
    small letters of []\\: they would show two people in one window. It holds a blank, as no name does.
    """
    keys = frozenset((skeleton(name.shown), skeleton(name.folded)))
    if _RFC1459_LETTERS.isdisjoint(name.folded):
        return keys
    return keys | {f"rfc1459 {name.folded.translate(_RFC1459)}"}


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that somebody who typed `word` may have meant; both sides are folded.

    The cost is bounded however many there are. In a set or a mapping, spellings one slip away are
    looked up; else, and in any other iterable, the first 1,000 are looked at and 24 of them
    compared. Measured with 15,000 names: 0.1 to 0.6 ms of CPU.
    """
    if not 1 < len(word) <= NICKNAME_CHARS:
        return None
    if isinstance(candidates, AbstractSet | Mapping):
        for slip in _one_slip_away(word):
            if slip in candidates:
                return slip
    letters = set(word)
    close = (
        name
        for name in islice(candidates, _LOOKED_AT)
        if abs(len(name) - len(word)) <= 2 and 2 * len(letters.intersection(name)) > len(letters)
    )
    found = get_close_matches(word, islice(close, _COMPARED), n=1, cutoff=0.7)
    return found[0] if found else None


def _prepare(raw: str, what: str, punctuation: str) -> Name:
    try:
        shown = raw if raw.isascii() else _SHOWN.enforce(raw)
        folded = shown.lower() if raw.isascii() else _FOLDED.enforce(shown)
    except UnicodeError:
        shown = folded = ""
    if not shown or not (_well_formed(shown, punctuation) and _well_formed(folded, punctuation)):
        allowed = " ".join(punctuation)
        raise ChatError(Code.BAD_NAME, f"{what} holds only letters, digits and {allowed}")
    return Name(shown, folded)


def _well_formed(text: str, punctuation: str) -> bool:
    if text.isascii():
        return all(char.isalnum() or char in punctuation for char in text)
    marks = 0
    before = ""
    for char in text:
        if not may_hold(char, punctuation):
            return False
        kind = _kind(char)
        marks = marks + 1 if kind == "M" else 0
        if marks > _MARKS_IN_A_ROW or (marks and before not in {"L", "M"}):
            return False
        before = kind
    return True


def _kind(char: str) -> str:
    # Of the numbers only decimal digits count: superscripts and fractions do not.
    found = category(char)
    return found[0] if found[0] in "LM" or found == "Nd" else ""


def _one_slip_away(word: str) -> Iterator[str]:
    # The commonest slips first: two letters swapped, one too many, one wrong, one left out.
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    for head, tail in splits:
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
    for head, tail in splits:
        if tail:
            yield head + tail[1:]
    for head, tail in splits:
        for letter in _LETTERS if tail else "":
            yield head + letter + tail[1:]
    for head, tail in splits:
        for letter in _LETTERS:
            yield head + letter + tail


def _nickname_too_long() -> ChatError:
    limit = f"{NICKNAME_CHARS} characters and {NICKNAME_BYTES} bytes"
    return ChatError(Code.BAD_NAME, f"a nickname has at most {limit}")


def _room_too_long() -> ChatError:
    return ChatError(Code.BAD_NAME, f"the name of a room has at most {ROOM_BYTES} bytes")
