"""Passwords: kept as argon2id, compared in threads of their own, a bounded number at a time."""

from __future__ import annotations

from argon2 import PasswordHasher, extract_parameters
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase

from chatd.core.errors import ChatError, Code
from chatd.services.passwords import THREADS, WAITING, Passwords, check_hash, is_hash, prepared
from chatd.services.scram import Verifier

SECRET = prepared("correct-horse")


class PasswordsCase(TestCase):
    def setUp(self) -> None:
        self.passwords = Passwords(reactor)
        self.passwords.start()
        self.addCleanup(self.passwords.stop)

    async def test_right_and_wrong(self) -> None:
        kept = await self.passwords.hash(SECRET)
        self.assertNotIn("horse", kept)
        self.assertTrue(await self.passwords.matches(kept, SECRET))
        self.assertFalse(await self.passwords.matches(kept, prepared("correct-house")))

    async def test_nobody(self) -> None:
        self.assertFalse(await self.passwords.matches(None, SECRET))

    async def test_a_hash_that_is_none(self) -> None:
        self.assertFalse(await self.passwords.matches("nonsense", SECRET))

    async def test_parameters(self) -> None:
        found = extract_parameters(await self.passwords.hash(SECRET))
        self.assertEqual((found.memory_cost, found.time_cost, found.parallelism), (19456, 2, 1))
        self.assertEqual(found.type.name, "ID")

    async def test_two_of_the_same_differ(self) -> None:
        self.assertNotEqual(await self.passwords.hash(SECRET), await self.passwords.hash(SECRET))

    async def test_outdated(self) -> None:
        self.assertFalse(self.passwords.outdated(await self.passwords.hash(SECRET)))
        self.assertTrue(self.passwords.outdated(PasswordHasher(1, 8192, 1).hash(SECRET)))

    async def test_verifiers(self) -> None:
        """Made in the same threads, with a salt of their own each, and within the same bound."""
        one, other = [Verifier.decode(await self.passwords.verifier(SECRET)) for _ in range(2)]
        self.assertEqual(one, Verifier.of(SECRET, one.salt))
        self.assertNotEqual(one.salt, other.salt)
        waiting = [self.passwords.verifier(SECRET) for _ in range(THREADS + WAITING)]
        self.assertRaises(ChatError, self.passwords.verifier, SECRET)
        await gatherResults(waiting)

    async def test_too_many_at_once(self) -> None:
        waiting = [self.passwords.matches(None, SECRET) for _ in range(THREADS + WAITING)]
        error = self.assertRaises(ChatError, self.passwords.matches, None, SECRET)
        self.assertEqual(error.code, Code.BUSY)
        await gatherResults(waiting)
        self.assertFalse(await self.passwords.matches(None, SECRET))


class Prepared(TestCase):
    def test_lengths(self) -> None:
        for bad in ("", "two words", "x" * 513):
            self.assertRaises(ChatError, prepared, bad)
        self.assertRaises(ChatError, prepared, "7-chars", 8)
        self.assertEqual(prepared("8-chars!", 8), b"8-chars!")
        self.assertEqual(prepared("x"), b"x")

    def test_hashes(self) -> None:
        whole = PasswordHasher(1, 8, 1).hash("x")
        self.assertTrue(is_hash(whole))
        self.assertFalse(is_hash("sesame"))
        check_hash(whole)
        for bad in ("$argon2id$", "$argon2id$v=19$m=8", whole.replace("$m=", "$x=")):
            self.assertTrue(is_hash(bad))
            self.assertRaises(ValueError, check_hash, bad)

    def test_one_form(self) -> None:
        self.assertEqual(prepared("cafe\u0301-au-lait"), prepared("caf\u00e9-au-lait"))
