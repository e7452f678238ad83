"""Promise 5: one address has so many connections, and so many new ones in a while; others still get in."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.attacks.floods import Horde
from tests.attacks.house import AttackCase
from tests.attacks.networks import Network
from tests.authority import IssuedFiles
from tests.process.server import ANY_PORT, TWISTD, Server
from tests.process.streams import PATIENCE

pytestmark = pytest.mark.attack

OPEN, NEW = 16, 32
"""What one address may by default: connections at once, new ones in ten minutes."""
TOO_MANY = "-> Error: too many connections from your address."
NOT_AGAIN = "-> Error: too many new connections from your address; try again later."
PROMPT = "Enter your nickname: "
SECONDS = 4
AT_ONCE = 400
CROWD, OTHER = "127.0.0.7", "127.0.0.8"


class AddressCase(AttackCase):
    """What somebody who connects is told."""

    def strict(self, *options: str, **how: Any) -> Server:
        """Start a server that exempts nobody, the canaries included."""
        return self.start("--set", "limits.exempt=[]", *options, **how)

    def heard(self, connection: socket.socket) -> str:
        """Return what the server says until it asks for a nickname or closes the connection."""
        heard = b""
        while not heard.endswith(PROMPT.encode()) and (data := connection.recv(4096)):
            heard += data
        return heard.decode()

    def let_in(self, connection: socket.socket) -> socket.socket:
        """Fail unless a nickname is asked for."""
        heard = self.heard(connection)
        self.assertTrue(heard.endswith(PROMPT), heard)
        return connection

    def leave(self, connection: socket.socket) -> None:
        """Go, and come back when the server has closed the connection."""
        connection.sendall(b"Carl\n/quit\n")
        while connection.recv(4096):
            pass
        connection.close()

    def refused(self, connection: socket.socket, words: str) -> None:
        """Fail unless that one line comes, and then the end."""
        self.assertEqual(self.heard(connection), words + "\r\n")
        connection.close()


class Addresses(AddressCase):
    def test_open_connections(self) -> None:
        """The 17th connection of one address is refused with a line; others get in; who goes makes room."""
        server = self.strict()
        with self.canary(server, "5") as canary:
            crowd = [self.let_in(self.connect(server, CROWD)) for _ in range(OPEN)]
            for _ in range(OPEN):
                self.refused(self.connect(server, CROWD), TOO_MANY)
            self.let_in(self.connect(server, OTHER))
            self.leave(crowd.pop())
            self.let_in(self.connect(server, CROWD))
            canary.sing_for(2)
        canary.check(f"{OPEN} let in, {OPEN} refused with the reason")

    def test_new_connections(self) -> None:
        """The 33rd new connection of one address in a while is refused with a line; others get in."""
        seconds = 3.0
        server = self.strict("--set", f"limits.new_connections_seconds={seconds}")
        with self.canary(server, "5") as canary:
            for _ in range(NEW):
                self.leave(self.let_in(self.connect(server, CROWD)))
            self.refused(self.connect(server, CROWD), NOT_AGAIN)
            self.let_in(self.connect(server, OTHER))
            canary.sing_for(seconds)
            self.let_in(self.connect(server, CROWD))
        canary.check(f"{NEW} let in, the next one {seconds:.0f} s later")

    def test_ipv6(self) -> None:
        """Over IPv6 a whole /64 counts as one address, and the next /64 gets in."""
        network = Network(self)
        server_at, crowd, other = "2001:db8::1", "2001:db8:0:7::", "2001:db8:0:8::1"
        for address in (server_at, *(f"{crowd}{host:x}" for host in range(1, OPEN + 2)), other):
            network.ip("address", "add", f"{address}/128", "dev", "lo", "nodad")
        door = f"tcp6:0:interface={server_at}".replace(":", "\\:").replace("tcp6\\:0\\:", "tcp6:0:")
        server = self.strict(listen=(door,), command=(*network.enter, TWISTD, "-n", "--pidfile=", "chatd"))
        port = int(server.log.find(rf"nc {server_at} (\d+)\n"))
        for host in range(1, OPEN + 1):
            connection = network.dial(f"{crowd}{host:x}", server_at, port)
            self.addCleanup(connection.close)
            self.let_in(connection)
        self.refused(network.dial(f"{crowd}{OPEN + 1:x}", server_at, port), TOO_MANY)
        self.let_in(network.dial(other, server_at, port)).close()
        self.held("5", f"{OPEN} addresses of a /64 let in, the 17th refused with the reason")

    def test_newcomers_in_a_storm(self) -> None:
        """While one address connects and vanishes as fast as it can, newcomers are greeted within a second."""
        server = self.strict()
        horde = Horde(server.port(), 16, b"\n", b"", leaving=True)
        with self.canary(server, "5") as canary, ThreadPoolExecutor(1) as pool:
            waits = pool.submit(self.newcomers, server)
            horde.attack(SECONDS)
            worst = max(waits.result())
        self.assertLessEqual(worst, 1.0)
        canary.check(
            f"{horde.connections / SECONDS:,.0f} connections/s; newcomers greeted within {worst:.3f} s"
        )

    def test_crowd(self) -> None:
        """400 newcomers connect in the same moment: none of them is put off by the system, all are greeted."""
        server = self.start()
        with self.canary(server, "5") as canary, selectors.DefaultSelector() as selector:
            started = time.monotonic()
            crowd = [socket.socket() for _ in range(AT_ONCE)]
            for each in crowd:
                self.addCleanup(each.close)
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", server.port()))
                selector.register(each, selectors.EVENT_WRITE)
            while selector.get_map() and time.monotonic() < started + PATIENCE:
                for key, _ in selector.select(0.1):
                    selector.unregister(key.fileobj)
            connected = time.monotonic() - started
            for each in crowd:
                each.settimeout(PATIENCE)
                self.let_in(each)
            greeted = time.monotonic() - started
            canary.sing_for(3)
        self.assertLess(connected, 0.9)  # a second later they try again
        canary.check(f"all connected after {connected:.2f} s, greeted after {greeted:.2f} s")

    def newcomers(self, server: Server) -> list[float]:
        """Come from one address after the other; return how long each waited, in seconds."""
        waits = []
        until = time.monotonic() + SECONDS
        for number in range(1, 255):
            started = time.monotonic()
            if started > until:
                break
            self.let_in(self.connect(server, f"127.0.3.{number}")).close()
            waits.append(time.monotonic() - started)
        return waits

    def test_exempt_addresses(self) -> None:
        """Loopback is exempt unless the owner says otherwise, and so is whatever he lists."""
        for options in ((), ("--set", f'limits.exempt=["{CROWD}"]')):
            server = self.start(*options)
            for _ in range(NEW + 1):
                self.let_in(self.connect(server, CROWD))
            server.stop()
        self.held("5", f"{NEW + 1} connections of an exempt address let in")


class AddressesOverTLS(IssuedFiles, AddressCase):
    def test_open_connections(self) -> None:
        """Behind TLS the refused are told the reason as well; silent sockets count."""
        server = self.strict(listen=(ANY_PORT, self.description()))
        tls = ssl.create_default_context(cadata=self.authority.root.cert_pem.bytes().decode())
        port = server.port("tls")
        silent = [self.connect(server, CROWD, port=port) for _ in range(OPEN - 1)]
        self.let_in(self.connect(server, CROWD, port=port, tls=tls))
        self.refused(self.connect(server, CROWD, port=port, tls=tls), TOO_MANY)
        self.held("5", f"{len(silent)} silent ones and 1 let in, the 17th refused with the reason")
