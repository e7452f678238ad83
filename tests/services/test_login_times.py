"""Promise 16: how long a wrong login takes does not tell whether the nickname is registered.

`make attacks` measures 200 of each through a real server.
"""

from __future__ import annotations

import statistics
import time

import pytest

from chatd.core.errors import ChatError, Code
from chatd.core.names import Name, nickname
from tests.services.test_accounts import ALICE, HERE, SECRET, AccountsCase

ROUND, ROUNDS = 25, 6
"""Pairs of logins in a round. What is alike is seen so in few rounds; where it is not, more of them do not help."""
WITHIN = 0.1


class Times(AccountsCase):
    @pytest.mark.alone
    async def test_known_and_unknown_names(self) -> None:
        """The medians are within 10 % of each other, and the answers are the same words."""
        await self.accounts.register(ALICE, SECRET, HERE)
        nobody = nickname("Nobody")
        seconds: dict[Name, list[float]] = {ALICE: [], nobody: []}
        self.answers: set[str] = set()
        for _ in range(ROUNDS):
            for number in range(ROUND):
                for name, found in seconds.items():
                    # Each from an address of its own, so that nobody is told to wait.
                    found.append(await self.wrong(name, f"198.51.100.{number}"))
            known, unknown = (statistics.median(found) for found in seconds.values())
            if abs(known / unknown - 1) <= WITHIN:
                break
            self.house.clock.advance(86_400)
        words = (
            f"medians of {len(seconds[ALICE])}: known {1000 * known:.1f} ms, unknown {1000 * unknown:.1f} ms"
        )
        print(words)
        self.assertLessEqual(abs(known / unknown - 1), WITHIN, words)
        self.assertEqual(len(self.answers), 1)

    async def wrong(self, name: Name, address: str) -> float:
        """Return how long it takes to be refused; seconds."""
        started = time.perf_counter()
        try:
            await self.accounts.log_in(name, "wrong-password", address)
        except ChatError as error:
            seconds = time.perf_counter() - started
            self.assertEqual(error.code, Code.WRONG_PASSWORD)
            self.answers.add(error.text)
            return seconds
        raise self.failureException("logged in")
