"""CPU of the server per delivered line: one room of 100, one sender who waits until the last has it.

Starts the real server twice per round, with the direct send and through `transport.write`, one after the
other, and reads what each burnt from /proc. The server has one core, this program another. Text dialect.

    python bench/fanout.py [--members 100] [--lines 3000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import re
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAYLOAD = "x" * 64
PATIENCE = 30.0


@contextmanager
def server(*options: str) -> Iterator[tuple[int, int]]:
    """Start a server on the first core; yield its process id and its port."""
    with tempfile.TemporaryDirectory() as data:
        run = "from twisted.scripts.twistd import run; run()"
        command = [sys.executable, "-c", run, "-n", "--pidfile=", "chatd"]
        listen = [
            "--listen",
            "tcp:0:interface=127.0.0.1",
            "--data",
            data,
            "--set",
            "limits.lines_per_second=0",
        ]
        process = subprocess.Popen(
            [*command, *listen, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            os.sched_setaffinity(process.pid, {0})
            yield process.pid, _port_of(process)
        finally:
            process.terminate()
            process.communicate()


def _port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if match := re.search(r"nc 127\.0\.0\.1 (\d+)", line):
            return int(match[1])
    raise RuntimeError("the server did not start:\n" + "".join(seen))


def cpu_seconds(pid: int) -> float:
    """Return what a process has used of the processor, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Members:
    """Clients in the lobby, read by one epoll."""

    def __init__(self, port: int, count: int) -> None:
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        for number in range(count):
            client = socket.create_connection(("127.0.0.1", port))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(f"member{number}\r\n".encode())
            self._sockets[client.fileno()] = client
            self._poll.register(client, select.EPOLLIN)
        self.sender = client
        self._drain(count)

    def _drain(self, count: int) -> None:
        """Read until everybody has seen the last one come in."""
        last = f"member{count - 1} has joined".encode()
        tails = dict.fromkeys(self._sockets, b"")
        waiting = set(tails)
        deadline = time.monotonic() + PATIENCE
        while waiting:
            for fd, _ in self._poll.poll(1):
                tails[fd] = (tails[fd] + self._sockets[fd].recv(65536))[-4096:]
                if last in tails[fd]:
                    waiting.discard(fd)
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(waiting)} members never saw the last one come in")

    def say(self, line: bytes) -> int:
        """Send one line and wait until the last of the others has it; return how many got it."""
        self.sender.sendall(line + b"\r\n")
        expected = {fd: len(b": \r\n") + len(self.name) + len(line) for fd in self._sockets}
        del expected[self.sender.fileno()]
        delivered = len(expected)
        while expected:
            ready = self._poll.poll(PATIENCE)
            if not ready:
                raise RuntimeError(f"{len(expected)} members never got a line")
            for fd, _ in ready:
                expected[fd] -= len(self._sockets[fd].recv(65536))
                if expected[fd] < 0:
                    raise RuntimeError("a member got more than was said")
                if not expected[fd]:
                    del expected[fd]
        return delivered

    @property
    def name(self) -> bytes:
        """The sender's nickname."""
        return f"member{len(self._sockets) - 1}".encode()

    def close(self) -> None:
        for client in self._sockets.values():
            client.close()
        self._poll.close()


def measure(members: int, lines: int, *options: str) -> float:
    """Return the server's CPU in microseconds per delivery."""
    with server(*options) as (pid, port):
        room = Members(port, members)
        line = PAYLOAD.encode()
        for _ in range(lines // 10):
            room.say(line)
        before = cpu_seconds(pid)
        delivered = sum(room.say(line) for _ in range(lines))
        used = cpu_seconds(pid) - before
        room.close()
    return used / delivered * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--lines", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=float, default=0.5, help="fail above this ratio; 0: never")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    direct, through = [], []
    for number in range(options.rounds):
        direct.append(measure(options.members, options.lines))
        through.append(measure(options.members, options.lines, "--set", "limits.direct_send=false"))
        print(
            f"round {number + 1}: direct {direct[-1]:.2f} µs, transport.write {through[-1]:.2f} µs",
            flush=True,
        )
    first, second = statistics.median(direct), statistics.median(through)
    print(
        f"median CPU per delivery: direct {first:.2f} µs, transport.write {second:.2f} µs, ratio {first / second:.2f}"
    )
    return int(bool(options.most) and first / second > options.most)


if __name__ == "__main__":
    sys.exit(main())
