"""Who may read the figures of a server, what they count, and when people may be sent to it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

import chatd
from chatd.frontends.base import BaseSession
from chatd.frontends.guard import Peer
from chatd.frontends.web.watching import add_watching
from chatd.services.distribution import Distribution
from chatd.services.metrics import DROPS, FIGURES, FRESH, INTERVAL, Metrics
from chatd.settings import Limits, Settings, Web
from chatd.settings import Server as ServerSettings
from tests.behaviour.server import Server
from tests.irc.raw import Raw

NOBODY, PROXY, SCRAPER, LOOPBACK = "192.0.2.66", "192.0.2.1", "198.51.100.9", "127.0.0.1"
FORWARDED = "X-Forwarded-For"


class Doors:
    """The doors of a server in memory."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.open_connections = 0

    @property
    def talkers(self) -> Sequence[BaseSession]:
        return list(self._server.sessions)

    def connections(self) -> dict[str, int]:
        return {"text": 0, "irc": len(self._server.irc_factory.sessions), "web": 0}

    def refused(self) -> Counter[str]:
        return self._server.web_factory.guard.connections.refused


class Watched(SynchronousTestCase):
    """A server in memory that is watched."""

    settings = Settings(limits=Limits(lines_per_second=0))

    def setUp(self) -> None:
        self.server = Server(self.settings)
        self.metrics = Metrics(
            self.server.registry,
            self.server.timeline,
            self.server.accounts,
            Doors(self.server),
            self.server.clock,
        )
        add_watching(self.server.web_factory, self.metrics)

    def ask(self, path: str, address: str, *headers: str, method: str = "GET") -> tuple[int, str]:
        """Return status and body of an answer."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
        wire, _ = self.server.connect_web("\r\n".join(lines).encode(), address, secure=False)
        head, _, body = wire.value().decode().partition("\r\n\r\n")
        wire.end(ConnectionError())
        self.flushLoggedErrors(ConnectionError)
        return int(head.split()[1]), body

    def figures(self) -> dict[str, float]:
        """Return the samples by name and the one label."""
        return {
            " ".join([sample.name, *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(self.metrics.read().decode())
            for sample in family.samples
        }


class Access(Watched):
    """/metrics is for this machine and listed addresses."""

    settings = Settings(web=Web(proxies=(PROXY, "127.0.0.9"), metrics=("198.51.100.0/28",)))

    def assert_sees(self, address: str, *headers: str) -> None:
        status, body = self.ask("/metrics", address, *headers)
        self.assertEqual(status, 200, (address, headers))
        self.assertIn("chatd_users 0.0", body)

    def assert_sees_nothing(self, address: str, *headers: str) -> None:
        """As if there were no such page."""
        answer = self.ask("/metrics", address, *headers)
        self.assertEqual(answer, self.ask("/metrix", address, *headers), (address, headers))
        self.assertEqual(answer[0], 404)

    def test_this_machine_and_who_is_listed(self) -> None:
        for address in (LOOPBACK, "127.0.0.7", "::1", SCRAPER):
            self.assert_sees(address)

    def test_others(self) -> None:
        for address in (NOBODY, "198.51.100.16", "2001:db8::1"):
            self.assert_sees_nothing(address)

    def test_headers_of_a_stranger_count_for_nothing(self) -> None:
        for told in (LOOPBACK, "::1", SCRAPER):
            self.assert_sees_nothing(NOBODY, f"{FORWARDED}: {told}")

    def test_a_listed_proxy_asks_for_whom_it_names(self) -> None:
        for proxy in (PROXY, "127.0.0.9"):
            self.assert_sees(proxy, f"{FORWARDED}: {SCRAPER}")
            self.assert_sees(proxy, f"{FORWARDED}: {LOOPBACK}, {SCRAPER}")
            for told in (NOBODY, f"{LOOPBACK}, {NOBODY}", f"{SCRAPER}, {NOBODY}"):
                self.assert_sees_nothing(proxy, f"{FORWARDED}: {told}")

    def test_nobody_is_this_machine_through_a_proxy(self) -> None:
        for proxy in (PROXY, "127.0.0.9"):
            self.assert_sees_nothing(proxy, f"{FORWARDED}: {LOOPBACK}")
            self.assert_sees_nothing(proxy, f"{FORWARDED}: rubbish")
            self.assert_sees_nothing(proxy)

    def test_a_proxy_on_this_machine_that_is_not_listed(self) -> None:
        """What it passes on is not asked by this machine."""
        for header in (
            f"{FORWARDED}: {NOBODY}",
            "Via: 1.1 nginx",
            "Forwarded: for=_x",
            f"X-Real-IP: {NOBODY}",
        ):
            for address in (LOOPBACK, SCRAPER):
                self.assert_sees_nothing(address, header)

    def test_a_header_of_the_proxy_protocol_is_no_loopback(self) -> None:
        """Whoever stands behind the porch can say that he is 127.0.0.1."""
        channel = self.server.web_factory.buildProtocol(Peer(LOOPBACK, proxied=True, told=True))
        request: Any = type("Request", (), {"channel": channel, "requestHeaders": _NoHeaders()})
        leaf = self.server.web_factory.site._root.children[b"metrics"]
        self.assertFalse(leaf._may_watch(request))

    def test_who_asks_often(self) -> None:
        """Reading it all takes time, which is everybody's: it is done once a second."""
        pages = iter((b"# 1\n", b"# 2\n"))
        self.patch(self.metrics, "read", lambda: next(pages))
        answers = [self.ask("/metrics", LOOPBACK)[1] for _ in range(3)]
        self.server.advance(FRESH)
        answers.append(self.ask("/metrics", LOOPBACK)[1])
        self.assertEqual(answers, ["# 1\n"] * 3 + ["# 2\n"])

    def test_other_methods(self) -> None:
        self.assertEqual(self.ask("/metrics", LOOPBACK, method="HEAD")[1], "")
        self.assertEqual(
            self.ask("/metrics", NOBODY, method="POST"), self.ask("/metrix", NOBODY, method="POST")
        )


class _NoHeaders:
    def hasHeader(self, name: bytes) -> bool:
        return False

    def getRawHeaders(self, name: bytes, default: object) -> object:
        return default


class Ready(Watched):
    """/healthz and /readyz are for everybody."""

    def assert_ready(self) -> None:
        self.assertEqual(self.ask("/readyz", NOBODY), (200, "ok\n"))

    def test_all_is_well(self) -> None:
        self.assertEqual(self.ask("/healthz", NOBODY), (200, "ok\n"))
        self.assert_ready()

    def test_while_messages_are_not_stored(self) -> None:
        ann, bob = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        self.assertTrue(bob.session.named)
        self.server.store.holding = True
        ann.send("PRIVMSG Bob :hello")
        self.assert_ready()
        self.server.advance(1)
        self.assertEqual(self.ask("/readyz", NOBODY), (503, "Error: messages are not being stored.\n"))
        self.assertEqual(self.ask("/healthz", NOBODY)[0], 200)
        self.assertEqual(self.figures()["chatd_storing"], 0)
        self.server.store.release()
        self.assert_ready()
        self.assertEqual(self.figures()["chatd_storing"], 1)

    def test_draining(self) -> None:
        self.metrics.draining = True
        self.assertEqual(self.ask("/readyz", NOBODY), (503, "Error: the server is stopping.\n"))


class Counted(Watched):
    """The figures move as they should."""

    settings = Settings(
        server=ServerSettings(plaintext_passwords=True),
        limits=Limits(lines_per_second=0, irc_inbox_lines=4, inbox_lines=4),
    )

    def setUp(self) -> None:
        super().setUp()
        self.before = self.figures()

    def moved(self) -> dict[str, float]:
        """Return by how much figures have changed since the last time, but of the process and of distributions."""
        now = self.figures()
        changed = {
            name: value - self.before[name]
            for name, value in now.items()
            if value != self.before[name] and not name.startswith("process_") and "_bucket" not in name
        }
        self.before = now
        return {name: value for name, value in changed.items() if "seconds_sum" not in name}

    def test_talk(self) -> None:
        clients = [Raw(self.server, nick) for nick in ("Ann", "Bob", "Carol")]
        ann = clients[0]
        moved = self.moved()
        self.assertEqual(moved["chatd_users"], 3)
        self.assertEqual(moved["chatd_connections irc"], 3)
        for client in clients:
            client.send("JOIN #room")
        self.assertEqual(self.moved()["chatd_rooms"], 1)
        ann.send("PRIVMSG #room :to two others")
        once = {"chatd_commit_seconds_count": 1, "chatd_commit_events_count": 1, "chatd_commit_events_sum": 1}
        self.assertEqual(self.moved(), {**once, "chatd_messages_total room": 1, "chatd_deliveries_total": 2})
        ann.send("PRIVMSG Bob :to one")
        self.assertEqual(
            self.moved(), {**once, "chatd_messages_total private": 1, "chatd_deliveries_total": 1}
        )
        ann.send("PRIVMSG Nobody :to none")
        self.assertEqual(self.moved(), {})

    def test_several_rooms_in_one_turn(self) -> None:
        """What is gathered for who hears several rooms is counted once."""
        ann, bob = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        for client in (ann, bob):
            client.send("JOIN #one,#two")
        self.moved()
        ann.protocol.dataReceived(
            b"PRIVMSG #one :a\r\nPRIVMSG #two :b\r\nPRIVMSG Bob :c\r\nPRIVMSG #one :d\r\n"
        )
        self.server.turn()
        self.assertEqual(self.moved()["chatd_deliveries_total"], 4)

    def test_what_goes_out_before_the_turn_ends(self) -> None:
        """An answer comes behind what was gathered for who asks, which is counted all the same, once."""
        ann, bob = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        for client in (ann, bob):
            client.send("JOIN #room")
        self.moved()
        ann.protocol.dataReceived(b"PRIVMSG Bob :a\r\nPRIVMSG #room :b\r\n")
        bob.protocol.dataReceived(b"PING c\r\n")
        self.server.turn()
        self.assertEqual(self.moved()["chatd_deliveries_total"], 2)

    def test_batches(self) -> None:
        """What waits while a commit runs goes into the next one."""
        ann, _ = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        self.moved()
        self.server.store.holding = True
        for number in range(4):
            ann.send(f"PRIVMSG Bob :{number}")
        self.assertEqual(self.figures()["chatd_waiting_events"], 4)
        self.server.clock.advance(0.5)
        self.server.store.release()
        moved = self.moved()
        self.assertEqual(moved["chatd_commit_events_count"], 2)
        self.assertEqual(moved["chatd_commit_events_sum"], 4)
        self.assertEqual(self.figures()["chatd_commit_seconds_bucket 0.25"], 1)
        self.assertEqual(self.figures()["chatd_commit_seconds_bucket 0.5"], 2)

    def test_a_flood(self) -> None:
        """Of who says too much, what waits is counted, then that he was dropped."""
        self.server.claims.late = True
        ann = Raw(self.server)
        ann.send("NICK Ann", "USER ann 0 * :Ann", *["PING x"] * 4)
        self.assertEqual(self.figures()["chatd_inbox_lines"], 4)
        self.assertEqual(self.figures()["chatd_unnamed"], 1)
        ann.send("PING x")
        self.assertEqual(self.moved()["chatd_drops_total too many lines"], 1)
        self.server.claims.answer(False)
        self.assertEqual(self.figures()["chatd_inbox_lines"], 0)

    def test_a_slow_reader(self) -> None:
        ann, bob = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        bob.wire.stall()
        while not self.figures()["chatd_send_queues"]:
            for _ in range(100):
                ann.send("PRIVMSG Bob :" + "x" * 400)
        self.assertGreater(self.figures()["chatd_send_queue_bytes"], 0)
        bob.wire.flow()
        self.assertEqual(self.figures()["chatd_send_queue_bytes"], 0)

    def test_logins(self) -> None:
        ann = Raw(self.server, "Ann")
        ann.send("PRIVMSG NickServ :REGISTER correct-horse")
        self.moved()
        bob = Raw(self.server, "Bob", secure=True)
        bob.send("PRIVMSG NickServ :IDENTIFY Ann wrong-horse")
        self.assertEqual(self.moved()["chatd_logins_total wrong"], 1)
        bob.send("PRIVMSG NickServ :IDENTIFY Ann correct-horse")
        self.assertEqual(self.moved()["chatd_logins_total right"], 1)
        for _ in range(20):
            bob.send("PRIVMSG NickServ :IDENTIFY Ann wrong-horse")
        moved = self.moved()
        self.assertGreater(moved["chatd_logins_total slowed"], 0)
        self.assertEqual(moved["chatd_logins_total slowed"] + moved["chatd_logins_total wrong"], 20)

    def test_an_unknown_reason_makes_no_label(self) -> None:
        """Labels are few, whatever a drop is called."""
        Raw(self.server, "Ann").session.drop("who knows why", "Error: no.")
        self.assertEqual(self.moved()["chatd_drops_total other"], 1)


class Delay(SynchronousTestCase):
    def test_how_late_the_reactor_is(self) -> None:
        """A turn that takes long shows; when nobody serves any more, no timer is left."""
        server = Server(Settings())
        metrics = Metrics(server.registry, server.timeline, server.accounts, Doors(server), server.clock)
        clock: Clock = server.clock
        before = len(clock.getDelayedCalls())
        metrics.startService()
        clock.advance(INTERVAL)
        clock.advance(INTERVAL + 0.7)
        page = metrics.read().decode()
        self.assertIn('chatd_reactor_delay_seconds_bucket{le="0.5"} 1.0', page)
        self.assertIn('chatd_reactor_delay_seconds_bucket{le="1.0"} 2.0', page)
        metrics.stopService()
        self.assertEqual(len(clock.getDelayedCalls()), before)


class Table(Watched):
    def test_it_is_what_is_shown(self) -> None:
        """docs/metrics.md is made of FIGURES, which a scrape matches: names, types, labels."""
        shown = {}
        for family in text_string_to_metric_families(self.metrics.read().decode()):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            shown[name] = (family.type, tuple(labels), family.documentation)
        own = {name: value for name, value in shown.items() if not name.startswith("process_")}
        self.assertEqual(own, {name: tuple(figure) for name, figure in FIGURES.items()})

    def test_every_reason_to_drop_is_known(self) -> None:
        """Those that the code has."""
        found = set()
        for file in Path(chatd.__file__).parent.glob("frontends/**/*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    first = node.args[0] if node.args else None
                    if node.func.attr in ("drop", "_spend") and isinstance(first, ast.Constant):
                        found.add(first.value)
        self.assertEqual(sorted(found), sorted(DROPS))

    def test_a_distribution(self) -> None:
        """A value counts up to the first bound that it does not exceed (`le`)."""
        spread = Distribution((1, 2.5))
        for value in (0, 1, 2, 2.5, 3):
            spread.add(value)
        self.assertEqual(spread.buckets(), [("1.0", 2), ("2.5", 4), ("+Inf", 5)])
        self.assertEqual(spread.total, 8.5)
