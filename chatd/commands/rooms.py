"""Rooms: entering, leaving, looking around, and what a room is like."""

from __future__ import annotations

from collections.abc import Awaitable

from chatd.commands.arguments import AnyRoom, Here, Rest, RoomName, Switch, Target, Word
from chatd.commands.context import Context
from chatd.commands.people import LISTED, ROOMS_LISTED, first, member
from chatd.commands.reading import recall
from chatd.commands.table import command
from chatd.core import durations, keeping, text
from chatd.core.accounts import Accounts
from chatd.core.errors import ChatError, Code
from chatd.core.events import RoomRank
from chatd.core.ports import Archive, Codec
from chatd.core.replies import Entered, Info, Member, Names, RoomEntry, RoomInfo
from chatd.core.replies import Rooms as RoomList
from chatd.core.room import Room

KEY_BYTES = 64

Listed = tuple[list[Member], int]
"""Some of those who are in a room, and how many more are."""

__all__ = ["Listed", "Rooms", "entered", "listed"]


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
        _require_sight(ctx, room)
        who, more = members(room)
        names = Names(room=room.name.shown, members=who, more=more)
        ctx.reply_later(lambda: names)

    @command("topic", usage="[ROOM] [TOPIC|-]", example="/topic All about chatd")
    def topic(self, ctx: Context, room: Here, topic: Rest = "") -> None:
        """Show what a room is about, or set it; a single - removes it."""
        if not topic:
            _require_sight(ctx, room)
            words = (
                f"Topic of {room.name.shown}: {room.topic}"
                if room.topic
                else f"{room.name.shown} has no topic."
            )
            ctx.reply(Info(text=(words,)))
            return
        room.require(ctx.named, RoomRank.OPERATOR)
        ctx.registry.set_topic(ctx.by, room, "" if topic == "-" else topic)

    @command("invite", usage="[ROOM] USER", example="/invite Bob", room_rank=RoomRank.OPERATOR, audited=True)
    def invite(self, ctx: Context, room: Here, target: Target) -> None:
        """Let a user into a room once, whatever its key and privacy."""
        ctx.registry.invite(ctx.by, room, target)

    @command("room info", usage="[ROOM]", example="/room info #dev")
    def room_info(self, ctx: Context, room: Here) -> None:
        """Show a room's topic, founder, members, access and age."""
        _require_sight(ctx, room)
        ctx.reply(
            RoomInfo(
                room=room.name.shown,
                room_id=room.id,
                topic=room.topic,
                founder=next(iter(ranked(room, ctx.registry.accounts, RoomRank.FOUNDER)), None),
                operators=ranked(room, ctx.registry.accounts, RoomRank.OPERATOR)[:LISTED],
                registered=room.registered,
                members=len(room.members),
                access=access(room),
                created=room.created,
                keeps=str(ctx.registry.kept_of(room)) if room.lasting else "",
            )
        )

    @command(
        "room delete", usage="ROOM", example="/room delete #dev", room_rank=RoomRank.FOUNDER, audited=True
    )
    def room_delete(self, ctx: Context, room: AnyRoom) -> None:
        """End a room and put everybody out of it."""
        ctx.registry.delete_room(ctx.by, room)

    @command(
        "room private",
        usage="[ROOM] on|off",
        example="/room private on",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_private(self, ctx: Context, room: Here, switch: Switch) -> None:
        """Hide a room from lists and let in only who is invited."""
        ctx.registry.change_room(ctx.by, room, "private", switch)

    @command(
        "room key",
        usage="[ROOM] KEY|off",
        example="/room key sesame",
        room_rank=RoomRank.OPERATOR,
        secret=True,
        audited=True,
    )
    def room_key(self, ctx: Context, room: Here, key: Word) -> None:
        """Let in only who knows a key."""
        if key != "off" and text.line(key, KEY_BYTES) != key:
            # Whoever types it at /join would type something else.
            raise ChatError(Code.BAD_TEXT, "a key has visible characters only")
        ctx.registry.change_room(ctx.by, room, "key", "" if key == "off" else key)

    @command(
        "room slow",
        usage="[ROOM] DURATION|off",
        example="/room slow 30s",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_slow(self, ctx: Context, room: Here, pause: Word) -> None:
        """Let each user say one thing in that time; those with voice are free."""
        ctx.registry.change_room(ctx.by, room, "slow", 0 if pause == "off" else durations.parse(pause))

    @command(
        "room register",
        usage="[ROOM]",
        example="/room register #dev",
        room_rank=RoomRank.FOUNDER,
        audited=True,
    )
    def room_register(self, ctx: Context, room: Here) -> None:
        """Keep a room when nobody is in it and over restarts: its ranks of accounts, topic, key, bans and mutes."""
        ctx.registry.register_room(ctx.by, room)

    @command(
        "room unregister",
        usage="[ROOM]",
        example="/room unregister #dev",
        room_rank=RoomRank.FOUNDER,
        audited=True,
    )
    def room_unregister(self, ctx: Context, room: Here) -> None:
        """Let a room end with its last member again."""
        ctx.registry.unregister_room(ctx.by, room)

    @command(
        "room keep",
        usage="[ROOM] DURATION|COUNT|default",
        example="/room keep 90d",
        room_rank=RoomRank.FOUNDER,
        audited=True,
    )
    def room_keep(self, ctx: Context, room: Here, bound: Rest) -> None:
        """Keep what is said only so long, or only so many lines, or both: 90d 1000."""
        ctx.registry.set_retention(ctx.by, room, keeping.parse(bound))

    @command(
        "room transfer",
        usage="[ROOM] USER",
        example="/room transfer Bob",
        room_rank=RoomRank.FOUNDER,
        audited=True,
    )
    def room_transfer(self, ctx: Context, room: Here, target: Target) -> None:
        """Make another user the room's founder; you stay its operator."""
        ctx.registry.transfer(ctx.by, room, target)


def _require_sight(ctx: Context, room: Room) -> None:
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


def ranked(room: Room, accounts: Accounts, rank: RoomRank) -> list[str]:
    """Return who has that rank in a room: nicknames of those who are there, names of accounts that are not."""
    here = {user.identity: user.nick for user in room.members.values()}
    names = []
    for identity, has in room.ranks.items():
        account = accounts.by_id(identity)
        if has == rank and (identity in here or account is not None):
            names.append(here.get(identity) or (account.name if account is not None else ""))
    return names


def access(room: Room) -> tuple[str, ...]:
    """Return what keeps people out of a room or quiet in it."""
    return tuple(
        words
        for words, holds in (
            ("private", room.private),
            ("key", room.key),
            (f"slow {durations.show(room.slow)}", room.slow),
        )
        if holds
    )
