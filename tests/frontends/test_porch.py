"""Who comes straight to the porch: counted and given back, or refused with a reason."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from zope.interface import implementer

from chatd.frontends.guard import REFUSED_AT_ONCE, Peer
from tests.frontends.porch_house import ROOM, House, Knock, PorchCase, Recorder, RecordingFactory

ADDRESS = "192.0.2.7"
TOO_MANY = b"-> Error: too many connections from your address.\r\n"
TOO_MANY_NEW = b"-> Error: too many new connections from your address; try again later.\r\n"
FULL = b"-> Error: this server is full.\r\n"


@implementer(IHalfCloseableProtocol)
class HalfCloseable(Recorder):
    """Goes on when the other end has finished."""

    def readConnectionLost(self) -> None:
        self.told.append("read lost")

    def writeConnectionLost(self) -> None:
        self.told.append("write lost")


class DirectTests(PorchCase):
    """A connection that may come in."""

    def test_is_greeted_counted_and_given_back(self) -> None:
        house = self.house()
        knock = house.knock(ADDRESS)
        self.assertTrue(knock.said.startswith(b"Welcome to chatd at localhost"), knock.said)
        self.assertEqual(house.counts, (1, 0))
        self.assertEqual(house.peers(), [(ADDRESS, False, False)])
        self.assert_left(house, knock)
        self.assertEqual(self.log, [])

    def test_the_front_end_is_given_transport_and_peer(self) -> None:
        factory = RecordingFactory()
        house = self.house(factory=factory)
        knock = house.knock(ADDRESS)
        (inner,) = factory.made
        self.assertIs(inner.transport, knock)
        self.assertEqual(inner.peer, Peer(ADDRESS, 40000))
        knock.send(b"one")
        knock.send(b"two")
        self.assert_left(house, knock)
        self.assertEqual(inner.told, ["made", b"one", b"two", "lost"])

    def test_loopback_is_confidential(self) -> None:
        house = self.house()
        house.knock("127.0.0.1")
        house.knock("::1")
        self.assertEqual(house.peers(), [("127.0.0.1", False, True), ("::1", False, True)])

    def test_half_closed(self) -> None:
        factory = RecordingFactory(HalfCloseable)
        house = self.house(factory=factory)
        knock = house.knock(ADDRESS)
        knock.half_close()
        IHalfCloseableProtocol(knock.protocol).writeConnectionLost()
        self.assertFalse(knock.gone)
        self.assertEqual(house.counts, (1, 0))
        self.assert_left(house, knock)
        self.assertEqual(factory.made[0].told, ["made", "read lost", "write lost", "lost"])

    def test_half_closed_while_a_line_waits(self) -> None:
        """The line front end answers what came before the end."""
        house = self.house()
        house.chat.store.holding = True
        knock = house.knock(ADDRESS)
        knock.send(b"Alice\n/join #dev\n")
        knock.half_close()
        self.assertFalse(knock.gone)
        house.chat.store.release()
        house.chat.turn()
        self.assertIn(b"Alice has joined #dev", knock.said)
        self.assertTrue(knock.said.endswith(b"-> Goodbye.\r\n"), knock.said)
        self.assertTrue(knock.gone)
        self.assert_left(house)

    def test_not_half_closed_where_the_protocol_cannot(self) -> None:
        factory = RecordingFactory()
        house = self.house(factory=factory)
        knock = house.knock(ADDRESS)
        knock.half_close()
        self.assertEqual(factory.made[0].told, ["made", "lost"])
        self.assert_left(house)

    def test_two_connections_do_not_share_what_they_provide(self) -> None:
        factory = RecordingFactory(HalfCloseable)
        house = self.house(factory=factory)
        able = house.knock(ADDRESS)
        factory.kind = Recorder
        unable = house.knock(ADDRESS)
        self.assertTrue(IHalfCloseableProtocol.providedBy(able.protocol))
        self.assertFalse(IHalfCloseableProtocol.providedBy(unable.protocol))

    def test_a_factory_that_wants_nobody(self) -> None:
        house = self.house(factory=RecordingFactory(None))
        knock = house.knock(ADDRESS)
        knock.send(b"too late")
        self.assertTrue(knock.gone)
        self.assertEqual(knock.said, b"")
        self.assert_left(house)

    def test_a_factory_that_fails(self) -> None:
        """Port.doRead logs the exception and lets the socket go: nothing may stay counted."""

        class Failing(RecordingFactory):
            def buildProtocol(self, addr: object) -> Recorder:
                raise MemoryError

        house = self.house(factory=Failing())
        self.assertRaises(MemoryError, house.knock, ADDRESS)
        self.assert_left(house)


class RefusedTests(PorchCase):
    """A connection too many: one line that says why, and the end."""

    def assert_refused(self, knock: Knock, reason: bytes) -> None:
        self.assertEqual(knock.said, reason)
        self.assertTrue(knock.gone)

    def test_open_ones_of_an_address(self) -> None:
        house = self.house(connections_per_address=2)
        first, second = house.knock(ADDRESS), house.knock(ADDRESS)
        self.assert_refused(house.knock(ADDRESS), TOO_MANY)
        self.assertEqual(self.log, [f"{ADDRESS} was refused: too many connections from your address"])
        other = house.knock("192.0.2.8")
        first.end(ConnectionDone())
        third = house.knock(ADDRESS)
        self.assertTrue(second.open and other.open and third.open)
        self.assert_refused(house.knock(ADDRESS), TOO_MANY)
        self.assert_left(house, second, other, third)

    def test_new_ones_of_an_address(self) -> None:
        house = self.house(new_connections_per_address=2, new_connections_seconds=100)
        for _ in range(2):
            house.knock(ADDRESS).end(ConnectionDone())
            house.chat.advance(40)
        self.assert_refused(house.knock(ADDRESS), TOO_MANY_NEW)
        other = house.knock("192.0.2.8")
        self.assertTrue(other.open)
        house.chat.advance(19)
        self.assert_refused(house.knock(ADDRESS), TOO_MANY_NEW)
        house.chat.advance(1)
        again = house.knock(ADDRESS)
        self.assertTrue(again.open)
        self.assert_refused(house.knock(ADDRESS), TOO_MANY_NEW)
        self.assert_left(house, other, again)

    def test_a_server_that_is_full(self) -> None:
        house = self.house(connections=3)
        knocks = [house.knock(f"192.0.2.{number}") for number in range(3)]
        for address in ("192.0.2.9", "127.0.0.1"):
            self.assert_refused(house.knock(address), FULL)
        knocks.pop().end(ConnectionDone())
        knocks.append(house.knock("192.0.2.9"))
        self.assertTrue(all(knock.open for knock in knocks))
        self.assert_left(house, *knocks)

    def test_no_more_than_there_are_descriptors_for(self) -> None:
        for wanted in (0, 10 * ROOM):
            house = self.house(connections=wanted)
            knocks = [house.knock("127.0.0.1") for _ in range(ROOM)]
            self.assertTrue(all(knock.open for knock in knocks))
            self.assert_refused(house.knock("127.0.0.1"), FULL)
            self.assert_left(house, *knocks)

    def test_ipv6_counts_by_network(self) -> None:
        house = self.house(connections_per_address=2)
        knocks = [house.knock("2001:db8::1"), house.knock("2001:db8::ffff:0:0:2")]
        self.assert_refused(house.knock("2001:db8:0:0:8000::3"), TOO_MANY)
        knocks.append(house.knock("2001:db8:0:1::1"))
        self.assertTrue(all(knock.open for knock in knocks))
        self.assert_left(house, *knocks)

    def test_a_mapped_address_is_the_one_it_stands_for(self) -> None:
        house = self.house(connections_per_address=2)
        knocks = [house.knock(ADDRESS), house.knock(f"::ffff:{ADDRESS}")]
        self.assert_refused(house.knock(f"::ffff:{ADDRESS}"), TOO_MANY)
        self.assert_left(house, *knocks)

    def test_who_is_exempt(self) -> None:
        house = self.house(connections_per_address=1, new_connections_per_address=1, exempt=("192.0.2.0/24",))
        knocks = [house.knock(ADDRESS) for _ in range(4)]
        self.assertTrue(all(knock.open for knock in knocks))
        knocks.append(house.knock("127.0.0.1"))  # loopback has to be listed
        self.assert_refused(house.knock("127.0.0.1"), TOO_MANY)
        self.assert_left(house, *knocks)

    def test_limits_of_the_moment(self) -> None:
        house = self.house(connections_per_address=1)
        knocks = [house.knock(ADDRESS)]
        house.chat.registry.renew(House(connections_per_address=2).chat.registry.settings)
        knocks.append(house.knock(ADDRESS))
        self.assertTrue(knocks[1].open)
        self.assert_left(house, *knocks)

    def test_what_the_refused_send_goes_nowhere(self) -> None:
        house = self.house(connections=1)
        knocks = [house.knock(ADDRESS), house.knock(ADDRESS, reads=False)]
        knocks[1].send(b"Mallory\r\n/quit\r\n")
        self.assertEqual(house.chat.nicks(), [])
        self.assertEqual(len(house.factory.sessions), 1)
        knocks[1].flow()
        house.chat.turn()
        self.assert_refused(knocks[1], FULL)
        self.assert_left(house, *knocks)


class UnreadTests(PorchCase):
    """The refused who do not read what they are told."""

    def full(self) -> tuple[House, Knock]:
        house = self.house(connections=1, close_seconds=3)
        return house, house.knock(ADDRESS)

    def test_aborted_in_time(self) -> None:
        house, inside = self.full()
        knock = house.knock(ADDRESS, reads=False)
        house.chat.advance(2.9)
        self.assertEqual((knock.gone, knock.disconnected), (False, False))
        knock.send(b"still here\r\n")
        house.chat.advance(0.1)
        house.chat.turn()
        self.assertEqual((knock.gone, knock.disconnected), (True, True))
        self.assertEqual(house.counts, (1, 0))
        self.assert_left(house, inside)

    def test_one_of_each_address(self) -> None:
        house, inside = self.full()
        knock = house.knock(ADDRESS, reads=False)
        self.assertTrue(house.knock(ADDRESS, reads=False).refused)
        self.assertEqual(house.counts, (1, 1))
        knock.flow()
        house.chat.turn()
        self.assertEqual(house.knock(ADDRESS).said, FULL)
        self.assert_left(house, inside, knock)

    def test_only_so_many_at_once(self) -> None:
        house, inside = self.full()
        knocks = [house.knock(f"192.0.2.{number}", reads=False) for number in range(REFUSED_AT_ONCE)]
        self.assertEqual(house.counts, (1, REFUSED_AT_ONCE))
        self.assertFalse(any(knock.refused for knock in knocks))
        for number in range(100, 120):
            self.assertTrue(house.knock(f"192.0.2.{number}", reads=False).refused)
        self.assertEqual(house.counts, (1, REFUSED_AT_ONCE))
        knocks[3].flow()
        house.chat.turn()
        self.assertEqual((knocks[3].said, knocks[3].gone), (FULL, True))
        told = house.knock("192.0.2.200")
        self.assertEqual((told.refused, told.said), (False, FULL))
        self.assertTrue(inside.open)
        self.assert_left(house, inside, *knocks)


class OrderTests(PorchCase):
    """Whatever comes in whatever order, nothing stays counted."""

    @given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 6))
    def test_counts_return(self, seed: int, per_address: int, most: int) -> None:
        random = Random(seed)
        house = House(connections=most, connections_per_address=per_address, new_connections_per_address=9)
        knocks: list[Knock] = []
        for _ in range(60):
            match random.randrange(6):
                case 0 | 1 | 2:
                    address = random.choice(("192.0.2.1", "192.0.2.2", "2001:db8::1", "127.0.0.1", ""))
                    knocks.append(house.knock(address or "198.51.100.9", reads=random.random() < 0.5))
                case 3 if alive := [each for each in knocks if not each.refused and not each.gone]:
                    random.choice(alive).end(ConnectionDone())
                case 4 if alive := [each for each in knocks if not each.refused and not each.gone]:
                    random.choice(alive).send(random.choice(HEADS))
                case _:
                    house.chat.advance(random.choice((0, 1, 6)))
            told = [each for each in knocks if not each.refused and not each.gone]
            self.assertLessEqual(house.connections.count, most)
            self.assertLessEqual(house.guard.refusing, REFUSED_AT_ONCE)
            self.assertLessEqual(sum(house.counts), len(told))
        self.assert_left(house, *knocks)


HEADS = (
    b"PROXY TCP4 192.0.2.1 192.0.2.9 1 2\r\n",
    b"PROXY TCP4 192.0.2.3 192.0.2.9 1 2\r\nBob\r\n",
    b"PROXY UNK",
    b"Alice\r\n",
    b"\r\n",
    b"/quit\r\n",
)
