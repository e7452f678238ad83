"""BATCH: several lines that are one message (IRCv3 draft/multiline, client-batch)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatd.commands.context import Context
from chatd.core.errors import ChatError, Code
from chatd.core.names import fold
from chatd.core.styles import lines_of
from chatd.frontends.irc.nickserv import SERVICES
from chatd.frontends.irc.talking import client_tags, deliver
from chatd.frontends.irc.verbs import Ask, Fail, IrcError, quoted, verb
from chatd.wire.irc.caps import MULTILINE_BYTES, MULTILINE_LINES
from chatd.wire.irc.label import Label
from chatd.wire.irc.line import IrcLine
from chatd.wire.irc.numerics import Numeric

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["Incoming", "Multiline"]

CAP, KIND, CONCAT = "draft/multiline", "draft/multiline", "draft/multiline-concat"
NAME_CHARS = 64
"""Characters of a batch's name that count."""


@dataclass(slots=True)
class Incoming:
    """A batch that a client has opened: what came of it, as far as that may be."""

    name: str
    target: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    label: Label | None = None
    failed: bool = True
    """It has been refused: what still comes of it is passed over."""
    verb: str = ""
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    size: int = 0

    def refuse(self, session: IrcSession, code: str, *params: str) -> None:
        """Say that the batch is refused, once; what still comes of it is passed over."""
        if self.failed:
            return
        self.failed = True
        self.pieces.clear()
        session.say("FAIL", "BATCH", code, *params, label=self.label)
        if self.label is not None:
            session.finish(self.label)

    def spoil(self, session: IrcSession) -> None:
        """A line came that could not be read: without it the message would be another."""
        self.refuse(session, "MULTILINE_INVALID", "A line of this batch could not be read")


class Multiline:
    """Takes the batches of clients. One at a time, never more of it than one message may be."""

    @verb("BATCH")
    def batch(self, ask: Ask) -> None:
        """Begin or end a batch; and take a line that belongs to one, whatever its verb is."""
        reference = ask.param(0)
        if CAP not in ask.session.caps:
            raise IrcError(Numeric.ERR_UNKNOWNCOMMAND, "BATCH", "Unknown command")
        if "batch" in ask.line.tags:
            self._take(ask)
        elif reference[:1] == "+":
            self._open(ask, Incoming(reference[1:NAME_CHARS]))
        elif reference[:1] == "-":
            self._close(ask, reference[1:NAME_CHARS])
        else:
            raise Fail("MULTILINE_INVALID", "A batch begins with +NAME and ends with -NAME")

    def _open(self, ask: Ask, incoming: Incoming) -> None:
        session, target = ask.session, ask.param(2)
        before, session.incoming = session.incoming, incoming
        if before is not None and not before.failed:
            before.refuse(session, "MULTILINE_INVALID", "Another batch began before this one ended")
            if ask.label is None:
                return
            raise Fail("MULTILINE_INVALID", "One batch at a time: neither is delivered")
        if ask.param(1) != KIND:
            raise Fail("MULTILINE_INVALID", f"Batches that clients send are of the type {KIND}")
        if not target or "," in target or target.lower() in SERVICES:
            raise Fail("MULTILINE_INVALID", "One room or user is needed that the batch goes to")
        try:
            incoming.tags = client_tags(ask)
        except ChatError as error:
            raise Fail("MULTILINE_INVALID", error.text) from None
        incoming.target, incoming.label, incoming.failed = target, ask.label, False
        if ask.label is not None:
            ask.label.held = True

    def _take(self, ask: Ask) -> None:
        """Take one line of the batch."""
        session, incoming = ask.session, ask.session.incoming
        if incoming is None or ask.line.tags["batch"][: NAME_CHARS - 1] != incoming.name:
            _unknown(session)
        elif not incoming.failed:
            try:
                _add(incoming, ask.line)
            except Fail as fail:
                incoming.refuse(session, fail.code, *fail.params)

    def _close(self, ask: Ask, name: str) -> None:
        session, incoming = ask.session, ask.session.incoming
        if incoming is None or incoming.name != name:
            _unknown(session)
            return
        session.incoming = None
        if incoming.failed:
            return
        try:
            if not any(piece for piece, _ in incoming.pieces):
                raise Fail("MULTILINE_INVALID", "There is nothing in this batch but blank lines")
            self._say(ask, incoming)
        except Fail as fail:
            incoming.refuse(session, fail.code, *fail.params)
        else:
            if incoming.label is not None:
                session.finish(incoming.label)

    @staticmethod
    def _say(ask: Ask, incoming: Incoming) -> None:
        """Say it, as if it had come in one line; raise Fail for what may not be said."""
        try:
            body = lines_of(incoming.pieces)
        except ChatError as error:
            if error.code is Code.TOO_LONG:
                raise _too_long() from None
            raise Fail("MULTILINE_INVALID", error.text) from None
        line = IrcLine(incoming.verb, [incoming.target, ""], incoming.tags)
        context = Context(ask.registry, ask.session, ask.context.rank, incoming.label)
        said = Ask(ask.session, line, context, incoming.label)
        notice = incoming.verb == "NOTICE"
        ask.session.note_activity()
        try:
            deliver(said, incoming.target, body, incoming.tags, notice=notice)
        except (ChatError, IrcError) as error:
            if not notice:
                said.refuse(error)


def _add(incoming: Incoming, line: IrcLine) -> None:
    """Add a line to a batch; raise Fail for one that makes it no message."""
    words, joined = line.get(1), CONCAT in line.tags
    if line.verb not in ("PRIVMSG", "NOTICE") or incoming.verb not in ("", line.verb):
        raise Fail("MULTILINE_INVALID", "A batch holds PRIVMSG or NOTICE, of these one alone")
    if fold(line.get(0)) != fold(incoming.target):
        raise Fail(
            "MULTILINE_INVALID_TARGET",
            quoted(incoming.target),
            quoted(line.get(0)),
            "All of it goes to one target",
        )
    if joined and not words:
        raise Fail("MULTILINE_INVALID", "A blank line cannot go on the one before")
    if len(incoming.pieces) >= MULTILINE_LINES:
        raise Fail(
            "MULTILINE_MAX_LINES", str(MULTILINE_LINES), f"At most {MULTILINE_LINES} lines are one message"
        )
    incoming.size += len(words.encode()) + (bool(incoming.pieces) and not joined)
    if incoming.size > MULTILINE_BYTES:
        raise _too_long()
    incoming.verb = line.verb
    incoming.pieces.append((words, joined))


def _too_long() -> Fail:
    return Fail(
        "MULTILINE_MAX_BYTES", str(MULTILINE_BYTES), f"At most {MULTILINE_BYTES} bytes are one message"
    )


def _unknown(session: IrcSession) -> None:
    """Refuse what belongs to no batch that there is, and the one that there is."""
    if session.incoming is None or session.incoming.failed:
        session.say("FAIL", "BATCH", "MULTILINE_INVALID", "There is no such batch")
    else:
        session.incoming.refuse(session, "MULTILINE_INVALID", "There is no such batch")
