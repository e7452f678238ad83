"""A real server, watched as Prometheus and a load balancer do it."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from http.client import HTTPConnection, RemoteDisconnected
from unittest import TestCase

from prometheus_client.parser import text_string_to_metric_families

from tests.process.people import nc
from tests.process.server import ANY_PORT, BY_SIGTERM, Server
from tests.process.streams import PATIENCE
from tests.requirements import requires

PROXY = "127.0.0.3"


class Site:
    """One connection to the door for browsers, that stays."""

    def __init__(self, case: TestCase, server: Server, source: str = "127.0.0.1") -> None:
        self.connection = HTTPConnection(
            "127.0.0.1", server.port("web"), timeout=PATIENCE, source_address=(source, 0)
        )
        case.addCleanup(self.connection.close)

    def ask(self, path: str, **headers: str) -> tuple[int, str]:
        """Return status and body."""
        self.connection.request("GET", path, headers={key.replace("_", "-"): headers[key] for key in headers})
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def figures(self) -> dict[str, float]:
        """Return the samples by name and the one label."""
        status, body = self.ask("/metrics")
        assert status == 200, body
        return {
            " ".join([sample.name, *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(body)
            for sample in family.samples
        }

    def until(self, name: str, value: float) -> None:
        """Ask until a figure has a value: what is shown may be a second old."""
        ends = time.monotonic() + PATIENCE
        while (seen := self.figures()[name]) != value:
            assert time.monotonic() < ends, f"{name} is {seen}, not {value}"


@requires("nc")
class Watching(TestCase):
    def start(self, *options: str) -> Server:
        return Server(self, "--web", ANY_PORT, "--set", "web.requests_per_second=0", *options)

    def test_the_figures(self) -> None:
        """Somebody joins, talks, mistypes a password and is dropped for too many lines."""
        slow = ("limits.lines_per_second=0.01", "limits.burst_lines=8", "limits.inbox_lines=4")
        server = self.start(*(word for each in slow for word in ("--set", each)))
        site = Site(self, server)
        before = site.figures()
        self.assertEqual(before["chatd_users"], 0)
        self.assertEqual(before["chatd_open_connections"], 1)
        self.assertGreater(before["process_resident_memory_bytes"], 1e6)
        alice, bob = nc(self, server, "Alice"), nc(self, server, "Bob")
        alice.say("hello")
        bob.line("Alice: hello")
        bob.say("/register correct-horse", "/login Bob wrong-horse-1")
        bob.line("-> Error: ")
        site.until("chatd_logins_total wrong", 1)
        now = site.figures()
        for name, value in {
            "chatd_users": 2,
            "chatd_connections text": 2,
            "chatd_open_connections": 3,
            "chatd_messages_total room": 1,
            "chatd_logins_total wrong": 1,
            "chatd_drops_total too many lines": 0,
        }.items():
            self.assertEqual(now[name], value, name)
        self.assertGreater(now["chatd_commit_seconds_count"], 0)
        self.assertGreater(now["chatd_reactor_delay_seconds_count"], 0)
        alice.say(*["/ping"] * 20)
        bob.line("Alice has quit (too many lines)")
        site.until("chatd_drops_total too many lines", 1)
        site.until("chatd_users", 1)

    def test_behind_a_proxy(self) -> None:
        """What the proxy says of a stranger holds, and nobody is this machine through it."""
        server = self.start("--set", f'web.proxies=["{PROXY}"]', "--set", 'web.metrics=["192.0.2.9"]')
        proxy, local = Site(self, server, PROXY), Site(self, server)
        for told, status in (("192.0.2.9", 200), ("192.0.2.8", 404), ("127.0.0.1", 404)):
            self.assertEqual(proxy.ask("/metrics", X_Forwarded_For=told)[0], status, told)
        self.assertEqual(local.ask("/metrics")[0], 200)
        self.assertEqual(local.ask("/metrics", X_Forwarded_For="192.0.2.9")[0], 404)
        self.assertEqual(proxy.ask("/readyz", X_Forwarded_For="192.0.2.8"), (200, "ok\n"))

    def test_while_the_database_is_held(self) -> None:
        server = self.start()
        site, alice, bob = Site(self, server), nc(self, server, "Alice"), nc(self, server, "Bob")
        self.assertEqual(site.ask("/readyz"), (200, "ok\n"))
        with closing(sqlite3.connect("data/chatd.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            alice.say("one")
            bob.line("Alice: one (not stored)")
            self.assertEqual(site.ask("/readyz"), (503, "Error: messages are not being stored.\n"))
            self.assertEqual(site.ask("/healthz"), (200, "ok\n"))
            self.assertEqual(site.figures()["chatd_storing"], 0)
            other.execute("ROLLBACK")
        server.heard("shown when they are stored again")
        self.assertEqual(site.ask("/readyz"), (200, "ok\n"))

    def test_while_it_stops(self) -> None:
        """A connection that is there is told so, until the last commit is done; then it ends."""
        server = self.start("--set", "storage.commit_seconds=60", "--set", "limits.drain_seconds=60")
        site, alice = Site(self, server), nc(self, server, "Alice")
        with closing(sqlite3.connect("data/chatd.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            alice.say("one")
            site.until("chatd_waiting_events", 1)
            server.signal(signal.SIGTERM)
            server.heard(f"TCP Port {server.port('web')} Closed")
            self.assertEqual(site.ask("/readyz"), (503, "Error: the server is stopping.\n"))
            self.assertEqual(site.ask("/healthz"), (200, "ok\n"))
            with self.assertRaises(ConnectionRefusedError):
                Site(self, server).ask("/readyz")
            other.execute("ROLLBACK")
        self.assertIn(server.ended(), BY_SIGTERM)
        with self.assertRaises((RemoteDisconnected, ConnectionError)):
            site.ask("/readyz")
