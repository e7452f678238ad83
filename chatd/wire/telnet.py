"""Telnet as it turns up on a port meant for plain lines (RFC 854, RFC 855).

People reach a chat port with telnet clients. Their commands and negotiations are taken out of the
text, every option is refused, and only the echo is used: to hide a password while it is typed.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["HIDE", "SHOW", "SUBNEGOTIATION_LIMIT", "TelnetFilter"]

_IAC: Final = b"\xff"
_SB: Final = b"\xfa"
_WILL: Final = 0xFB
_WONT: Final = 0xFC
_DO: Final = 0xFD
_DONT: Final = 0xFE
_ECHO: Final = 1
_DO_TIMING_MARK: Final = bytes((_DO, 6))

HIDE: Final = bytes((0xFF, _WILL, _ECHO))
"""Asks a telnet client to show nothing of what is typed: "I will echo" (RFC 857 §2), but nobody does."""

SHOW: Final = bytes((0xFF, _WONT, _ECHO))
"""Asks a telnet client to show again what is typed (RFC 857 §2)."""

SUBNEGOTIATION_LIMIT: Final = 1024
"""Longest subnegotiation in bytes (IAC IAC is one). What follows it is text again, ended or not."""

# One match for each sequence. Groups: a byte that stays; a request that may be answered; the
# beginning of a sequence whose end is not here yet. The latter is looked for last, and at the end only.
# A subnegotiation reaches to the next IAC that is not doubled; the SE there is removed as a command.
_SEQUENCE: Final = re.compile(
    rb"""\xff (?:
        ( [\x00-\xeb\xff] )
      | ( [\xfb\xfd] . )
      | [\xec-\xf9]
      | [\xfc\xfe] .
      | \xfa (?: [^\xff] | \xff\xff ){LIMIT}
      | \xfa (?: [^\xff] | \xff\xff )* (?= \xff [^\xff] )
      | ( \xfa (?: [^\xff] | \xff\xff )* \xff? \Z | [\xfb-\xfe]? \Z )
    )""".replace(b"LIMIT", b"%d" % SUBNEGOTIATION_LIMIT),
    re.DOTALL | re.VERBOSE,
)


class TelnetFilter:
    """Takes telnet out of the bytes of one connection.

    `offers`: the options that this side announces by WILL itself, as HIDE does. A DO of one of them
    is taken for the answer and gets none; so a client that asks for it by itself gets none either.

    A connection without telnet need not call `feed`: a packet has to pass here only if `active` is
    set or it holds a 0xFF byte. `active` says that telnet was seen, or may have begun.
    """

    __slots__ = ("_answered", "_begun", "_cr", "_inside", "active")

    def __init__(self, offers: tuple[int, ...] = (_ECHO,)) -> None:
        self.active = False
        self._begun = b""  # the beginning of a sequence, at most two bytes
        self._inside = 0  # bytes passed of an unfinished subnegotiation, plus one; 0 outside
        self._cr = False  # the text so far ends with CR
        self._answered = 0  # requests not to be answered any more, one bit each
        for option in offers:
            self._answered |= _bit(_DO, option)

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the text in `data` and what to send in reply, either of them possibly empty.

        Removed: commands, negotiations and subnegotiations (RFC 854 p. 14, RFC 855). IAC IAC becomes
        the byte 0xFF. An IAC in front of no command code is removed alone: such is what is left of a
        Synch (RFC 854 p. 9) whose urgent byte was not read in line. CR NUL behind the first sequence
        becomes CR LF: a telnet client may send it for the Enter key (RFC 854 p. 11).

        The reply is WONT to DO and DONT to WILL, once for each option, so that no loop can start. Only
        the timing mark is refused each time, once a call: after an interrupt clients show nothing
        until that comes (RFC 860). How the bytes are cut into packets makes no difference to the text.
        """
        if self._inside:
            # What was skipped is not kept: as many other bytes stand for it.
            data = _IAC + _SB + bytes(self._inside - 1) + self._begun + data
        else:
            data = self._begun + data
        pieces: list[bytes | None] = _SEQUENCE.split(data)
        unfinished = pieces[-2] if len(pieces) > 1 else None
        self._leave(unfinished)
        reply = self._refuse(pieces[2::4])
        before = b""
        if not self.active:
            before, pieces[0] = pieces[0] or b"", None
            self.active = len(pieces) > 1
        del pieces[3::4]
        del pieces[2::3]
        return before + self._end_lines(b"".join(filter(None, pieces))), reply

    def _leave(self, unfinished: bytes | None) -> None:
        """Note with which sequence, behind its IAC, the packet breaks off, if with any."""
        self._begun, self._inside = b"", 0
        if unfinished is None:
            return
        if not unfinished.startswith(_SB):
            self._begun = _IAC + unfinished
            return
        passed = unfinished.replace(_IAC + _IAC, b".")
        if passed.endswith(_IAC):
            self._begun, passed = _IAC, passed[:-1]
        self._inside = len(passed)

    def _end_lines(self, text: bytes) -> bytes:
        """Turn CR NUL into CR LF, also where it was cut between two packets."""
        if self._cr and text.startswith(b"\0"):
            text = b"\n" + text[1:]
        if text:
            self._cr = text.endswith(b"\r")
        return text.replace(b"\r\0", b"\r\n")

    def _refuse(self, requests: list[bytes | None]) -> bytes:
        """Return the refusals of those DOs and WILLs among `requests` that have had none."""
        reply = bytearray()
        for request in dict.fromkeys(requests):
            if request is None:
                continue
            verb, option = request
            if self._answered & _bit(verb, option):
                continue
            if request != _DO_TIMING_MARK:
                self._answered |= _bit(verb, option)
            reply += bytes((0xFF, _WONT if verb == _DO else _DONT, option))
        return bytes(reply)


def _bit(verb: int, option: int) -> int:
    """Return the bit that stands for DO or WILL `option`."""
    return 1 << (option + (256 if verb == _DO else 0))
