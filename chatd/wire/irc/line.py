"""One line of IRC: taken apart and put together (RFC 1459 §2.3, IRCv3 message tags).

Bounds are those of the specifications: 512 bytes with the end of the line, and before them tags, at most 4,094 bytes
of a client's and 8,191 with those that a server adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from chatd.core.text import unbroken

__all__ = [
    "BODY_BYTES",
    "CLIENT_TAGS",
    "LINE_BYTES",
    "IrcLine",
    "LineError",
    "body",
    "clipped",
    "packed",
    "parse",
    "pieces",
    "tagged",
]

BODY_BYTES = 510
"""The longest line without its tags and its end."""
CLIENT_TAGS = 4094
"""The longest tags of a client, without the `@` and the blank."""
LINE_BYTES = CLIENT_TAGS + 2 + BODY_BYTES
"""The longest line of a client, without its end."""

_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_TO_ESCAPE = re.compile("[; \\\\\r\n\0]")
_ESCAPE = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n", "\0": ""}
_NO_TAGS: dict[str, str] = {}


class LineError(Exception):
    """A line that cannot be read: `code` is TOO_LONG, BAD_UTF8 or BAD_TAGS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class IrcLine(Struct):
    """A line as it was meant. `verb` is in capitals."""

    verb: str
    params: list[str] = []
    tags: dict[str, str] = {}

    def get(self, index: int, default: str = "") -> str:
        """Return a parameter, or the default where there is none."""
        return self.params[index] if index < len(self.params) else default


def parse(data: bytes) -> IrcLine | None:
    """Read one line without its end; None: it is blank. Raises LineError."""
    tags = _NO_TAGS
    if data[:1] == b"@":
        head, _, data = data.partition(b" ")
        if len(head) > CLIENT_TAGS + 1 or len(data) > BODY_BYTES:
            raise LineError("TOO_LONG")
        tags = _tags(head[1:])
    elif len(data) > BODY_BYTES:
        raise LineError("TOO_LONG")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise LineError("BAD_UTF8") from None
    head_text, colon, last = text.partition(" :")
    if head_text[:1] == ":" or not head_text:
        text = text.lstrip(" ")
        if text[:1] == ":":
            text = text.partition(" ")[2].lstrip(" ")
        head_text, colon, last = text.partition(" :")
    words = head_text.split(" ")
    if "" in words:
        words = [word for word in words if word]
    if not words:
        return None
    verb = words.pop(0)
    if colon:
        words.append(last)
    return IrcLine(verb.upper(), words, tags)


def _tags(data: bytes) -> dict[str, str]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise LineError("BAD_UTF8") from None
    if unbroken(text) != text:
        raise LineError("BAD_TAGS")
    tags: dict[str, str] = {}
    for each in text.split(";"):
        if not each:
            continue
        key, _, value = each.partition("=")
        if not key:
            raise LineError("BAD_TAGS")
        tags[key] = _ESCAPED.sub(_meant, value) if "\\" in value else value
    return tags


def _meant(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1])


def _escaped(value: str) -> str:
    if not _TO_ESCAPE.search(value):
        return value
    return _TO_ESCAPE.sub(lambda found: _ESCAPE[found[0]], value)


def body(verb: str, *params: str, source: str = "") -> str:
    """Put a line together, without tags and end; the last parameter may hold blanks, and is cut where the line would
    be too long. No parameter can end the line."""
    words = [f":{source} {verb}"] if source else [verb]
    words += [_middle(each) for each in params[:-1]]
    if params:
        last = params[-1]
        words.append(f":{last}" if not last or " " in last or last[0] == ":" else last)
    line = " ".join(words)
    if unbroken(line) != line:
        return body(verb, *map(unbroken, params), source=unbroken(source).replace(" ", "_"))
    return clipped(line)


def _middle(param: str) -> str:
    """Return a parameter that is not the last; one that could not stand there is a star."""
    return "*" if not param or " " in param or param[0] == ":" else param


def clipped(line: str, most: int = BODY_BYTES) -> str:
    """Return as much of a line as fits into so many bytes of UTF-8, in whole characters."""
    if len(line) * 4 <= most:
        return line
    data = line.encode()
    return line if len(data) <= most else data[:most].decode(errors="ignore")


def packed(words: Iterable[str], most: int, between: str = " ") -> Iterator[str]:
    """Join words into as few lines of at most so many bytes as hold them; a longer word is a line alone."""
    line: list[str] = []
    size = 0
    for word in words:
        length = len(word.encode()) + len(between)
        if line and size + length > most + len(between):
            yield between.join(line)
            line, size = [], 0
        line.append(word)
        size += length
    if line:
        yield between.join(line)


def pieces(text: str, most: int) -> list[str]:
    """Cut text into pieces of at most so many bytes of UTF-8, at a blank if there is one in the second half. A piece
    has a character at least, whatever is left for it."""
    most = max(most, 4)
    if len(text) * 4 <= most:
        return [text]
    data = text.encode()
    found = []
    while len(data) > most:
        piece = data[:most].decode(errors="ignore")
        blank = piece.rfind(" ", len(piece) // 2) + 1
        if blank and data[len(piece.encode()) :][:1] != b" ":
            piece = piece[:blank]
        found.append(piece)
        data = data[len(piece.encode()) :]
    found.append(data.decode())
    return found


def tagged(tags: Mapping[str, str], line: str) -> str:
    """Put tags before a line. A tag without a value is empty."""
    if not tags:
        return line
    shown = ";".join([f"{key}={_escaped(value)}" if value else key for key, value in tags.items()])
    return f"@{shown} {line}"
