"""Changes by those who put others out: kicks and bans, of a room or of the whole server.

Whether somebody's rank allows an act at all is checked by the command table; here only what depends on
whom it meets.
"""

from __future__ import annotations

from chatd.core import masks, text
from chatd.core.accounts import Account
from chatd.core.bans import Ban, Bans
from chatd.core.errors import ChatError, Code
from chatd.core.events import Banned, Kicked, Unbanned, Who
from chatd.core.kept import NOTHING, Belongings
from chatd.core.lanes import NOBODY
from chatd.core.masks import Kind, Mask, MaskList
from chatd.core.people import People
from chatd.core.room import Room
from chatd.core.rooms import Rooms
from chatd.core.state import applies, folded_nickname
from chatd.core.user import Rank, User

__all__ = ["Banning", "check_address", "who_of"]


class Banning(People, Rooms):
    """What puts people out and keeps them out."""

    def check_outranks(
        self, actor: User | None, rank: Rank, target: User | Account, room: Room | None
    ) -> None:
        """Raise ChatError if the target, a user or an account that is not there, stands above who acts on him, a user
        or (None) somebody at the shell of that rank."""
        if actor is target:
            return
        below = rank < target.rank
        if actor is not None and room is not None and rank < Rank.OPERATOR:
            below = below or room.standing(actor.identity) < room.standing(who_of(target).identity)
        if below:
            raise ChatError(Code.NOT_ALLOWED, f"{who_of(target).nick} ranks above you")

    def kick(self, by: Who, room: Room, target: User, reason: str = "") -> None:
        """Put a user out of a room."""
        self.require_there(target, room)
        reason = text.line(reason, text.REASON_BYTES)
        self.enter(
            Kicked(**self.stamp_in(room), who=target.who, by=by, reason=reason),
            room,
        )
        if not room.permanent:
            self.send_home(target)

    @applies(Kicked)
    def _kicked(self, event: Kicked) -> None:
        room, user = self.rooms_by_id.get(event.room_id), self.users.get(event.who.user)
        if room is not None and user is not None:
            self._remove_member(room, user)
            self._close_if_empty(room)

    def require_there(self, target: User, room: Room) -> None:
        """Raise ChatError unless somebody else is in the room."""
        if target.id not in room.members:
            raise ChatError(Code.USER_NOT_IN_ROOM, f"{target.nick} is not in {room.name.shown}")

    def ban(
        self,
        by: Who,
        room: Room | None,
        mask: Mask,
        seconds: int | None = None,
        reason: str = "",
        *,
        rank: Rank = Rank.OWNER,
    ) -> None:
        """Ban a mask from a room or (None) the server, and put out everybody there whom it meets and no exception saves.

        Whom the ban meets must not include who makes it, nor anybody who ranks above him; `rank` is his
        rank on the server. Only its operators ban addresses.
        """
        reason = text.line(reason, text.REASON_BYTES)
        bans = self.bans if room is None else room.bans
        check_address(mask, rank)
        self._check_room_for(mask, bans, room)
        ban = Ban(mask, by.nick, self.until(seconds), reason)
        met = self._met_by(ban, room)
        self._check_not_self(by, rank, room, met)
        self._check_absent(by, rank, room, mask)
        event = Banned(
            **self.stamp_in(room),
            by=by,
            mask=str(mask),
            seconds=seconds,
            reason=reason,
            name=self._name_of(mask),
        )
        self.enter(event, room or NOBODY)
        for user in met:
            if room is None:
                self.throw_off(user, by, reason or "banned")
            elif not self.on_list(room, MaskList.EXCEPTION, user):
                self.kick(by, room, user, reason or "banned")

    def bar(self, by: Who, room: Room, mask: Mask, *, rank: Rank = Rank.OWNER) -> None:
        """Ban a mask from a room without putting out who is there: it keeps out who comes. Raises ChatError, also where
        that mask is banned: the term and the reason of that ban stay what they are."""
        check_address(mask, rank)
        there = room.bans.get(str(mask))
        if there is not None and not self.expired(there.until):
            shown = self.shown_mask(mask)
            raise ChatError(Code.NO_CHANGE, f'"{shown}" is banned from {room.name.shown} already')
        self._check_room_for(mask, room.bans, room)
        self._check_absent(by, rank, room, mask)
        event = Banned(**self.stamp_in(room), by=by, mask=str(mask), name=self._name_of(mask))
        self.enter(event, room)

    def mask_of(self, raw: str) -> Mask:
        """Return the mask that somebody means: the account of a registered name or of who is called that now,
        else what is written. Raises ChatError."""
        user = self.nicks.get(folded_nickname(raw))
        if user is not None and user.who.account is not None:
            return Mask(Kind.ACCOUNT, user.who.account)
        mask = masks.parse(raw)
        if mask.kind is Kind.NICK and ("!" in raw or "@" in raw):
            return mask  # a nickname is meant, not who has it
        if mask.kind is Kind.NICK:
            account = self.accounts.by_folded(mask.pattern) if user is None else None
            return mask if account is None else Mask(Kind.ACCOUNT, account.id)
        if mask.kind is Kind.ACCOUNT and self.accounts.by_id(mask.pattern) is None:
            account = self.accounts.by_folded(mask.pattern)
            if account is None:
                raise ChatError(Code.NO_SUCH_USER, f'no account named "{mask.pattern}"')
            return Mask(Kind.ACCOUNT, account.id)
        return mask

    def shown_mask(self, mask: Mask) -> str:
        """Return a mask as people are told of it: with the name of an account."""
        name = self._name_of(mask)
        return f"account:{name}" if name else str(mask)

    def _name_of(self, mask: Mask) -> str:
        account = self.accounts.by_id(mask.pattern) if mask.kind is Kind.ACCOUNT else None
        return "" if account is None else account.name

    def _check_room_for(self, mask: Mask, bans: Bans, room: Room | None, what: str = "bans") -> None:
        """Raise ChatError if there are as many bans (or what it is) as there may be; those that ran out make room first."""
        limits = self.settings.limits
        limit = limits.bans if room is None else limits.bans_per_room
        if not limit or len(bans) < limit or str(mask) in bans:
            return
        for key, ban in list(bans.items()):
            if self.expired(ban.until):
                del bans[key]
        if len(bans) >= limit:
            where = "this server" if room is None else room.name.shown
            raise ChatError(Code.TOO_MANY, f"{where} has {limit} {what} already")

    def _met_by(self, ban: Ban, room: Room | None) -> list[User]:
        users = self.users if room is None else room.members
        bans = Bans()
        bans[str(ban.mask)] = ban
        return [user for user in users.values() if self._meets(bans, user)]

    def _meets(self, bans: Bans, user: User) -> bool:
        """Whether a ban meets a user, from wherever one of his connections comes."""
        if self.banned(bans, user) is not None:
            return True
        cloak = self.world.cloak
        return any(
            bans.of(
                user.name.folded,
                user.who.account,
                session.address,
                cloak(session.address),
                user.who.ident,
            )
            for session in user.sessions
            if session.address != user.address
        )

    def identify(self, user: User, account: Account, belongings: Belongings = NOTHING) -> None:
        """As in core/identity.py; where the account is banned the user is no more."""
        super().identify(user, account, belongings)
        for room in list(user.rooms.values()):
            if user.rank < Rank.OPERATOR and self.kept_out(room, user):
                self.kick(self.server, room, user, "banned")

    def _check_absent(self, by: Who, rank: Rank, room: Room | None, mask: Mask) -> None:
        """Raise ChatError if a ban is for an account that ranks above who makes it, also while it is not there."""
        account = self.accounts.by_id(mask.pattern) if mask.kind is Kind.ACCOUNT else None
        if account is None:
            return
        above = rank < account.rank
        if room is not None and rank < Rank.OPERATOR:
            above = above or room.standing(by.identity) < room.standing(account.id)
        if above:
            raise ChatError(Code.NOT_ALLOWED, f"{account.name} ranks above you")

    def _met(self, ban: Ban, user: User) -> bool:
        bans = Bans()
        bans[str(ban.mask)] = ban
        return self.banned(bans, user) is not None

    def _check_not_self(self, by: Who, rank: Rank, room: Room | None, met: list[User]) -> None:
        actor = self.users.get(by.user)
        for user in met:
            if user is actor:
                raise ChatError(Code.BAD_VALUE, "that would ban yourself")
            self.check_outranks(actor, rank, user, room)

    @applies(Banned)
    def _banned(self, event: Banned) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if event.room_id and room is None:
            return
        bans = self.bans if room is None else room.bans
        until = self.until(event.seconds, event.time)
        bans[event.mask] = Ban(masks.known(event.mask), event.by.nick, until, event.reason, event.time)

    def unban(self, by: Who, room: Room | None, mask: Mask) -> None:
        """Lift a ban; raise ChatError if there is none of that mask."""
        bans = self.bans if room is None else room.bans
        if str(mask) not in bans:
            where = "this server" if room is None else room.name.shown
            shown = self.shown_mask(mask)
            raise ChatError(
                Code.NO_CHANGE, f'"{shown}" is not banned from {where}; /ban alone lists the bans'
            )
        actor = self.users.get(by.user)
        own = mask != masks.EVERYBODY and actor is not None and actor.rank < Rank.OPERATOR
        if own and actor is not None and self._met(bans[str(mask)], actor):
            raise ChatError(Code.NOT_ALLOWED, "you cannot lift your own ban")
        event = Unbanned(**self.stamp_in(room), by=by, mask=str(mask), name=self._name_of(mask))
        self.enter(event, room or NOBODY)

    @applies(Unbanned)
    def _unbanned(self, event: Unbanned) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if event.room_id and room is None:
            return
        (self.bans if room is None else room.bans).pop(event.mask, None)


def check_address(mask: Mask, rank: Rank) -> None:
    """Raise ChatError if the mask is one for addresses, and of no operator of the server.

    Who tries networks one after the other would find anybody's address out.
    """
    if mask.kind is Kind.ADDRESS and rank < Rank.OPERATOR:
        raise ChatError(Code.NOT_ALLOWED, "addresses are banned by operators of the server; use host:HASH")


def who_of(target: User | Account) -> Who:
    """Return a user, or an account that is not there, as others see him."""
    return Who(nick=target.name, account=target.id) if isinstance(target, Account) else target.who
