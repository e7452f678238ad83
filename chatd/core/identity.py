"""Whose a nickname is: which ones are to be had, and who speaks for an account."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import AccountChanged, GuestsChanged, Identified
from chatd.core.guests import Guests, longer
from chatd.core.kept import NOTHING, Belongings
from chatd.core.lanes import NOBODY, Spread
from chatd.core.names import Name, nickname
from chatd.core.standing import Standing
from chatd.core.state import RESERVED, applies
from chatd.core.user import Rank, User

__all__ = ["Identities"]


class Identities(Guests, Standing):
    """What concerns nicknames and accounts."""

    def check_name(self, name: Name, user: User | None = None, account: str = "") -> None:
        """Raise ChatError unless the nickname is free for that user (None: a new one), or for that account."""
        account = account or (user.who.account or "" if user is not None else "")
        holder = self.nicks.get(name.folded)
        if holder is not None and holder is not user:
            self._check_holder(name, account, holder)
        owner = self.accounts.by_name(name)
        if owner is not None and owner.id == account:
            return  # his own, whatever the rules for names have become since
        longest = self.settings.limits.nickname_characters
        if len(name.shown) > longest:
            raise ChatError(Code.BAD_NAME, f"a nickname has at most {longest} characters")
        similar = self._nick_lookalikes.of(name)
        if user is not None:
            similar.discard(user.id)
        if RESERVED in similar:
            raise ChatError(Code.NAME_RESERVED, f"the nickname {name.shown} is reserved")
        for other in similar:
            raise ChatError(
                Code.NAME_TAKEN, f"{name.shown} looks too much like {self.users[other].nick}, who is online"
            )
        self._check_registered(name, account)

    def name_to_register(self, raw: str, user: User | None) -> Name:
        """Return the name of an account that a user, or (None) somebody who is not in yet, may make for himself: his own
        nickname, or one that nobody has. Raises ChatError."""
        name = nickname(raw)
        self.check_name(name, user)
        return name

    def _check_holder(self, name: Name, account: str, holder: User) -> None:
        """Raise ChatError in words for who wants a nickname that somebody has at this moment."""
        if holder.who.account is not None:
            if holder.who.account == account:
                raise ChatError(
                    Code.NAME_TAKEN,
                    f"you are {holder.nick} already elsewhere: /logout, then /login {holder.nick}",
                )
            # It may be its owner who comes a second time.
            self._check_registered(name, account)
        raise ChatError(Code.NAME_TAKEN, f"the nickname {name.shown} is taken")

    def _check_registered(self, name: Name, account: str) -> None:
        """Raise ChatError if the name, or one that looks like it, belongs to another account."""
        owner = self.accounts.by_name(name)
        if owner is not None and owner.id != account:
            raise ChatError(
                Code.NAME_REGISTERED, f"the nickname {owner.name} is registered; if it is yours: /login"
            )
        other = self.accounts.resembled(name, account) if owner is None else None
        if other is not None:
            raise ChatError(
                Code.NAME_TAKEN, f"{name.shown} looks too much like {other.name}, which is registered"
            )

    def check_not_banned(
        self, name: Name, account: str | None, address: str, cloak: str, ident: str | UnsetType = UNSET
    ) -> None:
        """Raise ChatError if a ban keeps who is that, and comes from there, off the server."""
        for ban in self.bans.of(name.folded, account, address, cloak, ident):
            if not self.expired(ban.until):
                raise ChatError(
                    Code.BANNED,
                    "you are banned from this server" + (f" ({ban.reason})" if ban.reason else ""),
                )

    def rank_of(self, account: Account) -> Rank:
        """Return the rank of an account on the server at this moment: it may have changed since it logged in."""
        return (self.accounts.by_id(account.id) or account).rank

    def identify(self, user: User, account: Account, belongings: Belongings = NOTHING) -> None:
        """Let a user speak for an account from now on; what he had here as a guest is the account's then."""
        if user.who.account is not None and user.who.account != account.id:
            raise ChatError(Code.NOT_ALLOWED, "you are logged in already; /logout first")
        self.accounts.opened(account)
        self.check_not_banned(user.name, account.id, user.address, user.who.host, user.who.ident)
        who = replace(user.who, account=account.id)
        lasting = [
            room for id in user.marks if (room := self.rooms_by_id.get(id)) is not None and room.lasting
        ]
        event = Identified(
            **self.stamp(),
            who=who,
            # What he was given as long as he is here he keeps.
            rank=int(max(self.rank_of(account), user.rank)),
            ranks={room.id: room.rank_of(user) for room in lasting if user.identity in room.ranks},
            mutes={
                id: self.wall(longer(mutes[user.identity], mutes.get(account.id, 0.0)))
                for id, mutes in (("", self.mutes), *((room.id, room.mutes) for room in lasting))
                if user.identity in mutes
            },
            ignoring=belongings.ignoring
            | {id: nick for id, nick in user.ignoring.items() if self.accounts.by_id(id) is not None},
            rooms=list(user.rooms),
            markers={} if user.who.account is not None else self.markers.get(user.identity, {}),
        )
        self.enter(event, NOBODY)
        self._remember(account.id, belongings.markers)
        told = AccountChanged(**self.stamp(), who=who, name=account.name)
        lane = Spread(user, user.rooms.values(), self.lookout) if user.rooms else self.lookout
        self.enter(told, lane)

    @applies(Identified)
    def _identified(self, event: Identified) -> None:
        account = self.accounts.by_id(event.who.account or "")
        if account is not None:
            self.accounts.saw(account.id, event.time)
        user = self.users.get(event.who.user)
        if user is None:
            return
        if user.who.account is None:
            guest = user.identity
            self._unindex(user)
            user.rename(event.who.of(user.nick), user.name)
            self._index(user)
            self._hand_over(user, guest)
            self.markers.pop(guest, None)
            self._remember(user.identity, event.markers)
        user.rank = Rank(event.rank)
        self.census.note(user)
        if account is not None:
            user.guests = account.guests
        for identity, nick in event.ignoring.items():
            user.ignoring[identity] = nick
            self.ignorers.setdefault(identity, {})[user.id] = user

    def _remember(self, identity: str, markers: dict[str, datetime]) -> None:
        """Take over how far somebody has read: the later time holds."""
        if markers:
            mine = self.markers.setdefault(identity, {})
            mine.update({key: max(until, mine.get(key, until)) for key, until in markers.items()})

    def let_guests(self, user: User, allowed: bool) -> None:
        """Let guests write to a user in private, or not."""
        if allowed != user.guests:
            self.enter(GuestsChanged(**self.stamp(), who=user.who, allowed=allowed), NOBODY)

    @applies(GuestsChanged)
    def _guests_changed(self, event: GuestsChanged) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.guests = event.allowed
        account = self.accounts.by_id(event.who.account or "")
        if account is not None:
            self.accounts.change(account.id, guests=event.allowed)
            for other in self.by_account.get(account.id, {}).values():
                other.guests = event.allowed
