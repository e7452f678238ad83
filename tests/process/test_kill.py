"""A server that is killed while many talk: what anybody was told is stored is there, once, in order.

`make torture` does it 25 times with 100 senders; here it is less.
"""

from __future__ import annotations

import os
from unittest import TestCase

from tests.process.server import Server
from tests.process.torture import Senders, history

KILLS = int(os.environ.get("CHATD_KILLS", "3"))
SENDERS = int(os.environ.get("CHATD_SENDERS", "10"))
SECONDS = 1.0


class Killed(TestCase):
    def start(self) -> Server:
        return Server(self, "--set", "limits.lines_per_second=0", "--set", "history.on_join=0")

    def test_nothing_acknowledged_is_lost(self) -> None:
        senders = Senders(SENDERS)
        for _ in range(KILLS):
            server = self.start()
            senders.run(server.port(), SECONDS, server.kill)
        found = history(self.start().port())
        self.assertGreater(len(senders.stored), KILLS * SENDERS)
        self.assertEqual([number for number, _ in found], list(range(1, len(found) + 1)))
        kept = {text: number for number, text in found}
        self.assertEqual(len(kept), len(found), "something is there twice")
        lost = {text: number for text, number in senders.stored.items() if kept.get(text) != number}
        self.assertEqual(lost, {})
        for name in {text.split()[0] for text in kept}:
            counts = [int(text.split()[1]) for _, text in found if text.split()[0] == name]
            self.assertEqual(counts, sorted(counts))
        print(
            f"{KILLS} kills, {senders.said:,} said, {len(senders.stored):,} acknowledged, {len(found):,} kept"
        )
