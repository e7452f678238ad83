"""Changes of users: arriving, renaming, going away, leaving."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from chatd.core import names, text
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import (
    Announced,
    Arrived,
    AwayChanged,
    Quit,
    RealnameChanged,
    Renamed,
    UserModes,
    Who,
)
from chatd.core.identity import Identities
from chatd.core.kept import NOTHING, Belongings
from chatd.core.lanes import Everybody, Spread
from chatd.core.names import Name
from chatd.core.ports import Session
from chatd.core.state import applies
from chatd.core.user import Rank, User
from chatd.core.world import World

__all__ = ["People"]

AWAY = "away"
"""The reason of who goes away and gives none."""


class People(Identities):
    """What changes users."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._everybody = Everybody(self.users)

    def arrive(
        self,
        session: Session,
        name: Name,
        id: str,
        *,
        rank: Rank = Rank.USER,
        account: Account | None = None,
        belongings: Belongings = NOTHING,
        ident: str | UnsetType = UNSET,
        realname: str = "",
    ) -> User:
        """Make a user of a session, of an account with its rank and what it comes back to or (None) a guest; raise
        ChatError if the name is not to be had, the account not to be used, or a ban meets him."""
        if account is not None:
            self.accounts.opened(account)
        owner = None if account is None else account.id
        rank = rank if account is None else self.rank_of(account)
        self.check_name(name, account=owner or "")
        who = Who(
            nick=name.shown, user=id, account=owner, host=self.world.cloak(session.address), ident=ident
        )
        newcomer = User(who, name, rank=rank)
        newcomer.address = session.address
        ban = self.banned(self.bans, newcomer)
        if ban is not None:
            raise ChatError(
                Code.BANNED, "you are banned from this server" + (f" ({ban.reason})" if ban.reason else "")
            )
        event = Arrived(**self.stamp(), who=who, address=session.address, rank=int(rank), realname=realname)
        self.enter(event, self.lookout)
        user = self.users[who.user]
        self.attach(session, user)
        if account is not None:
            self.identify(user, account, belongings)
        return user

    @applies(Arrived)
    def _arrived(self, event: Arrived) -> None:
        if event.who.user in self.users:
            return
        user = User(
            event.who,
            names.nickname(event.who.nick),
            rank=Rank(event.rank),
            active=self.world.clock.seconds(),
        )
        user.address = event.address
        user.realname = event.realname
        self.users[user.id] = user
        self.most_users = max(self.most_users, len(self.users))
        self.census.note(user)
        self._index(user)

    def attach(self, session: Session, user: User) -> None:
        """Let a session speak for a user."""
        session.user = user
        user.sessions.append(session)
        self.census.strangers.discard(session)

    def detach(self, session: Session, reason: str, *, lost: bool) -> None:
        """Take a session from its user, who leaves with the last one. `lost`: nothing can be sent to it."""
        user = session.user
        if user is None or session not in user.sessions:
            return
        user.sessions.remove(session)
        self.world.turn.leave_all(session, lost=lost)
        if not user.sessions:
            self.quit(user, reason)

    def quit(self, user: User, reason: str, by: Who | None = None) -> None:
        """Let a user leave the server."""
        if user.id not in self.users:
            return
        self.world.claims.release_nickname(user.name, user.id)
        event = Quit(**self.stamp(), who=user.who, reason=text.line(reason, text.REASON_BYTES), by=by)
        self.enter(event, Spread(user, list(user.rooms.values()), self.lookout))

    @applies(Quit)
    def _quit(self, event: Quit) -> None:
        user = self.users.pop(event.who.user, None)
        if user is None:
            return
        self._unindex(user)
        self.census.forget(user)
        for room in list(user.rooms.values()):
            self._remove_member(room, user)
            self._close_if_empty(room)
        for identity in user.ignoring:
            self._forget_ignorer(identity, user)
        if user.who.account is None:
            self._forget_guest(user)

    def throw_off(self, user: User, by: Who, reason: str) -> None:
        """Put a user off the server: he and all who share a room with him are told."""
        reason = text.line(reason, text.REASON_BYTES)
        sessions, user.sessions = user.sessions, []
        for session in sessions:
            # He is told in words of his own, below.
            self.world.turn.leave_all(session, lost=False)
        self.quit(user, reason, by)
        why = f"You have been kicked off the server by {by.nick}" + (f" ({reason})" if reason else "")
        for session in sessions:
            session.close(why)

    def rename(self, user: User, name: Name) -> None:
        """Change a nickname; raise ChatError if it is not to be had."""
        if name.shown == user.nick:
            return
        self.check_name(name, user)
        if self.banned(self.bans, user, name) is not None:
            raise ChatError(Code.BANNED, "that nickname is banned from this server")
        for room in user.rooms.values():
            if self.kept_out(room, user, name):
                raise ChatError(Code.BANNED, f"that nickname is banned from {room.name.shown}")
        event = Renamed(**self.stamp(), who=user.who, nick=name.shown)
        self.enter(event, Spread(user, user.rooms.values(), self.lookout))

    @applies(Renamed)
    def _renamed(self, event: Renamed) -> None:
        user = self.users.get(event.who.user)
        if user is None:
            return
        self._unindex(user)
        who = user.who.of(event.nick)
        user.rename(who, names.nickname(event.nick))
        self._index(user)

    def set_away(self, user: User, reason: str | None) -> None:
        """Go away with a reason, or come back (None)."""
        away = None if reason is None else text.line(reason, text.REASON_BYTES) or AWAY
        if away is not None and self.silenced(user, user.rooms.values()):
            away = AWAY
        if away != user.away:
            event = AwayChanged(**self.stamp(), who=user.who, reason=away)
            self.enter(event, Spread(user, user.rooms.values(), self.lookout))

    @applies(AwayChanged)
    def _away_changed(self, event: AwayChanged) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.away = event.reason

    def set_realname(self, user: User, realname: str) -> None:
        """Say in another way who the user is."""
        realname = text.line(realname, text.REASON_BYTES)
        if realname != user.realname:
            event = RealnameChanged(**self.stamp(), who=user.who, realname=realname)
            self.enter(event, Spread(user, user.rooms.values(), self.lookout))

    @applies(RealnameChanged)
    def _realname_changed(self, event: RealnameChanged) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.realname = event.realname

    def set_modes(self, user: User, added: str, removed: str) -> None:
        """Turn on and off how IRC treats the user: letters of `events.UserModes`."""
        added = "".join(letter for letter in added if letter not in user.modes)
        removed = "".join(letter for letter in removed if letter in user.modes)
        if added or removed:
            event = UserModes(**self.stamp(), who=user.who, added=added, removed=removed)
            self.enter(event, Spread(user, ()))

    @applies(UserModes)
    def _modes_changed(self, event: UserModes) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.modes = "".join(sorted((set(user.modes) | set(event.added)) - set(event.removed)))
            self.census.note(user)

    def announce(self, by: Who, words: str) -> None:
        """Tell everybody on the server something."""
        event = Announced(**self.stamp(), by=by, text=text.message(words))
        self.enter(event, self._everybody)
