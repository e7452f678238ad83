"""Promise 12: sockets that never finish a TLS handshake cost little, and not for long."""

from __future__ import annotations

import resource
import selectors
import socket
import ssl
import time
from collections.abc import Iterable

import pytest

from tests.attacks.house import AttackCase, Gauge
from tests.authority import IssuedFiles
from tests.process.server import ANY_PORT
from tests.process.streams import PATIENCE

pytestmark = pytest.mark.attack

HANDSHAKE = 3.0
"""Seconds for a handshake, shortened."""
LATE = 1.0
"""Seconds that an end may be late by, on a busy machine."""
AFTER = 2.0
"""Seconds that the canaries sing on, so that they sing a hundred lines."""
SILENT = 1000
KIB_EACH = 64
"""What one socket may cost while it says nothing."""


def hello() -> bytes:
    """Return a TLS client's first message."""
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="chat.example")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def until_closed(sockets: Iterable[socket.socket], seconds: float = PATIENCE) -> int:
    """Read from all until each is closed; return how many are not when the time is over."""
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < until:
            for key, _ in selector.select(0.1):
                each = key.fileobj  # type: ignore[assignment]
                try:
                    if each.recv(4096):
                        continue
                except ConnectionResetError:
                    pass
                selector.unregister(each)
        return len(selector.get_map())


class UnfinishedHandshakes(IssuedFiles, AttackCase):
    def setUp(self) -> None:
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.server = self.start(
            "--set", f"limits.handshake_seconds={HANDSHAKE}", listen=(ANY_PORT, self.description())
        )
        self.port = self.server.port("tls")
        self.gauge = Gauge(self.server)

    def let_go(self, first: bytes) -> str:
        """Connect a thousand sockets, each of which says `first` and no more; return what that cost."""
        memory, descriptors = self.gauge.memory, self.gauge.descriptors
        started = time.monotonic()
        sockets = [self.connect(self.server, port=self.port) for _ in range(SILENT)]
        for each in sockets:
            each.sendall(first)
        connected = time.monotonic() - started
        self.gauge.wait_for(lambda gauge: gauge.descriptors >= descriptors + SILENT)
        cost = self.gauge.memory - memory
        self.assertEqual(until_closed(sockets), 0)
        took = time.monotonic() - started
        self.assertLess(took, connected + HANDSHAKE + LATE)
        self.gauge.wait_for(lambda gauge: gauge.descriptors <= descriptors)
        self.assertLess(1024 * cost / SILENT, KIB_EACH)
        after = self.gauge.memory - memory
        return f"{SILENT} sockets: {cost:.1f} MiB, {after:.1f} MiB and no descriptor more after {took:.1f} s"

    def test_silent(self) -> None:
        """1,000 TLS sockets that never say hello are gone when the time for a handshake is over."""
        with self.canary(self.server, "12") as canary:
            cost = self.let_go(b"")
            canary.sing_for(AFTER)
        canary.check(cost)

    def test_stalled(self) -> None:
        """1,000 that say hello and then nothing are gone as well."""
        with self.canary(self.server, "12") as canary:
            cost = self.let_go(hello())
            canary.sing_for(AFTER)
        canary.check(cost)

    def test_drip(self) -> None:
        """Sending the hello byte by byte does not make the time longer."""
        with self.canary(self.server, "12") as canary:
            connection = self.connect(self.server, port=self.port)
            connection.settimeout(0.1)
            started = time.monotonic()
            took = 0.0
            for number, _ in enumerate(first := hello()):
                try:
                    connection.send(first[number:][:1])
                    if not connection.recv(4096):
                        break
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
            took = time.monotonic() - started
        self.assertGreater(took, HANDSHAKE - 0.2)
        self.assertLess(took, HANDSHAKE + LATE)
        canary.check(f"{HANDSHAKE:.0f} s allowed, closed after {took:.2f} s")

    def test_plaintext(self) -> None:
        """Plain text said to the TLS port is never run, and the connection is closed."""
        witness = self.client(self.server, "Will")
        with self.canary(self.server, "12") as canary:
            for words in (b"Mallory\nhello\n", b"\n" * 65536, b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 4096):
                connection = self.connect(self.server, port=self.port)
                connection.sendall(words)
                self.assertEqual(until_closed([connection]), 0)
            canary.sing_for(2)
        self.assertNotIn("Mallory", witness.text)
        canary.check("4 closed")
