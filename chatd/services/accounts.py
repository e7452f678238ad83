"""Registering a nickname, and proving that it is one's own."""

from __future__ import annotations

from twisted.internet.defer import DeferredLock
from twisted.logger import Logger

from chatd.core.accounts import Account
from chatd.core.addresses import network
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, Who
from chatd.core.kept import Belongings
from chatd.core.names import Name, nickname
from chatd.core.registry import Registry
from chatd.core.throttle import Throttle
from chatd.core.user import Rank
from chatd.services.passwords import Passwords, prepared
from chatd.services.stewardship import NO_CODE, Stewardship, hash_of
from chatd.storage import accounts as stored
from chatd.storage import belongings, invitations, mail
from chatd.storage.engine import Database

__all__ = ["AccountService"]

log = Logger(namespace="chatd.accounts")

Mail = dict[int, Event]
"""Private messages by what the store calls them."""

WRONG = "wrong nickname or password"
INVITED_ONLY = (
    "registering takes an invitation code: /register CODE PASSWORD; the owner of the server makes one"
)


class AccountService(Stewardship):
    """What commands and front ends ask about accounts. Names are in the registry, passwords in the database.

    Unknown names and wrong passwords are answered alike, and take as long. No password is in a message here.
    """

    def __init__(self, registry: Registry, database: Database, passwords: Passwords) -> None:
        super().__init__(registry, database, passwords)
        self._throttle = Throttle()
        self._turns: dict[tuple[str, str], DeferredLock] = {}
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
        return await self.add(name, password, network(address), code)

    async def log_in(self, name: Name, password: str, address: str) -> Account:
        """Return the account whose name and password these are; raise ChatError for anything else."""
        account = self._registry.accounts.by_name(name)
        await self._check(account, name.folded, password, address)
        assert account is not None, "nobody has a password"
        return self._registry.accounts.opened(account)

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

    async def change_password(self, account: Account, old: str, new: str, address: str) -> None:
        """Replace a password; raise ChatError if the old one is wrong or the new one is no good."""
        wanted = prepared(new)
        known = await self._check(account, nickname(account.name).folded, old, address)
        hashed = await self._passwords.hash(wanted)
        if not await self._database.write(lambda c: stored.set_password(c, account.id, hashed, known)):
            raise ChatError(Code.BAD_VALUE, "the password was changed by somebody else at this moment")
        self._count_password(account.id)

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

    async def _check(self, account: Account | None, what: str, password: str, address: str) -> str:
        """Return the hash of the right password. Raises ChatError for a wrong one, and for one too many.

        Tries from one address at one name are looked at one after the other: so those of somebody whose clients
        all come back at once are right, not many.
        """
        key = what, network(address)
        turn = self._turns.setdefault(key, DeferredLock())
        await turn.acquire()
        try:
            return await self._try(account, key, password)
        finally:
            turn.release()
            if not turn.locked:
                self._turns.pop(key, None)

    async def _try(self, account: Account | None, key: tuple[str, str], password: str) -> str:
        clock = self._registry.world.clock
        wait = self._throttle.wait(*key, clock.seconds())
        if wait:
            raise ChatError(Code.TOO_FAST, f"too many wrong passwords; try again in {int(wait) + 1} s")
        id = "" if account is None else account.id
        known = await self._database.read(lambda connection: stored.password(connection, id))
        if not await self._passwords.matches(known, _as_typed(password)) or known is None:
            self._throttle.failed(*key, clock.seconds())
            raise ChatError(Code.WRONG_PASSWORD, WRONG)
        self._throttle.succeeded(*key)
        if self._passwords.outdated(known):
            renewed = await self._passwords.hash(_as_typed(password))
            if await self._database.write(lambda c: stored.set_password(c, id, renewed, known)):
                return renewed
        return known


def _as_typed(password: str) -> bytes:
    """Return a password to compare; one that could be nobody's is compared all the same."""
    try:
        return prepared(password)
    except ChatError:
        return b""
