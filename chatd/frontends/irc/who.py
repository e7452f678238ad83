"""WHO (the Modern IRC document, IRCv3 WHOX)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chatd.core import masks, names
from chatd.core.errors import ChatError
from chatd.core.room import Room
from chatd.core.state import folded_nickname
from chatd.core.user import Rank, User
from chatd.frontends.irc.channels import room_of
from chatd.frontends.irc.members import prefix_of
from chatd.frontends.irc.pouring import LINES_A_LINE, Piece, pour
from chatd.frontends.irc.sight import account_of, findable, sees_addresses, shown_name
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import ident

__all__ = ["WhoIsThere"]

FIELDS = "tcuihsnfdlaor"
"""What may be asked for, in the order of the answer."""
EVERYBODY = frozenset({"", "*", "0"})
NO_ADDRESS = "255.255.255.255"
WILD = frozenset("*?")
TOKEN = re.compile("[0-9]{1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of users is asked for. `fields` is empty for the plain answer."""

    fields: str = ""
    token: str = "0"  # noqa: S105 - the client's own number for its request
    operators: bool = False


def _wanted(typed: str) -> Wanted:
    """Read what stands behind the mask: flags, a percent sign with fields, a comma with a token."""
    flags, percent, rest = typed.partition("%")
    fields, _, token = rest.partition(",")
    chosen = "".join(field for field in FIELDS if field in fields)
    return Wanted(
        fields=chosen or ("n" if percent else ""),
        token=token if TOKEN.fullmatch(token) else "0",
        operators="o" in flags,
    )


class WhoIsThere:
    """WHO."""

    @verb("WHO")
    async def who(self, ask: Ask) -> None:
        """Show who is in a room, or who is called like a mask with * and ?."""
        mask, wanted = ask.param(0), _wanted(ask.param(1))
        if mask[:1] == "#":
            looked_at, found = self._in_room(ask, mask, wanted)
        elif mask not in EVERYBODY and WILD.isdisjoint(mask):
            looked_at, found = 1, self._called(ask, mask, wanted)
        else:
            looked_at, found = len(ask.registry.users), self._like(ask, mask, wanted)
        ask.context.weight += looked_at // LINES_A_LINE
        await pour(ask, _ended(found, mask or "*"))

    @staticmethod
    def _in_room(ask: Ask, name: str, wanted: Wanted) -> tuple[int, Iterator[Piece]]:
        try:
            room = room_of(ask, name)
        except IrcError:
            return 0, iter(())
        if not room.open_to(ask.user):
            return 0, iter(())
        return len(room.members), _members(ask, room, wanted)

    @staticmethod
    def _called(ask: Ask, nick: str, wanted: Wanted) -> Iterator[Piece]:
        user = ask.registry.nicks.get(folded_nickname(nick))
        if user is not None:
            yield _row(ask, user, wanted, None)

    @staticmethod
    def _like(ask: Ask, mask: str, wanted: Wanted) -> Iterator[Piece]:
        registry, asker = ask.registry, ask.user
        pattern = None
        if mask not in EVERYBODY:
            try:
                pattern = masks.words(mask)
            except ChatError:
                return
        whole = "!" in mask or "@" in mask
        for user in list(registry.users.values()):
            known = user.id in registry.users and findable(asker, user)
            meant = known and (pattern is None or _meets(pattern, user, whole=whole))
            yield _row(ask, user, wanted, None) if meant else None


def _ended(found: Iterator[Piece], mask: str) -> Iterator[Piece]:
    yield from found
    yield (Numeric.RPL_ENDOFWHO, mask, "End of /WHO list")


def _members(ask: Ask, room: Room, wanted: Wanted) -> Iterator[Piece]:
    asker = ask.user
    inside = asker.id in room.members or asker.rank >= Rank.OPERATOR
    for user in list(room.members.values()):
        seen = user.id in room.members and (inside or "i" not in user.modes)
        yield _row(ask, user, wanted, room) if seen else None


def _meets(pattern: re.Pattern[str], user: User, *, whole: bool) -> bool:
    """Whether a mask meets what everybody sees of a user: one of it or, `whole`, all with ! and @."""
    name, host = ident(user.who).casefold(), user.who.host
    if whole:
        return pattern.fullmatch(f"{user.name.folded}!{name}@{host}") is not None
    return any(
        pattern.fullmatch(each) for each in (user.name.folded, name, host, names.fold(shown_name(user)))
    )


def _row(ask: Ask, user: User, wanted: Wanted, room: Room | None) -> Piece:
    if wanted.operators and user.rank < Rank.OPERATOR:
        return None
    where = "*" if room is None else room.name.shown
    host = user.who.host or "*"
    server, name = ask.session.server, ident(user.who)
    if not wanted.fields:
        told = (where, name, host, server, user.nick, _flags(ask, user, room), f"0 {shown_name(user)}")
        return (Numeric.RPL_WHOREPLY, *told)
    idle = ask.registry.world.clock.seconds() - user.active
    values = {
        "t": wanted.token,
        "c": where,
        "u": name,
        "i": user.address if sees_addresses(ask.user, user) and user.address else NO_ADDRESS,
        "h": host,
        "s": server,
        "n": user.nick,
        "f": _flags(ask, user, room),
        "d": "0",
        "l": str(int(idle)),
        "a": account_of(ask.registry, user) or "0",
        "o": "n/a",
        "r": shown_name(user),
    }
    return (Numeric.RPL_WHOSPCRPL, *(values[field] for field in wanted.fields))


def _flags(ask: Ask, user: User, room: Room | None) -> str:
    """Return here or gone, an operator of the server, ranks in the room, a bot."""
    flags = "H" if user.away is None else "G"
    if user.rank >= Rank.OPERATOR:
        flags += "*"
    if room is not None:
        flags += prefix_of(room, user, ask.session.caps)
    return flags + ("B" if "B" in user.modes else "")
