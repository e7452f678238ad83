"""Programs that lose their connection again and again, and ask for what was said meanwhile."""

from __future__ import annotations

import json
import random
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Condition, Thread
from typing import Any

from tests.process.streams import PATIENCE

__all__ = ["Returner", "Talkers"]

PAGE = 200
PAUSE = 0.005
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of a socket whose close is a reset."""

Frame = dict[str, Any]


class Talkers:
    """People who talk all the time, in a thread: some hundred lines a second."""

    def __init__(self, port: int, size: int = 4) -> None:
        self._said = 0
        self._stopping = False
        self._news = Condition()
        self._sockets = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(size)]
        for name, each in zip("ABCDEFGH", self._sockets, strict=False):
            each.sendall(f"Talker{name}\n".encode())
            each.setblocking(False)
        self._thread = Thread(target=self._talk)
        self._thread.start()

    def _talk(self) -> None:
        while True:
            for each in self._sockets:
                each.send(b"line %d\n" % (self._said + 1))
                with suppress(BlockingIOError):
                    while each.recv(1 << 18):
                        pass
                with self._news:
                    self._said += 1
                    self._news.notify_all()
            with self._news:
                if self._news.wait_for(lambda: self._stopping, PAUSE):
                    return

    def wait_for_more(self, lines: int) -> None:
        """Wait until so many more lines have been said."""
        with self._news:
            upto = self._said + lines
            self._news.wait_for(lambda: self._said >= upto or self._stopping, PATIENCE)

    def stop(self) -> None:
        """Fall silent, and go when the server has taken all that was said."""
        with self._news:
            if self._stopping:
                return
            self._stopping = True
            self._news.notify_all()
        self._thread.join()
        for each in self._sockets:
            each.settimeout(PATIENCE)
            each.sendall(b"/quit\n")
            while each.recv(1 << 18):
                pass
            each.close()


class Returner:
    """A JSON client that shows each line once, in order, and knows the number of the last one.

    When it comes in it is told the last number N of the room (`entered`). What is said from then on is numbered
    N + 1 and on, and waits; what lies between its own last number and N it asks for, page by page. `heard` is
    what it showed, number and text.
    """

    def __init__(self, port: int, name: str, seed: int) -> None:
        self.heard: list[tuple[int, str]] = []
        self.visits = self.pages = self.hasty = self.resets = 0
        """How often it came, asked for a page, left before it had caught up, and left by a reset."""
        self._port = port
        self._name = name
        self._random = random.Random(seed)
        self._last: int | None = None
        self._upto = 0
        self._asked: int | None = None

    def return_often(self, times: int, away: Callable[[int], None]) -> None:
        """Come so many times, catch up, listen to some lines and lose the connection; one time in four before all of
        the past has come. `away` waits until so many more lines have been said."""
        for _ in range(times):
            self.visit(self._random.choice((1, 5, 20)), hasty=self._random.random() < 0.25)
            away(self._random.choice((0, 50, 300)))

    def visit(self, lines: int, *, hasty: bool = False) -> None:
        """Come once, and stay for so many lines; `hasty`: leave in the middle of the first page."""
        self.visits += 1
        with socket.create_connection(("127.0.0.1", self._port), PATIENCE) as connection:
            self._listen(connection, lines, hasty=hasty)
            if self._random.random() < 0.5:
                self.resets += 1
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _listen(self, connection: socket.socket, lines: int, *, hasty: bool) -> None:
        frames = self._enter(connection)
        live: list[Frame] = []
        self._ask(connection)
        for frame in frames:
            if frame["type"] == "message":
                self._take(frame, live)
            elif frame.get("ref") == "page":
                assert self._last != self._asked, f"nothing came after {self._last}, but {self._upto} exists"
                self._ask(connection)
            if hasty and self._last not in (self._upto, self._asked):
                self.hasty += 1
                return
            if self._last == self._upto and len(live) >= lines:
                break
        for frame in live:
            self._show(frame)

    def _enter(self, connection: socket.socket) -> Iterator[Frame]:
        """Take the nickname, and learn how far the room has counted; return what comes behind that."""
        self._send(connection, f"/nick {self._name}", "name")
        frames = self._frames(connection)
        for frame in frames:
            if frame["type"] == "error":  # the server has not noticed yet that the last connection is gone
                self._send(connection, f"/nick {self._name}", "name")
            elif frame["type"] == "entered":
                self._upto = frame["last"]
                if self._last is None:
                    self._last = self._upto
                return frames
        raise AssertionError("the end came before the room was entered")

    def _ask(self, connection: socket.socket) -> None:
        """Ask for what is missing, if anything is."""
        self._asked = self._last
        if self._last != self._upto:
            self.pages += 1
            self._send(connection, f"/history #lobby {PAGE} after {self._last}", "page")

    def _take(self, frame: Frame, live: list[Frame]) -> None:
        """Keep what is live; show what was missing. What is shown to everybody who enters may be either known
        already or too new: both is passed over."""
        assert self._last is not None
        if not frame.get("replay"):
            expected = self._upto + len(live) + 1
            assert frame["number"] == expected, f"live: {frame['number']} in the place of {expected}"
            live.append(frame)
        elif self._last + 1 == frame["number"] <= self._upto:
            self._show(frame)

    def _show(self, frame: Frame) -> None:
        assert self._last is not None
        assert frame["number"] == self._last + 1, f"{frame['number']} in the place of {self._last + 1}"
        self._last = frame["number"]
        self.heard.append((frame["number"], frame["body"]["text"]))

    @staticmethod
    def _send(connection: socket.socket, line: str, ref: str) -> None:
        request = {"type": "command", "line": line, "ref": ref}
        connection.sendall(json.dumps(request).encode() + b"\n")

    @staticmethod
    def _frames(connection: socket.socket) -> Iterator[Frame]:
        rest = b""
        while data := connection.recv(1 << 18):
            *lines, rest = (rest + data).split(b"\n")
            yield from (json.loads(line) for line in lines if line.startswith(b"{"))
        raise AssertionError("the server closed the connection")
