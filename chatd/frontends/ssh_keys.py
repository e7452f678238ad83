"""The keys of the SSH shell: the host's own, and those that may log in."""

from __future__ import annotations

import os
import stat
import struct
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.conch.ssh.keys import BadKeyError, EncryptedKeyError, Key

__all__ = ["HOST_KEY", "SIGNATURES", "SSHError", "fingerprint", "load_host_key", "load_keys"]

HOST_KEY = "ssh_host_ed25519"
"""Name of the host key's file in the data folder."""

RSA_BITS = 2048
FILE_BYTES = 1048576
OTHERS_READ = 0o077
OTHERS_WRITE = 0o022

SIGNATURES: dict[bytes, tuple[bytes, ...]] = {
    b"ssh-ed25519": (b"ssh-ed25519",),
    b"ecdsa-sha2-nistp256": (b"ecdsa-sha2-nistp256",),
    b"ecdsa-sha2-nistp384": (b"ecdsa-sha2-nistp384",),
    b"ecdsa-sha2-nistp521": (b"ecdsa-sha2-nistp521",),
    b"ssh-rsa": (b"rsa-sha2-512", b"rsa-sha2-256"),
}
"""Types of keys that may log in, each with the signatures it may make: SHA-1 is not among them (RFC 8332 §3)."""

_UNREADABLE = (
    ValueError,
    TypeError,
    IndexError,
    struct.error,
    BadKeyError,
    EncryptedKeyError,
    UnsupportedAlgorithm,
)


class SSHError(ValueError):
    """The SSH shell cannot start; the text is one line that names the file."""


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint of a public key in its wire form (RFC 4253 §6.6), as `ssh-keygen -l` shows it."""
    return "SHA256:" + b64encode(sha256(blob).digest()).decode().rstrip("=")


def load_host_key(data: Path) -> Key:
    """Read the host key in the folder `data`, or make one: ed25519, mode 0600, OpenSSH's format.

    Raises SSHError if the file cannot be read or made, is no such key, or can be read by others:
    a key that others may have read proves nothing any more.
    """
    path = data / HOST_KEY
    try:
        content = _content(path, OTHERS_READ, "is open to others: it should be made anew (remove it)")
    except FileNotFoundError:
        return _make_host_key(path)
    except OSError as error:
        raise SSHError(f"{path}: {error.strerror}") from None
    try:
        key: Key = Key.fromString(content)
    except _UNREADABLE:
        raise SSHError(f"{path}: not a private key without a passphrase") from None
    if key.isPublic() or key.sshType() != b"ssh-ed25519":
        raise SSHError(f"{path}: not an ed25519 private key")
    return key


def load_keys(path: Path) -> dict[bytes, Key]:
    """Read the public keys of an authorized_keys file, by their wire form. Blank lines and comments count for nothing.

    Raises SSHError, with file and line, for anything that cannot be honoured: options (`from=`,
    `command=`, `restrict` …), keys of other types, RSA under 2,048 bits; and for a file that others
    can write.
    """
    try:
        content = _content(path, OTHERS_WRITE, "can be written by others (chmod go-w)")
    except OSError as error:
        raise SSHError(f"{path}: {error.strerror}") from None
    keys = {}
    for number, line in enumerate(content.splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith(b"#"):
            try:
                key = _public_key(words)
            except SSHError as error:
                raise SSHError(f"{path}, line {number}: {error}") from None
            keys[key.blob()] = key
    return keys


def _content(path: Path, forbidden: int, complaint: str) -> bytes:
    """Return what is in a regular file that belongs to us or root and has none of the `forbidden` mode bits."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(file, "rb") as opened:
        status = os.fstat(file)
        mode = stat.S_IMODE(status.st_mode)
        if not stat.S_ISREG(status.st_mode):
            raise SSHError(f"{path}: not a file")
        if status.st_uid not in (0, os.geteuid()):
            raise SSHError(f"{path}: belongs to another user (uid {status.st_uid})")
        if mode & forbidden:
            raise SSHError(f"{path}: mode {mode:04o} {complaint}")
        if status.st_size > FILE_BYTES:
            raise SSHError(f"{path}: longer than {FILE_BYTES:,} bytes")
        return opened.read(FILE_BYTES)


def _make_host_key(path: Path) -> Key:
    made = Ed25519PrivateKey.generate()
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SSHError(f"{path}: a host key cannot be made: {error.strerror}") from None
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise SSHError(f"{path}: the host key cannot be written: {error.strerror}") from None
    return Key(made)


def _public_key(words: list[bytes]) -> Key:
    """Read `type base64 [comment]`; raise SSHError without file and line, and without quoting what may be secret."""
    kind = words[0]
    if kind not in SIGNATURES:
        raise SSHError(_why_not(words))
    try:
        blob = b64decode(words[1], validate=True)
        key: Key = Key.fromString(blob, type="blob")
        whole = key.sshType() == kind and key.blob() == blob
    except _UNREADABLE:
        whole = False
    if not whole:
        raise SSHError("the key is damaged")
    if kind == b"ssh-rsa" and key.size() < RSA_BITS:
        raise SSHError(f"an RSA key of {key.size():,} bits is too weak: {RSA_BITS:,} are needed")
    return key


def _why_not(words: list[bytes]) -> str:
    kind = words[0]
    if kind.startswith((b"sk-", b"ssh-", b"ecdsa-")):
        known = b", ".join(SIGNATURES).decode()
        return f"keys of this type are not taken: use one of {known}"
    if any(word in SIGNATURES or word.startswith((b"sk-", b"ssh-", b"ecdsa-")) for word in words[1:]):
        return "options before the key are not honoured here: remove them, or the key"
    if kind.startswith(b"-----"):
        return "this is no public key file: give the one that ends in .pub"
    return "not a public key"
