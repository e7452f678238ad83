"""What people may say: the one check of decoded text, for every front end.

JSON's `\\u001b` passes any check on bytes, so the check is made on decoded text, here and nowhere
else. What passes cannot drive a terminal, split a line or turn its direction.
"""

from __future__ import annotations

import re

from chatd.core.errors import ChatError, Code

__all__ = [
    "MESSAGE_BYTES",
    "MESSAGE_LINES",
    "REASON_BYTES",
    "line",
    "message",
    "permitted",
    "tidy",
    "unbroken",
    "visible",
]

MESSAGE_BYTES = 4096
MESSAGE_LINES = 32
REASON_BYTES = 390  # What an IRC line has room for.

# Classes of characters, written as the inside of a regular expression's brackets.
_CONTROLS = r"\x00-\x08\x0a-\x1f\x7f-\x9f"  # C0 without TAB, DEL, C1
_SURROGATES = r"\ud800-\udfff"
_NONCHARACTERS = r"\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
_SEPARATORS = r"\u2028\u2029"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # UAX #9 §2
# Zero-width characters that join nothing: soft hyphen, Mongolian vowel separator, zero-width space,
# word joiner, invisible operators, deprecated format characters, byte order mark, annotations.
_ZERO_WIDTH = r"\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a"
_TAGS = r"\U000e0000-\U000e007f"
_VARIANTS = r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINERS = r"\u034f\u200c\u200d"
# Letters and symbols that show nothing: Hangul fillers, the empty Braille pattern.
_BLANKS = r"\s\u115f\u1160\u2800\u3164\uffa0"

_REFUSED = re.compile(f"[{_CONTROLS}{_SURROGATES}{_NONCHARACTERS}]")
_SEPARATOR = re.compile(f"[{_SEPARATORS}]")
# Tags are kept where they make a flag, as Scotland's (UTS #51 §2.6): a black flag, a code, an end.
_REMOVED = re.compile(
    r"(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    f"|[{_BIDI}{_ZERO_WIDTH}{_TAGS}]"
)
# One variation selector chooses how the character before it looks; more are hidden cargo. In ASCII
# only the bases of keycaps take one.
_NOT_VARIED = rf"\x00-\x22\x24-\x29\x2b-\x2f\x3a-\x7f{_BLANKS}{_VARIANTS}{_JOINERS}"
_LOOSE_VARIANT = re.compile(f"(?<![^{_NOT_VARIED}])[{_VARIANTS}]+")
# Joiners work between letters of the scripts that need them and within emoji. This is wider than
# RFC 5892 A.1 and A.2, which know no emoji; Latin letters, which need none, are left out.
_NOT_JOINED = rf"\x00-\u02ff{_BLANKS}{_JOINERS}"
_LOOSE_JOINER = re.compile(f"(?<![^{_NOT_JOINED}])[{_JOINERS}]|[{_JOINERS}](?![^{_NOT_JOINED}])")
_CONTEXTUAL = re.compile(f"[{_VARIANTS}{_JOINERS}]")
_NOTHING_TO_SEE = re.compile(f"[{_BLANKS}]*")
_BREAKS = re.compile("[\r\n\0]")
_HARMFUL = re.compile(
    rf"[\t{_CONTROLS}{_SURROGATES}{_NONCHARACTERS}{_SEPARATORS}{_BIDI}{_ZERO_WIDTH}{_TAGS}\u200c\u200d]"
)


def message(raw: str, limit: int = MESSAGE_BYTES) -> str:
    """Check one message and return it as it is stored and shown.

    Control characters other than TAB, lone surrogates and noncharacters are refused. Bidi controls
    are removed, zero-width characters too where they join nothing; line and paragraph separators
    become spaces. `limit` is in bytes of UTF-8 as typed.

    Raises ChatError: BAD_TEXT for a character above or when nothing is left to see, TOO_LONG.
    """
    # Every message comes through here, and most are this simple: 0.27 µs for 64 characters.
    if raw.isascii() and raw.isprintable() and 0 < len(raw) <= limit and not raw.isspace():
        return raw
    text = _clean(raw, limit)
    if _NOTHING_TO_SEE.fullmatch(text):
        raise ChatError(Code.BAD_TEXT, "there is nothing to say")
    return text


def line(raw: str, limit: int) -> str:
    """Check a topic or a reason: like `message`, but TAB is a space, ends are trimmed, empty is fine.

    `limit` is in bytes of UTF-8 as typed. Raises ChatError: BAD_TEXT or TOO_LONG.
    """
    return _clean(raw, limit).replace("\t", " ").strip()


def tidy(raw: str) -> str:
    """Check part of a message, which may be empty: like `message` otherwise."""
    return _clean(raw, MESSAGE_BYTES)


def permitted(raw: str) -> str:
    """Return text without the characters for which `message` and `line` refuse it."""
    return raw if raw.isprintable() else _REFUSED.sub("", raw)


def unbroken(line: str) -> str:
    """Return a line without what would end it, whoever put that there: what was checked when it came has none."""
    # Each line that leaves comes by here: 0.09 µs, by the pattern 0.3.
    if "\n" in line or "\r" in line or "\0" in line:
        return _BREAKS.sub(" ", line)
    return line


def visible(text: str) -> str:
    r"""Make any string harmless on a terminal and one line long, for echoes in errors and for logs.

    Each character that could do harm becomes its escape, as `\x1b` or `\u202e`. Never raises, and
    changes nothing in its own result; the escapes are for reading, not for decoding.
    """
    if text.isprintable():
        return text
    return _HARMFUL.sub(lambda found: ascii(found[0])[1:-1], text)


def _clean(raw: str, limit: int) -> str:
    if len(raw) > limit:  # Before anything that costs more the longer the text is.
        raise _too_long(limit)
    text = raw
    if not raw.isprintable():  # Else it holds nothing to refuse, or to remove at sight.
        refused = _REFUSED.search(raw)
        if refused:
            raise ChatError(Code.BAD_TEXT, f"the character U+{ord(refused[0]):04X} cannot be sent")
        text = _REMOVED.sub(lambda found: found[1] or "", _SEPARATOR.sub(" ", raw))
    if len(raw.encode()) > limit:
        raise _too_long(limit)
    if _CONTEXTUAL.search(text):
        # In this order: what the second takes away never gives the first more to do.
        text = _LOOSE_JOINER.sub("", _LOOSE_VARIANT.sub("", text))
    return text


def _too_long(limit: int) -> ChatError:
    return ChatError(Code.TOO_LONG, f"this is too long: at most {limit:,} bytes")
