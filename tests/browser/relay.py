"""A relay between browsers and a server: it lets a connection break at a certain byte, stand still, or end on one side."""

from __future__ import annotations

import socket
from threading import Event, Thread
from unittest import TestCase

__all__ = ["Relay"]


class Relay:
    """Listens on a port of its own and passes on what comes. It ends with the test."""

    def __init__(self, case: TestCase, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Else the system takes megabytes more than are passed on.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
        self.port: int = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        self.brought = 0
        """Bytes that came from browsers."""
        self.uploads: list[bytes] = []
        """Heads of the PUT requests."""
        self.most = 0
        """So many bytes of one connection are passed on to the server; 0: all."""
        self.breaks = False
        """Whether the first connection breaks there; else it stands still until `go_on` is set."""
        self.reached, self.go_on = Event(), Event()
        self._half_open = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()
        case.addCleanup(self._end)

    def abandon(self) -> None:
        """End all connections to browsers; the server is told nothing of it until `release`."""
        self._half_open = True
        for near, _ in self._pairs:
            _shut(near)

    def release(self) -> None:
        """Let the server know."""
        self._half_open = False
        pairs, self._pairs = self._pairs, [pair for pair in self._pairs if pair[0].fileno() >= 0]
        for near, far in pairs:
            if near.fileno() < 0:
                _shut(far)
                far.close()

    def _end(self) -> None:
        _shut(self._listener)
        self._listener.close()
        self._thread.join()
        self.go_on.set()
        for pair in self._pairs:
            for each in pair:
                _shut(each)
                each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return  # it was closed
            far = socket.create_connection(self._target)
            self._pairs.append((near, far))
            Thread(target=self._up, args=(near, far), daemon=True).start()
            Thread(target=self._down, args=(near, far), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        passed = 0
        while data := _received(near):
            self.brought += len(data)
            passed += len(data)
            if data.startswith(b"PUT "):
                self.uploads.append(data[:1024])
                # A browser begins anew by itself, from the first byte, when a connection breaks that it had used before.
                if self.breaks and passed > len(data):
                    break
            if self.most and passed > self.most:
                self.reached.set()
                if self.breaks:
                    self.most, self.breaks = 0, False
                    break
                self.go_on.wait()
            if not _sent(far, data):
                break
        if not self._half_open:
            _shut(far)
        # What was not read of it lets the browser see a reset.
        _shut(near)
        near.close()

    def _down(self, near: socket.socket, far: socket.socket) -> None:
        while data := _received(far):
            if not _sent(near, data) and not self._half_open:
                break
        _shut(near)


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


def _sent(sink: socket.socket, data: bytes) -> bool:
    try:
        sink.sendall(data)
    except OSError:
        return False
    return True


def _shut(each: socket.socket) -> None:
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was faster
