"""Who proves that an account, or a rank, is his: by a password, SCRAM, a TLS certificate, as an operator."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import Connection
from twisted.logger import Logger

from chatd.core.accounts import Account, Certificate
from chatd.core.errors import ChatError, Code
from chatd.core.names import Name, nickname
from chatd.core.registry import Registry
from chatd.core.user import Rank
from chatd.services.passwords import Passwords, as_typed, is_hash
from chatd.services.scram import Verifier
from chatd.services.scram_login import ScramLogin
from chatd.services.stewardship import Stewardship
from chatd.services.tries import WRONG, Tries
from chatd.storage import accounts as stored
from chatd.storage import certificates, web_logins
from chatd.storage.engine import Database

__all__ = ["Logins"]

log = Logger(namespace="chatd.accounts")

WRONG_OPERATOR = "wrong operator's name or password"
HEX = frozenset("0123456789abcdef")
FINGERPRINT = 64
"""Hexadecimal digits of a SHA-256."""
KNOWN_BY = 64
"""Characters by which the name of an operator is remembered when it was wrong."""


class Logins(Stewardship):
    """Unknown names and wrong proofs are answered alike, and take as long. No password is in a message here."""

    def __init__(
        self,
        registry: Registry,
        database: Database,
        passwords: Passwords,
        key: Callable[[], bytes] | None = None,
    ) -> None:
        """`key`: the secret by which SCRAM answers those alike who are nobody, whenever they ask."""
        super().__init__(registry, database, passwords)
        self._tries = Tries(registry.world.clock)
        lasting = secrets.token_bytes(32)
        self._key = key or (lambda: lasting)

    @property
    def results(self) -> Mapping[str, int]:
        """How many tries to prove something came out in which way."""
        return self._tries.results

    # Passwords

    async def log_in(self, name: Name, password: str, address: str) -> Account:
        """Return the account whose name and password these are; raise ChatError for anything else."""
        account = self._registry.accounts.by_name(name)
        await self._check(account, name.folded, password, address)
        assert account is not None, "nobody has a password"
        return self._registry.accounts.opened(account)

    async def change_password(self, account: Account, old: str, new: str, address: str) -> None:
        """Replace a password; raise ChatError if the old one is wrong or the new one is no good."""
        wanted = self._chosen(new)
        known = await self._check(account, nickname(account.name).folded, old, address)
        hashed, verifier = await self._kept(wanted)

        def replace(connection: Connection) -> bool:
            if not stored.set_password(connection, account.id, hashed, known, verifier):
                return False
            web_logins.forget(connection, account.id)
            return True

        if not await self._database.write(replace):
            raise ChatError(Code.BAD_VALUE, "the password was changed by somebody else at this moment")
        self._count_password(account.id)

    async def _check(self, account: Account | None, what: str, password: str, address: str) -> str:
        """Return the hash of the right password. Raises ChatError for a wrong one, and for one too many."""
        id, typed = "" if account is None else account.id, as_typed(password)
        return await self._tries.judge(what, address, lambda: self._right(id, typed), WRONG)

    async def _right(self, id: str, typed: bytes) -> str | None:
        known = await self._database.read(lambda connection: stored.password(connection, id))
        if not await self._passwords.matches(known, typed) or known is None:
            return None
        if self._passwords.outdated(known):
            hashed, verifier = await self._kept(typed)
            renew = partial(stored.set_password, id=id, hashed=hashed, was=known, verifier=verifier)
            if await self._database.write(renew):
                return hashed
        elif self._registry.settings.accounts.scram:
            await self._add_verifier(id, typed, known)
        return known

    async def _add_verifier(self, id: str, typed: bytes, known: str) -> None:
        """Keep the verifier of a password that was right, if there is none."""
        if await self._database.read(lambda connection: stored.verifier(connection, id)) is not None:
            return
        try:
            verifier = await self._passwords.verifier(typed)
        except ChatError as error:  # busy: the next login does it
            log.info("no verifier was made: {reason}", reason=error.text)
            return
        await self._database.write(lambda c: stored.add_verifier(c, id, verifier, known))

    # SCRAM-SHA-256

    def scram(self, address: str) -> ScramLogin:
        """Begin a login by SCRAM-SHA-256; raise ChatError where it is not offered."""
        if not self._registry.settings.accounts.scram:
            raise ChatError(Code.NOT_ALLOWED, "SCRAM-SHA-256 is not offered here")
        return ScramLogin(self._registry.accounts, self._tries, self._verifier_of, address)

    async def _verifier_of(self, folded: str, account: Account | None) -> tuple[Verifier, bool]:
        """Return what the password of somebody is compared with, and whether it is his; else it is nobody's, always
        the same for that name."""
        id = "" if account is None else account.id
        known = await self._database.read(lambda connection: stored.verifier(connection, id))
        seed = hmac.digest(self._key(), b"scram " + folded.encode(errors="surrogatepass"), hashlib.sha256)
        nobody = Verifier.of_nobody(seed)
        return (nobody, False) if known is None else (Verifier.decode(known), True)

    # Certificates

    async def log_in_by_certificate(self, fingerprint: str, name: Name | None, address: str) -> Account:
        """Return the account that a TLS certificate of the client logs in to, which is called `name` if that is given.
        Raises ChatError for anything else. `fingerprint`: SHA-256 in hexadecimal digits; empty: there is none."""
        what = fingerprint if name is None else name.folded

        async def look() -> Account | None:
            id = await self._database.read(lambda connection: certificates.owner(connection, fingerprint))
            account = self._registry.accounts.by_id(id or "")
            named = None if name is None else self._registry.accounts.by_name(name)
            return None if account is None or (name is not None and named is not account) else account

        return self._registry.accounts.opened(await self._tries.judge(what, address, look, WRONG))

    async def certificates(self, account: Account) -> list[Certificate]:
        """Return the certificates that log in to an account, the oldest first."""
        return await self._database.read(lambda connection: certificates.of(connection, account.id))

    async def add_certificate(self, account: Account, fingerprint: str, *, shown: bool) -> Certificate:
        """Let a certificate log in to an account. `shown`: the client has proved that he has its key; from another
        account it then is taken. Raises ChatError."""
        typed = fingerprint.replace(":", "").casefold()
        if len(typed) != FINGERPRINT or not HEX.issuperset(typed):
            raise ChatError(Code.BAD_VALUE, "a fingerprint is a SHA-256: 64 hexadecimal digits")
        certificate = Certificate(typed, self._registry.time())
        most = self._registry.settings.limits.certificates
        # Read and written in one transaction: two at once do not both fit.
        outcome = await self._database.write(lambda c: _added(c, account.id, certificate, most, shown))
        if outcome:
            raise ChatError(*outcome)
        log.info("a certificate logs in to {name}", name=account.name)
        return certificate

    async def remove_certificate(self, account: Account, beginning: str) -> str:
        """Let a certificate log in no more; return its fingerprint. Raise ChatError unless `beginning` is that of one alone."""
        typed = beginning.replace(":", "").casefold()
        found = await self._database.write(lambda c: certificates.remove(c, account.id, typed))
        if len(found) != 1:
            many = f"{len(found)} of your certificates begin" if found else "no certificate of yours begins"
            raise ChatError(Code.BAD_VALUE, f"{many} with {beginning}; /account certificate lists them")
        return found[0]

    # Operators

    async def oper(self, name: str, password: str, address: str) -> Rank:
        """Return the rank that the name and password of an operator of the settings give; raise ChatError for anything
        else. Each takes as long as one hash."""
        known = self._registry.settings.operators.get(name)
        typed = unicodedata.normalize("NFC", password).encode(errors="surrogatepass")

        async def look() -> Rank | None:
            hashed = known if known is not None and is_hash(known) else None
            right = await self._passwords.matches(hashed, typed)
            if known is not None and hashed is None:
                plain = unicodedata.normalize("NFC", known).encode()
                right = hmac.compare_digest(plain, typed)
            return Rank.OPERATOR if right else None

        # No nickname has a space.
        return await self._tries.judge(f"operator {name[:KNOWN_BY]}", address, look, WRONG_OPERATOR)


def _added(
    connection: Connection, account: str, certificate: Certificate, most: int, shown: bool
) -> tuple[Code, str] | None:
    """Add a certificate; return why not."""
    owner = certificates.owner(connection, certificate.fingerprint)
    if owner == account:
        return Code.BAD_VALUE, "this certificate logs in to your account already"
    if owner is not None and not shown:
        return Code.NOT_ALLOWED, "this certificate logs in to another account; connect with it, then add it"
    if not certificates.add(connection, account, certificate, most):
        return Code.TOO_MANY, f"an account has at most {most} certificates"
    return None
