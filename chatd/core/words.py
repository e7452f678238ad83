"""Words to search by: one pure function makes them of what is said, and of what is searched for.

Folded: without case and width, Latin and Greek letters without accents, Cyrillic io as ie, Arabic and Hebrew without
their points. Scripts that put no spaces between words (Chinese, Japanese, Thai …), Korean, which hangs endings on
them, and emoji are taken in single characters and in pairs of neighbours: so words of one and of two characters are
found, and longer ones by their pairs in a row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["LINK", "PRIVATE", "VERSION", "author", "fold", "partner", "phrase", "place", "runs", "tokens"]

VERSION = f"1 {unicodedata.unidata_version}"
"""Changes with what the functions here return: an index made by another version has to be made anew."""
LONGEST = 64
"""Characters of a word that count."""

# Private-use characters: nothing that is said has them (core/text.py), so no word is like these marks.
_PLACE, _AUTHOR, _PARTNER, LINK, PRIVATE = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
# What is no letter or digit of ASCII ends a word in the index; in a name it must not.
_NAMED = {code: 0xE100 + code for code in range(128) if not chr(code).isalnum()}

_LINK = re.compile(r"(?:https?://|www\.)[^\s]", re.IGNORECASE)
# Letters, digits and marks that are taken singly and in pairs.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\u27bf\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
# Marks that belong to a word although `\w` leaves them out: combining ones, and the vowels of India's scripts.
_MARKS = "\u0300-\u036f\u0483-\u0487\u0900-\u0963\u0966-\u0dff"
_PLAIN = re.compile("[a-z0-9]+")
_RUN = re.compile(rf"([{_DENSE}]+)|((?:(?![{_DENSE}])[\w{_MARKS}])+)")
_ACCENTS = re.compile("(?<=[a-z\u03b1-\u03c9])[\u0300-\u036f]+")
# Points, tatweel, joiners, soft hyphens, selectors of emoji: they change how a word looks, not which it is.
_UNSEEN = re.compile(
    "[\u00ad\u0591-\u05bd\u05bf\u0610-\u061a\u0640\u064b-\u065f\u0670\u200b-\u200f\u2060\ufe00-\ufe0f]+"
)


def fold(text: str) -> str:
    """Return text as words are compared."""
    if text.isascii():
        return text.lower().replace("_", " ")
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = _ACCENTS.sub("", _UNSEEN.sub("", decomposed))
    return unicodedata.normalize("NFC", plain).replace("\u0451", "\u0435").replace("_", " ")


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a text, folded; True: a run of characters that are taken singly and in pairs."""
    if text.isascii():  # 1.6 µs for 64 characters; below 7
        for word in _PLAIN.findall(text.lower()):
            yield word[:LONGEST], False
        return
    for dense, word in _RUN.findall(fold(text)):
        yield (dense, True) if dense else (word[:LONGEST], False)


def tokens(text: str) -> list[str]:
    """Return what the index keeps of a text, in its order."""
    found: list[str] = []
    for run, dense in runs(text):
        if dense:
            for here, character in enumerate(run):
                found += (character, run[here : here + 2]) if here + 1 < len(run) else (character,)
        else:
            found.append(run)
    if ("://" in text or "www." in text.lower()) and _LINK.search(text):
        found.append(LINK)
    return found


def phrase(text: str) -> list[str]:
    """Return what stands side by side in the index of every text that has this one in it; empty: no words."""
    found: list[str] = []
    pieces = list(runs(text))
    for index, (run, dense) in enumerate(pieces):
        if not dense:
            found.append(run)
            continue
        for here, character in enumerate(run):
            # At either end a pair says it all: what stands beside it in the index may be of a longer run.
            left = here > 0 or index > 0
            right = here + 1 < len(run) or index + 1 < len(pieces)
            if (left and right) or len(run) == 1:
                found.append(character)
            if here + 1 < len(run):
                found.append(run[here : here + 2])
    return found


@lru_cache(4096)
def author(nick: str) -> str:
    """Return the word that stands for who said it."""
    return _named(_AUTHOR, fold(nick))


def place(id: str) -> str:
    """Return the word that stands for the room it was said in."""
    return _named(_PLACE, id)


def partner(account: str) -> str:
    """Return the word that stands for one of the two who talk in private."""
    return _named(_PARTNER, account)


def _named(kind: str, name: str) -> str:
    return kind + name.translate(_NAMED)
