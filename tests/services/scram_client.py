"""A client of SCRAM-SHA-256, written from RFC 5802 §3 and §5 alone: it shares no code with the server's side."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac, sha256

__all__ = ["ScramClient"]


class ScramClient:
    """Logs in as somebody, and checks that the server knows him."""

    def __init__(self, name: str, password: str, nonce: str = "client-nonce", header: str = "n,,") -> None:
        self.header = header
        self.nonce = nonce
        self.password = password.encode()
        self.bare = f"n={name.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
        self.expected = b""

    def first(self) -> bytes:
        return (self.header + self.bare).encode()

    def final(self, challenge: bytes, extension: str = "") -> bytes:
        nonce, salt, count = (part[2:] for part in challenge.decode().split(",", 2))
        assert nonce.startswith(self.nonce)
        assert len(nonce) > len(self.nonce)
        salted = pbkdf2_hmac("sha256", self.password, b64decode(salt), int(count))
        client_key = hmac.new(salted, b"Client Key", sha256).digest()
        without = f"c={b64encode(self.header.encode()).decode()},r={nonce}{extension}"
        message = f"{self.bare},{challenge.decode()},{without}".encode()
        signature = hmac.new(sha256(client_key).digest(), message, sha256).digest()
        proof = (int.from_bytes(client_key) ^ int.from_bytes(signature)).to_bytes(32)
        server_key = hmac.new(salted, b"Server Key", sha256).digest()
        self.expected = hmac.new(server_key, message, sha256).digest()
        return f"{without},p={b64encode(proof).decode()}".encode()

    def check(self, answer: bytes) -> None:
        """Raise AssertionError unless the server has proved that it knows the password's verifier."""
        assert answer == b"v=" + b64encode(self.expected), answer
