"""What an IRC client is answered: lines, behind what they must not overtake, gathered by the label of the request."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from twisted.internet.defer import Deferred

from chatd.core.errors import ChatError, Code
from chatd.core.text import visible
from chatd.frontends.base import BaseSession
from chatd.frontends.irc.refusals import numeric_of, words_of
from chatd.frontends.irc.verbs import Ask, Fail, IrcError
from chatd.wire.irc.codec import IrcCodec
from chatd.wire.irc.label import Label, Out, framed
from chatd.wire.irc.line import body

__all__ = ["Answering"]


class Answering(BaseSession):
    """A session that answers in lines of IRC."""

    codec: IrcCodec

    @property
    def server(self) -> str:
        """The name of the server."""
        return self.registry.settings.server.name

    @property
    def called(self) -> str:
        """The nickname by which the client is answered: his own, or a star before he has one."""
        return "*" if self.user is None else self.user.nick

    def reply_line(self, verb: str, *params: str) -> Out:
        """Return a line of the server's to this client: a numeric, or another verb that names him first."""
        return Out(body(verb, self.called, *(visible(each) for each in params), source=self.server))

    def answer(self, lines: Iterable[tuple[str, ...]], label: Label | None = None) -> None:
        """Send numerics, behind what the session itself still has in the timeline."""
        self.after(partial(self.tell, list(lines), label))

    def answer_later(self, lines: Iterable[tuple[str, ...]], label: Label | None = None) -> None:
        """Send numerics when all that happened up to now has been shown: what they list fits what is shown around them."""
        self.registry.world.timeline.behind_all(partial(self.tell, list(lines), label), self)

    def lines_later(self, lines: list[Out], label: Label | None = None) -> None:
        """Send lines, likewise when all that happened up to now has been shown."""
        self.registry.world.timeline.behind_all(partial(self._send, lines, label), self)

    def from_service(self, words: str, label: Label | None = None) -> None:
        """Send a notice in the name of the service that clients expect."""
        source = f"NickServ!NickServ@{self.server}"
        self.send_lines([Out(body("NOTICE", self.called, visible(words), source=source))], label)

    def say(self, verb: str, *params: str, label: Label | None = None) -> None:
        """Send one line of the server's that names nobody first: a PONG, a standard reply."""
        line = Out(body(verb, *(visible(each) for each in params), source=self.server))
        self.send_lines([line], label)

    def say_bare(self, verb: str, *params: str, label: Label | None = None) -> None:
        """Send one line that comes from nobody."""
        self.send_lines([Out(body(verb, *params))], label)

    def send_lines(self, lines: list[Out], label: Label | None = None) -> None:
        """Send lines, behind what the session itself still has in the timeline."""
        self.after(partial(self._send, lines, label))

    def _send(self, lines: list[Out], label: Label | None = None) -> None:
        if label is not None and label.open:
            label.lines += lines
            return
        if lines and not self.ended:
            self.registry.world.turn.catch_up(self)
            self.send("".join([f"{line}\r\n" for line in lines]).encode())

    def tell(self, lines: Iterable[tuple[str, ...]], label: Label | None = None) -> None:
        """Send numerics at once: something happens now."""
        self._send([self.reply_line(*line) for line in lines], label)

    def in_step(self) -> Deferred[None]:
        """Wait until all that happened up to now has been shown: what is listed then fits what is shown around it."""
        waiting: Deferred[None] = Deferred()
        self.registry.world.timeline.behind_all(partial(waiting.callback, None), self)
        return waiting

    def send_part(self, lines: Iterable[tuple[str, ...]], label: Label | None) -> Deferred[None]:
        """Send part of a long answer. What is returned fires in a later turn, when the client has taken it."""
        begun = []
        if label is not None and label.open:
            if not label.batch:
                begun.append(label.begin(self.server, self.codec.batch()))
            label.lines += [self.reply_line(*line) for line in lines]
            self._send(begun + label.part())
        else:
            self.tell(lines)
        taken: Deferred[None] = Deferred()
        self.connection.queue.when_low(partial(self._in_next_turn, taken))
        return taken

    def send_part_later(self, lines: Iterable[tuple[str, ...]], label: Label | None) -> Deferred[None]:
        """Send part of a long answer likewise, when all that happened up to now has been shown."""
        found, taken = list(lines), Deferred[None]()

        def send() -> None:
            self.send_part(found, label).chainDeferred(taken)

        self.registry.world.timeline.behind_all(send, self)
        return taken

    def _in_next_turn(self, waiting: Deferred[None]) -> None:
        self.registry.world.clock.callLater(0, waiting.callback, None)

    def finish(self, label: Label) -> None:
        """Send the whole answer to a labeled request, when it is complete."""
        self.registry.world.timeline.behind_all(partial(self._finished_answer, label), self)

    def _finished_answer(self, label: Label) -> None:
        label.open = False
        self._send(framed(label, self.server, self.codec.batch()))

    def refuse_request(self, ask: Ask, error: ChatError | IrcError) -> None:
        """Tell the client that what he asked for is refused."""
        if isinstance(error, Fail):
            ask.fail(error.code, *error.params)
            return
        if isinstance(error, IrcError):
            ask.answer(error.numeric, *error.params)
            return
        if error.code is Code.BAD_TEXT and ask.line.verb in ("PRIVMSG", "NOTICE"):
            ask.fail("INVALID_TEXT", ask.room or ask.nick or "*", error.text)
            return
        numeric, about = numeric_of(error, ask)
        words = words_of(error)
        ask.answer(numeric, *about, words)
