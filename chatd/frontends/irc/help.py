"""HELP (the Modern IRC document): made from the table of verbs and the table of commands."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.commands.display import page
from chatd.core.errors import ChatError
from chatd.frontends.irc.verbs import Ask, IrcError, Row, VerbTable, verb
from chatd.wire.irc.line import packed
from chatd.wire.irc.numerics import Numeric

__all__ = ["Helping"]

WIDTH = 72
INDEX = "*"
"""The subject of help about everything."""


class Helping:
    """HELP."""

    table: VerbTable

    @verb("HELPOP", weight=2)
    @verb("HELP", weight=2)
    def help(self, ask: Ask) -> None:
        """Show what can be asked for, or explain one of that: [SUBJECT]"""
        typed = " ".join(ask.line.params).strip()
        subject, *lines = self._about(ask, typed) if typed else self._index(ask)
        ask.answers(
            [
                (Numeric.RPL_HELPSTART, subject, lines[0]),
                *((Numeric.RPL_HELPTXT, subject, line) for line in lines[1:]),
                (Numeric.RPL_ENDOFHELP, subject, "End of /HELP"),
            ]
        )

    def _index(self, ask: Ask) -> Iterable[str]:
        yield INDEX
        yield "What IRC clients can ask for; HELP NAME explains one of it:"
        yield from packed(sorted(self.table.rows), WIDTH)
        yield "What everybody can type here, as /quote NAME where your client does not know it:"
        rows = ask.session.commands.rows
        yield from packed((row.name for row in rows if row.available(ask.context)), WIDTH, ", ")

    def _about(self, ask: Ask, typed: str) -> Iterable[str]:
        """Return a subject and what there is to say about it; raise IrcError if that is nothing."""
        row = self.table.rows.get(typed.upper())
        lines = [] if row is None else _explained(row)
        try:
            command = ask.session.commands.named(ask.context, typed)
        except ChatError:
            command = None
        if command is not None and typed.removeprefix("/").casefold() in command.names:
            lines += page(command)
        if not lines:
            raise IrcError(Numeric.ERR_HELPNOTFOUND, typed.split(maxsplit=1)[0], "No help about this")
        return [typed.upper().replace(" ", "_"), *lines]


def _explained(row: Row) -> list[str]:
    """Return what the handler of a verb says of itself."""
    words = " ".join((row.handler.__doc__ or "").split())
    lines = [f"{row.name}: {words}"]
    if row.weight > 1:
        lines.append(f"Counts as {row.weight} lines.")
    return lines
