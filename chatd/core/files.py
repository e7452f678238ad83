"""Files that were shared: what they are called, who pays for them, and what of the quotas is used."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from chatd.core import sizes, text
from chatd.core.bodies import the_two
from chatd.core.errors import ChatError, Code
from chatd.core.events import Who
from chatd.settings import Files

__all__ = [
    "GUESTS",
    "INLINE",
    "LEAST",
    "NAME_BYTES",
    "UNKNOWN",
    "Catalogue",
    "SharedFile",
    "Way",
    "content_type",
    "file_name",
    "payer_of",
]

NAME_BYTES = 200
"""The longest name of a file; of 255 that file systems take, a little is left for who saves it."""
LEAST = 65_536
"""Bytes that each file counts as at least: so a quota bounds their number, too."""
GUESTS = "guests "
"""What the name of who pays begins with, if that is the network of guests; accounts have no blank in theirs."""
UNKNOWN = "application/octet-stream"
INLINE = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain; charset=utf-8",
}
"""What a browser may show, by the end of the name; everything else is only saved."""

_SEPARATORS = re.compile(r"[/\\]")


class Way(NamedTuple):
    """A door by which files come and go: that for files (`files`) or the web (`web`), as it can be reached; `known_as` is
    its address where that is another one than its own."""

    kind: str
    host: str
    port: int
    tls: bool
    known_as: str = ""

    @property
    def url(self) -> str:
        """The address of a door for the web."""
        if self.known_as:
            return self.known_as
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.tls else ''}://{host}:{self.port}"


class SharedFile(Struct, frozen=True):
    """A file that somebody has shared. `place` is a room's id or that of the talk of two (`bodies.pair`, by their
    identities); `stored` is what its bytes are called on the disk."""

    id: int
    place: str
    account: str | None
    user: str
    payer: str
    nick: str
    name: str
    size: int
    sha256: str
    stored: str
    time: datetime
    expires: datetime

    def shared_by(self, who: Who) -> bool:
        """Whether it was that user, or his account."""
        return self.user == who.user or (self.account is not None and self.account == who.account)


def file_name(raw: str) -> str:
    """Return a file's name as others are shown it: without the folders before it and the dots in front, so that who
    saves it under that name overwrites no settings of his. Raises ChatError if nothing of it is left, or it is too long."""
    last = _SEPARATORS.split(raw)[-1]
    if len(last.encode(errors="replace")) > NAME_BYTES:
        raise ChatError(Code.TOO_LONG, f"the name of a file has at most {NAME_BYTES} bytes")
    name = text.line(last, NAME_BYTES).lstrip(". ")
    if not name:
        raise ChatError(Code.BAD_NAME, "a file needs a name")
    return name


def content_type(name: str) -> str:
    """Return what a file is served as, by the end of its name alone."""
    return INLINE.get(name.rpartition(".")[2].casefold(), UNKNOWN) if "." in name else UNKNOWN


def payer_of(who: Who) -> str:
    """Return on whose quota it counts what that user shares: his account's or, of a guest, his network's."""
    return who.account or f"{GUESTS}{who.host.rpartition('.')[2]}"


class Catalogue:
    """All files that are shared, and what they, and those on their way, take of the quotas."""

    def __init__(self) -> None:
        self.files: dict[int, SharedFile] = {}
        self._places: dict[str, dict[int, SharedFile]] = {}
        self._used: dict[str, int] = {}
        self.total = 0
        """Bytes taken in all."""

    def add(self, file: SharedFile) -> None:
        """Count a file in."""
        if file.id not in self.files:
            self.files[file.id] = file
            self._places.setdefault(file.place, {})[file.id] = file
            self.reserve(file.payer, file.size)

    def remove(self, file: SharedFile) -> None:
        """Count a file out."""
        if self.files.pop(file.id, None) is None:
            return
        there = self._places[file.place]
        del there[file.id]
        if not there:
            del self._places[file.place]
        self.release(file.payer, file.size)

    def of(self, place: str) -> list[SharedFile]:
        """Return what was shared in a place, the newest first."""
        return list(reversed(self._places.get(place, {}).values()))

    def private(self, who: Who) -> list[SharedFile]:
        """Return what that user, or his account, has shared with another in private, or the other with him, the newest
        first."""
        found = [
            file
            for place, files in self._places.items()
            if (two := the_two(place)) is not None and (who.user in two or who.account in two)
            for file in files.values()
        ]
        return sorted(found, key=lambda file: -file.id)

    def used(self, payer: str) -> int:
        """Return the bytes that count on somebody's quota."""
        return self._used.get(payer, 0)

    def require_room(self, settings: Files, who: Who, size: int) -> None:
        """Raise ChatError unless that user may share a file of that size now."""
        guest = who.account is None
        if not settings.max_bytes:
            raise ChatError(Code.NOT_ALLOWED, "nobody shares files on this server")
        if guest and not settings.guests:
            raise ChatError(Code.NOT_ALLOWED, "only accounts share files here: /register PASSWORD first")
        if size < 1:
            raise ChatError(Code.BAD_VALUE, "a file has at least 1 byte")
        if size > settings.max_bytes:
            most = f"{sizes.show(settings.max_bytes)} ({settings.max_bytes:,} bytes)"
            raise ChatError(Code.TOO_LONG, f"a file has at most {most}")
        quota = settings.guest_quota_bytes if guest else settings.account_quota_bytes
        left = quota - self.used(payer_of(who))
        if size > left:
            whose = "files of guests at your address" if guest else "your files"
            raise ChatError(
                Code.TOO_MANY,
                f"there is room for {sizes.show(max(0, left))} more of {whose}: /files delete ID makes some",
            )
        if size > settings.total_bytes - self.total:
            raise ChatError(
                Code.TOO_MANY, "there is no room for more files on this server until others expire"
            )

    def reserve(self, payer: str, size: int) -> None:
        """Count bytes that are expected."""
        self._change(payer, max(size, LEAST))

    def release(self, payer: str, size: int) -> None:
        """They are expected no longer."""
        self._change(payer, -max(size, LEAST))

    def _change(self, payer: str, size: int) -> None:
        self.total += size
        used = self.used(payer) + size
        if used:
            self._used[payer] = used
        else:
            self._used.pop(payer, None)
