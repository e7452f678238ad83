"""What a session's client asks for: decoded, run, and answered when it fails."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatd.commands.context import Context
from chatd.commands.driving import drive
from chatd.core.errors import ChatError, Code
from chatd.core.replies import Done, ErrorReply
from chatd.core.user import Rank
from chatd.frontends.pings import Pings
from chatd.frontends.refusals import refusal, refusal_of
from chatd.wire.jsonl import JsonCodec, looks_like_json
from chatd.wire.requests import PongRequest, Request
from chatd.wire.splitter import ENDLESS, Line

if TYPE_CHECKING:
    from chatd.core.limits import Budget
    from chatd.frontends.session import ClientSession

__all__ = ["Dispatcher"]


class Dispatcher:
    """Takes the lines of one session, one at a time, and charges its budget with what they weigh."""

    def __init__(self, session: ClientSession, budget: Budget) -> None:
        self._session = session
        self._budget = budget
        self._fresh = True
        self.pings = Pings(session.registry.world.clock)

    def take(self, line: Line) -> Deferred[None] | None:
        """Carry out one line; return a Deferred if that has to wait for something."""
        session = self._session
        if session.ending or session.connection.queue.full:
            return None
        if self._fresh:
            self._fresh = False
            if session.codec.styled and isinstance(line, bytes) and looks_like_json(line):
                session.turn_into(JsonCodec.name)
        session.reception.answered()
        if not isinstance(line, bytes):
            self._unreadable(line)
            return None
        try:
            request = session.codec.decode(line)
        except ChatError as error:
            self._answer(refusal(error), getattr(error, "ref", None))
            return None
        if request is None:
            session.reception.ask_anew()
        elif isinstance(request, PongRequest):
            self._ponged(request)
        else:
            return self._run(request)
        return None

    def _run(self, request: Request) -> Deferred[None] | None:
        session = self._session
        user = session.user
        rank = Rank.USER
        if user is None:
            request = session.reception.understand(request)
        else:
            user.active = session.registry.world.clock.seconds()
            rank = user.rank
        context = Context(session.registry, session, rank, request.ref)
        try:
            coroutine = session.commands.run(context, request)
            waiting = None if coroutine is None else drive(coroutine)
        except Exception:  # noqa: BLE001 - whatever a handler raises, the client is answered and it is logged
            self._failed(context, Failure())
            return None
        finally:
            # One was spent when the line began.
            if context.weight != 1:
                self._budget.spend(context.weight - 1)
        if waiting is None:
            self._done(context)
            return None
        return waiting.addCallbacks(lambda _: self._done(context), partial(self._failed, context))

    def _done(self, context: Context) -> None:
        if context.ref is not None and not context.answered:
            context.reply(Done())
        if self._session.user is None and not self._session.ending:
            self._session.reception.ask()

    def _failed(self, context: Context, failure: Failure) -> None:
        self._answer(refusal_of(failure, self._session.nick), context.ref)

    def _answer(self, reply: ErrorReply, ref: Any) -> None:
        if not self._session.ended:
            self._session.reply(reply, ref)
            self._session.reception.ask()

    def _unreadable(self, mark: Line) -> None:
        session = self._session
        if mark is ENDLESS:
            session.drop("sent a line without an end", "Error: that line does not end.")
            return
        limit = session.line_bytes
        error = ChatError(Code.TOO_LONG, f"that line is longer than {limit} bytes; nothing of it was done")
        self._answer(refusal(error), None)

    def _ponged(self, request: PongRequest) -> None:
        try:
            answered = self.pings.end(request.token)
        except ChatError as error:
            self._answer(refusal(error), request.ref)
            return
        if answered is not None:
            self._session.reply(*answered)
