"""Accounts with a real database and real hashes."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, ensureDeferred
from twisted.trial.unittest import TestCase

from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.names import nickname
from chatd.core.user import Rank
from chatd.services.accounts import AccountService
from chatd.services.passwords import Passwords
from chatd.settings import Accounts, Settings
from chatd.storage import accounts as stored
from chatd.storage.engine import Database
from tests.order.house import House

ALICE, SECRET, HERE = nickname("Alice"), "correct-horse", "192.0.2.7"


class AccountsCase(TestCase):
    def setUp(self) -> None:
        self.database = Database(Path("chatd.db").absolute(), reactor)
        self.database.open()
        self.addCleanup(self.database.close)
        self.passwords = Passwords(reactor)
        self.passwords.start()
        self.addCleanup(self.passwords.stop)
        self.house = House()
        self.registry = self.house.registry
        self.accounts = AccountService(self.registry, self.database, self.passwords)

    async def refused(self, code: Code, waiting: object) -> ChatError:
        try:
            await waiting  # type: ignore[misc]
        except ChatError as error:
            self.assertEqual(error.code, code)
            self.assertNotIn(SECRET, error.text)
            return error
        raise self.failureException("not refused")


class Registering(AccountsCase):
    async def test_it_is_kept(self) -> None:
        account = await self.accounts.register(ALICE, SECRET, HERE)
        self.assertEqual(await self.database.read(stored.all_accounts), [account])
        self.assertEqual(self.registry.accounts.by_name(nickname("alice")), account)
        hashed = await self.database.read(lambda c: stored.password(c, account.id))
        self.assertTrue(str(hashed).startswith("$argon2id$"))

    async def test_a_name_once(self) -> None:
        await self.accounts.register(ALICE, SECRET, HERE)
        await self.refused(Code.NAME_REGISTERED, self.accounts.register(nickname("ALICE"), SECRET, HERE))
        await self.refused(Code.NAME_TAKEN, self.accounts.register(nickname("A1ice"), SECRET, HERE))

    async def test_two_at_once(self) -> None:
        tries: list[Deferred[object]] = [
            ensureDeferred(self.accounts.register(ALICE, SECRET, HERE)) for _ in range(4)
        ]
        outcomes = await DeferredList(tries, consumeErrors=True)
        self.assertEqual(sorted(done for done, _ in outcomes), [False, False, False, True])
        self.assertEqual(len(await self.database.read(stored.all_accounts)), 1)

    async def test_so_many_a_day(self) -> None:
        for number in range(5):
            await self.accounts.register(nickname(f"Friend{'abcde'[number]}"), SECRET, HERE)
        await self.refused(Code.TOO_MANY, self.accounts.register(ALICE, SECRET, HERE))
        await self.accounts.register(ALICE, SECRET, "192.0.2.8")
        self.house.clock.advance(86_401)
        await self.accounts.register(nickname("Carol"), SECRET, HERE)

    async def test_so_many_a_day_also_all_at_once(self) -> None:
        names = [nickname(f"Friend{letter}") for letter in "abcdefgh"]
        tries = [ensureDeferred(self.accounts.register(name, SECRET, HERE)) for name in names]
        outcomes = await DeferredList(tries, consumeErrors=True)
        self.assertEqual(sum(done for done, _ in outcomes), 5)

    async def test_closed(self) -> None:
        self.registry.renew(Settings(accounts=Accounts(registration="closed")))
        await self.refused(Code.NOT_ALLOWED, self.accounts.register(ALICE, SECRET, HERE))
        await self.accounts.add(ALICE, SECRET)

    async def test_a_short_password(self) -> None:
        await self.refused(Code.BAD_VALUE, self.accounts.register(ALICE, "short", HERE))


class LoggingIn(AccountsCase):
    async def made(self) -> None:
        self.account = await self.accounts.register(ALICE, SECRET, HERE)

    async def test_right(self) -> None:
        await self.made()
        self.house.clock.advance(60)
        found = await self.accounts.log_in(nickname("alice"), SECRET, HERE)
        self.assertEqual(found, self.account)
        self.assertEqual(await self.database.read(stored.all_accounts), [found])

    async def test_unknown_and_wrong_are_answered_alike(self) -> None:
        await self.made()
        errors = [
            await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(nickname(name), password, HERE))
            for name, password in (("Alice", "wrong-password"), ("Nobody", SECRET), ("Alice", "short"))
        ]
        self.assertEqual(len({error.text for error in errors}), 1)

    async def test_three_wrong_ones_a_minute(self) -> None:
        await self.made()
        for _ in range(3):
            await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(ALICE, "wrong-password", HERE))
        await self.refused(Code.TOO_FAST, self.accounts.log_in(ALICE, SECRET, HERE))
        await self.accounts.log_in(ALICE, SECRET, "192.0.2.8")
        self.house.clock.advance(60)
        await self.accounts.log_in(ALICE, SECRET, HERE)

    async def test_many_at_once_are_many(self) -> None:
        await self.made()
        tries = [ensureDeferred(self.accounts.log_in(ALICE, "wrong-password", HERE)) for _ in range(10)]
        outcomes = await DeferredList(tries, consumeErrors=True)
        codes = [failure.value.code for _, failure in outcomes]
        self.assertEqual(codes.count(Code.WRONG_PASSWORD), 3)
        self.assertEqual(codes.count(Code.TOO_FAST), 7)

    async def test_what_could_not_be_looked_at_is_not_a_wrong_one(self) -> None:
        """Nobody is kept out because the server was busy when he typed the right password."""
        await self.made()

        def busy(*_: object) -> None:
            raise ChatError(Code.BUSY, "busy")

        with patch.object(self.passwords, "matches", busy):
            for _ in range(5):
                await self.refused(Code.BUSY, self.accounts.log_in(ALICE, SECRET, HERE))
        await self.accounts.log_in(ALICE, SECRET, HERE)

    async def test_many_right_ones_at_once_are_right(self) -> None:
        await self.made()
        tries = [ensureDeferred(self.accounts.log_in(ALICE, SECRET, HERE)) for _ in range(8)]
        self.assertTrue(all(done for done, _ in await DeferredList(tries, consumeErrors=True)))
        self.assertFalse(self.accounts._tries.busy)

    async def test_suspended(self) -> None:
        """Who does not know the password is not told."""
        await self.made()
        self.registry.accounts.put(replace(self.account, suspended=True))
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(ALICE, "wrong-password", HERE))
        await self.refused(Code.NOT_ALLOWED, self.accounts.log_in(ALICE, SECRET, HERE))

    async def test_old_hashes_are_renewed(self) -> None:
        from argon2 import PasswordHasher

        await self.made()
        old = PasswordHasher(1, 8192, 1).hash(SECRET)
        await self.database.write(lambda c: stored.set_password(c, self.account.id, old))
        await self.accounts.log_in(ALICE, SECRET, HERE)
        known = await self.database.read(lambda c: stored.password(c, self.account.id))
        self.assertFalse(self.passwords.outdated(str(known)))
        await self.accounts.log_in(ALICE, SECRET, HERE)

    async def test_another_password(self) -> None:
        await self.made()
        await self.refused(
            Code.WRONG_PASSWORD,
            self.accounts.change_password(self.account, "wrong-one", "battery-staple", HERE),
        )
        await self.refused(Code.BAD_VALUE, self.accounts.change_password(self.account, SECRET, "short", HERE))
        await self.accounts.change_password(self.account, SECRET, "battery-staple", HERE)
        await self.refused(Code.WRONG_PASSWORD, self.accounts.log_in(ALICE, SECRET, HERE))
        await self.accounts.log_in(ALICE, "battery-staple", HERE)


class AtTheSameTime(AccountsCase):
    """The owner acts while somebody logs in with what was right when he began."""

    async def begun(self) -> Deferred[Account]:
        await self.accounts.add(ALICE, SECRET)
        return ensureDeferred(self.accounts.log_in(ALICE, SECRET, HERE))

    async def test_suspended(self) -> None:
        waiting = await self.begun()
        account = self.accounts.find(ALICE)
        await self.accounts.suspend(account, self.registry.server, "", Rank.OWNER)
        await self.refused(Code.NOT_ALLOWED, waiting)
        self.assertTrue(self.accounts.find(ALICE).suspended)
        self.assertEqual(await self.database.read(stored.all_accounts), [self.accounts.find(ALICE)])

    async def test_another_password(self) -> None:
        """What was proved by the old one is worth nothing afterwards, also if it was in time."""
        waiting = await self.begun()
        await self.accounts.set_password(self.accounts.find(ALICE), "battery-staple")
        try:
            proved = await waiting
        except ChatError as error:
            self.assertEqual(error.code, Code.WRONG_PASSWORD)
        else:
            with self.assertRaises(ChatError):
                self.registry.accounts.opened(proved)
        self.registry.accounts.opened(await self.accounts.log_in(ALICE, "battery-staple", HERE))

    async def test_deleted(self) -> None:
        waiting = await self.begun()
        self.registry.accounts.remove(self.accounts.find(ALICE).id)
        await self.refused(Code.NOT_ALLOWED, waiting)
        self.assertEqual(len(self.registry.accounts), 0)
