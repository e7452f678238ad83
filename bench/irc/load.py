"""The load, a process of its own: one workload against a server that runs; prints what came of it, JSON.

python -m bench.irc.load '{"workload": "f100", "pid": …, "port": …, "seconds": 2, "at_once": 0}'
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bench.irc.crowd import PATIENCE, Broken, Client, Crowd
from bench.irc.streams import Reader, Sender, Stream

__all__ = ["CLOSED", "WARM_SECONDS"]

WARM_SECONDS = 0.5
CLOSED = {
    "f100w1": (1, 100, 1, 1),
    "f100": (1, 100, 1, 16),
    "f1000": (1, 1000, 4, 4),
    "r100": (100, 10, 1, 4),
}
"""Rooms, members of each, senders of each, lines that a sender is ahead of the slowest member."""
PAIRS = 500
PAIRS_WINDOW = 4
PACE = 500.0
NEWCOMERS = 2000
NEWCOMERS_BEFORE = 200


def cpu_seconds(pid: int) -> float:
    """Return what all threads of a process have used of the processor, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited_seconds(pid: int) -> float:
    """Return for how long the main thread of a process could have run, but others had the processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Talk:
    """Who talks and who listens in one workload."""

    def __init__(self, crowd: Crowd) -> None:
        self.senders: list[Sender] = []
        self.streams: list[Stream] = []
        self.readers: dict[int, Reader] = {}
        self.reads = 0
        self._crowd = crowd

    def room(self, name: bytes, members: list[Client], senders: int, window: int) -> None:
        """Let the first members of a room talk, and everybody listen."""
        first = len(self.senders)
        talking = [
            Sender(first + number, client, name, window) for number, client in enumerate(members[:senders])
        ]
        self.senders += talking
        # A sender gets everything but what is his own.
        for sender, client in zip(talking, members, strict=False):
            self._listen(Stream([other for other in talking if other is not sender]), [client])
        self._listen(Stream(talking), members[senders:])

    def pair(self, one: Client, other: Client, window: int) -> None:
        """Let one client talk to another in private."""
        sender = Sender(len(self.senders), one, other.nick, window)
        self.senders.append(sender)
        self._listen(Stream([]), [one])
        self._listen(Stream([sender]), [other])

    def _listen(self, stream: Stream, clients: list[Client]) -> None:
        self.streams.append(stream)
        for client in clients:
            self.readers[client.fd] = Reader(client, stream)

    def run(self, seconds: float) -> None:
        """Talk for so long, then wait until everything said is heard.

        Spins, as a load that sleeps would have to be woken by the server, which takes more than to send a line.
        """
        poll = self._crowd.poll.poll
        last = time.monotonic()
        end = last + seconds
        for sender in self.senders:
            sender.refill()
        while True:
            now = time.monotonic()
            ready = poll(0)
            if not ready and now > last + PATIENCE:
                raise Broken(f"lost: {self._missing()}")
            if ready:
                last = now
                moved = self._read(ready)
                if now < end:
                    for sender in {each for stream in moved for each in stream.senders.values()}:
                        sender.refill()
                elif moved and not self._missing():
                    return

    def _read(self, ready: list[tuple[int, int]]) -> set[Stream]:
        """Read what has come; return the streams of which everybody has more lines than before."""
        self.reads += len(ready)
        readers = self.readers
        moved = set()
        for fd, _ in ready:
            reader = readers[fd]
            chunk = reader.recv(65536)
            if not chunk:
                raise Broken("the server closed on somebody")
            stream, at = reader.stream, reader.at
            if not stream.seen.startswith(chunk, at):
                stream.extend(at, chunk)
            reader.at = now = at + len(chunk)
            if at < stream.goal <= now:
                stream.lagging -= 1
                if not stream.lagging:
                    moved.add(stream)
        for stream in moved:
            stream.advance()
        return moved

    def _missing(self) -> int:
        """Return how many lines are said and not heard by all."""
        return sum(
            sender.sent - min(stream.heard[sender.number] for stream in sender.streams)
            for sender in self.senders
        )

    @property
    def delivered(self) -> int:
        """How many lines were heard, by each who heard it."""
        return sum(sum(stream.heard.values()) * len(stream.readers) for stream in self.streams)

    def paced(self, seconds: float, pace: float) -> list[float]:
        """Say `pace` lines a second, room after room; return how long each took to each member, in seconds.

        Spins instead of sleeping: epoll waits no less than a millisecond.
        """
        poll, readers = self._crowd.poll.poll, self.readers
        said: dict[Stream, list[float]] = {stream: [] for stream in self.streams}
        heard = dict.fromkeys(readers, 0)
        taken: list[float] = []
        begun = last = time.monotonic()
        number, lines = 0, int(seconds * pace)
        while number < lines or self._missing():
            now = time.monotonic()
            if number < lines and now >= begun + number / pace:
                sender = self.senders[number % len(self.senders)]
                for stream in sender.streams:
                    said[stream].append(time.monotonic())
                sender.say(1)
                number += 1
            for fd, _ in poll(0):
                reader = readers[fd]
                stream = reader.stream
                chunk = reader.recv(65536)
                last = time.monotonic()
                if not chunk:
                    raise Broken("the server closed on somebody")
                if not stream.seen.startswith(chunk, reader.at):
                    stream.extend(reader.at, chunk)
                reader.at += len(chunk)
                for _ in range(chunk.count(b"\n")):
                    taken.append(last - said[stream][heard[fd]])
                    heard[fd] += 1
                stream.advance()
            if now > last + PATIENCE:
                raise Broken(f"lost: {self._missing()}")
        return taken


def talk(crowd: Crowd, workload: str) -> Talk:
    """Bring the clients of a workload together."""
    found = Talk(crowd)
    if workload == "pm500":
        clients = crowd.welcome(2 * PAIRS)
        for one, other in zip(clients[::2], clients[1::2], strict=True):
            found.pair(one, other, PAIRS_WINDOW)
        return found
    rooms, members, senders, window = CLOSED[workload]
    clients = crowd.welcome(rooms * members)
    groups = {b"#room%d" % each: clients[each * members : (each + 1) * members] for each in range(rooms)}
    crowd.join([(name, client) for name, group in groups.items() for client in group])
    crowd.quiet()
    for name, group in groups.items():
        found.room(name, group, senders, window)
    return found


def closed(crowd: Crowd, plan: dict[str, Any]) -> dict[str, float]:
    """Measure the CPU of a delivery while each sender waits for those who hear him."""
    found = talk(crowd, plan["workload"])
    found.run(WARM_SECONDS)
    pid = plan["pid"]
    delivered, found.reads, begun = found.delivered, 0, time.monotonic()
    used, waited = cpu_seconds(pid), waited_seconds(pid)
    found.run(plan["seconds"])
    seconds = time.monotonic() - begun
    used, waited = cpu_seconds(pid) - used, waited_seconds(pid) - waited
    delivered = found.delivered - delivered
    crowd.quiet(strict=True)
    return {
        "cpu": used / delivered * 1e6,
        "delivered": delivered,
        "together": delivered / found.reads,
        "busy": used / seconds,
        "waited": waited / seconds,
    }


def paced(crowd: Crowd, plan: dict[str, Any]) -> dict[str, float]:
    """Measure how long a line takes at a steady pace."""
    found = talk(crowd, "r100")
    found.paced(WARM_SECONDS, PACE)
    taken = sorted(found.paced(plan["seconds"], PACE))
    crowd.quiet(strict=True)
    return {
        "p50": taken[len(taken) // 2] * 1e6,
        "p99": taken[len(taken) * 99 // 100] * 1e6,
        "delivered": len(taken),
    }


def newcomers(crowd: Crowd, plan: dict[str, Any]) -> dict[str, float]:
    """Measure what a connection costs: CPU to connect, register and join, and memory before it joins."""
    pid = plan["pid"]
    before = crowd.welcome(NEWCOMERS_BEFORE)
    crowd.join([(b"#own%s" % client.nick, client) for client in before])
    memory, used = resident(pid), cpu_seconds(pid)
    new = crowd.welcome(NEWCOMERS)
    used = cpu_seconds(pid) - used
    memory = resident(pid) - memory
    again = cpu_seconds(pid)
    crowd.join([(b"#own%s" % client.nick, client) for client in new])
    used += cpu_seconds(pid) - again
    return {"cpu": used / NEWCOMERS * 1e6, "memory": memory / NEWCOMERS}


def main() -> int:
    plan = json.loads(sys.argv[1])
    gc.disable()
    crowd = Crowd(plan["port"], plan["at_once"])
    measure = {"paced": paced, "newcomers": newcomers}.get(plan["workload"], closed)
    try:
        print(json.dumps(measure(crowd, plan)))
    except (Broken, OSError) as error:
        print(json.dumps({"broken": f"{type(error).__name__}: {error}"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
