"""Invitation codes with a real database."""

from __future__ import annotations

from twisted.internet.defer import Deferred, DeferredList, ensureDeferred

from chatd.core.errors import Code
from chatd.core.names import nickname
from chatd.settings import Accounts, Settings
from chatd.storage import accounts as stored
from chatd.storage import invitations
from tests.services.test_accounts import ALICE, HERE, SECRET, AccountsCase

BOB = nickname("Bob")
HOUR = 3600


class Inviting(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.registry.renew(Settings(accounts=Accounts(registration="invite")))

    async def code(self) -> str:
        code, _ = await self.accounts.invite(HOUR, "me")
        return code

    async def test_two_with_one_code(self) -> None:
        """One has an account; the other has none, and may try again with another code."""
        code = await self.code()
        tries: list[Deferred[object]] = [
            ensureDeferred(self.accounts.register(name, SECRET, HERE, code)) for name in (ALICE, BOB)
        ]
        outcomes = await DeferredList(tries, consumeErrors=True)
        self.assertEqual(sorted(done for done, _ in outcomes), [False, True])
        (kept,) = await self.database.read(stored.all_accounts)
        self.assertEqual(list(self.registry.accounts), [kept])
        other = BOB if kept.name == "Alice" else ALICE
        await self.accounts.register(other, SECRET, HERE, await self.code())

    async def test_a_name_that_is_taken_costs_no_code(self) -> None:
        code = await self.code()
        await self.accounts.add(ALICE, SECRET)
        self.registry.accounts.remove(
            next(iter(self.registry.accounts)).id
        )  # as if it was stored this moment
        await self.refused(Code.NAME_REGISTERED, self.accounts.register(ALICE, SECRET, HERE, code))
        await self.accounts.register(BOB, SECRET, HERE, code)

    async def test_a_password_that_is_none_costs_no_code(self) -> None:
        code = await self.code()
        await self.refused(Code.BAD_VALUE, self.accounts.register(ALICE, "short", HERE, code))
        await self.accounts.register(ALICE, SECRET, HERE, code)

    async def test_only_the_hash_is_kept(self) -> None:
        code = await self.code()
        self.assertGreaterEqual(len(code), 22)  # of base64: 128 bits
        (kept,) = await self.accounts.invitations()
        self.assertNotIn(code, str(kept))
        self.assertRegex(kept.hash, "^[0-9a-f]{64}$")

    async def test_until_when(self) -> None:
        code = await self.code()
        self.house.clock.advance(HOUR)
        await self.refused(Code.WRONG_KEY, self.accounts.register(ALICE, SECRET, HERE, code))
        self.assertEqual(await self.accounts.invitations(), [])
        await self.code()
        everything = await self.database.read(lambda c: c.execute(invitations.invitations.select()).all())
        self.assertEqual(len(everything), 1, "what is out of date is not thrown away")

    async def test_out_of_date_while_it_is_used(self) -> None:
        """It is looked at again in the transaction that uses it."""
        code = await self.code()
        waiting = ensureDeferred(self.accounts.add(ALICE, SECRET, HERE, code))
        await self.accounts.revoke((await self.accounts.invitations())[0].id)
        await self.refused(Code.WRONG_KEY, waiting)
        self.assertEqual(len(self.registry.accounts), 0)

    async def test_guessing_is_slowed(self) -> None:
        """By address; the right code from another one is good."""
        code = await self.code()
        for _ in range(3):
            await self.refused(Code.WRONG_KEY, self.accounts.register(ALICE, SECRET, HERE, "guess"))
        await self.refused(Code.TOO_FAST, self.accounts.register(ALICE, SECRET, HERE, code))
        await self.accounts.register(ALICE, SECRET, "192.0.2.8", code)

    async def test_revoked(self) -> None:
        first, second = await self.code(), await self.code()
        self.assertNotEqual(first, second)
        await self.refused(Code.BAD_VALUE, self.accounts.revoke(""))
        for wild in ("%", "_"):
            await self.refused(Code.BAD_VALUE, self.accounts.revoke(wild))
        for invitation in await self.accounts.invitations():
            await self.accounts.revoke(invitation.id)
        self.assertEqual(await self.accounts.invitations(), [])

    async def test_none_is_needed(self) -> None:
        """Where registration is open a code is not looked at."""
        self.registry.renew(Settings())
        await self.accounts.register(ALICE, SECRET, HERE, "any")
