"""What is said and who has heard it: each line is checked against what was said, in the order it was said in."""

from __future__ import annotations

import re
from collections import deque

from bench.irc.crowd import Broken, Client

__all__ = ["PAYLOAD", "Reader", "Sender", "Stream"]

PAYLOAD = 64
NEVER = 1 << 62


class Sender:
    """Somebody who talks, at most `window` lines ahead of the slowest who hears it."""

    def __init__(self, number: int, client: Client, target: bytes, window: int) -> None:
        self.number = number
        self.sent = 0
        self.streams: list[Stream] = []
        self._client = client
        self._target = target
        self._window = window
        self._head = b""

    def body(self, count: int) -> bytes:
        """Return the payload of this sender's line with that number."""
        return (b"%04d %08d " % (self.number, count)).ljust(PAYLOAD, b"x")

    def say(self, lines: int) -> None:
        """Say so many lines, in one write."""
        first = self.sent
        self.sent += lines
        self._client.socket.sendall(
            b"".join(
                b"PRIVMSG %s :%s\r\n" % (self._target, self.body(number))
                for number in range(first, self.sent)
            )
        )

    def refill(self) -> None:
        """Say as much as the window leaves room for."""
        heard = min([stream.heard[self.number] for stream in self.streams])
        if free := self._window - self.sent + heard:
            self.say(free)

    def check(self, line: bytes, count: int) -> None:
        """Raise Broken unless `line` is this sender's line with that number, as everybody should get it."""
        head, _, body = line.partition(b" :")
        if not self._head:
            wanted = rb":%s![^ @]+@[^ @]+ PRIVMSG %s" % (self._client.nick, re.escape(self._target))
            if re.fullmatch(wanted, head):
                self._head = head
        if body != self.body(count) or head != self._head:
            raise Broken(f"{self.body(count)!r} of {self._client.nick!r} was to come, not {line!r}")


class Reader:
    """Somebody who hears a stream, up to `at`."""

    __slots__ = ("at", "recv", "stream")

    def __init__(self, client: Client, stream: Stream) -> None:
        self.recv = client.socket.recv
        self.stream = stream
        self.at = 0
        stream.readers.append(self)


class Stream:
    """What those get who are to get the same, byte for byte: as the first of them got it, each line checked once."""

    def __init__(self, senders: list[Sender]) -> None:
        self.seen = bytearray()
        self.readers: list[Reader] = []
        self.senders = {sender.number: sender for sender in senders}
        self.heard = dict.fromkeys(self.senders, 0)
        """Lines of each sender that all readers have."""
        self.goal = NEVER
        """Where the first line ends that not everybody has."""
        self.lagging = 0
        """How many have not come as far as the goal."""
        self._next = dict.fromkeys(self.senders, 0)
        self._checked = 0
        self._ends: deque[tuple[int, int]] = deque()
        for sender in senders:
            sender.streams.append(self)

    def extend(self, at: int, chunk: bytes) -> None:
        """Take a chunk that begins at `at` and is more than, or other than, what others got."""
        known = bytes(self.seen[at:])
        if chunk[: len(known)] != known:
            raise Broken(f"one got {chunk[:300]!r} where another got {known[:300]!r}")
        self.seen += chunk[len(known) :]
        while (end := self.seen.find(b"\r\n", self._checked)) >= 0:
            line = bytes(self.seen[self._checked : end])
            self._checked = end + 2
            number = line.partition(b" :")[2][:4]
            sender = self.senders.get(int(number) if number.isdigit() else -1)
            if sender is None:
                raise Broken(f"nobody said {line!r}")
            sender.check(line, self._next[sender.number])
            self._next[sender.number] += 1
            self._ends.append((self._checked, sender.number))
        if self.goal == NEVER and self._ends:
            self.goal = self._ends[0][0]
            self.lagging = len(self.readers)

    def advance(self) -> None:
        """Count the lines that everybody has by now."""
        places = [reader.at for reader in self.readers]
        slowest = min(places)
        ends = self._ends
        while ends and ends[0][0] <= slowest:
            self.heard[ends.popleft()[1]] += 1
        if ends:
            self.goal = goal = ends[0][0]
            self.lagging = sum([place < goal for place in places])
        else:
            self.goal = NEVER
