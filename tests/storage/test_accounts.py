"""Accounts as they are kept."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from chatd.core.accounts import Account, Accounts
from chatd.core.names import nickname
from chatd.storage import accounts
from chatd.storage.engine import Database
from tests.storage.events import BEGIN

ALICE = Account("a1", "Alice", BEGIN, BEGIN, "192.0.2.7")


class Kept(TestCase):
    def setUp(self) -> None:
        self.database = Database(Path("chatd.db").absolute(), reactor)
        self.database.open()
        self.addCleanup(self.database.close)

    async def test_added_and_found(self) -> None:
        self.assertTrue(await self.database.write(lambda c: accounts.add(c, ALICE, "hash")))
        self.assertEqual(await self.database.read(accounts.all_accounts), [ALICE])
        self.assertEqual(await self.database.read(lambda c: accounts.password(c, "a1")), "hash")
        self.assertIsNone(await self.database.read(lambda c: accounts.password(c, "a2")))

    async def test_a_name_is_one_account(self) -> None:
        await self.database.write(lambda c: accounts.add(c, ALICE, "hash"))
        again = replace(ALICE, id="a2", name="ALICE")
        self.assertFalse(await self.database.write(lambda c: accounts.add(c, again, "other")))
        self.assertEqual(await self.database.read(accounts.all_accounts), [ALICE])

    async def test_what_becomes_of_it(self) -> None:
        await self.database.write(lambda c: accounts.add(c, ALICE, "hash"))
        later = BEGIN.replace(year=2027)
        await self.database.write(lambda c: accounts.saw(c, "a1", later))
        await self.database.write(lambda c: accounts.change(c, "a1", suspended=True))
        self.assertEqual(
            await self.database.read(accounts.all_accounts), [replace(ALICE, seen=later, suspended=True)]
        )
        await self.database.write(lambda c: accounts.remove(c, "a1"))
        self.assertEqual(await self.database.read(accounts.all_accounts), [])

    async def test_a_password_is_replaced_once(self) -> None:
        """Of two who renew it at the same time, one finds that it was changed."""
        await self.database.write(lambda c: accounts.add(c, ALICE, "old"))
        self.assertTrue(await self.database.write(lambda c: accounts.set_password(c, "a1", "one", "old")))
        self.assertFalse(await self.database.write(lambda c: accounts.set_password(c, "a1", "two", "old")))
        self.assertTrue(await self.database.write(lambda c: accounts.set_password(c, "a1", "new")))
        self.assertEqual(await self.database.read(lambda c: accounts.password(c, "a1")), "new")


class Names(TestCase):
    def setUp(self) -> None:
        self.accounts = Accounts()
        self.accounts.restore([ALICE])

    def test_however_it_is_written(self) -> None:
        for raw in ("Alice", "alice", "\uff21lice"):
            self.assertIs(self.accounts.by_name(nickname(raw)), ALICE)
        self.assertIsNone(self.accounts.by_name(nickname("Bob")))

    def test_who_looks_like_it(self) -> None:
        self.assertIs(self.accounts.resembled(nickname("A1ice")), ALICE)
        self.assertIsNone(self.accounts.resembled(nickname("A1ice"), but="a1"))

    def test_removed(self) -> None:
        self.accounts.remove("a1")
        self.assertEqual((len(self.accounts), self.accounts.by_name(nickname("Alice"))), (0, None))
        self.assertIsNone(self.accounts.resembled(nickname("A1ice")))
        self.accounts.remove("a1")
