"""What the owner does to accounts and invitation codes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import Connection
from twisted.logger import Logger

from chatd.core import text
from chatd.core.accounts import Account, Invitation, check_new
from chatd.core.addresses import LOCAL
from chatd.core.errors import ChatError, Code
from chatd.core.events import Who
from chatd.core.names import Name
from chatd.core.ports import Session
from chatd.core.registry import Registry
from chatd.core.user import Rank, User
from chatd.services.passwords import Passwords, prepared
from chatd.storage import accounts as stored
from chatd.storage import certificates, invitations, web_logins
from chatd.storage.engine import Database

__all__ = ["NO_CODE", "Stewardship", "hash_of"]

log = Logger(namespace="chatd.accounts")

CODE_BYTES = 16
DAY = timedelta(days=1)
NO_CODE = "this invitation code is wrong, used or out of date; ask the owner of the server for another"


def hash_of(code: str) -> str:
    """Return an invitation code as it is kept. It is random: it needs no salt, and no slow hash."""
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


class Stewardship:
    """Adds accounts, suspends them, sets passwords, invites. `services.accounts.AccountService` is made of it."""

    def __init__(self, registry: Registry, database: Database, passwords: Passwords) -> None:
        self._registry = registry
        self._database = database
        self._passwords = passwords

    # Accounts

    async def add(self, name: Name, password: str, address: str = "", code: str = "") -> Account:
        """Make an account for the owner, or for who may make one; with an invitation code, use that up."""
        registry = self._registry
        check_new(name, registry.accounts, registry.settings)
        hashed, verifier = await self._kept(prepared(password))
        check_new(name, registry.accounts, registry.settings)  # somebody may have been quicker
        if address:
            self._check_address(address)
        now = registry.time()
        account = Account(registry.world.ids.next(), name.shown, now, now, address)

        def store(connection: Connection) -> None:
            # Both or neither: of two with one code, one has an account and the other may try again.
            if code and not invitations.take(connection, hash_of(code), now):
                raise ChatError(Code.WRONG_KEY, NO_CODE)
            if not stored.add(connection, account, hashed, verifier):
                raise ChatError(Code.NAME_REGISTERED, f"the nickname {name.shown} is registered")

        # From here on nobody else may have it, also while it is being stored.
        registry.accounts.put(account)
        try:
            await self._database.write(store)
        except Exception:
            registry.accounts.remove(account.id)
            raise
        log.info("{name} was registered", name=account.name)
        return registry.accounts.opened(account)

    def _check_address(self, home: str) -> None:
        """Raise ChatError if too many accounts were registered from there of late."""
        limit = self._registry.settings.accounts.per_address
        if not limit or home == LOCAL:
            return
        since = self._registry.time() - DAY
        made = sum(each.address == home and each.created > since for each in self._registry.accounts)
        if made >= limit:
            raise ChatError(
                Code.TOO_MANY, f"from your address {limit} accounts were registered today already"
            )

    def find(self, name: Name) -> Account:
        """Return the account of that name; raise ChatError if there is none."""
        account = self._registry.accounts.by_name(name)
        if account is None:
            raise ChatError(Code.NO_SUCH_USER, f"no account named {name.shown}")
        return account

    async def suspend(self, account: Account, by: Who, reason: str, rank: Rank) -> int:
        """Keep an account out and put all of its users off the server; return how many there were. Its name
        stays its own. Raises ChatError for accounts of a rank above `rank`."""
        self._check_outranks(account, rank)
        words = text.line(
            f"account suspended: {reason}" if reason else "account suspended", text.REASON_BYTES
        )
        if account.suspended:
            raise ChatError(Code.BAD_VALUE, f"{account.name} is suspended already")
        await self._set_suspended(account, True)
        log.info("{name} was suspended", name=account.name)
        users = self._users(account.id)
        for user in users:
            self._registry.throw_off(user, by, words)
        return len(users)

    async def resume(self, account: Account, rank: Rank) -> None:
        """Let a suspended account in again. Raises ChatError as `suspend` does."""
        self._check_outranks(account, rank)
        if not account.suspended:
            raise ChatError(Code.BAD_VALUE, f"{account.name} is not suspended")
        await self._set_suspended(account, False)
        log.info("{name} was resumed", name=account.name)

    async def set_password(self, account: Account, password: str) -> tuple[int, int]:
        """Replace a password without asking for the old one, take the account's certificates away, and end all its
        sessions; return how many sessions and certificates there were."""
        hashed, verifier = await self._kept(prepared(password))

        def store(connection: Connection) -> int | None:
            if not stored.set_password(connection, account.id, hashed, verifier=verifier):
                return None
            web_logins.forget(connection, account.id)
            return certificates.forget(connection, account.id)

        taken = await self._database.write(store)
        if taken is None:
            raise ChatError(Code.NO_SUCH_USER, f"no account named {account.name}")
        self._count_password(account.id)
        log.info("the owner set the password of {name}", name=account.name)
        words = "The owner of the server has set another password: log in again."
        return self.end_sessions(account.id, words), taken

    def _chosen(self, password: str) -> bytes:
        """Return a password that somebody chose for himself, prepared; raise ChatError if he may not."""
        return prepared(password, self._registry.settings.accounts.password_characters)

    async def _kept(self, password: bytes) -> tuple[str, str]:
        """Return what is kept of a password: its hash and, where SCRAM is offered, its verifier."""
        hashed = await self._passwords.hash(password)
        offered = self._registry.settings.accounts.scram
        return hashed, await self._passwords.verifier(password) if offered else ""

    def end_sessions(self, id: str, words: str, but: Session | None = None) -> int:
        """End the sessions of an account, telling each why; return how many there were. One may stay."""
        sessions = [each for user in self._users(id) for each in user.sessions if each is not but]
        for session in sessions:
            self._registry.detach(session, "logged out", lost=False)
            session.close(words)
        return len(sessions)

    def _count_password(self, id: str) -> None:
        """A password is changed: whoever is logging in with the old one at this moment comes too late."""
        account = self._registry.accounts.by_id(id)
        if account is not None:
            self._registry.accounts.change(id, passwords=account.passwords + 1)

    def _users(self, id: str) -> list[User]:
        return list(self._registry.by_account.get(id, {}).values())

    async def _set_suspended(self, account: Account, suspended: bool) -> None:
        await self._database.write(lambda c: stored.change(c, account.id, suspended=suspended))
        if self._registry.accounts.by_id(account.id) is not None:
            self._registry.accounts.change(account.id, suspended=suspended)

    @staticmethod
    def _check_outranks(account: Account, rank: Rank) -> None:
        if account.rank > rank:
            raise ChatError(Code.NOT_ALLOWED, f"{account.name} ranks above you")

    # Invitations

    async def invite(self, seconds: int, by: str) -> tuple[str, Invitation]:
        """Make a code with which somebody may register; it is known to nobody but who is told it now."""
        code = secrets.token_urlsafe(CODE_BYTES)
        now = self._registry.time()
        invitation = Invitation(hash_of(code), now, now + timedelta(seconds=seconds), by)
        await self._database.write(lambda connection: invitations.add(connection, invitation))
        return code, invitation

    async def invitations(self) -> list[Invitation]:
        """Return the codes that may still be used, the oldest first."""
        now = self._registry.time()
        return await self._database.read(lambda connection: invitations.valid(connection, now))

    async def revoke(self, id: str) -> None:
        """Make a code worthless; raise ChatError unless `id` is the beginning of the hash of one alone."""
        count = await self._database.write(lambda connection: invitations.revoke(connection, id))
        if count != 1:
            many = f"{count} invitations begin" if count else "no invitation begins"
            raise ChatError(Code.BAD_VALUE, f"{many} with {id}; /invitation list shows them")
