"""What an IRC client asks for: read, carried out, and answered when it fails."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.commands.context import Context
from chatd.commands.driving import drive
from chatd.core.acting import acting
from chatd.core.errors import ChatError, Code
from chatd.core.ports import Source
from chatd.core.user import Rank
from chatd.frontends.irc.courtesy import price
from chatd.frontends.irc.plain import PRIVMSG, said
from chatd.frontends.irc.verbs import Ask, IrcError, VerbTable
from chatd.wire.irc.label import Label
from chatd.wire.irc.line import IrcLine, LineError, parse
from chatd.wire.irc.numerics import Numeric
from chatd.wire.splitter import ENDLESS, Line

if TYPE_CHECKING:
    from chatd.core.limits import Budget
    from chatd.frontends.irc.session import IrcSession

__all__ = ["IrcDispatcher"]

log = Logger(namespace="chatd.irc")

LABEL_BYTES = 64


class IrcDispatcher:
    """Takes the lines of one session, one at a time, and charges its budget with what they weigh."""

    def __init__(self, session: IrcSession, verbs: VerbTable, budget: Budget) -> None:
        self._session = session
        self._verbs = verbs
        self._budget = budget

    def take(self, line: Line) -> Deferred[None] | None:
        """Carry out one line; return a Deferred if that has to wait for something."""
        session = self._session
        if session.ending or session.connection.queue.full:
            return None
        if not isinstance(line, bytes):
            self._too_long(line)
            return None
        try:
            if line[:8] == PRIVMSG and said(session, line):
                return None
            parsed = parse(line)
        except LineError as error:
            self._unreadable(error, line)
            return None
        except Exception:  # noqa: BLE001 - as in `_run`
            self._failed(Ask(session, IrcLine("PRIVMSG"), Context(session.registry, session)), Failure())
            return None
        return None if parsed is None else self._run(parsed)

    def _run(self, line: IrcLine) -> Deferred[None] | None:
        session = self._session
        user = session.user
        # A line of a batch is no request of its own: the batch is.
        inside = "batch" in line.tags and "draft/multiline" in session.caps
        label = None if inside else self._label(line)
        context = Context(session.registry, session, Rank.USER if user is None else user.rank, label)
        ask = Ask(session, line, context, label)
        token = acting.set(Source(session, label))
        try:
            row = self._verbs.find(ask, registered=user is not None, verb="BATCH" if inside else line.verb)
            context.weight = row.weight
            coroutine = row.handler(ask)
            waiting = None if coroutine is None else drive(coroutine)
        except (ChatError, IrcError) as error:
            ask.refuse(error)
            waiting = None
        except Exception:  # noqa: BLE001 - whatever a handler raises, the client is answered and it is logged
            self._failed(ask, Failure())
            waiting = None
        finally:
            acting.reset(token)
            weight = price(ask) if session.courtesy else context.weight
            # One was spent when the line began.
            if weight != 1:
                self._budget.spend(weight - 1)
        if waiting is None:
            if label is not None and not label.held:
                session.finish(label)
            return None
        return waiting.addErrback(partial(self._failed, ask)).addCallback(lambda _: self._done(label))

    def _label(self, line: IrcLine) -> Label | None:
        """Return what gathers the answer, if the client has asked for that."""
        if not line.tags or "labeled-response" not in self._session.caps:
            return None
        name = line.tags.get("label", "")
        return Label(name) if 0 < len(name.encode()) <= LABEL_BYTES else None

    def _done(self, label: Label | None) -> None:
        if label is not None:
            self._session.finish(label)

    def _failed(self, ask: Ask, failure: Failure) -> None:
        error = failure.value
        if not isinstance(error, ChatError | IrcError):
            log.failure("{verb} of {nick} failed", failure, verb=ask.line.verb, nick=self._session.nick)
            error = ChatError(Code.INTERNAL, "something went wrong here; it was written into the log")
        if not self._session.ended:
            ask.refuse(error)

    def _unreadable(self, error: LineError, line: bytes) -> None:
        session = self._session
        self._spoil()
        if error.code == "TOO_LONG":
            session.answer([(Numeric.ERR_INPUTTOOLONG, "Input line was too long")])
        elif error.code == "BAD_UTF8":
            self._not_utf8(line)
        else:
            session.say("FAIL", "*", "INVALID_TAGS", "These message tags cannot be read")

    def _not_utf8(self, line: bytes) -> None:
        """Refuse a line (IRCv3 utf8only), by its verb and label as far as these can be read."""
        session = self._session
        try:
            known = parse(line.decode(errors="ignore").encode()) or IrcLine("*")
        except LineError:
            known = IrcLine("*")
        label = self._label(known)
        words = "That line is not valid UTF-8: nothing of it was done"
        session.say("FAIL", known.verb, "INVALID_UTF8", words, label=label)
        if label is not None:
            session.finish(label)

    def _too_long(self, mark: Line) -> None:
        if mark is ENDLESS:
            self._session.drop("sent a line without an end", "that line does not end")
        else:
            self._spoil()
            self._session.answer([(Numeric.ERR_INPUTTOOLONG, "Input line was too long")])

    def _spoil(self) -> None:
        """Let a batch that is open be refused: a line of it may be missing."""
        if self._session.incoming is not None:
            self._session.incoming.spoil(self._session)
