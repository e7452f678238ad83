"""What every attack needs: a started server with the canaries' address let through, clients, and gauges."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import TestCase

from tests.attacks.canary import CANARY_ADDRESS, Canary
from tests.attacks.figures import record
from tests.attacks.floods import pour
from tests.process.server import Server
from tests.process.streams import PATIENCE, Peer

__all__ = ["AttackCase", "Client", "Gauge", "pour"]


class Client(Peer):
    """Somebody on a socket of the test's own, read by a thread; `expect`, `rest` and the like are of
    `Transcript`. `socket` may be used directly after `say`."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        super().__init__(self._receive, connection.sendall)

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except (TimeoutError, ssl.SSLError):
            return b""

    def rest(self, seconds: float = PATIENCE) -> str:
        """Wait until the server has closed the connection, and return what came before."""
        return super(Peer, self).rest(seconds)

    def close(self) -> None:
        """Go without a word."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the server was faster
        self.join()
        self.socket.close()


class AttackCase(TestCase):
    """A test case that starts servers and attacks them from 127.0.0.1."""

    def start(self, *options: str, **how: Any) -> Server:
        """Start a server; `options` and `how` as for `Server`. The canaries may say 20 lines/s."""
        return Server(self, "--set", f'limits.bots=["{CANARY_ADDRESS}"]', *options, **how)

    def canary(self, server: Server, promise: str, **how: Any) -> Canary:
        """Return the canary pair, to be used in a `with` statement."""
        return Canary(self, server, promise, **how)

    def held(self, promise: str, figure: str = "") -> None:
        """Record that this test has shown a promise to hold. The canary's `check` does so as well."""
        record(self, promise, figure)

    def connect(
        self,
        server: Server,
        source: str = "127.0.0.1",
        *,
        port: int | None = None,
        tls: ssl.SSLContext | None = None,
        receive_buffer: int = 0,
    ) -> socket.socket:
        """Return a socket connected from `source`, closed with the test; `receive_buffer` in bytes, 0: as
        the system likes it."""
        connection = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET)
        self.addCleanup(connection.close)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.bind((source, 0))
        connection.connect(("::1" if ":" in source else "127.0.0.1", port or server.port()))
        if tls is not None:
            connection = tls.wrap_socket(connection, server_hostname="chat.example")
            self.addCleanup(connection.close)
        return connection

    def member(self, server: Server, nick: str, source: str = "127.0.0.1", **how: Any) -> socket.socket:
        """Return a socket in the lobby, for floods; `how` as for `connect`."""
        connection = self.connect(server, source, **how)
        connection.sendall(f"{nick}\n".encode())
        heard = b""
        while f"{nick} has joined #lobby".encode() not in heard:
            data = connection.recv(4096)
            assert data, f"{nick} was dropped: {heard!r}"
            heard += data
        return connection

    def client(self, server: Server, nick: str = "", source: str = "127.0.0.1", **how: Any) -> Client:
        """Return a client, in the lobby if it has a nickname; `how` as for `connect`."""
        client = Client(self.connect(server, source, **how))
        self.addCleanup(client.close)
        if nick:
            client.enter(nick)
        return client


class Gauge:
    """Figures of a running process, from /proc."""

    def __init__(self, server: Server) -> None:
        self._proc = Path("/proc", str(server.process.pid))

    @property
    def memory(self) -> float:
        """Resident memory, MiB."""
        words = next(line for line in self._status() if line.startswith("VmRSS:")).split()
        return int(words[1]) / 1024

    @property
    def peak(self) -> float:
        """The most resident memory since `reset_peak`, MiB."""
        words = next(line for line in self._status() if line.startswith("VmHWM:")).split()
        return int(words[1]) / 1024

    def reset_peak(self) -> None:
        """Forget the peak so far (proc(5), clear_refs)."""
        (self._proc / "clear_refs").write_text("5")

    @property
    def descriptors(self) -> int:
        """Open files."""
        return len(list((self._proc / "fd").iterdir()))

    @property
    def cpu(self) -> float:
        """Processor time used so far, seconds."""
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def wait_for(self, reached: Callable[[Gauge], bool], seconds: float = PATIENCE) -> None:
        """Look until the gauge has reached something; fail after so many seconds."""
        until = time.monotonic() + seconds
        while not reached(self):
            assert time.monotonic() < until, f"not reached in {seconds} s"
            time.sleep(0.02)  # /proc tells nobody when it changes

    def _status(self) -> list[str]:
        return (self._proc / "status").read_text().splitlines()
