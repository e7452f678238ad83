"""The canary pair: two clients in a process of their own, so that nothing else in it holds up their clock.

    python birds.py PORT SOURCE [irc | web]

From the address SOURCE, one says numbered lines in the lobby of 127.0.0.1:PORT, the other looks for each of
them, in order, between whatever else is said there; both in text, over IRC or over WebSocket. `singing` on standard output says that the first has
been heard. At the end of standard input they stop; what they found is printed as one JSON object (`Song`).
Uses the standard library alone.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from math import ceil

__all__ = ["LINES_PER_SECOND", "Song"]

LINES_PER_SECOND = 20
SINGER, LISTENER = "Canary", "Miner"
UNSTORED = b" (not stored)"
"""Behind what is shown although it could not be stored."""
PATIENCE = 10.0
"""Seconds to get in, and seconds that the last lines may take after the end."""


@dataclass
class Song:
    """What the pair found; `seconds` are the latencies of the lines heard, from before the line was sent
    until after it was read; `unstored` were shown as not stored. `trouble` is empty if every line was heard in order and nobody was dropped."""

    said: int = 0
    heard: int = 0
    unstored: int = 0
    trouble: str = ""
    seconds: list[float] = field(default_factory=list)

    def within(self, share: float) -> float:
        """Return the latency, in seconds, within which that share of the lines was heard (nearest rank)."""
        return sorted(self.seconds)[max(0, ceil(share * len(self.seconds)) - 1)]


class Bird:
    """One client in the text dialect, in the lobby."""

    sung = re.compile(rf"{SINGER}: (.*)".encode())
    """What the singer's lines look like."""

    def __init__(self, port: int, source: str, nick: str) -> None:
        self._nick = nick
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._enter()
        self._socket.setblocking(False)
        self.fileno = self._socket.fileno

    def _enter(self) -> None:
        self._until(b"Enter your nickname: ")
        self.say(self._nick)
        self._until(f"{self._nick} has joined #lobby".encode())

    def _until(self, words: bytes) -> None:
        while words not in self._rest:
            data = self._socket.recv(65536)
            if not data:
                raise SystemExit(f"{self._nick} was dropped: {self._rest!r}")
            self._rest += data
        self._rest = self._rest.partition(words)[2]

    def say(self, text: str) -> None:
        """Send one line; it always fits, or the server has not read for a long time."""
        self._socket.sendall(f"{text}\n".encode())

    def read(self) -> list[bytes]:
        """Return the lines that have come. Raises OSError, as at the end of the connection."""
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionError(f"dropped after {self._rest[-80:]!r}")
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        return lines


class IrcBird(Bird):
    """One client of IRC, in the lobby."""

    sung = re.compile(rf":{SINGER}![^ ]* PRIVMSG #lobby :(.*)".encode())

    def _enter(self) -> None:
        self._send(f"NICK {self._nick}\r\nUSER bird 0 * :{self._nick}\r\nJOIN #lobby")
        self._until(f" 366 {self._nick} #lobby ".encode())

    def say(self, text: str) -> None:
        self._send(f"PRIVMSG #lobby :{text}")

    def read(self) -> list[bytes]:
        lines = super().read()
        for line in lines:
            if b" PING " in line[:80]:
                self._send(f"PONG :{line.rpartition(b' ')[2].decode()}")
        return lines

    def _send(self, line: str) -> None:
        self._socket.sendall(f"{line}\r\n".encode())


HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def framed(payload: bytes, first: int = 0x81) -> bytes:
    """Return a frame as browsers send it, under a mask that changes nothing."""
    size = len(payload)
    head = (0x80 | size).to_bytes() if size < 126 else b"\xfe" + size.to_bytes(2)
    return bytes((first,)) + head + bytes(4) + payload


def unframed(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return what whole frames hold, each behind its opcode, and the rest."""
    messages = []
    while len(data) >= 2:
        size, begin = data[1], 2
        if size == 126:
            size, begin = int.from_bytes(data[2:4]), 4
        if len(data) < begin + size:
            break
        messages.append((data[0] & 15, data[begin : begin + size]))
        data = data[begin + size :]
    return messages, data


class WebBird(Bird):
    """One page in a browser, in the lobby."""

    sung = re.compile(rf'.*"nick":"{SINGER}".*"text":"([^"]*)"\}}\}}.*'.encode(), re.DOTALL)

    def _enter(self) -> None:
        self._socket.sendall(HANDSHAKE)
        self._until(b"\r\n\r\n")
        self._request({"type": "command", "line": f"nick {self._nick}"})
        while not any(b'"type":"entered"' in message for message in self.read()):
            pass

    def say(self, text: str) -> None:
        self._request({"type": "say", "text": text})

    def read(self) -> list[bytes]:
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionError(f"dropped after {self._rest[-80:]!r}")
        frames, self._rest = unframed(self._rest + data)
        for opcode, payload in frames:
            if opcode == 9:
                self._socket.sendall(framed(payload, 0x8A))
        return [payload for opcode, payload in frames if opcode == 1]

    def _request(self, request: dict[str, str]) -> None:
        self._socket.sendall(framed(json.dumps(request).encode()))


class Pair:
    """Sings and listens until told to stop."""

    def __init__(self, port: int, source: str, kind: type[Bird]) -> None:
        self.song = Song()
        self._singer = kind(port, source, SINGER)
        self._listener = kind(port, source, LISTENER)
        self._said_at: list[float] = []

    def sing(self) -> None:
        """Sing until the end of standard input; wait for what is still on its way."""
        song, due, announced = self.song, time.monotonic(), False
        while not song.trouble:
            now = time.monotonic()
            if now >= due:
                self._say(now)
                due += 1 / LINES_PER_SECOND
            if self._listen(max(0.0, due - now)):
                break
            if song.heard and not announced:
                announced = True
                print("singing", flush=True)
        deadline = time.monotonic() + PATIENCE
        while song.heard < song.said and not song.trouble:
            if time.monotonic() > deadline:
                song.trouble = f"line {song.heard} was lost"
            self._listen(0.1)

    def _say(self, now: float) -> None:
        self._said_at.append(now)
        try:
            self._singer.say(str(self.song.said))
        except OSError as error:
            self.song.trouble = f"line {self.song.said} could not be sent: {error!r}"
        self.song.said += 1

    def _listen(self, seconds: float) -> bool:
        """Read what comes within a time; return whether standard input has ended."""
        ready, _, _ = select.select([self._listener, self._singer, sys.stdin], [], [], seconds)
        now = time.monotonic()
        try:
            if self._listener in ready:
                for line in self._listener.read():
                    self._hear(line, now)
            if self._singer in ready:
                self._singer.read()
        except OSError as error:
            self.song.trouble = self.song.trouble or f"a canary is gone: {error!r}"
        return sys.stdin in ready

    def _hear(self, line: bytes, now: float) -> None:
        sung = self._listener.sung.fullmatch(line)
        if sung is None:
            return
        text = sung[1]
        number = int(text.removesuffix(UNSTORED))
        if number != self.song.heard:
            self.song.trouble = f"line {number} was heard in the place of line {self.song.heard}"
            return
        self.song.heard += 1
        self.song.unstored += text.endswith(UNSTORED)
        self.song.seconds.append(now - self._said_at[number])


def main(port: str, source: str, dialect: str = "text") -> None:
    """Sing, then print what was found."""
    pair = Pair(int(port), source, {"text": Bird, "irc": IrcBird, "web": WebBird}[dialect])
    pair.sing()
    print(json.dumps(asdict(pair.song)))


if __name__ == "__main__":
    main(*sys.argv[1:])
