"""A TLS 1.3 client that renews its keys again and again (RFC 8446 §4.6.3), which Python's own cannot do.

It drives the system's OpenSSL through ctypes, in memory.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import socket
from unittest import TestCase

__all__ = ["Renewer"]

PIECE = 1 << 20


class Renewer:
    """A client on a connected socket, its handshake done; the certificate is not looked at."""

    def __init__(self, case: TestCase, connection: socket.socket) -> None:
        names = {name: ctypes.util.find_library(name) for name in ("ssl", "crypto")}
        if not all(names.values()):
            case.skipTest("there is no OpenSSL here besides Python's own")
        self._ssl, self._crypto = (ctypes.CDLL(name) for name in names.values())
        for library, functions in (
            (self._ssl, ("SSL_CTX_new", "TLS_client_method", "SSL_new")),
            (self._crypto, ("BIO_new", "BIO_s_mem")),
        ):
            for function in functions:
                getattr(library, function).restype = ctypes.c_void_p
        self._connection = connection
        context = self._ssl.SSL_CTX_new(self._pointer(self._ssl.TLS_client_method()))
        self._tls = self._pointer(self._ssl.SSL_new(self._pointer(context)))
        self._in, self._out = (
            self._pointer(self._crypto.BIO_new(self._pointer(self._crypto.BIO_s_mem()))) for _ in range(2)
        )
        self._ssl.SSL_set_bio(self._tls, self._in, self._out)
        self._buffer = ctypes.create_string_buffer(PIECE)
        while self._ssl.SSL_connect(self._tls) != 1:
            connection.sendall(self._outgoing())
            data = connection.recv(65536)
            if not data:
                raise ConnectionError("closed during the handshake")
            self._crypto.BIO_write(self._in, data, len(data))
        connection.sendall(self._outgoing())

    def say(self, line: bytes) -> None:
        """Send a line."""
        self._ssl.SSL_write(self._tls, line, len(line))
        self._connection.sendall(self._outgoing())

    def renewals(self, count: int) -> bytes:
        """Return the bytes of so many renewals of the client's own key."""
        data = b""
        for _ in range(count):
            self._ssl.SSL_key_update(self._tls, 0)
            self._ssl.SSL_do_handshake(self._tls)
            data += self._outgoing()
        return data

    def _outgoing(self) -> bytes:
        size = self._crypto.BIO_read(self._out, self._buffer, PIECE)
        return self._buffer.raw[:size] if size > 0 else b""

    @staticmethod
    def _pointer(address: int) -> ctypes.c_void_p:
        return ctypes.c_void_p(address)
