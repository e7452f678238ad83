"""What nobody should send to a server of IRC, and what may never come back of it."""

from __future__ import annotations

from collections.abc import Iterator

from chatd.frontends.irc.verbs import Row
from chatd.wire.irc.line import BODY_BYTES
from tests.behaviour.hostile import BYTES, VALUES

__all__ = ["GOOD", "PARAMETERS", "check", "lines_of"]

PARAMETERS = (
    *(each.encode() for each in VALUES if len(each) < BODY_BYTES),
    *(each for each in BYTES if len(each) < BODY_BYTES),
    # What means something in IRC.
    *(
        b"#dev,#dev,#nowhere",
        b"Bob,Carol," + b"x," * 60,
        b",",
        b",,,",
        b"0",
        b"@#dev",
        b"~#dev",
        b"+",
        b"$*",
        b"+#",
    ),
    *(
        b"\x01VERSION\x01",
        b"\x01ACTION",
        b"\x01ACTION \x01",
        b"\x01\x01",
        b"\x01",
        b"\x02\x03\x1f",
        b"\x0304,99x",
    ),
    *(
        b"+o",
        b"-o+v-q",
        b"+bbbb",
        b"+" + b"k" * 99,
        b"+l",
        b"b",
        b"+beI",
        b"=+-x",
        b"~a:Bob",
        b"m:*!*@*",
        b"$a:x",
    ),
    *(b"LS", b"REQ", b"END", b"-sasl", b"sts", b"+", b"+AA==", b"=" * 400, b"A" * 400, b"PLAIN", b"EXTERNAL"),
    *(
        b"timestamp=2026-01-01T00:00:00.000Z",
        b"timestamp=x",
        b"msgid=1",
        b"msgid=",
        b"BETWEEN",
        b"draft/multiline",
    ),
    *(
        b"%tcuihsnfdlaor,999",
        b"%",
        b"o",
        b"C<0,T>99999999999999999999,U>x",
        b"-",
        b"C",
        b"L",
        b"S",
        b"-1",
        b"9" * 30,
    ),
)
"""Parameters, besides those that no dialect likes."""

GOOD: dict[str, tuple[str, ...]] = {
    "CAP": ("REQ", "message-tags"),
    "AUTHENTICATE": ("PLAIN",),
    "REGISTER": ("*", "*", "correct-horse"),
    "VERIFY": ("Alice", "code"),
    "PASS": ("sesame",),
    "NICK": ("Alice",),
    "USER": ("alice", "0", "*", "Real Alice"),
    "PING": ("token",),
    "PONG": ("token",),
    "QUIT": ("bye",),
    "SETNAME": ("Alice the Great",),
    "JOIN": ("#dev", "key"),
    "PART": ("#dev", "bye"),
    "TOPIC": ("#dev", "news"),
    "INVITE": ("Bob", "#dev"),
    "KNOCK": ("#dev", "please"),
    "KICK": ("#dev", "Bob", "out"),
    "MODE": ("#dev", "+b", "spam*!*@*"),
    "PRIVMSG": ("#dev", "hello"),
    "NOTICE": ("Bob", "hello"),
    "TAGMSG": ("#dev",),
    "NICKSERV": ("IDENTIFY", "Alice", "correct-horse"),
    "NS": ("REGISTER", "correct-horse"),
    "MOTD": ("*",),
    "LUSERS": ("*", "*"),
    "VERSION": ("*",),
    "TIME": ("*",),
    "INFO": ("*",),
    "ADMIN": ("*",),
    "LINKS": ("*", "*"),
    "STATS": ("u", "*"),
    "CHATD": ("room", "slow", "#dev", "5s"),
    "AWAY": ("at lunch",),
    "OPER": ("owner", "sesame"),
    "KILL": ("Nobody", "out"),
    "WALLOPS": ("hello",),
    "WHO": ("#dev", "%tcuihsnfdlaor,152"),
    "WHOIS": ("Bob", "Bob"),
    "USERHOST": ("Bob", "Carol"),
    "ISON": ("Bob", "Carol"),
    "WHOWAS": ("Bob", "3"),
    "CHATHISTORY": ("BETWEEN", "#dev", "timestamp=2026-01-01T00:00:00.000Z", "msgid=1", "50"),
    "MONITOR": ("+", "Bob,Carol"),
    "LIST": ("#dev", "*"),
    "NAMES": ("#dev",),
    "MARKREAD": ("#dev", "timestamp=2026-01-01T00:00:00.000Z"),
    "BATCH": ("+1", "draft/multiline", "#dev"),
    "HELP": ("JOIN",),
    "HELPOP": ("JOIN",),
    "LUSER": (),
}
"""Parameters with which each verb does something."""

TAG_BYTES = 8191


def lines_of(row: Row, *, blanks: bool = True) -> Iterator[bytes]:
    """Yield requests with a hostile parameter in each place of a verb, and in one more; with `blanks`, where it is the
    last, also as one that may hold them. Raises KeyError for a new verb: say above what would do for it."""
    good = [each.encode() for each in GOOD[row.name]]
    verb = row.name.encode()
    for at in range(len(good) + 1):
        for value in PARAMETERS:
            yield b" ".join((verb, *good[:at], value, *good[at + 1 :]))[:BODY_BYTES]
            if blanks and at >= len(good) - 1:
                yield b" ".join((verb, *good[:at], b":" + value))[:BODY_BYTES]


def check(data: bytes, server: str) -> list[bytes]:
    """Return the lines that an IRC client was sent; raise AssertionError for what no server may send."""
    *lines, rest = data.split(b"\r\n")
    assert not rest, rest
    for line in lines:
        text = line.decode()
        assert not any(sign in text for sign in "\r\n\0"), line
        tags, _, bare = line.partition(b" ") if line[:1] == b"@" else (b"", b"", line)
        assert len(tags) < TAG_BYTES, line
        assert len(bare) <= BODY_BYTES, line
        source, _, rest = bare.partition(b" ")
        assert source[:1] == b":" or source in (b"ERROR", b"AUTHENTICATE", b"PING"), line
        verb = rest.partition(b" ")[0]
        if verb.isdigit():
            assert source == f":{server}".encode(), line
            assert len(verb) == 3, line
        assert b"something went wrong" not in line, line
    return lines
