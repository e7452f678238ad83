"""Answers about files: how to send one, how to fetch one, and which there are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from chatd.core import durations, sizes
from chatd.core.replies.base import Reply

__all__ = ["Download", "FileEntry", "Files", "Offer"]

Token = Annotated[str, Meta(description="What lets the file be sent or fetched; good for `seconds`.")]
Path = Annotated[str, Meta(description="Its address at the web front end, without the host.")]
Ways = Annotated[tuple[str, ...], Meta(description="Lines for a shell, ready to paste.")]


class Offer(Reply, kw_only=True, tag="offer"):
    """A file is expected: what lets it be sent, once."""

    name: str
    size: int
    to: Annotated[str, Meta(description="The room, or the nickname.")]
    token: Token
    seconds: int
    path: Path
    ways: Ways

    def lines(self) -> list[str]:
        what = f"{self.name} ({sizes.show(self.size)})"
        if not self.ways:
            return [f"{what} may be sent to {self.to}, but the server has no door for files."]
        return [
            f"Send {what} to {self.to} in the next {durations.show(self.seconds)}, by one of:"
            if len(self.ways) > 1
            else f"Send {what} to {self.to} in the next {durations.show(self.seconds)}:",
            *(f"  {way}" for way in self.ways),
        ]


class Download(Reply, kw_only=True, tag="download"):
    """What lets a file be fetched, as often as is needed while it is good."""

    id: int
    name: str
    size: int
    sha256: str
    content_type: str
    nick: Annotated[str, Meta(description="Who has shared it, as he was called then.")]
    token: Token
    seconds: int
    path: Path
    ways: Ways

    def lines(self) -> list[str]:
        return [
            f"{self.name} ({sizes.show(self.size)}) from {self.nick}, to be fetched in the next "
            f"{durations.show(self.seconds)}"
            + (":" if self.ways else "; but the server has no door for files."),
            *(f"  {way}" for way in self.ways),
            f"  SHA-256 {self.sha256}",
        ]


class FileEntry(Struct, frozen=True):
    """One file in a list."""

    id: int
    name: str
    size: int
    nick: str
    time: datetime
    expires: datetime

    def __str__(self) -> str:
        return (
            f"{self.id}  {self.name} ({sizes.show(self.size)}) from {self.nick}, {self.time:%Y-%m-%d %H:%MZ}, "
            f"kept until {self.expires:%Y-%m-%d}"
        )


class Files(Reply, kw_only=True, tag="files"):
    """The files of a room, or those of the asker's private talk, the newest first; `more`: how many are not listed."""

    where: str
    files: list[FileEntry]
    more: int = 0

    def lines(self) -> list[str]:
        if not self.files:
            return [f"There are no files {self.where}."]
        return [
            f"Files {self.where} (/get NUMBER fetches one):",
            *(f"  {file}" for file in self.files),
            *([f"  and {self.more} more"] if self.more else []),
        ]
