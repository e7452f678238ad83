"""Searching and indexing hold up nobody: the canaries sing beside them."""

from __future__ import annotations

import selectors
import time
from collections import Counter
from pathlib import Path

import pytest
from twisted.internet import reactor

from bench.corpus import fill
from chatd.storage.engine import Database
from tests.attacks.house import AttackCase
from tests.process.programs import Program, found_while_much_is_said

pytestmark = pytest.mark.attack

PROMISE = "search"
ROWS = 100_000
SECONDS = 10
SEEKERS = 12
# Nothing answers these: the whole index is looked through for each.
QUESTIONS = ("odd even", '"odd everywhere"', "everywhere -odd -even")
FREELY = ("--set", "limits.lines_per_second=0", "--set", "history.on_join=0")


class Searches(AttackCase):
    def test_many_search_in_much_that_is_still_to_be_indexed(self) -> None:
        """12 clients ask the worst questions as fast as they may while 100,000 lines are indexed."""
        Path("data").mkdir(mode=0o700)
        database = Database(Path("data/chatd.db").absolute(), reactor)
        database.open()
        database.write_now(lambda connection: fill(connection, ROWS, ["lobby"]))
        database.close()
        server = self.start()
        with self.canary(server, PROMISE) as canary:
            answers = self._seek(server.port())
        self.assertGreater(answers["found"], SEEKERS)
        self.assertEqual(set(answers) - {"found", "error"}, set())
        canary.check(f"{answers['found']} answers, {answers['error']} times busy in {SECONDS} s")

    def _seek(self, port: int) -> Counter[str]:
        """Let everybody ask again as soon as he is answered; return the kinds of answers."""
        answers: Counter[str] = Counter()
        with selectors.DefaultSelector() as selector:
            for number in range(SEEKERS):
                seeker = Program(self, port, f"Seeker{number}")
                selector.register(seeker, selectors.EVENT_READ, seeker)
                seeker.ask(f"search {QUESTIONS[number % len(QUESTIONS)]}")
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                for key, _ in selector.select(0.1):
                    for answer in key.data.answers():
                        answers[answer["type"]] += 1
                        key.data.ask(answer["ref"])
        return answers

    def test_much_is_said_and_found(self) -> None:
        """500 lines/s are said; what is said is found within 1 s."""
        server = self.start(*FREELY)
        with self.canary(server, PROMISE) as canary:
            said, found = found_while_much_is_said(self, server.port(), SECONDS)
        self.assertLess(max(found), 1.0, found)
        found.sort()
        canary.check(
            f"{said} said; found after {found[len(found) // 2]:.2f} s (median), {found[-1]:.2f} s (worst)"
        )
