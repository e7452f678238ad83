"""Files sent and fetched by the programs that people have, at a real server: whole, bounded, and never half."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from unittest import TestCase

from tests.authority import Authority
from tests.process.programs import Program
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE
from tests.requirements import requires

SIZE = 50 << 20
GROWTH = 8 << 20
"""Bytes of memory that a transfer may cost."""


def peak(server: Server) -> int:
    """Return the most memory that the server had since `forget_peak`, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def forget_peak(server: Server) -> int:
    """Begin to look for the most memory, and return how much it is now."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    return peak(server)


def sh(line: str, seconds: float = 60.0) -> bytes:
    """Run a line as it was pasted into a shell, and return what it printed."""
    done = subprocess.run(line, shell=True, capture_output=True, timeout=seconds, check=False)
    return done.stdout


class Pulse:
    """Somebody who says something again and again, and how long that took."""

    def __init__(self, case: TestCase, server: Server) -> None:
        self._program = Program(case, server.port(), "Pulse")
        self._over = threading.Event()
        self.worst = 0.0
        self.count = 0
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()

    def _beat(self) -> None:
        while not self._over.wait(0.05):
            begin = time.monotonic()
            self._program.send({"type": "say", "text": "still here", "ref": self.count})
            self._program.answer(self.count)
            self.worst = max(self.worst, time.monotonic() - begin)
            self.count += 1

    def stop(self) -> None:
        """End, and wait for that."""
        self._over.set()
        self._thread.join(PATIENCE)


class Sent(TestCase):
    def setUp(self) -> None:
        self.data = os.urandom(SIZE)
        Path("my file.bin").write_bytes(self.data)
        self.sha256 = hashlib.sha256(self.data).hexdigest()

    def serve(self, *options: str, files: str = ANY_PORT, **how: Any) -> Server:
        """Start a server with a door for files; nobody is held up for what he says."""
        return Server(self, "--files", files, "--set", "limits.lines_per_second=0", *options, **how)

    def offer(self, alice: Program, size: int = SIZE) -> dict[str, Any]:
        """Announce the file."""
        return alice.asks(f'send "my file.bin" {size}')

    def share(self, alice: Program) -> None:
        """Send it as the server says."""
        (way,) = self.offer(alice)["ways"]
        self.assertEqual(sh(way).decode(), f"ok file 1 sha256 {self.sha256}\n")

    def assert_fetched(self, alice: Program) -> None:
        """Fetch it as the server says, and compare."""
        answer = alice.asks("get 1")
        Path("my file.bin").rename("sent")
        sh(answer["ways"][0])
        self.assertEqual(hashlib.sha256(Path("my file.bin").read_bytes()).hexdigest(), self.sha256)
        self.assertEqual(answer["sha256"], self.sha256)

    @requires("nc")
    def test_by_nc(self) -> None:
        """50 MiB there and back: equal, in little memory, and nobody notices."""
        server = self.serve()
        alice = Program(self, server.port(), "Alice")
        before, pulse = forget_peak(server), Pulse(self, server)
        try:
            self.share(alice)
            self.assert_fetched(alice)
        finally:
            pulse.stop()
        self.assertLessEqual(peak(server) - before, GROWTH)
        self.assertGreater(pulse.count, 5)
        self.assertLess(pulse.worst, 1.0)

    @requires("openssl")
    def test_by_openssl(self) -> None:
        key, certificate = Path("key.pem").absolute(), Path("cert.pem").absolute()
        authority = Authority()
        authority.write(authority.issue(), key, certificate)
        server = self.serve(files=f"ssl:0:interface=127.0.0.1:privateKey={key}:certKey={certificate}")
        alice = Program(self, server.port(), "Alice")
        before = forget_peak(server)
        self.share(alice)
        self.assert_fetched(alice)
        self.assertLessEqual(peak(server) - before, GROWTH)

    @requires("nc")
    def test_stopped_at_half_and_continued(self) -> None:
        """Whether who sends says that he stops, or is simply gone; and who fetches goes on where he was."""
        server = self.serve()
        alice = Program(self, server.port(), "Alice")
        offer = self.offer(alice)
        token, door, half = offer["token"], offer["ways"][0].rpartition("| ")[2], SIZE // 2
        said = sh(f"(echo put {token}; head -c {half} 'my file.bin') | {door} -N").decode()
        self.assertEqual(
            said, f"error: {half} of {SIZE} bytes have come: put TOKEN {half} goes on with them\n"
        )
        more = half + 1_000_000
        rest = f"tail -c +{half + 1} 'my file.bin' | head -c {more - half}"
        said = sh(f"(echo put {token} {half}; {rest}) | timeout 2 {door}").decode()
        self.assertEqual(said, "")
        said = sh(f"(echo put {token} {more}; tail -c +{more + 1} 'my file.bin') | {door}").decode()
        self.assertEqual(said, f"ok file 1 sha256 {self.sha256}\n")
        token = alice.asks("get 1")["token"]
        sh(f"echo get {token} | {door} | head -c {half} > part; echo get {token} {half} | {door} >> part")
        self.assertEqual(hashlib.sha256(Path("part").read_bytes()).hexdigest(), self.sha256)

    @requires("nc")
    def test_killed_in_the_midst(self) -> None:
        """What was shared is there afterwards; of what was not, nothing."""
        server = self.serve()
        alice = Program(self, server.port(), "Alice")
        self.share(alice)
        offer = self.offer(alice)
        host, port = offer["ways"][0].split()[-2:]
        with socket.create_connection((host, int(port))) as sending:
            sending.sendall(f"put {offer['token']}\n".encode() + self.data[: SIZE // 2])
            while sum(path.stat().st_size for path in Path("data/files").iterdir()) < SIZE + SIZE // 4:
                time.sleep(0.01)  # nobody tells how much of it is on the disk
            server.kill()
        self.assertEqual(len(list(Path("data/files").iterdir())), 2)
        again = self.serve()
        again.log.find("files that were not complete are removed: 1")
        alice = Program(self, again.port(), "Alice")
        listed = alice.asks("files #lobby")["files"]
        self.assertEqual([each["id"] for each in listed], [1])
        self.assertEqual(len(list(Path("data/files").iterdir())), 1)
        self.assert_fetched(alice)

    @requires("nc")
    def test_a_full_disk(self) -> None:
        """One clear answer, nothing shared, the chat goes on; and when there is room the rest follows."""
        server = self.serve()
        alice = Program(self, server.port(), "Alice")
        offer = self.offer(alice)
        token, door = offer["token"], offer["ways"][0].rpartition("| ")[2]
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (SIZE // 2, hard))
        said = sh(offer["ways"][0]).decode()
        self.assertRegex(said, "^error: the disk of the server is full at the moment; [0-9]+ bytes are here")
        self.assertEqual(alice.asks("files #lobby").get("files"), [])
        self.assertEqual(alice.asks("users")["type"], "users")
        have = int(said.split("; ")[1].split()[0])
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        said = sh(f"(echo put {token} {have}; tail -c +{have + 1} 'my file.bin') | {door}").decode()
        self.assertEqual(said, f"ok file 1 sha256 {self.sha256}\n")

    @requires("nc")
    def test_who_takes_nothing(self) -> None:
        """He costs no memory, and is dropped."""
        server = self.serve("--set", "files.stall_seconds=1")
        alice = Program(self, server.port(), "Alice")
        self.share(alice)
        answer = alice.asks("get 1")
        host, port = answer["ways"][0].partition(" > ")[0].split()[-2:]
        before = forget_peak(server)
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as fetching:
            fetching.sendall(f"get {answer['token']}\n".encode())
            server.heard("a file was not taken")
            self.assertLessEqual(peak(server) - before, GROWTH)
            with self.assertRaises(ConnectionResetError):
                while fetching.recv(1 << 20):
                    pass

    def test_the_server_stops_in_the_midst(self) -> None:
        """Who sends is told so, who fetches is cut off, and the end is in time."""
        server = self.serve()
        alice = Program(self, server.port(), "Alice")
        self.share(alice)
        fetching, offer = alice.asks("get 1"), self.offer(alice)
        host, port = offer["ways"][0].split()[-2:]
        with (
            socket.create_connection((host, int(port)), timeout=PATIENCE) as sender,
            socket.create_connection((host, int(port)), timeout=PATIENCE) as taker,
        ):
            taker.sendall(f"get {fetching['token']}\n".encode())
            self.assertTrue(taker.recv(1))
            sender.sendall(f"put {offer['token']}\n".encode() + self.data[:1_000_000])
            while sum(path.stat().st_size for path in Path("data/files").iterdir()) == SIZE:
                time.sleep(0.01)  # nobody tells that it has begun
            begin = time.monotonic()
            server.signal(signal.SIGTERM)
            self.assertEqual(sender.recv(4096), b"error: server stopping\n")
            sender.close()
            server.ended()
            self.assertLess(time.monotonic() - begin, 10)

    def test_no_token_in_the_log(self) -> None:
        server = self.serve("-d")
        alice = Program(self, server.port(), "Alice")
        offer = self.offer(alice, 5)
        host, port = offer["ways"][0].split()[-2:]
        tokens = [offer["token"]]
        for word in ("put", "get"):
            with socket.create_connection((host, int(port)), timeout=PATIENCE) as door:
                door.sendall(f"{word} {tokens[-1]}\nhello".encode())
                door.shutdown(socket.SHUT_WR)
                self.assertTrue(door.recv(4096))
            tokens.append(alice.asks("get 1")["token"])
        server.stop()
        for token in tokens:
            self.assertNotIn(token, server.log.text)
