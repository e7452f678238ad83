"""A real server: what is said is found soon, also while much is said, and what a crash left unindexed after it."""

from __future__ import annotations

from unittest import TestCase

from tests.process.programs import Program, found_while_much_is_said
from tests.process.server import Server

LATEST = 1.0
"""Seconds after which what was said has to be found."""


class Searching(TestCase):
    def start(self) -> Server:
        return Server(self, "--set", "limits.lines_per_second=0", "--set", "history.on_join=0")

    def test_while_much_is_said(self) -> None:
        said, found = found_while_much_is_said(self, self.start().port(), seconds=4)
        self.assertGreater(len(found), 3)
        self.assertLess(max(found), LATEST, found)
        print(f"{said} said; found after {min(found):.2f} to {max(found):.2f} s, {len(found)} times")

    def test_after_a_crash(self) -> None:
        server = self.start()
        talker = Program(self, server.port(), "Talker")
        talker.send(*({"type": "say", "text": f"word {n}", "ref": n} for n in range(300)))
        talker.answer(299)
        server.kill()
        server = self.start()
        seeker = Program(self, server.port(), "Seeker")
        seeker.seeks('"word 299"')
        self.assertEqual(len(seeker.asks("search word")["events"]), 20)
        self.assertEqual(len(seeker.asks('search "word 0"')["events"]), 1)
        self.assertIn("#lobby 1 Talker: word 0", server.ctl('/search "word 0"').stdout)
