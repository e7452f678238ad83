"""Whom a ban keeps out and a mute keeps silent, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from chatd.core.bans import Ban, Bans
from chatd.core.masks import MaskList
from chatd.core.names import Name
from chatd.core.room import Room
from chatd.core.state import State
from chatd.core.user import User

__all__ = ["Standing"]


class Standing(State):
    """Asks what is in force. What has run out is dropped when it is met."""

    def banned(self, bans: Bans, user: User, name: Name | None = None) -> Ban | None:
        """Return the ban in force that meets the user as he is or, by nickname, as he would be called."""
        if name is not None:
            who = user.who
            found = [*bans.of_nick(name.folded), *bans.of_hostmask(name.folded, who.ident, who.host)]
        else:
            found = bans.of(user.name.folded, user.who.account, user.address, user.who.host, user.who.ident)
        for ban in found:
            if not self.expired(ban.until):
                return ban
            del bans[str(ban.mask)]
        return None

    def on_list(self, room: Room, which: MaskList, user: User, name: Name | None = None) -> bool:
        """Whether a mask of that list of a room meets the user as he is, or as he would be called."""
        masks, who = room.lists.get(which), user.who
        if masks is None:
            return False
        nick = (name or user.name).folded
        return bool(masks.of(nick, who.account, user.address, who.host, who.ident))

    def kept_out(self, room: Room, user: User, name: Name | None = None) -> bool:
        """Whether a ban keeps the user out of a room, as he is or as he would be called."""
        banned = self.banned(room.bans, user, name) is not None
        return banned and not self.on_list(room, MaskList.EXCEPTION, user, name)

    def quieted(self, room: Room, user: User) -> bool:
        """Whether a mute keeps the user from speaking in a room."""
        if self.muted(room.mutes, user):
            return True
        if not room.lists or room.has_voice(user) or not self.on_list(room, MaskList.MUTE, user):
            return False
        return not self.on_list(room, MaskList.EXCEPTION, user)

    def expired(self, until: float | None) -> bool:
        """Whether a term has run out."""
        return until is not None and until <= self.world.clock.seconds()

    def muted(self, mutes: dict[str, float | None], user: User) -> bool:
        """Whether a mute in force meets the user."""
        identity = user.who.identity
        if identity not in mutes:
            return False
        if self.expired(mutes[identity]):
            del mutes[identity]
            return False
        return True

    def silenced(self, user: User, rooms: Iterable[Room]) -> bool:
        """Whether a mute keeps what the user says from one of these rooms."""
        return self.muted(self.mutes, user) or any(self.quieted(room, user) for room in rooms)

    def until(self, seconds: int | None, since: datetime | None = None) -> float | None:
        """Return the end of a term that begins, or began, then, on the monotonic clock; None: it has none.

        A clock that is set changes no term; how long ago something was that this process has not seen,
        only the clock of that moment can tell.
        """
        if seconds is None:
            return None
        past = 0.0 if since is None else max(0.0, self.world.now() - since.timestamp())
        return self.world.clock.seconds() + seconds - past

    def wall(self, until: float | None) -> datetime | None:
        """Return a time of the monotonic clock on the wall clock."""
        if until is None:
            return None
        return datetime.fromtimestamp(self.world.now() + until - self.world.clock.seconds(), UTC)
