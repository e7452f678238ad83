"""Changes by those who keep order: on top of kicks and bans, mutes and ranks."""

from __future__ import annotations

from chatd.core import text
from chatd.core.accounts import Account
from chatd.core.banning import who_of
from chatd.core.errors import ChatError, Code
from chatd.core.events import Muted, Ranked, RoomRank, Unmuted, Who
from chatd.core.lanes import Spread
from chatd.core.lists import Lists
from chatd.core.room import Room
from chatd.core.state import applies
from chatd.core.user import Rank, User

__all__ = ["Moderation"]


class Moderation(Lists):
    """What keeps order."""

    def mute(
        self, by: Who, room: Room | None, target: User, seconds: int | None = None, reason: str = ""
    ) -> None:
        """Forbid a user to speak in a room or (None) on the server; he is told."""
        event = Muted(
            **self.stamp_in(room),
            who=target.who,
            by=by,
            seconds=seconds,
            reason=text.line(reason, text.REASON_BYTES),
        )
        self.enter(event, Spread(target, target.rooms.values()) if room is None else room)

    @applies(Muted)
    def _muted(self, event: Muted) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if event.room_id and room is None:
            return
        until = self.until(event.seconds, event.time)
        (self.mutes if room is None else room.mutes)[event.who.identity] = until
        if room is not None:
            self._mark(room, event.who)

    def unmute(self, by: Who, room: Room | None, target: User, *, rank: Rank = Rank.OWNER) -> None:
        """Let a user speak again: another one, or somebody whose rank on the server is above the room's."""
        if not self.muted(self.mutes if room is None else room.mutes, target):
            raise ChatError(Code.NO_CHANGE, f"{target.nick} is not muted")
        if by.user == target.id and rank < Rank.OPERATOR:
            raise ChatError(Code.NOT_ALLOWED, "you cannot lift your own mute")
        event = Unmuted(
            **self.stamp_in(room),
            who=target.who,
            by=by,
        )
        self.enter(event, Spread(target, target.rooms.values()) if room is None else room)

    @applies(Unmuted)
    def _unmuted(self, event: Unmuted) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None or not event.room_id:
            (self.mutes if room is None else room.mutes).pop(event.who.identity, None)

    def rank(self, by: Who, room: Room, target: User, rank: RoomRank) -> None:
        """Give a user a rank in a room; raise ChatError if he has it, or a higher one."""
        was = room.rank_of(target)
        self.require_there(target, room)
        if was >= rank:
            raise ChatError(
                Code.NO_CHANGE, f"{target.nick} is {was.name.lower()} of {room.name.shown} already"
            )
        self._set_rank(by, room, target.who, rank, was)

    def _set_rank(self, by: Who, room: Room, who: Who, rank: RoomRank, was: RoomRank) -> None:
        event = Ranked(**self.stamp_in(room), who=who, by=by, rank=rank, was=was, registered=room.registered)
        self.enter(event, room)

    def unrank(self, by: Who, room: Room, target: User | Account, rank: RoomRank) -> None:
        """Take exactly that rank from a user, or from an account that is not there; raise ChatError if it has
        another one. Who has made a room that is not registered is one of its operators in this, too."""
        who = who_of(target)
        has = room.ranks.get(who.identity, RoomRank.NONE)
        if has != rank and not (has is RoomRank.FOUNDER and room.standing(who.identity) == rank):
            raise ChatError(Code.NO_CHANGE, f"{who.nick} is no {rank.name.lower()} of {room.name.shown}")
        self._set_rank(by, room, who, RoomRank.NONE, has)

    def transfer(self, by: Who, room: Room, target: User) -> None:
        """Make another member the founder; who was it before is an operator then."""
        if room.permanent:
            raise ChatError(Code.NOT_ALLOWED, f"{room.name.shown} has no founder")
        if room.registered and target.who.account is None:
            raise ChatError(Code.NOT_ALLOWED, f"{target.nick} is a guest: only an account can keep a room")
        before = [user for user in room.members.values() if room.rank_of(user) == RoomRank.FOUNDER]
        self.rank(by, room, target, RoomRank.FOUNDER)
        for user in before:
            self._set_rank(by, room, user.who, RoomRank.OPERATOR, RoomRank.FOUNDER)

    @applies(Ranked)
    def _ranked(self, event: Ranked) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is None:
            return
        if event.rank == RoomRank.FOUNDER:
            # There is one founder; the one before may not be in the room to be seen losing it.
            for identity, rank in room.ranks.items():
                if rank == RoomRank.FOUNDER:
                    room.ranks[identity] = RoomRank.OPERATOR
        if event.rank:
            room.ranks[event.who.identity] = event.rank
            self._mark(room, event.who)
        else:
            room.ranks.pop(event.who.identity, None)
