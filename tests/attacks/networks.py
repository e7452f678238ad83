"""Networks of a test's own: addresses that this machine does not have, and a cable that can be pulled.

Needs util-linux and iproute2, and a kernel that lets this user make user and network namespaces
(user_namespaces(7)); where it does not, the test is skipped.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from tests.process.streams import PATIENCE
from tests.requirements import program

__all__ = ["Network"]

DIALER = str(Path(__file__).with_name("dialer.py"))


class Network:
    """A network namespace with a loopback interface, gone with the test.

    `enter` is what a command begins with to run there.
    """

    def __init__(self, case: TestCase, beside: Network | None = None) -> None:
        """`beside` is a network that this one can be joined to with `join`."""
        for name, package in (("unshare", "util-linux"), ("nsenter", "util-linux"), ("ip", "iproute2")):
            program(name, package=package)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        case.addCleanup(self._control.close)
        self._control.settimeout(PATIENCE)
        outside = ("unshare", "-rn") if beside is None else (*beside._enter_user, "unshare", "-n")
        with theirs:
            self._holder = subprocess.Popen(
                [*outside, sys.executable, DIALER, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )
        case.addCleanup(self._end)
        if self._control.recv(4096) != b"ready":
            case.skipTest("this user may make no network namespaces")
        pid = str(self._holder.pid)
        self._enter_user: tuple[str, ...] = ("nsenter", "-t", pid, "-U", "--preserve-credentials", "--")
        self.enter = ("nsenter", "-t", pid, "-U", "-n", "--preserve-credentials", "--")
        self.ip("link", "set", "lo", "up")

    def ip(self, *words: str) -> None:
        """Run ip(8) there."""
        subprocess.run([*self.enter, "ip", *words], check=True, timeout=PATIENCE)

    def join(self, other: Network, ours: str, theirs: str) -> None:
        """Lay a cable to a network made `beside` this one; each end, called `cable`, gets its ADDRESS/BITS."""
        pid = str(other._holder.pid)
        self.ip("link", "add", "name", "cable", "type", "veth", "peer", "name", "cable", "netns", pid)
        for network, address in ((self, ours), (other, theirs)):
            network.ip("address", "add", address, "dev", "cable")
            network.ip("link", "set", "cable", "up")

    def dial(self, source: str, host: str, port: int) -> socket.socket:
        """Return a socket that was connected there."""
        self._control.send(f"{source} {host} {port}".encode())
        answer, descriptors, _, _ = socket.recv_fds(self._control, 4096, 1)
        assert answer == b"ok", answer
        connection = socket.socket(fileno=descriptors[0])
        connection.settimeout(PATIENCE)
        return connection

    def _end(self) -> None:
        self._holder.kill()
        self._holder.wait(PATIENCE)
