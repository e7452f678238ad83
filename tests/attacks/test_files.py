"""Promise 24, and 1 and 2 by the door for files: whole files go both ways and the canaries notice nothing; who stalls, reads
nothing, guesses or floods costs little."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.floods import Horde
from tests.attacks.house import AttackCase, Gauge
from tests.attacks.witnesses import FREE
from tests.browser.page import Browser
from tests.process.programs import Program
from tests.process.server import ANY_PORT
from tests.requirements import requires

pytestmark = pytest.mark.attack

SIZE = 50 << 20
CHUNK = 1 << 16
GROWTH = 8_000_000 / 2**20
"""MiB that the process may grow by."""
STALLED = 2
CLIENTS = 16


class Sharing(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(
            *FREE,
            *("--files", ANY_PORT, "--web", ANY_PORT),
            *("--set", f"files.stall_seconds={STALLED}", "--set", f"files.transfers_each={CLIENTS}"),
        )
        self.gauge = Gauge(self.server)
        self.alice = Program(self, self.server.port(), "Alice")
        self.door = self.server.port("files")

    def token(self, **how: Any) -> str:
        """Return the token of a file that Alice announces."""
        size = how.get("size", SIZE)
        return str(self.alice.asks(f"send some.bin {size}")["token"])

    def put(self, token: str, data: bytes) -> bytes:
        """Send a file and return the answer."""
        connection = self.connect(self.server, port=self.door)
        connection.sendall(f"put {token}\n".encode())
        connection.sendall(data)
        answer = b""
        while more := connection.recv(CHUNK):
            answer += more
        connection.close()
        return answer

    def get(self, token: str) -> str:
        """Fetch a file and return its SHA-256."""
        connection = self.connect(self.server, port=self.door)
        connection.sendall(f"get {token}\n".encode())
        digest = hashlib.sha256()
        while more := connection.recv(CHUNK):
            digest.update(more)
        connection.close()
        return digest.hexdigest()

    def test_two_both_ways(self) -> None:
        """50 MiB are sent, then fetched by four at once: equal, in little memory."""
        data = os.urandom(SIZE)
        sha256 = hashlib.sha256(data).hexdigest()
        found: list[str] = []
        with self.canary(self.server, "24") as canary:
            before = self.gauge.peak
            self.gauge.reset_peak()
            self.assertIn(f"sha256 {sha256}".encode(), self.put(self.token(), data))
            tokens = [str(self.alice.asks("get 1")["token"]) for _ in range(4)]
            threads = [
                threading.Thread(target=lambda token=token: found.append(self.get(token))) for token in tokens
            ]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            peak = self.gauge.peak
        self.assertEqual(found, [sha256] * 4)
        self.assertLess(peak - before, GROWTH)
        canary.check(f"5 × 50 MiB, the process took {peak - before:+.1f} MiB")

    @requires("chromium")
    @requires("chromedriver")
    def test_by_the_page(self) -> None:
        """50 MiB are sent by the page, whose browser takes what it can get of the machine."""
        file = Path("large.bin").absolute()
        file.write_bytes(os.urandom(SIZE))
        browser = Browser(self.addCleanup)
        browser.visit(f"http://127.0.0.1:{self.server.port('web')}/", 1280)
        browser.enter("Paige", "#lobby")
        with self.canary(self.server, "24") as canary:
            before = self.gauge.peak
            self.gauge.reset_peak()
            browser.all("#file")[0].send_keys(str(file))
            browser.one(".shared", "large.bin")
            peak = self.gauge.peak
        token = str(self.alice.asks("get 1")["token"])
        self.assertEqual(self.get(token), hashlib.sha256(file.read_bytes()).hexdigest())
        self.assertLess(peak - before, GROWTH)
        canary.check(f"50 MiB, the process took {peak - before:+.1f} MiB")

    def test_who_does_not_read(self) -> None:
        """Sixteen fetch 50 MiB and read nothing: they are dropped, and little of the file is in memory."""
        self.put(self.token(), os.urandom(SIZE))
        with self.canary(self.server, "1") as canary:
            before = self.gauge.peak
            self.gauge.reset_peak()
            connections: list[socket.socket] = []
            for _ in range(CLIENTS):
                token = self.alice.asks("get 1")["token"]
                connection = self.connect(self.server, port=self.door, receive_buffer=4096)
                connection.sendall(f"get {token}\n".encode())
                connections.append(connection)
            full = self.gauge.descriptors
            self.gauge.wait_for(lambda gauge: gauge.descriptors <= full - CLIENTS, 30)
            peak = self.gauge.peak
        self.assertLess(peak - before, GROWTH)
        canary.check(f"{CLIENTS} dropped, the process took {peak - before:+.1f} MiB")

    def test_stops_in_the_midst(self) -> None:
        """Sixteen send half a file and then nothing: they are dropped, and each may go on where he was."""
        half = os.urandom(1 << 20)
        with self.canary(self.server, "24") as canary:
            tokens = []
            for number in range(CLIENTS):
                program = Program(self, self.server.port(), f"Sam{number}")
                token = str(program.asks(f"send half.bin {len(half) * 2}")["token"])
                connection = self.connect(self.server, port=self.door)
                connection.sendall(f"put {token}\n".encode() + half)
                tokens.append((token, connection))
            for _, connection in tokens:
                while connection.recv(CHUNK):
                    pass
            answers = []
            for token, _ in tokens:
                connection = self.connect(self.server, port=self.door)
                connection.sendall(f"put {token} {len(half)}\n".encode() + half)
                answers.append(connection.recv(CHUNK))
        digest = hashlib.sha256(half * 2).hexdigest().encode()
        self.assertTrue(all(digest in answer for answer in answers), answers)
        canary.check(f"{CLIENTS} dropped after {STALLED} s, {CLIENTS} files whole in the end")

    def test_guesses(self) -> None:
        """Sixteen guess tokens as fast as they can, coming again each time."""
        with self.canary(self.server, "19b") as canary:
            horde = Horde(self.door, CLIENTS, b"", b"get 00112233445566778899aabbccddeeff\n")
            horde.attack(5)
        canary.check(f"{horde.connections:,} guesses")

    def test_first_lines_without_an_end(self) -> None:
        """Sixteen send a first line that does not end."""
        memory = self.gauge.memory
        with self.canary(self.server, "6") as canary:
            horde = Horde(self.door, CLIENTS, b"", b"x" * 65536)
            horde.attack(5)
        self.assertLess(self.gauge.memory - memory, GROWTH)
        canary.check(f"{horde.connections:,} connections, {self.gauge.memory - memory:+.1f} MiB")
