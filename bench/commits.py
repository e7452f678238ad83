"""Group commit: lines per second, lines per transaction and CPU per line with 1, 10, 100 and 1,000 senders, each
saying the next line when the one before has been shown as stored; and the same with a transaction for each line.
Then how long lines take at 500 a second, over 100 rooms of 10.

Starts the real server, at synchronous=FULL, on one core; this program has another. A sender is a JSON client in a room
of its own, so that what is measured is the storing. The variant lives here alone: the timeline hands
the store one event at a time.

    python bench/commits.py [--seconds 5] [--senders 1,10,100,1000]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import select
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PATIENCE = 30.0
LINE = b'{"type":"say","text":"' + b"x" * 64 + b'","ref":1}\n'
RUN = "from twisted.scripts.twistd import run; run()"
ALONE = """
from chatd.services.timeline import Timeline

def commit(self, together=Timeline._commit):
    first, *rest = self._uncommitted
    self._uncommitted = [first]
    together(self)
    self._uncommitted = rest

Timeline._commit = commit
"""
"""A transaction for each event: what the bench compares with."""
COUNTED = """
import os, struct
from chatd.storage.store import _Batch

def counted(self, connection, commit=_Batch._commit, file=os.open(os.environ["COUNTS"], os.O_RDWR), found=[0, 0]):
    numbers = commit(self, connection)
    found[0] += 1
    found[1] += len(self._entries)
    os.pwrite(file, struct.pack("QQ", *found), 0)
    return numbers

_Batch._commit = counted
"""
"""Writes how many transactions there were, and rows in them, where this program finds it."""


class Server:
    """A running server."""

    def __init__(self, process: Popen[str], port: int, counts: Path) -> None:
        self.pid = process.pid
        self.port = port
        self._counts = counts

    def counts(self) -> tuple[int, int]:
        """Return how many transactions there were so far, and rows in them."""
        transactions, rows = struct.unpack("QQ", self._counts.read_bytes())
        return transactions, rows

    def cpu(self) -> float:
        """Return what the process has used of the processor, seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(*options: str, alone: bool = False) -> Iterator[Server]:
    """Start a server on the first core; `alone`: a transaction for each line."""
    with tempfile.TemporaryDirectory() as data:
        counts = Path(data, "counts")
        counts.write_bytes(bytes(16))
        code = COUNTED + (ALONE if alone else "") + RUN
        doors = ("--listen", "tcp:0:interface=127.0.0.1", "--data", data)
        free = ("--set", "limits.lines_per_second=0", "--set", "storage.commit_seconds=60")
        process = Popen(
            [sys.executable, "-c", code, "-n", "--pidfile=", "chatd", *doors, *free, *options],
            stdout=PIPE, stderr=STDOUT, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "COUNTS": str(counts)},
        )  # fmt: skip
        assert process.stdout is not None
        try:
            os.sched_setaffinity(process.pid, {0})
            yield Server(process, _port(process.stdout), counts)
        finally:
            process.terminate()
            process.communicate()


def _port(out: Any) -> int:
    seen = []
    for line in out:
        seen.append(line)
        if match := re.search(r"nc 127\.0\.0\.1 (\d+)", line):
            return int(match[1])
    raise RuntimeError("the server did not start:\n" + "".join(seen))


class Client:
    """A JSON client in one room, and not in the lobby."""

    def __init__(self, port: int, number: int, room: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        for line in (f"/nick member{number}", f"/join {room}", "/part #lobby"):
            self.socket.sendall(json.dumps({"type": "command", "line": line, "ref": 0}).encode() + b"\n")
            self._wait()

    def _wait(self) -> None:
        while not any(b'"ref":0' in line for line in self.lines()):
            pass

    def lines(self) -> list[bytes]:
        """Return the lines that have come; waits for the first."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise RuntimeError(f"dropped: {self._rest!r}")
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines


@contextmanager
def clients(port: int, rooms: Sequence[str]) -> Iterator[dict[int, Client]]:
    """Let a client into each of the rooms; a room may stand there many times. Yield them by descriptor."""
    found = [Client(port, number, room) for number, room in enumerate(rooms)]
    try:
        yield {each.socket.fileno(): each for each in found}
    finally:
        for each in found:
            each.socket.close()


def throughput(senders: int, seconds: float, *, alone: bool) -> tuple[float, float, float]:
    """Return lines a second, lines a transaction, and the server's CPU in microseconds a line."""
    rooms = [f"#r{number}" for number in range(senders)]
    with server("--set", "limits.rooms=0", alone=alone) as running, clients(running.port, rooms) as members:
        poll = select.epoll()
        for fd, client in members.items():
            poll.register(fd, select.EPOLLIN)
            client.socket.sendall(LINE)
        done, started, cpu, before = 0, 0.0, 0.0, (0, 0)
        until = time.monotonic() + seconds / 5  # warm first
        while True:
            now = time.monotonic()
            if now >= until:
                if started:
                    break
                done, started, cpu, until = 0, now, running.cpu(), now + seconds
                before = running.counts()
            for fd, _ in poll.poll(0.1):
                answered = sum(b'"number":' in line for line in members[fd].lines())
                if answered:
                    done += answered
                    members[fd].socket.sendall(LINE * answered)
        took, used = now - started, running.cpu() - cpu
        transactions, rows = (after - first for after, first in zip(running.counts(), before, strict=True))
        poll.close()
    return done / took, rows / max(1, transactions), used / max(1, done) * 1e6


def latency(rate: int, seconds: float, durability: str) -> tuple[float, float]:
    """Return p50 and p99, in milliseconds, from before a line is sent until it has been read by all ten in its room; 100 rooms of 10, `rate` lines a second."""
    rooms = [f"#r{number // 10}" for number in range(1000)]
    taken: list[float] = []
    with (
        server("--set", f'storage.durability="{durability}"') as running,
        clients(running.port, rooms) as members,
    ):
        poll = select.epoll()
        for fd in members:
            poll.register(fd, select.EPOLLIN)
        speakers = list(members.values())[::10]
        sent: list[float] = []
        due = time.monotonic()
        until = due + seconds
        while due < until or len(taken) < 10 * len(sent):
            now = time.monotonic()
            if now > until + PATIENCE:
                raise RuntimeError(f"{10 * len(sent) - len(taken)} lines never came")
            if due < until and now >= due:
                speakers[len(sent) % len(speakers)].socket.sendall(
                    b'{"type":"say","text":"line %d"}\n' % len(sent)
                )
                sent.append(now)
                due += 1 / rate
                continue
            for fd, _ in poll.poll(max(0.0, min(0.1, due - now)) if due < until else 0.1):
                lines = members[fd].lines()
                now = time.monotonic()
                # The speaker is shown his own as well, so that ten of each come.
                heard = (re.search(rb'"text":"line (\d+)"', line) for line in lines)
                taken += [now - sent[int(match[1])] for match in heard if match]
        poll.close()
    taken.sort()
    return 1000 * statistics.median(taken), 1000 * taken[int(len(taken) * 0.99)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--senders", default="1,10,100,1000")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server has it from here
    print(
        "| Senders | Lines a second | Lines a transaction | CPU a line, µs | One transaction a line: lines a second | CPU a line, µs |"
    )
    print("|--:|--:|--:|--:|--:|--:|")
    for senders in map(int, options.senders.split(",")):
        rate, batch, cpu = throughput(senders, options.seconds, alone=False)
        rate1, batch1, cpu1 = throughput(senders, options.seconds, alone=True)
        assert batch1 == 1, batch1
        print(
            f"| {senders:,} | {rate:,.0f} | {batch:.1f} | {cpu:.0f} | {rate1:,.0f} | {cpu1:.0f} |", flush=True
        )
    print("\n| 500 lines a second, 100 rooms of 10 | p50, ms | p99, ms |\n|---|--:|--:|")
    for durability in ("commit", "relaxed", "off"):
        p50, p99 = latency(500, options.seconds, durability)
        print(f'| storage.durability = "{durability}" | {p50:.1f} | {p99:.1f} |', flush=True)


if __name__ == "__main__":
    main()
