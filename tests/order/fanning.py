"""Two audiences in one turn of the reactor, and some who hear them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from chatd.core.fanout import Audience, Turn
from chatd.core.ports import Source
from tests.order.parts import Ear, PlainCodec, message

__all__ = ["FanoutCase"]


class FanoutCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.ends: list[Callable[[], None]] = []
        self.turn = Turn(self.ends.append)
        self.room = Audience(self.turn)
        self.other = Audience(self.turn)
        self.plain = PlainCodec()
        self.program = PlainCodec("program", echo=True, styled=False)
        self.ann, self.bob, self.cid = (Ear(self.plain, nick) for nick in ("ann", "bob", "cid"))
        self.bot = Ear(self.program, "bot")

    def place(self, audience: Audience, *ears: Ear) -> None:
        for ear in ears:
            audience.place(ear, ear.style)

    def say(self, words: str, audience: Audience | None = None, source: Source | None = None) -> None:
        (audience or self.room).publish(message(words), source)

    def end(self) -> None:
        """End the turn, as the reactor would."""
        ends, self.ends[:] = list(self.ends), []
        for each in ends:
            each()

    def heard(self, *ears: Ear) -> list[str]:
        return [ear.heard for ear in ears]
