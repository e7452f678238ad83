"""Registering a nickname, and proving that it is one's own."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from chatd.core.accounts import Account
from chatd.core.addresses import network
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, Who
from chatd.core.kept import Belongings
from chatd.core.names import Name
from chatd.core.registry import Registry
from chatd.core.throttle import Throttle
from chatd.core.user import Rank
from chatd.services.logins import Logins
from chatd.services.passwords import Passwords
from chatd.services.stewardship import NO_CODE, hash_of
from chatd.storage import accounts as stored
from chatd.storage import belongings, invitations, mail
from chatd.storage.engine import Database

__all__ = ["AccountService"]

log = Logger(namespace="chatd.accounts")

Mail = dict[int, Event]
"""Private messages by what the store calls them."""

INVITED_ONLY = (
    "registering takes an invitation code: /register CODE PASSWORD; the owner of the server makes one"
)


class AccountService(Logins):
    """What commands and front ends ask about accounts. Names are in the registry, passwords in the database."""

    def __init__(
        self,
        registry: Registry,
        database: Database,
        passwords: Passwords,
        key: Callable[[], bytes] | None = None,
    ) -> None:
        super().__init__(registry, database, passwords, key)
        self._delivering: set[str] = set()
        self._guesses = Throttle()
        """Of invitation codes."""

    async def register(self, name: Name, password: str, address: str, code: str = "") -> Account:
        """Make an account; raise ChatError if the name is not to be had or nobody may make one, or not without
        an invitation code."""
        registration = self._registry.settings.accounts.registration
        if registration == "closed":
            raise ChatError(Code.NOT_ALLOWED, "on this server the owner adds accounts; ask him")
        if registration != "invite":
            code = ""
        elif not code:
            raise ChatError(Code.NOT_ALLOWED, INVITED_ONLY)
        self._check_address(network(address))
        if code:
            await self._check_code(code, address)
        self._chosen(password)
        return await self.add(name, password, network(address), code)

    async def belongings(self, account: Account) -> Belongings:
        """Return what an account comes back to."""
        return await self._database.read(lambda connection: belongings.read(connection, account.id))

    async def mail(self, account: Account) -> Mail:
        """Return what was said to an account while it was not there and is stored; nothing while another session
        of the account is being shown it. To be followed by `delivered`."""
        if account.id in self._delivering or account.id not in self._registry.mail:
            return {}
        self._delivering.add(account.id)
        try:
            return await self._database.read(lambda connection: mail.read(connection, account.id))
        except BaseException:
            self._delivering.discard(account.id)
            raise

    async def delivered(self, account: Account, shown: Mail) -> bool:
        """What `mail` returned was shown: let it wait no more. Whether there is nothing left, which is not so
        for what is still being stored. A server that is killed before this shows it again: better than never."""
        try:
            await self._database.write(lambda connection: mail.delete(connection, account.id, list(shown)))
            waiting = self._registry.mail.get(account.id, {})
            for event in shown.values():
                waiting.pop(event.id, None)
            if not waiting:
                self._registry.mail.pop(account.id, None)
            return not waiting
        finally:
            self._delivering.discard(account.id)

    def undelivered(self, account: Account) -> None:
        """What `mail` returned could not be shown: it waits on."""
        self._delivering.discard(account.id)

    async def _check_code(self, code: str, address: str) -> None:
        """Raise ChatError for an invitation code that is no good, before anything is spent on a password."""
        where, clock = network(address), self._registry.world.clock
        wait = self._guesses.wait("", where, clock.seconds())
        if wait:
            raise ChatError(Code.TOO_FAST, f"too many wrong codes; try again in {int(wait) + 1} s")
        self._guesses.failed("", where, clock.seconds())
        hashed, now = hash_of(code), self._registry.time()
        if not await self._database.read(lambda connection: invitations.good(connection, hashed, now)):
            raise ChatError(Code.WRONG_KEY, NO_CODE)
        self._guesses.succeeded("", where)

    async def set_rank(self, account: Account, rank: Rank, by: Who) -> None:
        """Give an account a rank on the server, which holds at once for who is here."""
        await self._database.write(lambda connection: stored.change(connection, account.id, rank=int(rank)))
        self._registry.appoint(by, account, rank)
        log.info("{name} is {rank} of the server", name=account.name, rank=rank.name.lower())
