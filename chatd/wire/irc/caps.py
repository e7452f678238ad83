"""The capabilities there are (IRCv3 capability negotiation), and what of them makes a line look different."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from chatd.core.text import MESSAGE_BYTES, MESSAGE_LINES

__all__ = [
    "CAPABILITIES",
    "MULTILINE_BYTES",
    "MULTILINE_LINES",
    "UNASKED",
    "Shape",
    "shape_of",
    "shown_in_rooms",
]

MULTILINE_BYTES, MULTILINE_LINES = MESSAGE_BYTES, MESSAGE_LINES
"""The longest message of several lines, a break counted as one byte, and how many lines it may have."""

CAPABILITIES: dict[str, str] = {
    "account-notify": "",
    "account-tag": "",
    "away-notify": "",
    "batch": "",
    "cap-notify": "",
    "draft/account-registration": "before-connect",
    "draft/chathistory": "",
    "draft/event-playback": "",
    "draft/multiline": f"max-bytes={MULTILINE_BYTES},max-lines={MULTILINE_LINES}",
    "draft/no-implicit-names": "",
    "draft/read-marker": "",
    "echo-message": "",
    "extended-join": "",
    "extended-monitor": "",
    "invite-notify": "",
    "labeled-response": "",
    "message-tags": "",
    "multi-prefix": "",
    "sasl": "PLAIN",
    "server-time": "",
    "setname": "",
    "standard-replies": "",
    "sts": "",
    "userhost-in-names": "",
}
"""Names with their values, which clients are told that know version 302."""

UNASKED = frozenset({"sts"})
"""What is told and cannot be asked for."""


_SEVERAL = frozenset({"batch", "draft/multiline"})
_SHOWN = _SEVERAL | {
    "account-notify",
    "account-tag",
    "away-notify",
    "echo-message",
    "extended-join",
    "message-tags",
    "multi-prefix",
    "server-time",
    "setname",
}
"""What changes how a room looks: the shape of lines, what happens, and whether one's own talk comes back."""


class Shape(NamedTuple):
    """How lines are shown to a client that asked for some capabilities."""

    tags: bool
    time: bool
    account: bool
    lines: bool
    """Whether it takes several lines as one."""


@lru_cache(1024)
def shape_of(caps: frozenset[str]) -> Shape:
    """Return the shape of lines for these capabilities."""
    return Shape(
        "message-tags" in caps,
        "server-time" in caps,
        "account-tag" in caps,
        caps >= _SEVERAL,
    )


@lru_cache(1024)
def shown_in_rooms(caps: frozenset[str]) -> frozenset[str]:
    """Return those that change how a room looks: clients whose sets are equal in them are sent the same bytes, put
    together once."""
    shown = caps & _SHOWN
    return shown if shown >= _SEVERAL else shown - _SEVERAL
