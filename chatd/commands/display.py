"""How things are shown, and what there is to do."""

from __future__ import annotations

import platform
from dataclasses import replace
from typing import TYPE_CHECKING

from chatd import __version__
from chatd.commands.arguments import Rest, Switch, Word
from chatd.commands.context import Context
from chatd.commands.table import Row, command
from chatd.core.errors import UsageError
from chatd.core.replies import Help, Info
from chatd.core.user import Rank

if TYPE_CHECKING:
    from chatd.commands.table import CommandTable

__all__ = ["Display", "Helper", "page"]


class Display:
    """What one's own client shows."""

    title = "Display"

    @command("format", usage="text|json", example="/format json", named=False)
    def format(self, ctx: Context, dialect: Word) -> None:
        """Speak plain text or JSON lines from now on."""
        ctx.session.turn_into(dialect.casefold())

    @command("timestamp", usage="on|off", example="/timestamp on")
    def timestamp(self, ctx: Context, switch: Switch) -> None:
        """Put the time (UTC) before each line."""
        ctx.session.restyle(replace(ctx.session.style, time=switch))
        _told(ctx, switch, "Times are shown.", "Times are no longer shown.")

    @command("color", usage="on|off", example="/color on")
    def color(self, ctx: Context, switch: Switch) -> None:
        """Show nicknames in colour; your terminal must know ANSI colours."""
        ctx.session.restyle(replace(ctx.session.style, color=switch))
        _told(ctx, switch, "Nicknames are coloured.", "Nicknames are no longer coloured.")

    @command("bell", usage="on|off", example="/bell on")
    def bell(self, ctx: Context, switch: Switch) -> None:
        """Ring your terminal's bell when somebody says your nickname."""
        ctx.session.restyle(replace(ctx.session.style, bell=switch))
        _told(ctx, switch, "The bell rings for your nickname.", "The bell rings no longer.")

    @command("ping", example="/ping", named=False)
    def ping(self, ctx: Context) -> None:
        """Measure the time to the server and back."""
        ctx.answered = True
        ctx.session.ping(ctx.ref)

    @command("motd", example="/motd", named=False)
    def motd(self, ctx: Context) -> None:
        """Show the message of the day."""
        ctx.reply(Info(text=ctx.registry.settings.server.motd or ("There is no message of the day.",)))

    @command("rules", example="/rules", named=False)
    def rules(self, ctx: Context) -> None:
        """Show the rules of this server."""
        ctx.reply(Info(text=ctx.registry.settings.server.rules or ("No rules are written down.",)))

    @command("version", example="/version", named=False)
    def version(self, ctx: Context) -> None:
        """Show which version of chatd this is."""
        ctx.reply(Info(text=(f"chatd {__version__} on Python {platform.python_version()}",)))


class Helper:
    """Help, made from the table itself."""

    title = "Help"

    table: CommandTable

    @command("help", "commands", usage="[COMMAND]", example="/help join", named=False, shell=True, weight=2)
    def help(self, ctx: Context, name: Rest = "") -> None:
        """Show the commands, or one of them."""
        if name:
            row = self.table.named(ctx, name)
            if " ".join(name.split()).removeprefix("/").casefold() not in row.names:
                raise UsageError("/help [COMMAND]")
            ctx.reply(Help(topic=row.name, text=page(row)))
            return
        groups: dict[str, list[str]] = {}
        for row in self.table.rows:
            if row.available(ctx):
                groups.setdefault(row.group, []).append(f"/{row.name}")
        lines = [f"{title}: {', '.join(names)}" for title, names in groups.items()]
        last = "" if ctx.in_shell else " A line without / is said in the current room."
        lines.append(f"/help COMMAND explains one of them.{last}")
        ctx.reply(Help(topic="", text=tuple(lines)))

    @command("menu", example="/menu", named=False)
    def menu(self, ctx: Context) -> None:
        """Show what you can do here, if you know no commands."""
        choices = [
            ("Say something to this room", "Hello everybody!"),
            *((row.menu, row.example) for row in self.table.rows if row.menu and row.available(ctx)),
            ("See every command", "/help"),
        ]
        width = max(len(what) for what, _ in choices)
        lines = (f"  {what:{width}}  {typed}" for what, typed in choices)
        ctx.reply(Help(topic="menu", text=("What you can do, and what to type for it:", *lines)))


def page(row: Row) -> tuple[str, ...]:
    """Return what there is to say about a command."""
    lines = [f"{row.usage_line}: {row.help}"]
    if row.names[1:]:
        lines.append("Also: " + ", ".join(f"/{alias}" for alias in row.names[1:]))
    needed = _needs(row)
    if needed:
        lines.append(f"Needs: {needed}")
    lines.append(f"Example: {row.example}")
    return tuple(lines)


def _needs(row: Row) -> str:
    needs = []
    if row.room_rank:
        needs.append(f"{row.room_rank.name.lower()} of the room")
    if row.rank > Rank.USER:
        needs.append(f"{row.rank.name.lower()} of the server")
    return " and ".join(needs)


def _told(ctx: Context, switch: bool, on: str, off: str) -> None:
    ctx.reply(Info(text=(on if switch else off,)))
