"""Clients that lose their connection while many talk: they ask for what came after the last number they saw,
and have everything once.

`make attacks` does it 100 times; here it is less.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from unittest import TestCase

from tests.process.returners import Returner, Talkers
from tests.process.server import Server
from tests.process.torture import history

# A disk that stops for a second is the subject of other tests.
OPTIONS = ("--set", "limits.lines_per_second=0", "--set", "storage.commit_seconds=30")


def returned(case: TestCase, server: Server, times: int) -> tuple[Returner, Returner]:
    """Let two clients come back so many times while others talk, and see that they showed everything once."""
    port = server.port()
    talkers = Talkers(port)
    case.addCleanup(talkers.stop)
    two = Returner(port, "Alice", 1), Returner(port, "Bob", 2)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda each: each.return_often(times, talkers.wait_for_more), two))
    talkers.stop()
    for each in two:
        each.visit(0)
    said = history(port)
    for each in two:
        first = each.heard[0][0]
        case.assertEqual(each.heard, said[first - 1 :])
    return two


class Reconnecting(TestCase):
    def test_nothing_missed_and_nothing_twice(self) -> None:
        for each in returned(self, Server(self, *OPTIONS), 10):
            self.assertGreater(each.pages, 0)
            self.assertGreater(each.resets, 0)
            self.assertLess(each.resets, each.visits)
