"""The data folder: private, and used by one server at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from pathlib import Path

__all__ = ["CLOAK_KEY", "DataError", "DataFolder", "reachable"]

KEY_BYTES = 32
CLOAK_KEY = "cloak.key"
"""Name of the key that hides addresses: bans by `host:` hold as long as it is the same."""


class DataError(Exception):
    """The folder cannot be used; the text is one line that names it."""


class DataFolder:
    """A folder of mode 0700. The lock is the kernel's: it ends with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folder if it is not there and lock it; raise DataError if another server has it."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_ours()
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.path.chmod(0o700)
        except BlockingIOError:
            self.close()
            raise DataError(f"{self.path}: another server is using this folder") from None
        except OSError as error:
            raise DataError(f"{self.path}: {error.strerror}") from None

    def _check_ours(self) -> None:
        """Raise DataError for a folder that others may enter and that holds other things than ours."""
        open_to_others = stat.S_IMODE(self.path.stat().st_mode) & 0o077
        if open_to_others and any(self.path.iterdir()) and not (self.path / "lock").exists():
            raise DataError(
                f"{self.path}: others may enter it, and what it holds is not chatd's; name another"
            )

    def close(self) -> None:
        """Let another server have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def key(self, name: str) -> bytes:
        """Return the 32 bytes of a key file (mode 0600), made if it is not there. Raises DataError."""
        path = self.path / name
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
            if len(key) != KEY_BYTES:
                raise DataError(
                    f"{path}: not a key of {KEY_BYTES} bytes; remove it to make a new one"
                ) from None
            return key
        with os.fdopen(file, "wb") as opened:
            key = secrets.token_bytes(KEY_BYTES)
            opened.write(key)
        return key


# sockaddr_un.sun_path of Linux has 108 bytes with its NUL.
LONGEST_PATH = 107


def reachable(path: Path) -> str:
    """Return a name for a Unix socket that is short enough to bind and connect to.

    A folder deep down is reached through an open descriptor, which stays open for the process's life.
    """
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return str(path)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    return f"/proc/self/fd/{folder}/{path.name}"
