"""What nobody should type, and what may never come back of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from chatd.commands import arguments
from chatd.commands.arguments import Kind
from chatd.commands.table import Row

__all__ = [
    "BYTES",
    "JSON_VALUES",
    "TELNET",
    "VALUES",
    "check_json",
    "check_switch",
    "check_text",
    "positions",
]

VALUES = (
    # What drives a terminal: colours, its title, bell, backspace, CSI as one C1 character, DEL.
    *("\x1b[31mred", "\x1b]0;title\x07", "ding\x07", "ab\x08\x08", "\x9b31m", "x\x7f", "\x90q\x9c"),
    # What ends a line or a string somewhere.
    *("a\rb", "a\r/quit", "nul\0nul", "\x0b\x0c\x1c\x1d\x1e\x1f", "a\x85b", "a\u2028b\u2029c", "\t"),
    # What turns, hides or joins.
    *("\u202eevil\u202c", "\u2066x\u2069", "\u061c\u200e\u200f", "Al\u200bice", "\ufeff\u2060", "a\u200db"),
    *("\U000e0041\U000e007f", "x\ufe0f", "\u00ad", "\u2800", "\uffff", "\U0010ffff", "\ufdd0", "\ufff9"),
    # Too long, too many marks, other directions, look-alikes, other forms of the same.
    *("x" * 4097, "é" * 2049, "a" + "\u0301" * 100, "w" * 400, "אלף", "علي", "Воb", "ⒷⓄⒷ", "Ｂｏｂ", "＃dev"),
    # What means something elsewhere.
    *("/x", "//", "/", "#", "##", "#dev", "#nowhere", "-", "--", "*", "a*" * 40, "?" * 33, "@", "~", "."),
    *(
        "text",
        "json",
        "{0}{nick}%s%n",
        "{",
        '{"type":"say"}',
        "';--",
        "../../etc/passwd",
        "\\r\\n",
        "&#x1b;",
        "$(reboot)",
    ),
    # Numbers and masks out of bounds.
    *("-1", "0", "0s", "1" * 401, "1" * 401 + "s", "1e400", "²", "٣s", "999999999w", "NaN", "0x10", "true"),
    *("::/0", "0.0.0.0/0", "1.2.3.4/33", "fe80::1%lo", "host:", "account:", "address:999.1.1.1", "host:*.*"),
)
"""Arguments for any dialect."""

BYTES = (
    *(b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80", b"\xc3", b"a\xe2\x80"),
    *(b"\xff\xf4\xff\xfd\x06", b"\xff\xfa\x18\x00xterm\xff\xf0", b"\xff", b"\xff\xff\xff", b"x" * 5000),
)
"""Arguments that are no text, or no line; only the text dialect can send them."""

JSON_VALUES = ("\ud800", "a\udc00b", "\ude00\ud83d", "\r\n/quit\r\n", "a\nb", "\0", "x" * 32_000, "\n")
"""Arguments that only JSON can send."""

_VALID = {
    "Word": "word",
    "Whom": "spam*",
    "Rest": "some words",
    "Number": "1",
    "RoomName": "#dev",
    "AnyRoom": "#dev",
    "Current": "",
    "Here": "#dev",
    "Past": "#dev",
    "HereOrServer": "#dev",
    "Target": "Bob",
    "Addressee": "Bob",
    "Somebody": "Bob",
    "Term": "10m",
    "Switch": "on",
}
_VALID_OF: dict[Kind, str] = {get_args(getattr(arguments, name))[1]: value for name, value in _VALID.items()}

TELNET = re.compile(rb"\xff[\xfc\xfe].", re.DOTALL)
"""How telnet's options are refused."""

# Controls but TAB, line separators, bidi controls, and what is zero-width and joins nothing.
_HARMFUL = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\u200b\u2060\ufeff\ufff9-\ufffb\ufffe\uffff]"
)


def positions(row: Row) -> Iterator[tuple[str, str]]:
    """Yield, for each argument of a command and for one too many, what stands before it and behind it.

    The last is behind the command's own example.

    Raises KeyError for an argument of a new kind: say above what would do for it.
    """
    # What is not typed has no place.
    valid = [value for parameter in row.parameters if (value := _VALID_OF[parameter.kind])]
    for index in range(len(valid) + 1):
        yield " ".join((row.name, *valid[:index])), " ".join(valid[index + 1 :])
    yield row.example.removeprefix("/"), ""


def check_text(data: bytes) -> None:
    """Raise AssertionError for what a terminal should not be sent, telnet's refusals apart."""
    text = TELNET.sub(b"", data).decode()
    *lines, _ = text.split("\r\n")
    _check(text.replace("\r\n", ""))
    for line in lines:
        assert line.strip(), f"an empty line: {text!r}"


def check_switch(data: bytes, *, to_json: bool) -> None:
    """Raise AssertionError unless a client was sent one dialect and then the other, each harmless.

    Where the one ends is seen by the ends of lines: CR LF in text; in JSON, where no CR ever stands, LF.
    """
    lines = TELNET.sub(b"", data).splitlines(keepends=True)
    if to_json and lines[0] == b"\r\n":
        del lines[0]  # it ends the line of a prompt
    of_text = [line.endswith(b"\r\n") for line in lines]
    at = of_text.index(not to_json)
    first, second = b"".join(lines[:at]), b"".join(lines[at:])
    check_text(first if to_json else second)
    check_json(second if to_json else first)


def check_json(data: bytes) -> list[dict[str, Any]]:
    """Return the objects sent to a program; raise AssertionError for what must not be in them."""
    text = data.decode()
    assert not text or text.endswith("\n"), text
    lines = text.split("\n")[:-1]
    for line in lines:
        _check(line)
    objects = [json.loads(line) for line in lines]
    for each in objects:
        _check_strings(each)
    return objects


def _check_strings(item: Any) -> None:
    if isinstance(item, str):
        _check(item)
    elif isinstance(item, dict):
        for value in item.values():
            _check_strings(value)
    elif isinstance(item, list):
        for value in item:
            _check_strings(value)


def _check(text: str) -> None:
    found = _HARMFUL.search(text)
    if found is not None:
        raise AssertionError(f"U+{ord(found[0]):04X} in {text[:200]!r}")
