"""Visitors of a server on sockets of their own: from a chosen address, with a header, through TLS."""

from __future__ import annotations

import socket
import ssl
from typing import Any
from unittest import TestCase

from tests.authority import Authority
from tests.process.streams import PATIENCE

__all__ = ["Visitor", "trusting"]


def trusting(authority: Authority) -> ssl.SSLContext:
    """Return a client's context that trusts the root of an authority alone."""
    context = ssl.create_default_context()
    authority.root.configure_trust(context)
    return context


class Visitor:
    """A TCP connection from `source`; `first` is sent at once, before a TLS handshake with `tls`."""

    def __init__(
        self,
        case: TestCase,
        port: int,
        first: bytes = b"",
        *,
        source: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        connection: Any = socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))
        case.addCleanup(connection.close)
        connection.sendall(first)
        if tls is not None:
            connection = tls.wrap_socket(connection, server_hostname="chat.example")
            case.addCleanup(connection.close)
        self._connection = connection
        self._held = b""

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._connection.sendall(data)

    def say(self, *lines: str) -> None:
        """Send lines."""
        self.send("".join(f"{line}\n" for line in lines).encode())

    def finish(self) -> None:
        """Send the end; what the server still says can be read."""
        self._connection.shutdown(socket.SHUT_WR)

    def expect(self, words: str) -> str:
        """Wait until `words` come, and return what came before them since the last call.

        What is no text, as the bytes of telnet that hide a password, is shown as U+FFFD.
        """
        wanted = words.encode()
        while wanted not in self._held:
            data = self._receive()
            if not data:
                raise AssertionError(f"the end came without {words!r}; there was {self._held!r}")
            self._held += data
        before, _, self._held = self._held.partition(wanted)
        return before.decode(errors="replace")

    def rest(self) -> str:
        """Wait until the server has closed the connection, and return what came before."""
        while data := self._receive():
            self._held += data
        rest, self._held = self._held, b""
        return rest.decode(errors="replace")

    def enter(self, nick: str) -> None:
        """Answer the first question; come back when the lobby is entered."""
        self.expect("Enter your nickname: ")
        self.say(nick)
        self.expect(f"{nick} has joined #lobby")

    def close(self) -> None:
        """Go."""
        self._connection.close()

    def _receive(self) -> bytes:
        try:
            data: bytes = self._connection.recv(65536)
        except ConnectionResetError:  # cut off
            return b""
        return data
