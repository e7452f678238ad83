"""Asking a running server through its control socket; where none runs, one without doors, for that long."""

from __future__ import annotations

import os
from errno import EBUSY, ENOENT, EPERM
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from chatd.asking import ask
from chatd.settings import Log, Manhole, Settings

__all__ = ["ask_anyway"]


def ask_anyway(settings: Settings, line: str) -> dict[str, Any]:
    """The same for the data folder of `settings`; if nobody answers there, by a server of our own.

    That one has no doors but its control socket, and ends when it has answered. It has the rules of any other
    and the lock on the folder. Raises OSError if another has that, or if the folder is not one of a server's.
    """
    folder = Path(settings.storage.data)
    try:
        return ask(folder, line)
    except (ConnectionRefusedError, FileNotFoundError):
        _check_ours(folder)
    return _ask_alone(replace(settings, doors={"text": ()}, manhole=Manhole(), log=Log()), line)


def _check_ours(folder: Path) -> None:
    """Raise OSError unless a server of this user has used the folder: what another user leaves there, root say,
    the server could not open."""
    try:
        owner = (folder / "lock").stat().st_uid
    except FileNotFoundError:
        words = "no server has used this folder: start one there first"
        raise FileNotFoundError(ENOENT, words, str(folder.absolute())) from None
    if owner != os.geteuid():
        raise PermissionError(EPERM, f"belongs to uid {owner}: do this as that user", str(folder.absolute()))


def _ask_alone(settings: Settings, line: str) -> dict[str, Any]:
    # A server that runs is asked without all this.
    from twisted.internet import reactor

    from chatd.app import StartError, build

    server = build(settings, reactor)
    try:
        server.privilegedStartService()
    except StartError as error:
        raise OSError(EBUSY, str(error)) from None

    async def converse() -> dict[str, Any]:
        try:
            return await deferToThread(ask, Path(settings.storage.data), line)
        finally:
            await server.stopService()

    def begin() -> None:
        server.startService()
        Deferred.fromCoroutine(converse()).addBoth(outcome.append).addBoth(lambda _: steered.stop())

    outcome: list[Any] = []
    steered: Any = reactor
    steered.callWhenRunning(begin)
    steered.run()
    if not outcome:
        raise KeyboardInterrupt
    if isinstance(outcome[0], Failure):
        outcome[0].raiseException()
    answer: dict[str, Any] = outcome[0]
    return answer
