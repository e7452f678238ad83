"""By which address files come and go: one that reaches the server from where somebody is."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.doors import Door
from chatd.frontends.guard import Peer
from chatd.settings import Settings
from tests.behaviour.clients import IrcClient, TextClient, WebClient
from tests.behaviour.server import Server


class Port:
    """A port that listens at an address."""

    def __init__(self, address: IAddress) -> None:
        self.getHost = lambda: address


def listening(host: str) -> Door:
    """Return a door that is open there."""
    door = Door(None, "tcp:7978", None)  # type: ignore[arg-type]  # nobody comes
    kind = IPv6Address if ":" in host else IPv4Address
    door._port = Port(kind("TCP", host, 7978))  # type: ignore[assignment]
    return door


class Ways(SynchronousTestCase):
    def assert_host(self, expected: str, listens: str, name: str = "localhost", reached_at: str = "") -> None:
        """Fail unless files go there."""
        way = listening(listens).way("files", name, reached_at)
        assert way is not None
        self.assertEqual((way.host, way.port), (expected, 7978))

    def test_a_name_comes_first(self) -> None:
        for listens in ("0.0.0.0", "::", "192.0.2.1"):
            self.assert_host("chat.example", listens, "chat.example", "192.0.2.1")

    def test_without_a_name_it_is_where_somebody_came_in(self) -> None:
        self.assert_host("192.0.2.1", "0.0.0.0", reached_at="192.0.2.1")
        self.assert_host("192.0.2.1", "::", reached_at="::ffff:192.0.2.1")
        self.assert_host("2001:db8::1", "::", reached_at="2001:db8::1")

    def test_but_only_where_it_listens_there_too(self) -> None:
        for reached_at in ("", "2001:db8::1", "unknown"):
            self.assert_host("127.0.0.1", "0.0.0.0", reached_at=reached_at)
        self.assert_host("127.0.0.1", "::", reached_at="fe80::1%eth0")
        self.assert_host("127.0.0.1", "127.0.0.1", "chat.example", "192.0.2.1")
        self.assert_host("192.0.2.9", "192.0.2.9", reached_at="192.0.2.1")


class Asking(SynchronousTestCase):
    """What a session knows of where it came in."""

    def setUp(self) -> None:
        self.server = Server(Settings())

    def reached(self, client: Any) -> str:
        """Return the address for which a client was told how files come and go."""
        client.command("nick Alice")
        client.command("join #lobby")
        client.command("send report.pdf 5 #lobby")
        client.command("quit")
        return self.server.reached_at.pop()

    def test_every_door_knows(self) -> None:
        for kind in (TextClient, IrcClient, WebClient):
            client = kind(self.server)
            client.wire.hostAddr = IPv4Address("TCP", "192.0.2.1", 7979)
            self.assertEqual(self.reached(client), "192.0.2.1", kind)

    def test_not_at_a_socket_nor_through_a_proxy(self) -> None:
        client = TextClient(self.server)
        client.wire.hostAddr = UNIXAddress(None)
        self.assertEqual(self.reached(client), "")
        client = TextClient(self.server)
        client.protocol.peer = Peer("192.0.2.7", 40000, proxied=True)
        self.assertEqual(self.reached(client), "")
