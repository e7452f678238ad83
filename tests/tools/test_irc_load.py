"""The IRC bench's own check: it finds what a server loses, doubles, reorders, changes or makes up."""

from __future__ import annotations

from typing import cast

from twisted.trial.unittest import TestCase

from bench.irc.crowd import Broken, Client
from bench.irc.streams import Reader, Sender, Stream


class StubClient:
    """A client by its nickname, that keeps what it sends."""

    def __init__(self, nick: bytes) -> None:
        self.nick = nick
        self.socket = self
        self.sent = b""

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def recv(self, size: int) -> bytes:
        raise AssertionError("nothing is read here")


class Streams(TestCase):
    """One talks, two listen."""

    def setUp(self) -> None:
        self.client = StubClient(b"ann")
        self.sender = Sender(0, cast("Client", self.client), b"#room", 4)
        self.stream = Stream([self.sender])
        self.readers = [Reader(cast("Client", StubClient(nick)), self.stream) for nick in (b"bob", b"cid")]

    def line(self, number: int) -> bytes:
        return b":ann!u@h PRIVMSG #room :" + self.sender.body(number) + b"\r\n"

    def hear(self, reader: Reader, chunk: bytes) -> None:
        """Take a chunk as the load does."""
        if not self.stream.seen.startswith(chunk, reader.at):
            self.stream.extend(reader.at, chunk)
        reader.at += len(chunk)
        self.stream.advance()

    def test_heard_by_all(self) -> None:
        """A line is heard when the last has the whole of it, however it was cut; then the window moves."""
        self.sender.refill()
        self.assertEqual(self.client.sent.count(b"\r\n"), 4)
        both = self.line(0) + self.line(1)
        self.hear(self.readers[0], both[:50])
        self.hear(self.readers[1], both)
        self.assertEqual(self.stream.heard[0], 0)
        self.hear(self.readers[0], both[50:])
        self.assertEqual(self.stream.heard[0], 2)
        self.sender.refill()
        self.assertEqual(self.sender.sent, 6)

    def test_wrong(self) -> None:
        """Lost, doubled, reordered, changed, of somebody else, made up."""
        first, second = self.line(0), self.line(1)
        for wrong in (
            first + self.line(2),
            first + first,
            second + first,
            first.replace(b"x", b"y"),
            first.replace(b":ann", b":eve"),
            b":server NOTICE ann :0001 hello\r\n",
            first + second.replace(b"u@h", b"u@other"),
        ):
            self.setUp()
            with self.assertRaises(Broken):
                self.hear(self.readers[0], wrong)

    def test_not_alike(self) -> None:
        """What one gets who should get the same as the other."""
        self.hear(self.readers[0], self.line(0) + self.line(1))
        for wrong in (self.line(1), self.line(0) * 2):
            with self.assertRaises(Broken):
                self.hear(self.readers[1], wrong)
