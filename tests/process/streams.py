"""Both directions of a conversation with a program or a port, read to the end by a thread, with deadlines."""

from __future__ import annotations

import os
import pty
import re
import socket
import ssl
import subprocess
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import IO, Any
from unittest import TestCase

__all__ = ["PATIENCE", "Peer", "Transcript", "dial", "finished", "reader", "run", "terminal"]

PATIENCE = 15.0
"""Seconds until something that should have happened counts as missing."""


class Transcript:
    """What comes out of somewhere, as text; `read` blocks for the next bytes and returns none at the end."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._text = ""
        self._seen = 0
        self._ended = False
        self._news = Condition()
        self._thread = Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        decoder = getincrementaldecoder("utf-8")("replace")
        while not self._ended:
            try:
                data = self._read()
            except OSError:  # a pseudo terminal ends with EIO
                data = b""
            with self._news:
                self._text += decoder.decode(data, final=not data)
                self._ended = not data
                self._news.notify_all()

    @property
    def text(self) -> str:
        """All that has come so far."""
        with self._news:
            return self._text

    @property
    def ended(self) -> bool:
        """Whether the end has come."""
        with self._news:
            return self._ended

    def expect(self, words: str, seconds: float = PATIENCE) -> str:
        """Wait until `words` come, and return what came before them since the last call."""
        with self._news:
            self._news.wait_for(lambda: self._ended or words in self._text[self._seen :], seconds)
            before, found, _ = self._text[self._seen :].partition(words)
            if not found:
                why = "the end came" if self._ended else f"{seconds} s went by"
                raise AssertionError(f"{why} without {words!r}; there was {before!r}")
            self._seen += len(before) + len(words)
            return before

    def find(self, pattern: str, seconds: float = PATIENCE) -> str:
        """Wait until `pattern` matches anywhere in all that has come; return its first group, or the match.

        What `expect` looks at stays as it is.
        """
        with self._news:
            self._news.wait_for(lambda: self._ended or re.search(pattern, self._text), seconds)
            match = re.search(pattern, self._text)
            if match is None:
                why = "the end came" if self._ended else f"{seconds} s went by"
                raise AssertionError(f"{why} without {pattern!r}; there was {self._text!r}")
            return match[1] if match.re.groups else match[0]

    def line(self, words: str, seconds: float = PATIENCE) -> str:
        """Wait for a line with `words` in it and return that line."""
        before = self.expect(words, seconds)
        after = self.expect("\n", seconds)
        return (before.rpartition("\n")[2] + words + after).strip()

    def rest(self, seconds: float = PATIENCE) -> str:
        """Wait for the end, and return what came since the last call of `expect`."""
        with self._news:
            if not self._news.wait_for(lambda: self._ended, seconds):
                raise AssertionError(f"no end after {seconds} s; there was {self._text[self._seen :]!r}")
            rest, self._seen = self._text[self._seen :], len(self._text)
            return rest

    def join(self) -> None:
        """Wait for the thread, once what it reads has been closed."""
        self._thread.join(PATIENCE)


class Peer(Transcript):
    """Somebody who talks with the server; `write` sends bytes."""

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
        super().__init__(read)
        self._write = write
        self.process: subprocess.Popen[bytes]

    def say(self, *lines: str) -> None:
        """Send lines."""
        self._write("".join(f"{line}\n" for line in lines).encode())

    def type(self, keys: str) -> None:
        """Send keys as they are."""
        self._write(keys.encode())

    def rest(self, seconds: float = PATIENCE) -> str:
        """Wait until the server has closed the connection, and return what came before.

        nc and s_client then wait for the end of what is typed. Without -N they do not tell the server of
        that end, so it changes nothing but lets them go.
        """
        if self.process.stdin is not None:
            self.process.stdin.close()
        return super().rest(seconds)

    def enter(self, nick: str) -> None:
        """Answer the first question; come back when the lobby is entered."""
        self.expect("Enter your nickname: ")
        self.say(nick)
        self.expect(f"-> You are {nick}")
        self.expect(f"{nick} has joined #lobby")


def reader(stream: IO[bytes]) -> Callable[[], bytes]:
    """Return a function that reads what there is from a pipe."""
    return lambda: os.read(stream.fileno(), 65536)


def run(case: TestCase, *command: str) -> Peer:
    """Start a program on pipes as a peer; it is ended and waited for when the test ends."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    )
    assert process.stdin is not None
    assert process.stdout is not None
    peer = Peer(reader(process.stdout), process.stdin.write)
    peer.process = process
    case.addCleanup(_end, peer, process.stdin, process.stdout)
    return peer


def terminal(case: TestCase, *command: str) -> Peer:
    """Start a program on a pseudo terminal, as in front of a person."""
    ours, theirs = pty.openpty()
    screen = os.fdopen(ours, "r+b", buffering=0)
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=_plain_terminal()
    )
    os.close(theirs)
    peer = Peer(reader(screen), screen.write)
    peer.process = process
    case.addCleanup(_end, peer, screen)
    return peer


def _plain_terminal() -> dict[str, str]:
    return {**os.environ, "TERM": "dumb"}


def _end(peer: Peer, *streams: IO[bytes]) -> None:
    peer.process.kill()
    peer.process.wait(PATIENCE)
    peer.join()
    for stream in streams:
        with suppress(OSError):
            stream.close()


def dial(case: TestCase, port: int, tls: ssl.SSLContext | None = None, name: str = "chat.example") -> Any:
    """Return a socket connected to a port of this machine; with `tls`, after the handshake."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    if tls is not None:
        connection = tls.wrap_socket(connection, server_hostname=name)
    case.addCleanup(connection.close)
    return connection


def finished(*command: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return how it ended; `how` as for `subprocess.run`."""
    how = {"input": "", "timeout": PATIENCE, **how}
    return subprocess.run(command, capture_output=True, text=True, check=False, **how)
