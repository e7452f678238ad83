"""What the kernel tells of the other end, and what is made of it."""

from __future__ import annotations

import socket

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends import kernel
from chatd.frontends.watch import Watch
from chatd.settings import Limits

LIMITS = Limits(ping_seconds=90, pong_seconds=60)


class Person:
    """A connection that is silent; its system confirmed something `confirmed` seconds after the beginning."""

    named = True
    heard = 0.0
    answers_pings = False
    limits = LIMITS
    confirmed: float | None = 0.0

    def __init__(self) -> None:
        self.clock = Clock()
        self.dropped: list[str] = []
        self.watch = Watch(self, self.clock)
        self.watch.named()

    def unheard(self) -> float | None:
        return None if self.confirmed is None else self.clock.seconds() - self.confirmed

    def send_ping(self) -> None:
        raise AssertionError("people are not asked")

    def drop(self, reason: str, words: str) -> None:
        self.dropped.append(reason)
        self.watch.stop()


class Silence(SynchronousTestCase):
    """A person may be silent; his system may not be for longer than 150 s."""

    def test_who_is_gone_is_dropped_in_time(self) -> None:
        person = Person()
        person.clock.pump([1] * 149)
        self.assertEqual(person.dropped, [])
        person.clock.advance(1)
        self.assertEqual(person.dropped, ["ping timeout"])

    def test_counted_from_the_last_that_was_confirmed(self) -> None:
        person = Person()
        person.clock.advance(60)
        person.confirmed = 60.0
        person.clock.pump([1] * 149)
        self.assertEqual(person.dropped, [])
        person.clock.advance(1.1)
        self.assertEqual(person.dropped, ["ping timeout"])

    def test_who_is_there_stays(self) -> None:
        person = Person()
        for _ in range(100):
            person.clock.advance(85)
            person.confirmed = person.clock.seconds()
        self.assertEqual(person.dropped, [])

    def test_whose_kernel_says_nothing_stays(self) -> None:
        person = Person()
        person.confirmed = None
        person.clock.pump([50] * 100)
        self.assertEqual(person.dropped, [])


class Sockets(SynchronousTestCase):
    """Real ones."""

    def pair(self) -> tuple[socket.socket, socket.socket]:
        with socket.create_server(("127.0.0.1", 0)) as port:
            ours = socket.create_connection(port.getsockname())
            theirs, _ = port.accept()
        for each in (ours, theirs):
            self.addCleanup(each.close)
        return ours, theirs

    def test_tcp(self) -> None:
        ours, theirs = self.pair()
        theirs.sendall(b"x")
        ours.recv(1)
        unheard, round_trip = kernel.unheard(ours), kernel.round_trip(ours)
        assert unheard is not None
        assert round_trip is not None
        self.assertLess(unheard, 5)
        self.assertGreater(round_trip, 0)
        self.assertLess(round_trip, 5000)

    def test_others_and_the_closed(self) -> None:
        here, there = socket.socketpair()
        ours, _ = self.pair()
        for each in (here, there):
            self.addCleanup(each.close)
        ours.close()
        for handle in (here, ours, None):
            self.assertIsNone(kernel.unheard(handle))
            self.assertIsNone(kernel.round_trip(handle))
        kernel.keep_asking(here, LIMITS)
        kernel.keep_asking(None, LIMITS)
