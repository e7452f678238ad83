"""Sharing files: announcing one, listing them, fetching one, deleting one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from urllib.parse import quote

from chatd.commands.arguments import Here, Number, Rest
from chatd.commands.context import Context
from chatd.commands.reading import require_readable
from chatd.commands.table import command
from chatd.core import text
from chatd.core.accounts import Account
from chatd.core.addresses import numeric
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.files import SharedFile, Way, content_type
from chatd.core.replies import Download, FileEntry, Files, Info, Offer
from chatd.core.room import Room
from chatd.core.user import User

__all__ = ["FileKeeper", "Filing", "Ways", "path_of"]

USAGE = "NAME SIZE [ROOM|USER]"
LISTED = 50
"""Files that are listed at once."""
MOST = 1024
"""Bytes of what is typed behind /send."""
NAMED = 120
"""Characters of a name that stand in an address, which serves without it."""
_ANNOUNCED = re.compile(r'(?:"([^"]+)"|(.+?))[ \t]+([0-9]{1,15})(?:[ \t]+(\S*[^\s0-9]\S*))?', re.DOTALL)

Ways = Callable[[str], Sequence[Way]]
"""Returns the doors that are open now by which files come and go, for a client who came in at that address."""


class FileKeeper(Protocol):
    """What is asked of services/files.py."""

    def offer(self, user: User, name: str, size: int, target: Room | User | Account) -> tuple[str, str]:
        """Expect a file; return the token to send it with, and the name by which others will see it."""

    def ask(self, user: User, id: int) -> tuple[SharedFile, str]:
        """Return a file that a user may read, and a token to fetch it with."""

    def of_room(self, room: Room) -> list[SharedFile]:
        """Return the files of a room, the newest first."""

    def of_private_talk(self, user: User) -> list[SharedFile]:
        """Return the files that a user has sent or been sent in private, the newest first."""

    def deletable(self, user: User, id: int) -> SharedFile:
        """Return a file that a user may delete."""

    def remove(self, files: list[SharedFile]) -> Awaitable[None]:
        """Delete files."""


class Filing:
    """Files go past the chat, by doors of their own; here it is said which."""

    title = "Files"

    def __init__(self, files: FileKeeper, ways: Ways) -> None:
        self._files = files
        self._ways = ways

    @command(
        "send",
        usage=USAGE,
        example='/send "my report.pdf" 1204305 #dev',
        menu="Share a file",
        weight=3,
    )
    def send(self, ctx: Context, words: Rest) -> None:
        """Share a file of so many bytes with a room, the current one unless it is named, or with one user. The answer
        says how to send its bytes; it is shown when all of them are here."""
        user = ctx.named
        typed, size, to = _announced(words)
        target = _target(ctx, to)
        token, name = self._files.offer(user, typed, size, target)
        local = _local(text.line(typed, text.MESSAGE_BYTES))
        path = path_of(token, name)
        ways = [_sending(way, token, local, path) for way in self._ways(ctx.session.reached_at)]
        ctx.reply(
            Offer(
                name=name,
                size=size,
                to=_called(target),
                token=token,
                seconds=ctx.registry.settings.files.token_minutes * 60,
                path=path,
                ways=tuple(ways),
            )
        )

    @command("files", usage="[ROOM]", example="/files #dev")
    def files(self, ctx: Context, room: Here) -> None:
        """List the files that were shared in a room."""
        require_readable(ctx, room)
        _list(ctx, f"in {room.name.shown}", self._files.of_room(room))

    @command("files private", example="/files private")
    def private(self, ctx: Context) -> None:
        """List the files that you have sent to others, or they to you."""
        _list(ctx, "in your private talk", self._files.of_private_talk(ctx.named))

    @command("get", usage="NUMBER", example="/get 42", weight=2)
    def get(self, ctx: Context, number: Number) -> None:
        """Fetch a file: the answer says how."""
        file, token = self._files.ask(ctx.named, number)
        local, path = _local(file.name), path_of(token, file.name)
        ctx.reply(
            Download(
                id=file.id,
                name=file.name,
                size=file.size,
                sha256=file.sha256,
                content_type=content_type(file.name),
                nick=file.nick,
                token=token,
                seconds=ctx.registry.settings.files.token_minutes * 60,
                path=path,
                ways=tuple(_fetching(way, token, local, path) for way in self._ways(ctx.session.reached_at)),
            )
        )

    @command("files delete", usage="NUMBER", example="/files delete 42", audited=True, weight=3)
    async def delete(self, ctx: Context, number: Number) -> None:
        """Delete a file that you have shared or, as an operator, one that others have."""
        file = self._files.deletable(ctx.named, number)
        await self._files.remove([file])
        ctx.reply(Info(text=(f"File {file.id}, {file.name}, is deleted.",)))


def _announced(words: str) -> tuple[str, int, str]:
    """Return name, size and target (empty: none is named). The size is the last whole number before the target."""
    found = _ANNOUNCED.fullmatch(text.line(words, MOST))
    if found is None:
        raise UsageError(f"/send {USAGE}")
    quoted, bare, size, target = found.groups()
    return quoted or bare, int(size), target or ""


def _target(ctx: Context, to: str) -> Room | User | Account:
    if to.startswith("#"):
        return ctx.registry.find_room(to, ctx.user)
    if to:
        return ctx.registry.find_addressee(to, hint=True)
    if ctx.session.current is None:
        raise ChatError(Code.NO_ROOM, "name a room, or a user")
    return ctx.session.current


def _called(target: Room | User | Account) -> str:
    if isinstance(target, Room):
        return target.name.shown
    return target.nick if isinstance(target, User) else target.name


def _list(ctx: Context, where: str, files: list[SharedFile]) -> None:
    entries = [
        FileEntry(file.id, file.name, file.size, file.nick, file.time, file.expires)
        for file in files[:LISTED]
    ]
    ctx.reply(Files(where=where, files=entries, more=len(files) - len(entries)))


def path_of(token: str, name: str) -> str:
    """Return where the web front end takes or gives a file."""
    shown = quote(name, safe="")
    return f"/files/{token}/{shown}" if len(shown) <= NAMED else f"/files/{token}/"


def _local(name: str) -> str:
    """Return a name as it can be typed into a shell, where nothing in it is more than a name."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def _sending(way: Way, token: str, local: str, path: str) -> str:
    if way.kind == "web":
        return f"curl -T {local} {shlex.quote(way.url + path)}"
    return f"(echo put {token}; cat {local}) | {_door(way)}"


def _fetching(way: Way, token: str, local: str, path: str) -> str:
    if way.kind == "web":
        return way.url + path
    return f"echo get {token} | {_door(way)} > {local}"


def _door(way: Way) -> str:
    if not way.tls:
        return f"nc {way.host} {way.port}"
    host = f"[{way.host}]" if ":" in way.host else way.host
    line = f"openssl s_client -quiet -connect {host}:{way.port}"
    if numeric(way.host) is not None:
        return line
    # What it does not ask for it does not verify.
    return f"{line} -verify_return_error -verify_hostname {way.host} -servername {way.host}"
