"""A user: one nickname at this moment, with the connections that speak for it."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from chatd.core.events import Event, Message, PrivateMessage, Who, body_text

if TYPE_CHECKING:
    from chatd.core.names import Name
    from chatd.core.ports import Session
    from chatd.core.room import Room

__all__ = ["Rank", "User"]


class Rank(IntEnum):
    """Rank on the server; a higher one may do all that a lower one may."""

    USER = 0
    OPERATOR = 1
    OWNER = 2


class User:
    """State of one user. Only the registry changes it.

    `active` is the monotonic second of the last line typed; `away` a reason or None; `ignoring`
    holds identities (see `Who.identity`) with the nicknames they had when they were ignored.
    """

    def __init__(self, who: Who, name: Name, *, rank: Rank = Rank.USER, active: float = 0.0) -> None:
        self.rank = rank
        self.active = active
        self.address = ""
        self.away: str | None = None
        self.realname = ""
        """Who he says he is, to clients of IRC."""
        self.modes = ""
        """How IRC treats him: the letters of `events.UserModes`."""
        self.since = active
        """When he came, by the monotonic clock."""
        self.ignoring: dict[str, str] = {}
        self.guests = True
        """Whether guests may write to him in private."""
        self.correspondent = ""
        """Id of the user of the last private message, for /reply."""
        self.rooms: dict[str, Room] = {}
        self.marks: dict[str, None] = {}
        """Ids of rooms that keep something of him: a rank, a mute, an invitation."""
        self.sessions: list[Session] = []
        self.rename(who, name)

    def rename(self, who: Who, name: Name) -> None:
        """Take over a nickname and everything that follows from it."""
        self.who = who
        self.name = name
        self.id = who.user
        self._called = name.shown.casefold()

    @property
    def nick(self) -> str:
        """The nickname as people see it."""
        return self.who.nick

    @property
    def identity(self) -> str:
        """What ranks, mutes and ignores hold on to."""
        return self.who.identity

    def mentioned_in(self, event: Event) -> bool:
        """Whether somebody says this user's nickname, as a whole word."""
        if not isinstance(event, Message | PrivateMessage):
            return False
        text = body_text(event.body)
        # Asked for each member who wants a bell: for 4 KiB the pattern takes 116 µs, the folded text 5.
        if self._called not in text.casefold():
            return False
        # Compiled here, and kept by `re`, not for each who comes: that is a fifth of what a newcomer costs.
        return re.search(rf"(?<!\w){re.escape(self.name.shown)}(?!\w)", text, re.IGNORECASE) is not None
