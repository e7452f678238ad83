"""Changes of rooms by those who are in them: joining, talking, leaving."""

from __future__ import annotations

from chatd.core import names, text
from chatd.core.acting import acting
from chatd.core.errors import ChatError, Code
from chatd.core.events import (
    Body,
    Invited,
    Joined,
    Message,
    Parted,
    RoomDeleted,
    RoomRank,
    TopicChanged,
    Who,
)
from chatd.core.guests import Guests
from chatd.core.lanes import Invitation
from chatd.core.masks import MaskList
from chatd.core.names import Name
from chatd.core.ports import Source
from chatd.core.properties import Properties
from chatd.core.room import Room
from chatd.core.state import LOBBY, NO_TAGS, applies
from chatd.core.user import Rank, User

__all__ = ["Rooms"]


class Rooms(Guests, Properties):
    """What changes rooms and who is in them."""

    def join(self, user: User, name: Name, key: str = "") -> Room:
        """Enter a room, creating it if there is none of that name; raise ChatError if he may not."""
        room = self.rooms.get(name.folded)
        if room is None:
            self._check_new_room(user, name)
            id, rank = self.world.ids.next(), RoomRank.FOUNDER
            count = 1
        elif user.id in room.members:
            return room
        else:
            self._check_entry(user, room, key)
            name, id, rank, count = room.name, room.id, RoomRank.NONE, len(room.members) + 1
        limit = self.settings.limits.rooms_per_user
        if limit and len(user.rooms) >= limit:
            raise ChatError(Code.TOO_MANY, f"you are in {limit} rooms already; /part one of them first")
        return self._enter_room(user, id, name, count, rank)

    def _enter_room(self, user: User, id: str, name: Name, count: int, rank: RoomRank) -> Room:
        there = self.rooms_by_id.get(id)
        event = Joined(
            **self.stamp(),
            room=name.shown,
            room_id=id,
            who=user.who,
            count=count,
            rank=rank,
            holds=RoomRank.NONE if there is None else there.rank_of(user),
            realname=user.realname,
            away=user.away,
        )
        self.apply(event)
        room = self.rooms_by_id[id]
        self.world.changed(event)
        self.world.timeline.put(event, room, acting.get())
        return room

    def come_back(self, user: User, room_id: str) -> Room | None:
        """Enter a room that the user's account was in when he left, whatever its key and privacy are now; None:
        it is no more, he is banned there, or there already."""
        room = self.rooms_by_id.get(room_id)
        if (
            room is None
            or user.id in room.members
            or len(user.rooms) >= self.settings.limits.rooms_per_user > 0
        ):
            return None
        if user.rank < Rank.OPERATOR and self.kept_out(room, user):
            return None
        self._enter_room(user, room.id, room.name, len(room.members) + 1, RoomRank.NONE)
        return room

    def _check_new_room(self, user: User, name: Name) -> None:
        """Raise ChatError unless the user may make a room of that name.

        What looks like a room that is hidden from him is made as if that were not there: a refusal, in whatever words,
        would tell who tries names what nobody in the room sees him try. Of a room's own name he learns as much as the
        one space of names must tell: he enters it, seen by all, or is told what keeps him out. Those who are in
        the hidden room are kept from taking the other for it by `_check_look`.
        """
        limits = self.settings.limits
        if len(name.shown.encode()) > limits.room_name_bytes:
            raise ChatError(Code.BAD_NAME, f"a room name has at most {limits.room_name_bytes} bytes")
        if limits.rooms and len(self.rooms) >= limits.rooms:
            raise ChatError(Code.TOO_MANY, "there are as many rooms as this server allows")
        for other in self._room_lookalikes.of(name):
            similar = self.rooms_by_id[other]
            if similar.visible_to(user):
                raise ChatError(
                    Code.BAD_NAME, f"{name.shown} looks too much like {similar.name.shown}, which exists"
                )

    def _check_look(self, user: User, room: Room) -> None:
        """Raise ChatError if the user is in an older room that he could take this one for.

        Of rooms that look alike the older one is never refused, and only who is in it is refused the other: neither an
        imitation nor an invitation that nobody asked for keeps anybody out of a room.
        """
        for other in self._room_lookalikes.of(room.name):
            if other < room.id and other in user.rooms:
                similar = user.rooms[other].name.shown
                raise ChatError(
                    Code.BAD_NAME, f"{room.name.shown} looks too much like {similar}, where you are"
                )

    def _check_entry(self, user: User, room: Room, key: str) -> None:
        if user.rank >= Rank.OPERATOR:
            return
        self._check_look(user, room)
        shown, invited = room.name.shown, user.identity in room.invited
        if self.kept_out(room, user) and not invited:
            raise ChatError(Code.BANNED, f"you are banned from {shown}")
        if room.invite_only and not (
            invited or room.rank_of(user) or self.on_list(room, MaskList.INVITATION, user)
        ):
            raise ChatError(Code.INVITE_ONLY, f"{shown} is by invitation only; ask to be invited")
        if room.key and key != room.key and not invited:
            raise ChatError(Code.WRONG_KEY, f"{shown} needs the right key: /join {shown} KEY")
        if room.full and not invited:
            raise ChatError(Code.ROOM_FULL, f"{shown} is full: {room.limit} are in it")

    @applies(Joined)
    def _joined(self, event: Joined) -> None:
        room = self._open_room(event.room_id, names.room_name(event.room), event.time)
        user = self.users.get(event.who.user)
        if user is None:
            return
        room.members[user.id] = user
        user.rooms[room.id] = room
        room.invited.pop(user.identity, None)
        if event.rank:
            room.ranks[user.identity] = event.rank
            self._mark(room, user.who)

    def part(self, user: User, room: Room, reason: str = "") -> None:
        """Leave a room; raise ChatError if the user is not in it."""
        self.require_member(user, room)
        reason = text.line(reason, text.REASON_BYTES)
        if room.permanent and len(user.rooms) == 1 and any(each.enters_lobby for each in user.sessions):
            raise ChatError(Code.NOT_ALLOWED, f"{room.name.shown} is your last room; /quit leaves the server")
        if self.silenced(user, [room]) or (room.moderated and not room.has_voice(user)):
            reason = ""  # it would be a last word
        self.enter(Parted(**self.stamp_in(room), who=user.who, reason=reason), room)
        self.send_home(user)

    @applies(Parted)
    def _parted(self, event: Parted) -> None:
        room, user = self.rooms_by_id.get(event.room_id), self.users.get(event.who.user)
        if room is not None and user is not None:
            self._remove_member(room, user)
            self._close_if_empty(room)

    def say(
        self,
        user: User,
        room: Room,
        body: Body,
        *,
        action: bool = False,
        notice: bool = False,
        tags: dict[str, str] = NO_TAGS,
        source: Source | None = None,
        begun: bool = False,
    ) -> None:
        """Say something in a room; raise ChatError if the user may not speak there. `begun`: it was asked before
        whether he may, when he began with it."""
        self.require_speech(user, room, begun=begun)
        id, time = self.world.ids.stamp()
        event = Message(
            id=id,
            time=time,
            origin=self.world.origin,
            room=room.name.shown,
            room_id=room.id,
            who=user.who,
            body=body,
            action=action,
            notice=notice,
            tags=tags,
        )
        self.said += 1
        self.world.timeline.put(event, room, source)

    def require_speech(self, user: User, room: Room, *, begun: bool = False) -> None:
        """Raise ChatError unless the user may speak in a room now; what he has `begun` with does not have to wait."""
        if user.id not in room.members:
            self._check_outsider(user, room)
        if room.mutes or self.mutes or room.slow or room.moderated or room.lists:
            self._check_speech(user, room, begun=begun)

    def _check_outsider(self, user: User, room: Room) -> None:
        """Raise ChatError unless the room hears who is not in it."""
        if not room.external:
            self.require_member(user, room)
        if user.rank < Rank.OPERATOR and self.kept_out(room, user):
            raise ChatError(Code.BANNED, f"you are banned from {room.name.shown}")

    def require_voice(self, user: User, room: Room) -> None:
        """Raise ChatError if a mute or moderation keeps the user quiet in a room."""
        if self.muted(self.mutes, user):
            raise ChatError(Code.MUTED, "you are muted on this server")
        if self.quieted(room, user):
            raise ChatError(Code.MUTED, f"you are muted in {room.name.shown}")
        if room.moderated and not room.has_voice(user):
            raise ChatError(Code.MODERATED, f"{room.name.shown} is moderated: only those with voice speak")

    def _check_speech(self, user: User, room: Room, *, begun: bool) -> None:
        self.require_voice(user, room)
        if not begun and room.slow and not room.has_voice(user):
            now = self.world.clock.seconds()
            wait = room.spoke.get(user.identity, -room.slow) + room.slow - now
            if wait > 0:
                raise ChatError(Code.SLOW_MODE, f"{room.name.shown} is slow: wait {int(wait) + 1} s")
            room.spoke[user.identity] = now
            self._mark(room, user.who)

    def check_topic(self, user: User, room: Room) -> None:
        """Raise ChatError unless the user may set the topic of a room."""
        if not room.open_topic:
            room.require(user, RoomRank.OPERATOR)
        elif user.rank < Rank.OPERATOR and room.rank_of(user) < RoomRank.OPERATOR:
            self.require_member(user, room)
            self.require_voice(user, room)

    def set_topic(self, by: Who, room: Room, topic: str) -> None:
        """Set the topic, or remove it (empty)."""
        topic = text.line(topic, self.settings.limits.topic_bytes)
        if topic != room.topic:
            self.enter(TopicChanged(**self.stamp_in(room), who=by, topic=topic), room)

    @applies(TopicChanged)
    def _topic_changed(self, event: TopicChanged) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None:
            room.topic = event.topic
            room.topic_by, room.topic_at = event.who.nick, event.time

    def invite(self, by: Who, room: Room, target: User) -> None:
        """Invite a user. An operator of the room lets him in once, whatever key, ban, limit and privacy say; of others'
        the room must be open to him. Raises ChatError."""
        if target.id in room.members:
            raise ChatError(Code.ALREADY_IN_ROOM, f"{target.nick} is in {room.name.shown} already")
        limit = self.settings.limits.invitations_per_room
        if limit and len(room.invited) >= limit and target.identity not in room.invited:
            raise ChatError(Code.TOO_MANY, f"{room.name.shown} has {limit} open invitations already")
        inviter = self.users.get(by.user)
        admits = (
            inviter is None or inviter.rank >= Rank.OPERATOR or room.rank_of(inviter) >= RoomRank.OPERATOR
        )
        if inviter is not None and not admits:
            self.require_member(inviter, room)
            if room.invite_only or room.key or room.full or self.kept_out(room, target):
                room.require(inviter, RoomRank.OPERATOR)
        event = Invited(**self.stamp_in(room), who=target.who, by=by, admits=admits)
        self.enter(event, Invitation(self.users, room))

    @applies(Invited)
    def _invited(self, event: Invited) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None and event.admits:
            room.invited[event.who.identity] = None
            self._mark(room, event.who)

    def delete_room(self, by: Who, room: Room) -> None:
        """End a room and put everybody out of it; raise ChatError for one that always exists."""
        if room.permanent:
            raise ChatError(Code.NOT_ALLOWED, f"{room.name.shown} cannot be deleted")
        members = list(room.members.values())
        self.enter(RoomDeleted(**self.stamp_in(room), by=by), room)
        for user in members:
            self.send_home(user)

    @applies(RoomDeleted)
    def _room_deleted(self, event: RoomDeleted) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None:
            for user in list(room.members.values()):
                self._remove_member(room, user)
            self._close_room(room)
            self._ended.append(room.id)

    def send_home(self, user: User) -> None:
        """Bring a person who is in no room any more back to the lobby, if he may be there."""
        sessions = [session for session in user.sessions if session.enters_lobby]
        if user.rooms or not sessions:
            return
        try:
            lobby = self.join(user, LOBBY)
        except ChatError:
            return  # banned there: he stays in no room, which every command can tell him
        for session in sessions:
            session.enter(lobby)

    def require_member(self, user: User, room: Room) -> None:
        """Raise ChatError unless the user is in the room."""
        if user.id not in room.members:
            raise ChatError(Code.NOT_IN_ROOM, f"you are not in {room.name.shown}")
