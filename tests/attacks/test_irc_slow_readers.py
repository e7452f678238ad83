"""Promise 1 by the door for IRC: who asks for long lists and does not read them is dropped; nobody else notices."""

from __future__ import annotations

import selectors
import socket

import pytest

from tests.attacks.house import Gauge
from tests.attacks.irc import MODERN, IrcCase, opening
from tests.attacks.witnesses import FREE
from tests.process.server import Server

pytestmark = pytest.mark.attack

MEMBERS = 1000
ROOM = "#big"
GROWTH = 8_000_000 / 2**20
"""MiB that the process may grow by."""
MUTE = ("Mute", "Deaf")
"""Who read nothing."""


class Crowded(IrcCase):
    """A room of a thousand members."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE, "--set", "limits.connections=3000")
        self.crowd = [self.connect(self.server) for _ in range(MEMBERS)]
        for number, connection in enumerate(self.crowd):
            connection.sendall(opening(f"Member{number}", room=ROOM).encode())
        self.drain()

    def drain(self) -> None:
        """Read for all members until each has entered, and nothing more comes."""
        with selectors.DefaultSelector() as selector:
            for connection in self.crowd:
                connection.setblocking(False)
                selector.register(connection, selectors.EVENT_READ)
            while ready := selector.select(1.0):
                for key, _ in ready:
                    assert isinstance(key.fileobj, socket.socket)
                    self.assertTrue(key.fileobj.recv(1 << 20))

    def asked(self, server: Server, question: str, *, caps: str = "") -> None:
        """Let two who read nothing ask over and over, until each is dropped."""
        gauge = Gauge(server)
        with self.canary(server, "1") as canary:
            before = gauge.peak
            gauge.reset_peak()
            for nick in MUTE:
                connection = self.connect(server, receive_buffer=4096)
                connection.sendall(opening(nick, caps=caps, room=ROOM).encode())
                connection.setblocking(False)
                self.ask_on(connection, f"{question}\r\n".encode() * 8)
            reasons = {server.log.find(rf"(send queue exceeded|too many lines): {nick} at ") for nick in MUTE}
            canary.sing_for(2)
            peak = gauge.peak
        self.assertLessEqual(peak - before, GROWTH)
        canary.check(f"two dropped: {' and '.join(reasons)}; the process took {peak - before:+.1f} MiB")

    def ask_on(self, connection: socket.socket, questions: bytes) -> None:
        """Ask until the server takes no more, or has closed."""
        for _ in range(400):
            try:
                connection.send(questions)
            except BlockingIOError:
                selector = selectors.DefaultSelector()
                with selector:
                    selector.register(connection, selectors.EVENT_WRITE)
                    if not selector.select(2.0):
                        return
            except OSError:
                return

    def test_names(self) -> None:
        """NAMES of a thousand, asked for by clients that read nothing."""
        self.asked(self.server, f"NAMES {ROOM}")

    def test_who(self) -> None:
        """WHO of a thousand, likewise, with every field."""
        self.asked(self.server, f"WHO {ROOM} %tcuihsnfdlaor,1", caps=MODERN)

    def test_list(self) -> None:
        """LIST, likewise."""
        self.asked(self.server, "LIST")

    def test_labeled(self) -> None:
        """WHO of a thousand under a label: an answer that is gathered whole before it goes."""
        self.asked(self.server, f"@label=1 WHO {ROOM}", caps=MODERN)
