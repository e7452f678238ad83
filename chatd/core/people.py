"""Changes of users: arriving, renaming, talking in private, going away, leaving."""

from __future__ import annotations

from chatd.core import names, text
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import (
    Announced,
    Arrived,
    AwayChanged,
    Body,
    Identified,
    Ignored,
    PrivateMessage,
    Quit,
    Renamed,
    Unignored,
    Who,
)
from chatd.core.lanes import NOBODY, Everybody, Private, Spread
from chatd.core.names import Name
from chatd.core.ports import Session, Source
from chatd.core.state import RESERVED, State, World, applies, folded_nickname
from chatd.core.user import Rank, User

__all__ = ["People"]

AWAY = "away"
"""The reason of who goes away and gives none."""


class People(State):
    """What changes users."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._private = Private(self.users)
        self._everybody = Everybody(self.users)

    def check_name(self, name: Name, user: User | None = None, account: str = "") -> None:
        """Raise ChatError unless the nickname is free for that user (None: a new one), or for that account."""
        longest = self.settings.limits.nickname_characters
        if len(name.shown) > longest:
            raise ChatError(Code.BAD_NAME, f"a nickname has at most {longest} characters")
        holder = self.nicks.get(name.folded)
        if holder is not None and holder is not user:
            raise ChatError(Code.NAME_TAKEN, f"the nickname {name.shown} is taken")
        similar = self._nick_lookalikes.of(name)
        if user is not None:
            similar.discard(user.id)
        if RESERVED in similar:
            raise ChatError(Code.NAME_RESERVED, f"the nickname {name.shown} is reserved")
        for other in similar:
            raise ChatError(
                Code.NAME_TAKEN, f"{name.shown} looks too much like {self.users[other].nick}, who is online"
            )
        self._check_registered(name, account or (user.who.account or "" if user is not None else ""))

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

    def identify(self, user: User, account: Account) -> None:
        """Let a user speak for an account from now on; what he had here as a guest is the account's then."""
        if user.who.account == account.id:
            return
        if user.who.account is not None:
            raise ChatError(Code.NOT_ALLOWED, "you are logged in already; /logout first")
        who = Who(nick=user.nick, user=user.id, account=account.id, host=user.who.host)
        self.enter(Identified(**self.stamp(), who=who), NOBODY)

    @applies(Identified)
    def _identified(self, event: Identified) -> None:
        user = self.users.get(event.who.user)
        if user is None or user.who.account is not None:
            return
        guest = user.identity
        user.rename(
            Who(nick=user.nick, user=user.id, account=event.who.account, host=user.who.host), user.name
        )
        self._hand_over(user, guest)

    def arrive(
        self, session: Session, name: Name, id: str, rank: Rank = Rank.USER, account: str = ""
    ) -> User:
        """Make a user of a session, of an account or (empty) a guest; raise ChatError if the name is not to be
        had or a ban meets him."""
        self.check_name(name, account=account)
        who = Who(nick=name.shown, user=id, account=account or None, host=self.world.cloak(session.address))
        newcomer = User(who, name, rank=rank)
        newcomer.address = session.address
        ban = self.banned(self.bans, newcomer)
        if ban is not None:
            raise ChatError(
                Code.BANNED, "you are banned from this server" + (f" ({ban.reason})" if ban.reason else "")
            )
        self.enter(Arrived(**self.stamp(), who=who, address=session.address, rank=int(rank)), NOBODY)
        user = self.users[who.user]
        self.attach(session, user)
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
        self.users[user.id] = user
        self._index(user)

    def attach(self, session: Session, user: User) -> None:
        """Let a session speak for a user."""
        session.user = user
        user.sessions.append(session)

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
        self.enter(event, Spread(user, list(user.rooms.values())))

    @applies(Quit)
    def _quit(self, event: Quit) -> None:
        user = self.users.pop(event.who.user, None)
        if user is None:
            return
        self._unindex(user)
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
        for bans, where in (
            (self.bans, "this server"),
            *((r.bans, r.name.shown) for r in user.rooms.values()),
        ):
            if self.banned(bans, user, name) is not None:
                raise ChatError(Code.BANNED, f"that nickname is banned from {where}")
        self.enter(Renamed(**self.stamp(), who=user.who, nick=name.shown), Spread(user, user.rooms.values()))

    @applies(Renamed)
    def _renamed(self, event: Renamed) -> None:
        user = self.users.get(event.who.user)
        if user is None:
            return
        self._unindex(user)
        who = Who(nick=event.nick, user=user.id, account=user.who.account, host=user.who.host)
        user.rename(who, names.nickname(event.nick))
        self._index(user)

    def say_private(
        self, user: User, target: User, body: Body, *, action: bool = False, source: Source | None = None
    ) -> None:
        """Say something to one user. Whoever he ignores is not told so."""
        if self.mutes and self.muted(self.mutes, user):
            raise ChatError(Code.MUTED, "you are muted on this server")
        event = PrivateMessage(
            id=self.world.ids.next(),
            time=self.time(),
            origin=self.world.origin,
            who=user.who,
            to=target.who,
            body=body,
            action=action,
        )
        self.enter(event, self._private, source)

    @applies(PrivateMessage)
    def _said_private(self, event: PrivateMessage) -> None:
        user, target = self.users.get(event.who.user), self.users.get(event.to.user)
        if user is not None and target is not None and user.identity not in target.ignoring:
            target.correspondent = user.id

    def set_away(self, user: User, reason: str | None) -> None:
        """Go away with a reason, or come back (None)."""
        away = None if reason is None else text.line(reason, text.REASON_BYTES) or AWAY
        if away is not None and self.silenced(user, user.rooms.values()):
            away = AWAY
        if away != user.away:
            self.enter(
                AwayChanged(**self.stamp(), who=user.who, reason=away), Spread(user, user.rooms.values())
            )

    @applies(AwayChanged)
    def _away_changed(self, event: AwayChanged) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.away = event.reason

    def ignore(self, user: User, target: User) -> None:
        """Stop showing the user what the target says."""
        limit = self.settings.limits.ignores_per_user
        if target is user:
            raise ChatError(Code.BAD_VALUE, "you cannot ignore yourself")
        if limit and len(user.ignoring) >= limit:
            raise ChatError(Code.TOO_MANY, f"you ignore {limit} users already")
        self.enter(Ignored(**self.stamp(), who=user.who, target=target.who), NOBODY)

    @applies(Ignored)
    def _ignored(self, event: Ignored) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.ignoring[event.target.identity] = event.target.nick
            self.ignorers.setdefault(event.target.identity, {})[user.id] = user

    def unignore(self, user: User, nick: str) -> str:
        """Show the user again what somebody says, by the nickname he has or had; return that nickname."""
        typed = folded_nickname(nick)
        found = self.nicks.get(typed)
        for identity, was in user.ignoring.items():
            if folded_nickname(was) == typed or (found is not None and found.identity == identity):
                self.enter(Unignored(**self.stamp(), who=user.who, identity=identity), NOBODY)
                return was
        raise ChatError(Code.NO_SUCH_USER, f'you do not ignore "{nick}"')

    @applies(Unignored)
    def _unignored(self, event: Unignored) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.ignoring.pop(event.identity, None)
            self._forget_ignorer(event.identity, user)

    def announce(self, by: Who, words: str) -> None:
        """Tell everybody on the server something."""
        event = Announced(**self.stamp(), by=by, text=text.message(words))
        self.enter(event, self._everybody)

    def _forget_ignorer(self, identity: str, user: User) -> None:
        holders = self.ignorers.get(identity, {})
        holders.pop(user.id, None)
        if not holders:
            self.ignorers.pop(identity, None)
