"""The owner's commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd.commands.arguments import Rest
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import text
from chatd.core.replies import Info, Stats
from chatd.core.user import Rank

__all__ = ["Admin"]


class Admin:
    """What concerns the server as a whole. `figures` measures it, `stop` ends it for a reason."""

    title = "Server"

    def __init__(self, figures: Callable[[], dict[str, Any]], stop: Callable[[str], None]) -> None:
        self._figures = figures
        self._stop = stop

    @command(
        "broadcast",
        usage="TEXT",
        example="/broadcast Back in five minutes",
        rank=Rank.OPERATOR,
        shell=True,
        audited=True,
    )
    def broadcast(self, ctx: Context, words: Rest) -> None:
        """Tell everybody on the server something."""
        ctx.registry.announce(ctx.by, words)
        if ctx.in_shell:
            count = len(ctx.registry.users)
            ctx.reply(Info(text=("1 user was told." if count == 1 else f"{count} users were told.",)))

    @command("stats", example="/stats", rank=Rank.OPERATOR, shell=True)
    def stats(self, ctx: Context) -> None:
        """Show the figures of the running server."""
        ctx.reply(Stats(figures=self._figures()))

    @command(
        "shutdown",
        usage="[REASON]",
        example="/shutdown Moving house",
        rank=Rank.OWNER,
        shell=True,
        audited=True,
    )
    def shutdown(self, ctx: Context, reason: Rest = "") -> None:
        """Tell everybody and stop the server."""
        text.line(reason, text.MESSAGE_BYTES)  # what cannot be announced is refused before anything stops
        ctx.reply(Info(text=("The server stops now.",)))
        self._stop(reason)
