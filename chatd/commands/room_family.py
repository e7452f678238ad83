"""What a room is like, and what becomes of it: the family of /room."""

from __future__ import annotations

from chatd.commands.arguments import AnyRoom, Here, Rest, Switch, Target, Word
from chatd.commands.context import Context
from chatd.commands.people import LISTED
from chatd.commands.rooms import require_sight
from chatd.commands.table import command
from chatd.core import durations, keeping, text
from chatd.core.accounts import Accounts
from chatd.core.errors import ChatError, Code
from chatd.core.events import RoomRank
from chatd.core.events.rooms import Change
from chatd.core.replies import RoomInfo
from chatd.core.room import Room

__all__ = ["KEY_BYTES", "RoomFamily"]

KEY_BYTES = 64
MOST_MEMBERS = 999_999


SWITCHES: dict[str, tuple[Change, bool]] = {
    "i": ("invite-only", False),
    "s": ("secret", False),
    "m": ("moderated", False),
    "n": ("external", True),
    "t": ("open-topic", True),
}
"""What the letters of IRC turn on, or (True) off."""


class RoomFamily:
    """What its operators and its founder make of a room."""

    title = "Rooms"

    @command("room info", usage="[ROOM]", example="/room info #dev")
    def room_info(self, ctx: Context, room: Here) -> None:
        """Show a room's topic, founder, members, access and age."""
        require_sight(ctx, room)
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
        "room secret",
        usage="[ROOM] on|off",
        example="/room secret on",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_secret(self, ctx: Context, room: Here, switch: Switch) -> None:
        """Hide a room from everybody who is not in it; who knows its name gets in."""
        ctx.registry.change_room(ctx.by, room, "secret", switch)

    @command(
        "room invite-only",
        usage="[ROOM] on|off",
        example="/room invite-only on",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_invite_only(self, ctx: Context, room: Here, switch: Switch) -> None:
        """Let in only who is invited, and who has a rank there."""
        ctx.registry.change_room(ctx.by, room, "invite-only", switch)

    @command(
        "room limit",
        usage="[ROOM] COUNT|off",
        example="/room limit 50",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_limit(self, ctx: Context, room: Here, count: Word) -> None:
        """Let in nobody when so many are there, but who is invited."""
        ctx.registry.change_room(ctx.by, room, "limit", 0 if count == "off" else _count(count))

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
        "room moderated",
        usage="[ROOM] on|off",
        example="/room moderated on",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_moderated(self, ctx: Context, room: Here, switch: Switch) -> None:
        """Let only those with voice speak."""
        ctx.registry.change_room(ctx.by, room, "moderated", switch)

    @command(
        "room external",
        usage="[ROOM] on|off",
        example="/room external on",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_external(self, ctx: Context, room: Here, switch: Switch) -> None:
        """Let who is not in a room say something there; clients of IRC can."""
        ctx.registry.change_room(ctx.by, room, "external", switch)

    @command(
        "room open-topic",
        usage="[ROOM] on|off",
        example="/room open-topic on",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_open_topic(self, ctx: Context, room: Here, switch: Switch) -> None:
        """Let every member set the topic, not operators only."""
        ctx.registry.change_room(ctx.by, room, "open-topic", switch)

    @command(
        "room modes",
        usage="[ROOM] MODES",
        example="/room modes +im-t",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def room_modes(self, ctx: Context, room: Here, modes: Word) -> None:
        """Change several of these at once, as IRC writes them: i invite-only, s secret, m moderated, n not external,
        t no open topic; a + turns on what follows it, a - turns it off."""
        ctx.registry.switch_room(ctx.by, room, _switches(modes))

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
    """Return what keeps people out of a room or quiet in it, and what it lets them do beyond the usual."""
    return tuple(
        words
        for words, holds in (
            ("private", room.private),
            ("secret", room.secret and not room.invite_only),
            ("invite-only", room.invite_only and not room.secret),
            ("key", room.key),
            (f"limit {room.limit}", room.limit),
            ("moderated", room.moderated),
            (f"slow {durations.show(room.slow)}", room.slow),
            ("external", room.external),
            ("open topic", room.open_topic),
        )
        if holds
    )


def _switches(modes: str) -> dict[Change, int]:
    """Read what /room modes is given. Raises ChatError."""
    switches: dict[Change, int] = {}
    on = True
    for letter in modes:
        if letter in "+-":
            on = letter == "+"
        elif letter in SWITCHES:
            change, inverted = SWITCHES[letter]
            switches[change] = int(on is not inverted)
        else:
            raise ChatError(Code.BAD_VALUE, f'"{letter}" is none of {" ".join(SWITCHES)}')
    return switches


def _count(word: str) -> int:
    """Read how many may be in a room. Raises ChatError."""
    # int() of a long text takes time that grows with its square.
    count = int(word[:7]) if word.isascii() and word.isdigit() else 0
    if not 1 <= count <= MOST_MEMBERS:
        raise ChatError(Code.BAD_VALUE, f"a limit is off, or from 1 to {MOST_MEMBERS}")
    return count
