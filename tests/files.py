"""Files for tests."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from chatd.core.files import SharedFile

__all__ = ["BEGIN", "contents", "shared"]

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

_FILE = SharedFile(
    id=1,
    place="room",
    account=None,
    user="user",
    payer="payer",
    nick="Frank",
    name="report.pdf",
    size=5,
    sha256=hashlib.sha256(b"hello").hexdigest(),
    stored="0123456789abcdef",
    time=BEGIN,
    expires=BEGIN + timedelta(days=30),
)


def shared(**fields: Any) -> SharedFile:
    """Return a file that was shared."""
    return replace(_FILE, **fields)


def contents(size: int) -> bytes:
    """Return bytes that do not repeat themselves soon."""
    return b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(size // 32 + 1))[:size]
