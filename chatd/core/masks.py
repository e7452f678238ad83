"""Whom a ban or a mute is for.

| As typed | matches |
|---|---|
| `spam*`, `b?b` | nicknames; `*` is any run of characters, `?` any one |
| `account:NAME` | everybody logged in as NAME; kept with the account's id in place of its name |
| `address:203.0.113.7`, `address:2001:db8::/32` | addresses; the word may be left out |
| `host:CLOAK`, `host:*.NETWORK` | an address or its network as shown by addresses.py; likewise |
| `nick!user@host` | as clients of IRC write it: nickname, user name (`~u` for who has none) and cloak, each with `*` and `?` |
| `~a:NAME`, `$a:NAME` | as `account:NAME`; likewise |

What is written as clients of IRC do is kept as the simplest of these that means the same: `bob!*@*` is `bob`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

import msgspec

from chatd.core.addresses import is_cloak, numeric
from chatd.core.errors import ChatError, Code
from chatd.core.names import NICKNAME_CHARS, NICKNAME_PUNCTUATION, fold, may_hold, nickname

__all__ = [
    "EVERYBODY",
    "NO_IDENT",
    "Kind",
    "Mask",
    "MaskList",
    "irc_form",
    "known",
    "nicknames",
    "parse",
    "words",
]

NO_IDENT = "~u"
"""The user name of who has none, for masks."""

# Wider networks hold whole continents; two halves of the internet are everybody again.
_WIDEST = {4: 8, 6: 16}
_ID = re.compile("[0-9a-f]{32}", re.ASCII)
_WILD = frozenset("*?/")
# Every user name and cloak, with * and ?; IRC has these three apart by ! and @, and several by commas and blanks.
_PART = re.compile("[!-~]+", re.ASCII)
_APART = frozenset("!@,")
_ACCOUNT_WORDS = ("account", "a", "~a", "$a")
_REMEMBERED = 4_096
_LONGEST = 128  # characters; every mask that can match is shorter


class Kind(StrEnum):
    """What of a user a mask looks at."""

    NICK = "nick"
    ACCOUNT = "account"
    ADDRESS = "address"
    HOST = "host"
    HOSTMASK = "hostmask"


class MaskList(StrEnum):
    """What the masks are for that a room keeps besides its bans."""

    EXCEPTION = "exception"
    """Whom no ban keeps out."""
    INVITATION = "invitation"
    """Who enters uninvited what is by invitation only."""
    MUTE = "mute"
    """Who does not speak unless he has a rank there."""


class Mask(msgspec.Struct, frozen=True):
    """A mask in its one canonical form; `str(mask)` can be typed again. Made by `parse`."""

    kind: Kind
    pattern: str

    def __str__(self) -> str:
        written = self.kind in (Kind.NICK, Kind.HOSTMASK)
        return self.pattern if written else f"{self.kind}:{self.pattern}"

    @property
    def wide(self) -> bool:
        """Whether it may meet several nicknames or addresses."""
        return not _WILD.isdisjoint(self.pattern)

    def glob(self) -> re.Pattern[str]:
        """Compile the pattern of a nickname; it matches folded ones."""
        return _glob(self.pattern)

    def globs(self) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
        """Compile the three parts of a `nick!user@host`; they match what is folded, and what is lower-case."""
        nick, _, rest = self.pattern.partition("!")
        user, _, host = rest.partition("@")
        return _glob(nick), _glob(user), _glob(host)

    def network(self) -> IPv4Network | IPv6Network:
        """Return the network of an address mask."""
        return ip_network(self.pattern)


EVERYBODY = Mask(Kind.HOSTMASK, "*!*@*")
"""Meets everybody. Nobody types it by mistake: only what puts nobody out takes it, beside exceptions."""


def known(text: str) -> Mask:
    """Return a mask out of what `str(mask)` was."""
    return EVERYBODY if text == EVERYBODY.pattern else parse(text)


def nicknames(raw: str) -> re.Pattern[str]:
    """Read a nickname with * and ?, also one that matches everybody; the pattern matches folded ones.

    Raises ChatError(BAD_VALUE).
    """
    if len(raw) > _LONGEST:
        raise _too_long()
    return _glob(_nick(raw) if raw.strip("*") else "*")


def words(raw: str) -> re.Pattern[str]:
    """Read any words with * and ?; the pattern matches folded ones. Raises ChatError(BAD_VALUE)."""
    if len(raw) > _LONGEST:
        raise _too_long()
    return _glob(re.sub(r"\*+", "*", fold(raw)))


def parse(raw: str) -> Mask:
    """Read a mask as typed. Raises ChatError(BAD_VALUE), also for one that matches everybody or nobody."""
    if len(raw) > _LONGEST:
        raise _too_long()
    if "!" in raw or "@" in raw:
        return _hostmask(raw)
    word, colon, rest = raw.partition(":")
    word = word.lower()
    if colon and word in _ACCOUNT_WORDS:
        return Mask(Kind.ACCOUNT, _account(rest))
    if colon and word == "address":
        return Mask(Kind.ADDRESS, _address(rest))
    if colon and word == "host":
        return Mask(Kind.HOST, _host(rest))
    # A nickname has no colon, no slash and no dot, so nothing below can be mistaken for one.
    if ":" in raw or "/" in raw or numeric(raw):
        return Mask(Kind.ADDRESS, _address(raw))
    if "." in raw:
        return Mask(Kind.HOST, _host(raw))
    return Mask(Kind.NICK, _nick(raw))


def _too_long() -> ChatError:
    return ChatError(Code.BAD_VALUE, f"a mask has at most {_LONGEST} characters")


def irc_form(mask: Mask, account_name: str = "") -> str:
    """Write a mask as clients of IRC show it; an account by its name, if that is known."""
    match mask.kind:
        case Kind.NICK:
            return f"{mask.pattern}!*@*"
        case Kind.ACCOUNT:
            return f"a:{account_name or mask.pattern}"
        case Kind.HOSTMASK:
            return mask.pattern
        case _:
            return f"*!*@{mask.pattern}"


def _hostmask(raw: str) -> Mask:
    """Read nick!user@host; a part that is left out or empty is any."""
    nick, rest = raw.split("!", 1) if "!" in raw else ("", raw)
    user, host = rest.rsplit("@", 1) if "@" in rest else (rest, "")
    nick, user, host = (re.sub(r"\*+", "*", part) or "*" for part in (nick, user.lower(), host.lower()))
    if not all(_PART.fullmatch(part) and _APART.isdisjoint(part) for part in (user, host)):
        raise ChatError(Code.BAD_VALUE, "a mask is written like nick!user@host, with * and ? in each part")
    if user == "*":
        if host == "*":
            return Mask(Kind.NICK, _nick(nick))
        if nick == "*" and _network(host) is not None:
            return Mask(Kind.ADDRESS, _address(host))
        if nick == "*" and is_cloak(host):
            return Mask(Kind.HOST, host)
    nick, _ = _pattern(nick)
    pattern = f"{nick}!{user}@{host}"
    if not pattern.strip("*?!@~."):
        raise _everybody()
    return Mask(Kind.HOSTMASK, pattern)


def _everybody() -> ChatError:
    return ChatError(Code.BAD_VALUE, "this mask would match everybody")


def _nick(raw: str) -> str:
    pattern, letters = _pattern(raw)
    if not letters:
        raise _everybody()
    return pattern


def _pattern(raw: str) -> tuple[str, str]:
    """Return the pattern of a nickname, folded, and what of it stands for itself."""
    pattern = re.sub(r"\*+", "*", fold(raw))
    letters = re.sub(r"[*?]", "", pattern)
    if len(pattern.replace("*", "")) > NICKNAME_CHARS:
        raise ChatError(Code.BAD_VALUE, f"no nickname is as long as this mask: at most {NICKNAME_CHARS}")
    if not all(may_hold(char, NICKNAME_PUNCTUATION) for char in letters):
        raise ChatError(
            Code.BAD_VALUE, "a mask is a nickname with * and ?, account:NAME, address:IP or host:CLOAK"
        )
    return pattern, letters


def _account(raw: str) -> str:
    if _ID.fullmatch(raw):
        return raw
    try:
        return nickname(raw).folded
    except ChatError as refusal:
        raise ChatError(Code.BAD_VALUE, refusal.text) from None


def _address(raw: str) -> str:
    found = _network(raw)
    if found is None:
        raise ChatError(Code.BAD_VALUE, "an address is written like 203.0.113.7 or 2001:db8::/32")
    if found.prefixlen < _WIDEST[found.version]:
        raise ChatError(
            Code.BAD_VALUE, f"this network is too wide: at least /{_WIDEST[found.version]} is needed"
        )
    single = found.prefixlen == found.max_prefixlen
    return str(found.network_address) if single else str(found)


def _host(raw: str) -> str:
    host = raw.lower()
    if not is_cloak(host):
        raise ChatError(Code.BAD_VALUE, "a host is written as /whois shows it, or *. and its second part")
    return host


@lru_cache(_REMEMBERED)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    if "%" in text:
        return None
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        return None
    # Mapped addresses are compared as the IPv4 ones they stand for.
    mapped = numeric(str(found.network_address)) if found.prefixlen >= 96 else None
    if isinstance(found, IPv6Network) and mapped is not None and mapped.version == 4:
        return IPv4Network((int(mapped), found.prefixlen - 96))
    return found


def _glob(pattern: str) -> re.Pattern[str]:
    """Compile a nickname pattern.

    What stands between two stars is taken at its first place and never tried elsewhere (atomic
    groups), so the work is bounded by the product of the two lengths, however many stars there are.
    """
    first, *others = (
        "".join("." if char == "?" else re.escape(char) for char in part) for part in pattern.split("*")
    )
    if not others:
        return re.compile(first, re.DOTALL)
    *middle, last = others
    return re.compile(first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}", re.DOTALL)
