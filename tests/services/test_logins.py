"""Proving an account by SCRAM or a certificate, and a rank by an operator's password."""

from __future__ import annotations

import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from msgspec.structs import replace
from sqlalchemy import Connection, Table
from twisted.internet.defer import DeferredList, ensureDeferred

from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.names import nickname
from chatd.core.user import Rank
from chatd.services.scram import ITERATIONS, Verifier
from chatd.settings import Accounts, Limits, Settings
from chatd.storage import accounts as stored
from chatd.storage import certificates, schema
from tests.services.scram_client import ScramClient
from tests.services.test_accounts import ALICE, HERE, SECRET, AccountsCase

SCRAM = Settings(accounts=Accounts(scram=True))
NEW = "battery-staple"
ONE, OTHER = "1f" * 32, "2e" * 32


def rows_of(connection: Connection, table: Table) -> list[Any]:
    """Return all rows of a table."""
    return list(connection.execute(table.select()))


class ScramCase(AccountsCase):
    async def setUp(self) -> None:  # type: ignore[override]  # trial waits for it
        super().setUp()
        self.registry.renew(SCRAM)

    async def log_in(self, name: str = "alice", password: str = SECRET, address: str = HERE) -> Account:
        """Log in as a client does, which checks the server as well."""
        client = ScramClient(name, password)
        login = self.accounts.scram(address)
        account, answer = await login.finish(client.final(await login.challenge(client.first())))
        client.check(answer)
        return account

    async def verifier(self, id: str) -> str | None:
        return await self.database.read(lambda c: stored.verifier(c, id))


class Scram(ScramCase):
    async def test_right(self) -> None:
        for made in (
            await self.accounts.register(ALICE, SECRET, HERE),
            await self.accounts.log_in(ALICE, SECRET, HERE),
        ):
            self.assertEqual(await self.log_in(), made)

    async def test_off(self) -> None:
        """Nothing is offered, nothing is kept."""
        self.registry.renew(Settings())
        account = await self.accounts.register(ALICE, SECRET, HERE)
        await self.accounts.log_in(ALICE, SECRET, HERE)
        self.assertIsNone(await self.verifier(account.id))
        self.assertRaises(ChatError, self.accounts.scram, HERE)

    async def test_wrong_and_unknown_are_answered_alike(self) -> None:
        await self.accounts.register(ALICE, SECRET, HERE)
        self.registry.renew(Settings())
        await self.accounts.register(nickname("Carol"), SECRET, HERE)  # has no verifier
        self.registry.renew(SCRAM)
        tries = (("Alice", "wrong-one"), ("Nobody", SECRET), ("Carol", SECRET), ("no, name!", SECRET))
        errors = [await self.refused(Code.WRONG_PASSWORD, self.log_in(*each)) for each in tries]
        self.assertEqual(len({error.text for error in errors}), 1)

    async def test_nobody_is_nobody_also_for_who_knows_the_password_of_his(self) -> None:
        known = Verifier.of(SECRET.encode(), bytes(16), 1)
        self.registry.renew(Settings())
        await self.accounts.register(ALICE, SECRET, HERE)
        self.registry.renew(SCRAM)
        with patch.object(Verifier, "of_nobody", return_value=known):
            for name in ("Alice", "Nobody"):
                await self.refused(Code.WRONG_PASSWORD, self.log_in(name))

    async def test_the_salt_of_nobody_stays(self) -> None:
        async def asked(name: str) -> list[str]:
            challenge = await self.accounts.scram(HERE).challenge(ScramClient(name, SECRET).first())
            return challenge.decode().split(",")[1:]

        account = await self.accounts.register(ALICE, SECRET, HERE)
        known = Verifier.decode(str(await self.verifier(account.id)))
        self.assertEqual(len(known.salt), 16)
        first = await asked("Nobody")
        self.assertEqual(first, await asked("nobody"))
        self.assertNotEqual(first, await asked("Somebody"))
        self.assertEqual(first[1], (await asked("Alice"))[1], "as many iterations")
        self.assertEqual(first[1], f"i={ITERATIONS}")
        self.assertEqual(len(first[0]), len((await asked("Alice"))[0]))

    async def test_three_wrong_ones_a_minute(self) -> None:
        """They count together with those of passwords, whichever way they come."""
        await self.accounts.register(ALICE, SECRET, HERE)
        begun, client = self.accounts.scram(HERE), ScramClient("Alice", SECRET)
        challenge = await begun.challenge(client.first())
        for _ in range(2):
            await self.refused(Code.WRONG_PASSWORD, self.log_in(password="wrong-one"))
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(ALICE, "wrong-one", HERE))
        await self.refused(Code.TOO_FAST, self.log_in())
        await self.refused(Code.TOO_FAST, begun.finish(client.final(challenge)))
        await self.refused(Code.TOO_FAST, self.accounts.log_in(ALICE, SECRET, HERE))
        await self.log_in(address="192.0.2.8")

    async def test_many_at_once_are_many(self) -> None:
        await self.accounts.register(ALICE, SECRET, HERE)
        tries = [ensureDeferred(self.log_in(password="wrong-one")) for _ in range(10)]
        outcomes = await DeferredList(tries, consumeErrors=True)
        codes = [failure.value.code for _, failure in outcomes]
        self.assertEqual((codes.count(Code.WRONG_PASSWORD), codes.count(Code.TOO_FAST)), (3, 7))

    async def test_what_is_no_exchange_is_no_try(self) -> None:
        await self.accounts.register(ALICE, SECRET, HERE)
        for _ in range(5):
            login = self.accounts.scram(HERE)
            await self.refused(Code.BAD_VALUE, login.challenge(b"p=tls-unique,,n=Alice,r=x"))
            await self.refused(Code.BAD_VALUE, login.finish(b"c=biws,r=x,p=AA=="))
        await self.log_in()

    async def test_suspended(self) -> None:
        account = await self.accounts.register(ALICE, SECRET, HERE)
        self.registry.accounts.put(replace(account, suspended=True))
        await self.refused(Code.WRONG_PASSWORD, self.log_in(password="wrong-one"))
        await self.refused(Code.NOT_ALLOWED, self.log_in())

    async def test_another_password_meanwhile(self) -> None:
        account = await self.accounts.register(ALICE, SECRET, HERE)
        login, client = self.accounts.scram(HERE), ScramClient("Alice", SECRET)
        challenge = await login.challenge(client.first())
        await self.accounts.set_password(account, NEW)
        await self.refused(Code.WRONG_PASSWORD, login.finish(client.final(challenge)))
        await self.log_in(password=NEW)


class Verifiers(ScramCase):
    """When they are made, and when they go."""

    async def without(self) -> Account:
        """Return an account that was made before SCRAM was offered."""
        self.registry.renew(Settings())
        account = await self.accounts.register(ALICE, SECRET, HERE)
        self.registry.renew(SCRAM)
        return account

    async def test_a_login_makes_one(self) -> None:
        account = await self.without()
        await self.refused(Code.WRONG_PASSWORD, self.log_in())
        await self.accounts.log_in(ALICE, SECRET, HERE)
        made = await self.verifier(account.id)
        await self.log_in()
        await self.accounts.log_in(ALICE, SECRET, HERE)
        self.assertEqual(await self.verifier(account.id), made)

    async def test_a_login_does_not_fail_for_it(self) -> None:
        account = await self.without()

        def busy(*_: object) -> None:
            raise ChatError(Code.BUSY, "busy")

        with patch.object(self.passwords, "verifier", busy):
            await self.accounts.log_in(ALICE, SECRET, HERE)
        self.assertIsNone(await self.verifier(account.id))

    async def test_a_wrong_password_makes_none(self) -> None:
        account = await self.without()
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(ALICE, "wrong-one", HERE))
        self.assertIsNone(await self.verifier(account.id))

    async def test_they_follow_the_password(self) -> None:
        """The old one proves nothing, also where SCRAM was off meanwhile."""
        account = await self.accounts.add(ALICE, "short")
        await self.log_in(password="short")
        await self.accounts.change_password(account, "short", NEW, HERE)
        await self.refused(Code.WRONG_PASSWORD, self.log_in(password="short"))
        await self.log_in(password=NEW)
        self.registry.renew(Settings())
        await self.accounts.set_password(self.accounts.find(ALICE), SECRET)
        self.assertIsNone(await self.verifier(account.id))
        self.registry.renew(SCRAM)
        await self.refused(Code.WRONG_PASSWORD, self.log_in(password=NEW))

    async def test_of_a_password_that_was_changed_meanwhile(self) -> None:
        account = await self.accounts.add(ALICE, SECRET)
        await self.database.write(lambda c: stored.set_password(c, account.id, "another hash"))
        await self.database.write(lambda c: stored.add_verifier(c, account.id, "late", "the hash before"))
        self.assertIsNone(await self.verifier(account.id))

    async def test_renewed_with_the_hash(self) -> None:
        account = await self.without()
        old = PasswordHasher(1, 8192, 1).hash(SECRET)
        await self.database.write(lambda c: stored.set_password(c, account.id, old))
        await self.accounts.log_in(ALICE, SECRET, HERE)
        await self.log_in()

    async def test_all_deleted(self) -> None:
        """And nothing of them stays in the file."""
        account = await self.accounts.add(ALICE, SECRET)
        kept = str(await self.verifier(account.id)).encode()
        self.assertEqual(await self.database.write(stored.forget_verifiers), 1)
        self.assertIsNone(await self.verifier(account.id))
        self.database.close()
        self.assertNotIn(kept[:60], Path("chatd.db").read_bytes())


class ScramTimes(ScramCase):
    @pytest.mark.alone
    async def test_known_and_unknown_names(self) -> None:
        """The medians of 150 wrong ones each are within 15 %: a try takes about a millisecond."""
        await self.accounts.register(ALICE, SECRET, HERE)
        seconds: dict[str, list[float]] = {"Alice": [], "Nobody": []}
        salted = patch("tests.services.scram_client.pbkdf2_hmac", return_value=bytes(32))
        with salted:  # the client's own part would cover the server's
            for number in range(150):
                for name, found in seconds.items():
                    started = time.perf_counter()
                    await self.refused(
                        Code.WRONG_PASSWORD, self.log_in(name, "wrong-one", f"198.51.100.{number}")
                    )
                    found.append(time.perf_counter() - started)
        known, unknown = (statistics.median(found) for found in seconds.values())
        words = f"known {1000 * known:.2f} ms, unknown {1000 * unknown:.2f} ms"
        print(words)
        self.assertLessEqual(abs(known / unknown - 1), 0.15, words)


class Certificates(AccountsCase):
    async def made(self) -> Account:
        self.alice = await self.accounts.add(ALICE, SECRET)
        await self.accounts.add_certificate(self.alice, ONE, shown=False)
        return self.alice

    async def test_right(self) -> None:
        alice = await self.made()
        for name in (None, ALICE, nickname("aLICE")):
            self.assertEqual(await self.accounts.log_in_by_certificate(ONE, name, HERE), alice)

    async def test_wrong(self) -> None:
        """Nobody's, another's, none at all: one answer, that of a wrong password."""
        await self.made()
        await self.accounts.add(nickname("Bob"), SECRET)
        tries = ((OTHER, None), ("", None), ("", ALICE), (OTHER, ALICE), (ONE, nickname("Bob")),
                 (ONE, nickname("Nobody")))  # fmt: skip
        errors = [
            await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in_by_certificate(shown, name, HERE))
            for shown, name in tries
        ]
        errors.append(await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(ALICE, "wrong-one", HERE)))
        self.assertEqual(len({error.text for error in errors}), 1)

    async def test_slowed_as_passwords_are(self) -> None:
        await self.made()
        for _ in range(2):
            await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in_by_certificate(OTHER, ALICE, HERE))
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(ALICE, "wrong-one", HERE))
        await self.refused(Code.TOO_FAST, self.accounts.log_in_by_certificate(ONE, ALICE, HERE))
        await self.accounts.log_in_by_certificate(ONE, ALICE, "192.0.2.8")
        for _ in range(3):
            await self.refused(
                Code.WRONG_PASSWORD, self.accounts.log_in_by_certificate(OTHER, None, "192.0.2.9")
            )
        await self.refused(Code.TOO_FAST, self.accounts.log_in_by_certificate(OTHER, None, "192.0.2.9"))
        await self.accounts.log_in_by_certificate(ONE, None, "192.0.2.9")

    async def test_suspended_and_deleted(self) -> None:
        alice = await self.made()
        self.registry.accounts.put(replace(alice, suspended=True))
        await self.refused(Code.NOT_ALLOWED, self.accounts.log_in_by_certificate(ONE, None, HERE))
        self.registry.accounts.remove(alice.id)
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in_by_certificate(ONE, None, HERE))

    async def test_added(self) -> None:
        alice = await self.made()
        colons = ":".join(OTHER.upper()[start : start + 2] for start in range(0, 64, 2))
        await self.accounts.add_certificate(alice, colons, shown=False)
        found = [each.fingerprint for each in await self.accounts.certificates(alice)]
        self.assertEqual(found, [ONE, OTHER])
        for bad in ("", "1f", ONE[:-1], ONE + "0", "g" * 64, "²" * 64, "0x" + ONE[2:]):
            await self.refused(Code.BAD_VALUE, self.accounts.add_certificate(alice, bad, shown=False))
        await self.refused(Code.BAD_VALUE, self.accounts.add_certificate(alice, ONE, shown=True))

    async def test_so_many(self) -> None:
        self.registry.renew(Settings(limits=Limits(certificates=3)))
        alice = await self.made()
        adding = [
            ensureDeferred(self.accounts.add_certificate(alice, f"{number:064x}", shown=False))
            for number in range(8)
        ]
        outcomes = await DeferredList(adding, consumeErrors=True)
        self.assertEqual(sum(done for done, _ in outcomes), 2)
        self.assertEqual({failure.value.code for done, failure in outcomes if not done}, {Code.TOO_MANY})

    async def test_one_account_each(self) -> None:
        """By its fingerprint, which is no secret, nobody takes one from another; who has its key does."""
        alice, bob = await self.made(), await self.accounts.add(nickname("Bob"), SECRET)
        await self.refused(Code.NOT_ALLOWED, self.accounts.add_certificate(bob, ONE, shown=False))
        await self.accounts.add_certificate(bob, ONE, shown=True)
        self.assertEqual(await self.accounts.certificates(alice), [])
        self.assertEqual((await self.accounts.log_in_by_certificate(ONE, None, HERE)).name, "Bob")

    async def test_removed(self) -> None:
        alice, bob = await self.made(), await self.accounts.add(nickname("Bob"), SECRET)
        await self.accounts.add_certificate(alice, "1" + "0" * 63, shown=False)
        for account, beginning in ((alice, "1"), (alice, ""), (alice, "2"), (bob, ONE), (alice, ONE + "0")):
            await self.refused(Code.BAD_VALUE, self.accounts.remove_certificate(account, beginning))
        self.assertEqual(await self.accounts.remove_certificate(alice, "1F"), ONE)
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in_by_certificate(ONE, None, HERE))

    async def test_the_owner_sets_another_password(self) -> None:
        """Whoever had the account is out, whatever he has bound to it."""
        alice = await self.made()
        self.assertEqual(await self.accounts.set_password(alice, NEW), (0, 1))
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in_by_certificate(ONE, None, HERE))

    async def test_gone_with_the_account(self) -> None:
        alice = await self.made()
        self.registry.renew(SCRAM)
        await self.accounts.log_in(ALICE, SECRET, HERE)
        await self.database.write(lambda c: stored.remove(c, alice.id))
        for table in (schema.certificates, schema.verifiers):
            self.assertEqual(await self.database.read(partial(rows_of, table=table)), [])
        self.assertIsNone(await self.database.read(lambda c: certificates.owner(c, ONE)))


class Operators(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        hashed = PasswordHasher(1, 8192, 1).hash("sesame-hashed")
        self.registry.renew(Settings(operators={"boss": "sesame", "chief": hashed, "café": "cafe\u0301"}))

    async def test_right(self) -> None:
        for name, password in (("boss", "sesame"), ("chief", "sesame-hashed"), ("café", "caf\u00e9")):
            self.assertIs(await self.accounts.oper(name, password, HERE), Rank.OPERATOR)

    async def test_wrong(self) -> None:
        """Wrong, unknown, of another, the hash itself: one answer."""
        hashed = self.registry.settings.operators["chief"]
        tries = (("boss", "sesamE"), ("boss", ""), ("boss", "sesame-hashed"), ("chief", hashed), ("Boss", "sesame"),
                 ("", ""), ("", "sesame"), ("nobody", "sesame"), ("x" * 5000, "y" * 5000), ("\ud800", "\ud800"))  # fmt: skip
        errors = [
            await self.refused(Code.WRONG_PASSWORD, self.accounts.oper(name, password, f"192.0.2.{number}"))
            for number, (name, password) in enumerate(tries)
        ]
        self.assertEqual(len({error.text for error in errors}), 1)

    async def test_slowed(self) -> None:
        await self.accounts.add(nickname("boss"), SECRET)
        for name in ("boss", "chief", "nobody"):
            for _ in range(3):
                await self.refused(Code.WRONG_PASSWORD, self.accounts.oper(name, "wrong", HERE))
            await self.refused(Code.TOO_FAST, self.accounts.oper(name, "sesame", HERE))
        await self.accounts.oper("boss", "sesame", "192.0.2.8")
        await self.accounts.log_in(nickname("boss"), SECRET, HERE)  # somebody else, though called so

    async def test_each_takes_one_hash(self) -> None:
        compared: list[str | None] = []
        matches = self.passwords.matches

        def counted(known: str | None, password: bytes) -> object:
            compared.append(known)
            return matches(known, password)

        with patch.object(self.passwords, "matches", counted):
            for name in ("boss", "chief", "nobody"):
                await self.refused(Code.WRONG_PASSWORD, self.accounts.oper(name, "wrong", HERE))
        self.assertEqual([each is None for each in compared], [True, False, True])
