"""Budgets of lines and counts of connections, over time."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import limits as module
from chatd.core.addresses import Networks
from chatd.core.limits import Budget, Connections, Refused, lines_for
from chatd.settings import Limits


class BudgetTests(SynchronousTestCase):
    def run_all(self, budget: Budget, until: float, weight: int = 1, begin: float = 0) -> int:
        """Return how many lines can be run in a time by a client that never tires."""
        now, count = begin, 0
        while now <= until:
            wait = budget.wait(now)
            if wait:
                now += wait
                continue
            budget.spend(weight)
            count += 1
        return count

    def test_a_burst_and_then_a_rate(self) -> None:
        self.assertEqual(self.run_all(Budget(2, 10, 0), 0), 10)
        self.assertEqual(self.run_all(Budget(2, 10, 0), 30), 70)

    def test_a_heavy_line_leaves_a_debt(self) -> None:
        budget = Budget(2, 10, 0)
        self.assertEqual(self.run_all(budget, 0, weight=3), 4)
        self.assertAlmostEqual(budget.wait(0), 1.5)
        self.assertEqual(budget.wait(1.5), 0)

    def test_what_is_not_used_is_kept_up_to_the_burst(self) -> None:
        budget = Budget(2, 10, 0)
        self.run_all(budget, 0)
        budget.wait(10_000)
        self.assertEqual(self.run_all(budget, 10_000, begin=10_000), 10)

    def test_no_rate_is_no_limit_and_leaves_no_debt(self) -> None:
        budget = Budget(0, 1, 0)
        for _ in range(1000):
            self.assertEqual(budget.wait(0), 0)
            budget.spend(3)
        budget.rate = 1
        self.assertEqual(budget.wait(0), 0)

    @given(st.floats(0.1, 1000), st.integers(1, 100), st.lists(st.floats(0, 10), max_size=50))
    def test_a_wait_is_never_longer_than_what_it_waits_for(
        self, rate: float, burst: int, pauses: list[float]
    ) -> None:
        budget, now = Budget(rate, burst, 0), 0.0
        for pause in pauses:
            now += pause
            wait = budget.wait(now)
            self.assertLessEqual(wait, 1 / rate + 1e-6)
            now += wait  # the clock is monotonic
            self.assertEqual(budget.wait(now), 0)
            budget.spend(1)

    def test_bots_have_their_own(self) -> None:
        limits = Limits(bots=("192.0.2.0/24", "2001:db8::1"))
        self.assertEqual(lines_for(limits, "192.0.2.9"), (50, 100))
        self.assertEqual(lines_for(limits, "::ffff:192.0.2.9"), (50, 100))
        self.assertEqual(lines_for(limits, "192.0.3.9"), (2, 10))


class ConnectionsTests(SynchronousTestCase):
    def connections(self, room: int = 1000, **limits: Any) -> Connections:
        limits.setdefault("exempt", ())
        return Connections(lambda: Limits(**limits), lambda: room)

    def refused(self, connections: Connections, address: str, now: float = 0) -> str:
        return str(self.assertRaises(Refused, connections.enter, address, now))

    def test_open_ones_of_one_address(self) -> None:
        connections = self.connections(connections_per_address=2)
        keys = [connections.enter("192.0.2.1", 0) for _ in range(2)]
        self.assertEqual(self.refused(connections, "192.0.2.1"), "too many connections from your address")
        connections.enter("192.0.2.2", 0)
        connections.leave(keys[0])
        connections.enter("192.0.2.1", 0)
        self.assertEqual(connections.count, 3)

    def test_ipv6_is_counted_by_network(self) -> None:
        connections = self.connections(connections_per_address=2)
        connections.enter("2001:db8::1", 0)
        connections.enter("2001:db8::ffff:1", 0)
        self.refused(connections, "2001:db8::2")
        connections.enter("2001:db8:0:1::2", 0)

    def test_new_ones_in_a_while(self) -> None:
        connections = self.connections(new_connections_per_address=3, new_connections_seconds=600)
        for now in (0, 100, 200):
            connections.leave(connections.enter("192.0.2.1", now))
        self.assertIn("try again later", self.refused(connections, "192.0.2.1", 599))
        connections.enter("192.0.2.1", 600)
        self.refused(connections, "192.0.2.1", 699)
        connections.enter("192.0.2.1", 700)

    def test_who_was_refused_is_not_counted(self) -> None:
        connections = self.connections(new_connections_per_address=1, new_connections_seconds=10)
        connections.enter("192.0.2.1", 0)
        for now in range(1, 10):
            self.refused(connections, "192.0.2.1", now)
        connections.enter("192.0.2.1", 10)

    def test_the_exempt(self) -> None:
        connections = self.connections(
            exempt=("127.0.0.0/8",), connections_per_address=1, new_connections_per_address=1
        )
        for _ in range(50):
            connections.enter("127.0.0.1", 0)
        self.assertEqual(connections.count, 50)

    def test_what_is_no_address_has_no_limit(self) -> None:
        connections = self.connections(connections_per_address=1)
        for _ in range(3):
            connections.enter("", 0)

    def test_in_all(self) -> None:
        connections = self.connections(room=2, exempt=("127.0.0.0/8",))
        keys = [connections.enter("127.0.0.1", 0) for _ in range(2)]
        self.assertEqual(self.refused(connections, "127.0.0.1"), "this server is full")
        connections.leave(keys[0])
        connections.enter("192.0.2.1", 0)
        self.refused(self.counted(self.connections(room=100, connections=1)), "192.0.2.2")

    def counted(self, connections: Connections) -> Connections:
        connections.enter("192.0.2.1", 0)
        return connections

    def test_nothing_is_kept_of_who_is_gone(self) -> None:
        connections = self.connections()
        for number in range(500):
            connections.leave(connections.enter(f"192.0.{number % 250}.{number // 250}", number))
        connections.leave(connections.enter("198.51.100.1", 10_000))
        self.assertEqual((connections.count, connections._open, len(connections._made)), (0, {}, 1))

    def test_memory_is_bounded(self) -> None:
        self.patch(module, "REMEMBERED", 100)
        connections = self.connections()
        for number in range(1000):
            connections.enter(f"2001:db8:{number:x}::1", 0)
        self.assertLessEqual(len(connections._made), 100)


class NetworksTests(SynchronousTestCase):
    def test_members(self) -> None:
        networks = Networks(["192.0.2.0/24", "2001:db8::/32", "198.51.100.1"])
        for address in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1::1", "2001:db8::1%eth0", "198.51.100.1"):
            self.assertIn(address, networks)
        for address in ("192.0.3.7", "198.51.100.2", "", "local", "2001:db9::1"):
            self.assertNotIn(address, networks)

    def test_a_mapped_network_is_the_ipv4_one(self) -> None:
        self.assertIn("192.0.2.7", Networks(["::ffff:192.0.2.0/120"]))

    def test_a_bad_one_is_named(self) -> None:
        for text in ("192.0.2.1/24", "example.org", "", "192.0.2.0/33"):
            error = self.assertRaises(ValueError, Networks, [text])
            self.assertIn(repr(text), str(error))
