"""The send queues on real sockets: every byte in order, a bound, and an end."""

from __future__ import annotations

import select
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.sendq import CHUNK, LOW, NO_CHUNKS, DirectQueue, SendQueue, TransportQueue, queue_for
from chatd.settings import Limits
from tests.order.pipe import Pipe

LIMITS = Limits(send_queue_bytes=65_536, close_seconds=3)
WIDE = Limits(send_queue_bytes=1 << 30)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.one_of(st.integers(0, 300), st.integers(0, 70_000))),
        st.tuples(st.just("read"), st.integers(1, 40_000)),
        st.tuples(st.just("turn"), st.integers(1, 3)),
    ),
    max_size=40,
)


class Contract:
    """What holds for both queues; mixed into a test case."""

    kind: type[SendQueue]
    limits = LIMITS

    def setUp(self) -> None:
        self.overflows = 0

    def open(self, limits: Limits = LIMITS) -> None:
        self.pipe = Pipe()
        self.addCleanup(self.pipe.close)
        self.queue = self.kind(self.pipe.transport, self.pipe.reactor, limits, self.overflowed)
        self.pipe.carry(self.queue)

    def overflowed(self) -> None:
        self.overflows += 1

    def fill(self) -> None:
        """Write lines of a hundred bytes, to a peer that does not read, until the queue is full."""
        for number in range(100_000):
            self.queue.write(b"%099d\n" % number)
            if self.queue.full:
                return
        raise AssertionError("the queue has no bound")

    def test_at_once(self: Any) -> None:
        self.open()
        self.queue.write(b"hello\n")
        self.pipe.drain()
        self.assertEqual((bytes(self.pipe.got), self.queue.size), (b"hello\n", 0))

    def check_every_byte_in_order(self: Any, steps: list[tuple[str, int]]) -> None:
        self.open(WIDE)
        sent = bytearray()
        for what, amount in steps:
            if what == "write":
                data = bytes((len(sent) + n) * 131 % 251 for n in range(min(amount, 251)))
                data = (data * (amount // 251 + 1))[:amount]
                sent += data
                self.queue.write(data)
            elif what == "read":
                self.pipe.read(amount)
            else:
                for _ in range(amount):
                    self.pipe.reactor.write_once()
            self.assertTrue(sent.startswith(self.pipe.got))
        self.queue.close(b"end\n")
        self.pipe.drain()
        self.assertEqual(bytes(self.pipe.got), bytes(sent) + b"end\n")
        self.assertTrue(self.pipe.ended)
        self.assertEqual(self.pipe.reactor.getDelayedCalls(), [])
        self.pipe.close()

    def test_an_empty_write_stops_nothing(self: Any) -> None:
        self.open(WIDE)
        self.queue.write(b"x" * 100_000)
        self.queue.write(b"")
        self.pipe.drain()
        self.queue.write(b"y")
        self.pipe.drain()
        self.assertEqual(bytes(self.pipe.got), b"x" * 100_000 + b"y")

    def test_when_little_waits(self: Any) -> None:
        """Who waits for that is told once, while there is something in the queue still; or when the connection is gone."""
        self.open(WIDE)
        told: list[int] = []

        def note() -> None:
            told.append(self.queue.size)

        self.queue.when_low(note)
        self.assertEqual(told, [0])
        while self.queue.size <= LOW:
            self.queue.when_low(note)
            self.queue.write(b"x" * 8192)
        count, before = len(told), self.queue.size
        self.queue.when_low(note)
        self.assertEqual((len(told), before > LOW), (count, True))
        while self.queue.size <= 2 * CHUNK:
            self.queue.write(b"x" * 8192)
        while len(told) == count:
            self.pipe.read(8192)
            self.pipe.reactor.write_once()
        self.assertTrue(0 < told[-1] <= LOW, told[-1])
        self.pipe.drain()
        self.assertEqual(len(told), count + 1)
        self.queue.write(b"x" * 1_000_000)
        self.queue.when_low(note)
        self.pipe.close()
        self.assertEqual(told[count + 1 :], [0])

    def test_the_bound(self: Any) -> None:
        self.open()
        self.fill()
        self.assertEqual(self.overflows, 0, "within the call that wrote")
        self.pipe.reactor.advance(0)
        self.assertEqual(self.overflows, 1)
        size = self.queue.size
        self.assertLessEqual(size, LIMITS.send_queue_bytes + 100)
        for _ in range(1_000):
            self.queue.write(b"x" * 1_000)
        self.pipe.reactor.advance(1)
        self.assertEqual((self.overflows, self.queue.size), (1, size))
        self.assertLessEqual(len(self.pipe.transport.dataBuffer), 2 * 65_536 + 100)

    def test_after_an_overflow_the_last_line_comes_at_the_end_of_a_line(self: Any) -> None:
        self.open()
        self.fill()
        self.queue.close(b"last\n")
        self.assertEqual(self.queue.size, len(b"last\n"), "what was queued is dropped")
        self.pipe.drain()
        *lines, end, nothing = bytes(self.pipe.got).split(b"\n")
        self.assertEqual((end, nothing, self.pipe.ended), (b"last", b"", True))
        self.assertEqual([int(line) for line in lines], list(range(len(lines))))
        self.assertEqual({len(line) for line in lines}, {99})

    def test_a_close_sends_what_is_queued(self: Any) -> None:
        self.open(WIDE)
        for _ in range(10):
            self.queue.write(b"x" * 30_000)
        self.queue.close(b"bye\n")
        self.queue.write(b"too late\n")
        self.queue.close(b"twice\n")
        self.assertFalse(self.pipe.holder.gone)
        self.pipe.drain()
        self.assertEqual(bytes(self.pipe.got), b"x" * 300_000 + b"bye\n")
        self.assertTrue(self.pipe.holder.gone)
        self.assertEqual(self.pipe.reactor.getDelayedCalls(), [])

    def test_a_close_with_nothing_queued(self: Any) -> None:
        self.open()
        self.queue.close()
        self.pipe.drain()
        self.assertEqual((bytes(self.pipe.got), self.pipe.ended, self.pipe.holder.gone), (b"", True, True))

    def test_who_does_not_read_is_cut_off(self: Any) -> None:
        for full in (False, True):
            self.open()
            self.queue.write(b"x" * 60_000)
            if full:
                self.fill()
            self.queue.close(b"bye\n")
            while self.pipe.reactor.write_once():
                pass
            self.pipe.reactor.advance(2.9)
            self.assertFalse(self.pipe.holder.gone)
            self.pipe.reactor.advance(0.1)
            self.pipe.reactor.advance(0)
            self.assertTrue(self.pipe.holder.gone)
            self.assertEqual(self.pipe.reactor.getDelayedCalls(), [])

    def test_a_loss_forgets_everything(self: Any) -> None:
        self.open()
        self.queue.write(b"x" * 60_000)
        self.queue.close(b"bye\n")
        self.pipe.close()
        self.assertEqual(self.queue.size, 0)
        self.queue.write(b"x")
        self.queue.close(b"x")
        self.assertEqual((self.queue.size, self.pipe.reactor.getDelayedCalls()), (0, []))

    def test_a_loss_before_the_overflow_is_told(self: Any) -> None:
        self.open()
        self.fill()
        self.pipe.close()
        self.pipe.reactor.advance(1)
        self.assertEqual(self.overflows, 0, "of a connection that is gone")

    def test_a_peer_that_resets(self: Any) -> None:
        for queued in (0, 60_000):
            self.open()
            self.queue.write(b"x" * queued + b"\n")
            self.pipe.reset()
            select.select([self.pipe.transport], [], [], 1)
            for _ in range(3):
                self.queue.write(b"hello\n")
            while self.pipe.reactor.write_once():
                pass
            self.queue.write(b"hello\n")
            self.pipe.reactor.advance(0)
            self.assertTrue(self.pipe.holder.gone)
            self.assertEqual((self.queue.size, self.overflows), (0, 0))

    def test_an_abort(self: Any) -> None:
        self.open()
        self.queue.write(b"x" * 60_000)
        self.queue.abort()
        self.queue.write(b"x")
        self.pipe.reactor.advance(0)
        self.assertTrue(self.pipe.holder.gone)
        self.assertEqual((self.queue.size, self.pipe.reactor.getDelayedCalls()), (0, []))


class DirectQueueTests(Contract, SynchronousTestCase):
    kind = DirectQueue

    @given(STEPS)
    def test_every_byte_in_order(self, steps: list[tuple[str, int]]) -> None:
        self.check_every_byte_in_order(steps)

    def test_it_is_what_plain_tcp_gets(self) -> None:
        self.open()
        self.assertIs(type(self.make(Limits())), DirectQueue)
        self.assertIs(type(self.make(Limits(direct_send=False))), TransportQueue)

    def make(self, limits: Limits) -> SendQueue:
        pipe = Pipe()
        self.addCleanup(pipe.close)
        return queue_for(pipe.transport, pipe.reactor, limits, self.overflowed)

    def test_the_short_way_needs_no_reactor(self) -> None:
        self.open()
        self.queue.write(b"hello\n")
        self.assertEqual(self.pipe.reactor.writers, [])
        self.pipe.read()
        self.assertEqual(bytes(self.pipe.got), b"hello\n")

    def test_the_short_way_is_closed_while_anything_is_queued(self) -> None:
        """Also when the socket takes bytes again, and until the last of the queued ones is out."""
        self.open(WIDE)
        self.queue.write(b"x" * 100_000)
        for _ in range(100):
            self.queue.write(b"y")
            self.pipe.read(3_000)
            self.pipe.reactor.write_once()
        self.pipe.drain()
        self.queue.write(b"z")
        self.assertEqual(self.pipe.reactor.writers, [])
        self.pipe.drain()
        self.assertEqual(bytes(self.pipe.got), b"x" * 100_000 + b"y" * 100 + b"z")


class TransportQueueTests(Contract, SynchronousTestCase):
    kind = TransportQueue

    @given(STEPS)
    def test_every_byte_in_order(self, steps: list[tuple[str, int]]) -> None:
        self.check_every_byte_in_order(steps)

    def test_with_a_transport_that_pauses(self) -> None:
        transport, clock = StringTransport(), Clock()
        queue = TransportQueue(transport, clock, LIMITS, self.overflowed)
        queue.write(b"a")
        queue.pauseProducing()
        for data in (b"b", b"c"):
            queue.write(data)
        self.assertEqual((transport.value(), queue.size), (b"a", 2))
        queue.resumeProducing()
        queue.write(b"d")
        self.assertEqual((transport.value(), queue.size), (b"abcd", 0))
        queue.pauseProducing()
        queue.close(b"e")
        self.assertFalse(transport.disconnecting)
        queue.resumeProducing()
        # Under TLS a connection with a producer does not close.
        self.assertEqual((transport.value(), transport.disconnecting), (b"abcde", True))
        self.assertIsNone(transport.producer)
        queue.lost()
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_it_keeps_nothing_until_the_transport_has_enough(self) -> None:
        self.open(WIDE)
        self.queue.write(b"x" * 1_000)
        self.assertEqual((self.queue.size, len(self.pipe.reactor.writers)), (0, 1))
        self.queue.write(b"x" * 100_000)
        self.queue.write(b"y")
        self.assertEqual(self.queue.size, 1)


class SharedTests(SynchronousTestCase):
    def test_what_one_queues_is_nobody_elses(self) -> None:
        """Empty queues share one deque; nothing may ever be put into that."""
        transports = [StringTransport(), StringTransport()]
        one, other = (TransportQueue(each, Clock(), LIMITS, lambda: None) for each in transports)
        one.pauseProducing()
        other.pauseProducing()
        for data in (b"1", b"2"):
            one.write(data)
            self.assertEqual((one.size, other.size, len(NO_CHUNKS)), (1, 0, 0))
            other.resumeProducing()
            one.resumeProducing()
            one.pauseProducing()
            other.pauseProducing()
        self.assertEqual([each.value() for each in transports], [b"12", b""])
