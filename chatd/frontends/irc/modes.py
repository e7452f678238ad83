"""MODE of rooms: what they are like, who is kept out, who has which rank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from chatd.core.bans import Ban
from chatd.core.errors import ChatError, Code
from chatd.core.masks import MaskList
from chatd.core.room import Room, shown_mask
from chatd.core.user import Rank
from chatd.frontends.irc.channels import room_of
from chatd.frontends.irc.usermodes import user_mode
from chatd.frontends.irc.verbs import Ask, IrcError, quoted, verb
from chatd.frontends.irc.welcome import MODES_AT_ONCE
from chatd.wire.irc.modes import mask_shown, modes_of
from chatd.wire.irc.numerics import Numeric

__all__ = ["Modes"]

SWITCHES = "imnst"
RANKS = {"o": ("op", "deop"), "v": ("voice", "devoice"), "q": ("room transfer", "")}
LISTS = {
    "b": (Numeric.RPL_BANLIST, Numeric.RPL_ENDOFBANLIST, "End of channel ban list"),
    "e": (Numeric.RPL_EXCEPTLIST, Numeric.RPL_ENDOFEXCEPTLIST, "End of channel exception list"),
    "I": (Numeric.RPL_INVEXLIST, Numeric.RPL_ENDOFINVEXLIST, "End of channel invite exception list"),
}
COMMANDS = {
    "b": ("bar", "unban"),
    "e": ("exempt", "unexempt"),
    "I": ("admit", "unadmit"),
    "m": ("quiet", "unquiet"),
}
MUTES = ("m:", "~m:")
LONGEST_LIMIT = 9
UNREADABLE = (Code.BAD_VALUE, Code.BAD_TEXT, Code.TOO_LONG)
"""How a command refuses what a mode's parameter cannot be; what is so already passes without a word."""

Change = tuple[bool, str, str | None]
"""Whether it is turned on, its letter, and its parameter, if there is one."""


class Modes:
    """The verb."""

    @verb("MODE", least=1, weight=2)
    async def mode(self, ask: Ask) -> None:
        """Show or change the modes of a room, or one's own."""
        if not ask.param(0).startswith("#"):
            user_mode(ask)
            return
        room = room_of(ask, ask.param(0))
        if len(ask.line.params) == 1:
            ask.context.weight = 1
            inside = ask.user.id in room.members or ask.user.rank >= Rank.OPERATOR
            ask.answer(Numeric.RPL_CHANNELMODEIS, room.name.shown, *modes_of(room, inside=inside))
            ask.answer(Numeric.RPL_CREATIONTIME, room.name.shown, str(int(room.created.timestamp())))
            return
        changes = _changes(ask.line.params[1:])
        if len(changes) > MODES_AT_ONCE:
            raise IrcError(Numeric.ERR_UNKNOWNERROR, "MODE", f"At most {MODES_AT_ONCE} modes at once")
        ask.context.weight += len(changes) // 4
        await self._apply(ask, room, changes)

    async def _apply(self, ask: Ask, room: Room, changes: list[Change]) -> None:
        shown = set[str]()
        for change in _steps(changes):
            letter = change[1]
            if letter in LISTS and change[2] is None:
                # However often it is asked for.
                if letter not in shown:
                    shown.add(letter)
                    ask.answers(_listing(ask, room, letter))
                continue
            try:
                await self._change(ask, room, change)
            except (ChatError, IrcError) as error:
                if not (isinstance(error, ChatError) and error.code is Code.NO_CHANGE):
                    ask.refuse(error)

    async def _change(self, ask: Ask, room: Room, change: Change) -> None:
        on, letter, param = change
        if letter[0] in "+-":
            await ask.run("room modes", room.name.shown, letter)
        elif letter in LISTS:
            await self._list(ask, room, on, letter, param or "")
        elif letter in RANKS:
            if not param:
                raise IrcError(Numeric.ERR_INVALIDMODEPARAM, room.name.shown, letter, "*", "Whom?")
            await self._rank(ask, room, on, letter, param)
        elif letter == "k":
            await self._key(ask, room, on, param or "")
        elif letter == "l":
            await self._limit(ask, room, on, param or "")
        else:
            raise IrcError(Numeric.ERR_UNKNOWNMODE, letter, "is unknown mode char to me")

    async def _list(self, ask: Ask, room: Room, on: bool, letter: str, mask: str) -> None:
        which = letter
        for word in MUTES:
            if mask.startswith(word) and letter in "be":
                mask = mask.removeprefix(word)
                which = "m" if letter == "b" else letter
        ask.nick = mask
        await _run(ask, room, letter, COMMANDS[which][0 if on else 1], mask)

    async def _rank(self, ask: Ask, room: Room, on: bool, letter: str, nick: str) -> None:
        ask.nick = nick
        command = RANKS[letter][0 if on else 1]
        if not command:
            raise ChatError(Code.NOT_ALLOWED, "a founder hands his room over by +q of another")
        try:
            await ask.run(command, room.name.shown, nick)
        except ChatError as error:
            if error.code is Code.NO_CHANGE:
                # He has no such rank: that goes without saying of one who is there.
                ask.registry.require_there(ask.registry.find_user(nick), room)
            raise

    async def _key(self, ask: Ask, room: Room, on: bool, key: str) -> None:
        if on and (not key or " " in key or "," in key or key == "off"):
            raise IrcError(
                Numeric.ERR_INVALIDMODEPARAM, room.name.shown, "k", "*", "This key cannot be typed at JOIN"
            )
        await _run(ask, room, "k", "room key", key if on else "off")

    async def _limit(self, ask: Ask, room: Room, on: bool, count: str) -> None:
        good = count.isascii() and count.isdigit() and len(count) <= LONGEST_LIMIT and int(count) > 0
        if on and not good:
            raise IrcError(
                Numeric.ERR_INVALIDMODEPARAM,
                room.name.shown,
                "l",
                count or "*",
                "A limit is a number above 0",
            )
        await _run(ask, room, "l", "room limit", count if on else "off")


async def _run(ask: Ask, room: Room, letter: str, command: str, word: str) -> None:
    """Carry out a command that takes the parameter of a mode; raise IrcError if it is none (Modern IRC, 696)."""
    try:
        await ask.run(command, room.name.shown, word)
    except ChatError as error:
        if error.code not in UNREADABLE:
            raise
        shown = "*" if letter == "k" else quoted(word)
        raise IrcError(Numeric.ERR_INVALIDMODEPARAM, room.name.shown, letter, shown, error.text) from None


def _changes(params: list[str]) -> list[Change]:
    """Read modes with their parameters: those of group A and the ranks take one, k takes one, l when it is set."""
    modes, *rest = params
    changes: list[Change] = []
    on = True
    for letter in modes:
        if letter in "+-":
            on = letter == "+"
            continue
        takes = letter in LISTS or letter in RANKS or letter == "k" or (letter == "l" and on)
        changes.append((on, letter, rest.pop(0) if takes and rest else None))
    return changes


def _steps(changes: list[Change]) -> Iterator[Change]:
    """Yield changes in their order; switches that follow each other are one, with their signs, for it is one event."""
    for switch, run in groupby(changes, lambda change: change[1] in SWITCHES):
        if switch:
            yield True, "".join(f"{'+' if on else '-'}{letter}" for on, letter, _ in run), None
        else:
            yield from run


def _may_read(ask: Ask, room: Room, letter: str) -> bool:
    """Whether somebody is shown a list of masks: bans, if he sees into the room; whom a mask lets in, if he is in it."""
    if letter == "b":
        return room.open_to(ask.user)
    return ask.user.id in room.members or ask.user.rank >= Rank.OPERATOR


def _listing(ask: Ask, room: Room, letter: str) -> Iterable[tuple[str, ...]]:
    entry, end, words = LISTS[letter]
    shown = room.name.shown
    if not _may_read(ask, room, letter):
        yield (Numeric.ERR_NOTONCHANNEL, shown, "You're not on that channel")
        yield (end, shown, words)
        return
    kept: list[tuple[Ban, MaskList | None]] = []
    if letter == "b":
        kept = [(ban, None) for ban in room.bans.values() if not ask.registry.expired(ban.until)]
        kept += [(ban, MaskList.MUTE) for ban in room.lists.get(MaskList.MUTE, {}).values()]
    else:
        which = MaskList.EXCEPTION if letter == "e" else MaskList.INVITATION
        kept = [(ban, None) for ban in room.lists.get(which, {}).values()]
    trusted = ask.user.rank >= Rank.OPERATOR
    for ban, mutes in kept:
        text = str(ban.mask)
        name = (
            ask.registry.shown_mask(ban.mask).removeprefix("account:") if text.startswith("account:") else ""
        )
        mask = mask_shown(text if trusted else shown_mask(text), name, mutes)
        made = () if ban.made is None else (str(int(ban.made.timestamp())),)
        yield (entry, shown, mask, ban.by, *made)
    yield (end, shown, words)
