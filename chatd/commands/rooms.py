"""Rooms: entering, leaving, looking around."""

from __future__ import annotations

from collections.abc import Awaitable

from chatd.commands.arguments import AnyRoom, Here, Rest, RoomName, Target, Word
from chatd.commands.context import Context
from chatd.commands.people import LISTED, ROOMS_LISTED, first, member
from chatd.commands.reading import recall
from chatd.commands.table import command
from chatd.core.errors import ChatError, Code
from chatd.core.ports import Archive, Codec
from chatd.core.replies import Entered, Info, Member, Names, RoomEntry
from chatd.core.replies import Rooms as RoomList
from chatd.core.room import Room

Listed = tuple[list[Member], int]
"""Some of those who are in a room, and how many more are."""

__all__ = ["Listed", "Rooms", "entered", "heard", "listed", "require_sight"]


class Rooms:
    """Where one talks."""

    title = "Rooms"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @command(
        "join",
        "j",
        "create",
        usage="ROOM [KEY]",
        example="/join #dev",
        menu="Enter a room, or make a new one",
        weight=2,
    )
    async def join(self, ctx: Context, name: RoomName, key: Word = "") -> None:
        """Enter a room, creating it if it does not exist; of a room you are in, make it the current one."""
        if name.folded not in ctx.registry.rooms:
            claim = ctx.registry.world.claims.room(name)
            if not (await claim if isinstance(claim, Awaitable) else claim):
                raise ChatError(Code.TOO_MANY, f"{name.shown} was made elsewhere at this moment; try again")
            ctx.session.require_alive()
        await recall(self._archive, ctx.registry, ctx.registry.rooms.get(name.folded))
        ctx.session.require_alive()
        already = any(room.name.folded == name.folded for room in ctx.named.rooms.values())
        room = ctx.registry.join(ctx.named, name, key)
        ctx.session.enter(room)
        if already:
            ctx.reply(Info(text=(f"You talk in {room.name.shown} now.",)))
        else:
            ctx.answered = True
            ctx.session.show_room(room, ctx.ref)

    @command("part", "leave", usage="[ROOM] [REASON]", example="/part #dev", menu="Leave a room")
    def part(self, ctx: Context, room: Here, reason: Rest = "") -> None:
        """Leave a room, the current one unless it is named."""
        ctx.registry.part(ctx.named, room, reason)

    @command("rooms", example="/rooms", menu="See which rooms there are", shell=True, weight=3)
    def rooms(self, ctx: Context) -> None:
        """Show the rooms with their topics."""
        rooms, more = first(ctx.registry.visible_rooms(ctx.user), ROOMS_LISTED)
        entries = [
            RoomEntry(
                room=room.name.shown,
                members=len(room.members),
                topic=room.topic if room.open_to(ctx.user) else "",
            )
            for room in rooms
        ]
        ctx.reply(RoomList(rooms=entries, more=more))

    @command("names", usage="[ROOM]", example="/names #dev", menu="See who is in this room", weight=3)
    def names(self, ctx: Context, room: Here) -> None:
        """Show who is in a room."""
        require_sight(ctx, room)
        who, more = members(room)
        names = Names(room=room.name.shown, members=who, more=more)
        ctx.reply_later(lambda: names)

    @command("topic", usage="[ROOM] [TOPIC|-]", example="/topic All about chatd")
    def topic(self, ctx: Context, room: Here, topic: Rest = "") -> None:
        """Show what a room is about, or set it; a single - removes it."""
        if not topic:
            require_sight(ctx, room)
            words = (
                f"Topic of {room.name.shown}: {room.topic}"
                if room.topic
                else f"{room.name.shown} has no topic."
            )
            ctx.reply(Info(text=(words,)))
            return
        ctx.registry.check_topic(ctx.named, room)
        ctx.registry.set_topic(ctx.by, room, "" if topic == "-" else topic)

    @command("invite", usage="[ROOM] USER", example="/invite Bob", audited=True)
    def invite(self, ctx: Context, room: Here, target: Target) -> None:
        """Ask a user into a room. Of its operators that lets him in once, whatever its key, bans, limit and privacy;
        where one of these keeps him out nobody else may."""
        ctx.registry.invite(ctx.by, room, target)

    @command("knock", usage="ROOM [REASON]", example="/knock #dev I am new here", weight=3)
    def knock(self, ctx: Context, room: AnyRoom, reason: Rest = "") -> None:
        """Ask the operators of a room that is closed to you for an invitation."""
        ctx.reply(Info(text=(heard(room, ctx.registry.knock(ctx.named, room, reason)),)))


def heard(room: Room, told: bool) -> str:
    """Return what is told to who has knocked at a room."""
    words = "The operators of {} have been told." if told else "No operator of {} is there now."
    return words.format(room.name.shown)


def require_sight(ctx: Context, room: Room) -> None:
    """Raise ChatError where a key keeps the asker out."""
    if not room.open_to(ctx.user):
        raise ChatError(Code.NOT_IN_ROOM, f"{room.name.shown} has a key; only who is in it sees into it")


def members(room: Room) -> Listed:
    """Return who is in a room, with ranks, as far as a list may be long, and how many more there are."""
    listed, more = first(room.members.values(), LISTED)
    ranks = [room.rank_of(user) for user in listed]
    return [
        member(user, rank.name.lower() if rank else "") for user, rank in zip(listed, ranks, strict=True)
    ], more


def listed(codec: Codec, room: Room) -> Listed:
    """Return who is in a room now, for a client that keeps a list; people ask for it."""
    return ([], 0) if codec.styled else members(room)


def entered(room: Room, who_and_more: Listed) -> Entered:
    """Return what a client needs to show a room, with those who are in it."""
    who, more = who_and_more
    return Entered(
        room=room.name.shown, room_id=room.id, topic=room.topic, last=room.last, members=who, more=more
    )
