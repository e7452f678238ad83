"""Talking to one user: who hears it, who does not want to, and what waits for who is not there."""

from __future__ import annotations

from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import Body, Ignored, PrivateMessage, PrivateSignal, Unignored, Who
from chatd.core.guests import Guests
from chatd.core.lanes import NOBODY, Private
from chatd.core.ports import Source
from chatd.core.standing import Standing
from chatd.core.state import NO_TAGS, applies, folded_nickname
from chatd.core.user import User
from chatd.core.world import World

__all__ = ["PrivateTalk"]


class PrivateTalk(Guests, Standing):
    """What is said to one user, and whom a user does not want to hear."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._private = Private(self.users)
        self.mail: dict[str, dict[str, str]] = {}
        """Which private messages wait for each account that is not there: ids, with the account that wrote each."""

    def find_addressee(self, raw: str, *, hint: bool = False) -> User | Account:
        """Return whom a private message to that name goes to: who is called that now, the account of that
        name under another nickname, or the account, which is not there. Raises ChatError for nobody; with `hint` it
        says who may have been meant, which takes longer than a message does: for those who will be shown that."""
        folded = folded_nickname(raw)
        user = self.nicks.get(folded)
        account = self.accounts.by_folded(folded) if user is None else None
        if user is None and account is None and not hint:
            raise ChatError(Code.NO_SUCH_USER, f'no user named "{raw}"')
        if account is None:
            return user or self.find_user(raw)
        return next(iter(self.by_account.get(account.id, {}).values()), account)

    def say_private(
        self,
        user: User,
        target: User | Account,
        body: Body,
        *,
        action: bool = False,
        notice: bool = False,
        tags: dict[str, str] = NO_TAGS,
        source: Source | None = None,
    ) -> None:
        """Say something to one user, or to an account that is not there. Whoever he ignores is not told so."""
        self.require_hearing(user, target)
        waited = isinstance(target, Account)
        if isinstance(target, Account):
            to = Who(nick=target.name, account=target.id)
        else:
            to = target.who
        id, time = self.world.ids.stamp()
        event = PrivateMessage(
            id=id,
            time=time,
            origin=self.world.origin,
            who=user.who,
            to=to,
            body=body,
            action=action,
            notice=notice,
            tags=tags,
            waited=waited,
        )
        self.said_private += 1
        self.apply(event)
        self.world.timeline.put(event, self._private, source)

    def require_hearing(self, user: User, target: User | Account) -> None:
        """Raise ChatError unless a user may write to another in private, or to an account that is not there."""
        self._check_private(user, target)
        if isinstance(target, Account):
            self._check_mail(user, target)

    def _check_private(self, user: User, target: User | Account) -> None:
        """Raise ChatError unless a user may write to another, or an account, in private."""
        if self.mutes and self.muted(self.mutes, user):
            raise ChatError(Code.MUTED, "you are muted on this server")
        guest = user.who.account is None
        if guest and isinstance(target, User) and not target.guests and target is not user:
            raise ChatError(Code.NOT_ALLOWED, f"{target.nick} takes no private messages from guests")

    def signal_private(
        self,
        user: User,
        target: User,
        *,
        tags: dict[str, str] = NO_TAGS,
        ctcp: str = "",
        notice: bool = False,
        source: Source | None = None,
    ) -> None:
        """Let a user's client tell another's something."""
        self._check_private(user, target)
        event = PrivateSignal(
            **self.stamp(), who=user.who, to=target.who, tags=tags, ctcp=ctcp, notice=notice
        )
        self.enter(event, self._private, source)

    def _check_mail(self, user: User, target: Account) -> None:
        """Raise ChatError unless another message of that user may wait."""
        if user.who.account is None:
            raise ChatError(
                Code.NO_SUCH_USER,
                f"{target.name} is not here, and keeps messages of accounts only: /register PASSWORD",
            )
        limits, waiting = self.settings.limits, list(self.mail.get(target.id, {}).values())
        if limits.mail_per_sender and waiting.count(user.who.account) >= limits.mail_per_sender:
            raise ChatError(
                Code.TOO_MANY, f"{limits.mail_per_sender} of your messages wait for {target.name} already"
            )
        if limits.mail and len(waiting) >= limits.mail:
            raise ChatError(Code.TOO_MANY, f"{target.name} has {limits.mail} messages waiting already")

    @applies(PrivateMessage)
    def _said_private(self, event: PrivateMessage) -> None:
        if event.waited and event.to.account is not None:
            self.mail.setdefault(event.to.account, {})[event.id] = event.who.account or ""
            return
        user, target = self.users.get(event.who.user), self.users.get(event.to.user)
        if user is None or target is None:
            return
        if not target.ignoring or user.identity not in target.ignoring:
            target.correspondent = user.id
        if event.who.account is None or event.to.account is None:
            for session in (*user.sessions, *target.sessions):
                if session.rereads:
                    self.guest_talk.note(event)
                    return

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
        for user in self._all_of(event.who):
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
        for user in self._all_of(event.who):
            user.ignoring.pop(event.identity, None)
            self._forget_ignorer(event.identity, user)

    def _all_of(self, who: Who) -> list[User]:
        """Return the user, or all users of his account."""
        if who.account is not None:
            return list(self.by_account.get(who.account, {}).values())
        user = self.users.get(who.user)
        return [] if user is None else [user]
