"""Every verb with what nobody should send in every place, at every state of a connection.

Made from the table of verbs: a new one is tried as soon as it is there. Whatever is sent, the client is answered and
kept, nothing fails, and nobody is sent what no line may hold.
"""

from __future__ import annotations

from itertools import count, cycle, islice

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.user import Rank
from chatd.frontends.irc.verbs import Row
from chatd.wire.irc.caps import CAPABILITIES, UNASKED
from tests.behaviour.clients import JsonClient, TextClient
from tests.behaviour.hostile import check_json, check_text
from tests.behaviour.server import Server
from tests.irc.hostile import GOOD, PARAMETERS, check, lines_of
from tests.irc.raw import SETTINGS, Raw

ENDS = {"QUIT"}
"""Verbs that end the connection."""
MAY_END = {*ENDS, "KILL", "PASS", "CHATD"}
"""And those that can: of oneself, with a wrong password, by a command."""
EVERYTHING = " ".join(
    sorted(set(CAPABILITIES) - UNASKED - {"sasl"})
)  # where somebody could listen, no password
NAME = SETTINGS.server.name


class Hostile(SynchronousTestCase):
    """Alice founded #dev and owns the server. Bob (in text), Carol (in JSON) and Dave (with every capability) watch."""

    caps = ""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.rows = list(self.server.irc_factory.verbs.rows.values())
        self.marks = count()
        self.people: list[Raw | TextClient | JsonClient] = []

    def population(self) -> Raw:
        """Let everybody leave, and four come in; return the first."""
        for each in self.people:
            each.wire.end(ConnectionDone())
        registry = self.server.registry
        for mask in [ban.mask for ban in registry.bans.values()]:
            registry.unban(registry.server, None, mask)
        self.server.turn()
        alice = Raw(self.server, "Alice", caps=self.caps, address="192.0.2.1")
        alice.send("JOIN #dev")
        others = TextClient(self.server, "192.0.2.2"), JsonClient(self.server, "192.0.2.3")
        for nick, other in zip(("Bob", "Carol"), others, strict=True):
            other.command(f"nick {nick}")
            other.command("join #dev")
        dave = Raw(self.server, "Dave", caps=EVERYTHING, address="192.0.2.4")
        dave.send("JOIN #dev")
        self.server.user("Alice").rank = Rank.OWNER
        self.people = [alice, *others, dave]
        for each in self.people:
            each.lines()
        return alice

    def tries(self, actor: Raw, line: bytes, *, label: str = "") -> list[bytes]:
        """Send a hostile line and a good one; return what was answered to the first."""
        actor.lines()
        mark = f"mark{next(self.marks)}"
        tags = f"@label={label} ".encode() if label else b""
        actor.protocol.dataReceived(tags + line + f"\r\nPING {mark}\r\n".encode())
        while actor.session._inbox.busy:
            self.server.turn()
        self.server.turn()
        answer = check(actor.wire.value(), NAME)
        actor.wire.clear()
        if not actor.wire.gone:
            self.assertEqual(answer[-1:], [f":{NAME} PONG {NAME} {mark}".encode()], line)
        return answer[:-1]

    def watched(self) -> None:
        """What the others were sent is harmless."""
        _, bob, carol, dave = self.people
        assert isinstance(bob, TextClient)
        assert isinstance(carol, JsonClient)
        check_text(bob.raw())
        check_json(carol.raw())
        check(dave.wire.value(), NAME)
        dave.wire.clear()

    def is_at_home(self, actor: Raw) -> bool:
        """Whether the actor is still Alice in #dev, with all she may do and a client as it was."""
        user, caps = actor.session.user, " ".join(sorted(actor.session.caps))
        rooms = [] if user is None else [room.name.shown for room in user.rooms.values()]
        here = {each.nick for each in self.server.registry.users.values()}
        everybody = {"Alice", "Bob", "Carol", "Dave"} <= here
        return (
            not actor.wire.gone
            and actor.called == "Alice"
            and "#dev" in rooms
            and caps == self.caps
            and everybody
        )


class Everything(Hostile):
    def test_every_verb_says_what_it_is(self) -> None:
        self.assertGreater(len(self.rows), 40)
        for row in self.rows:
            self.assertTrue(row.handler.__doc__, row.name)
            self.assertIn(row.name, GOOD)
            self.assertLessEqual(row.least, len(GOOD[row.name]), row.name)

    def test_too_few_parameters(self) -> None:
        actor = self.population()
        for row in self.rows:
            good = GOOD[row.name]
            for number in range(row.least):
                numerics = [
                    line.split()[1]
                    for line in self.tries(actor, " ".join((row.name, *good[:number])).encode())
                ]
                self.assertIn(numerics, ([b"461"], [b"462"]), row.name)

    def test_before_registration(self) -> None:
        self.population()
        for row in self.rows:
            actor = Raw(self.server, address="192.0.2.9")
            for line in lines_of(row):
                answer = self.tries(actor, line)
                if not row.early and line[:1] != b":":
                    self.assertTrue(any(b" 451 " in each or b" INVALID_" in each for each in answer), line)
                if actor.wire.gone:
                    self.assertIn(row.name, MAY_END, line)
                if (
                    actor.wire.gone
                    or actor.session.user is not None
                    or actor.session.registration.nick is not None
                ):
                    actor.hang_up()
                    actor = Raw(self.server, address="192.0.2.9")
            actor.hang_up()
        self.watched()

    def test_while_a_claim_is_awaited(self) -> None:
        for row in self.rows:
            lines = lines_of(row, blanks=False)
            actor, names = self.population(), cycle((b"Al", b"Alice"))
            while some := list(islice(lines, 60)):
                self.server.claims.late = True
                actor.protocol.dataReceived(
                    b"".join(each + b"\r\n" for each in (b"NICK " + next(names), *some))
                )
                self.server.claims.late = False
                self.assertEqual(actor.lines(), [], "answered before its turn")
                self.server.claims.answer(True)
                self.server.turn()
                check(actor.wire.value(), NAME)
                actor.wire.clear()
                self.watched()
                if actor.wire.gone:
                    actor, names = self.population(), cycle((b"Al", b"Alice"))

    def test_while_closing(self) -> None:
        for row in self.rows:
            actor = self.population()
            self.server.store.holding = True
            actor.send("TOPIC #dev :News", "QUIT :bye")
            actor.protocol.dataReceived(b"".join(each + b"\r\n" for each in lines_of(row)))
            self.server.store.release()
            self.server.turn()
            lines = check(actor.wire.value(), NAME)
            self.assertTrue(lines[-1].startswith(b"ERROR "), lines)
            self.assertTrue(actor.wire.gone)
            self.watched()


class InARoom(Hostile):
    def try_verb(self, row: Row) -> None:
        actor = self.population()
        for line in lines_of(row, blanks=bool(self.caps)):
            answer = self.tries(actor, line, label="a1" if self.caps else "")
            if actor.wire.gone:
                self.assertIn(row.name, MAY_END, line)
            elif self.caps and row.name != "BATCH":
                self.check_label(line, answer)
            if not self.is_at_home(actor):
                self.watched()
                actor = self.population()
        self.watched()

    def check_label(self, line: bytes, answer: list[bytes]) -> None:
        """Fail unless a request was answered under its label once, or could not be read."""
        labeled = [each for each in answer if b"label=a1" in each.partition(b" ")[0]]
        unread = any(b" INVALID_UTF8 " in each or b" 417 " in each for each in answer)
        self.assertTrue(len(labeled) == 1 or unread, (line, answer))

    def test_every_verb(self) -> None:
        for row in self.rows:
            self.try_verb(row)


class InARoomWithEveryCapability(InARoom):
    caps = EVERYTHING


raw_lines = st.builds(
    lambda verb, params, last: b" ".join((verb, *params, *last)),
    st.sampled_from([each.encode() for each in GOOD]),
    st.lists(st.sampled_from([*PARAMETERS, b"#dev", b"Bob", b"Alice", b"Eve"]), max_size=4),
    st.lists(st.sampled_from(PARAMETERS).map(b":".__add__), max_size=1),
)
known_lines = st.sampled_from([" ".join((verb, *params)).encode() for verb, params in GOOD.items()])
tag_lines = st.builds(
    lambda tags, line: b"@" + tags + b" " + line,
    st.lists(
        st.sampled_from((*PARAMETERS, b"label=1", b"+draft/reply=1", b"batch=1", b"time=x")), max_size=4
    ).map(b";".join),
    known_lines | raw_lines,
)
conversations = st.lists(known_lines | raw_lines | tag_lines, min_size=1, max_size=40)


class AnyConversation(Hostile):
    caps = EVERYTHING

    @given(st.booleans(), conversations, st.integers(1, 7))
    def test_any(self, registered: bool, lines: list[bytes], step: int) -> None:
        self.setUp()
        actor = self.population()
        if not registered:
            actor.hang_up()
            actor = self.people[0] = Raw(self.server, address="192.0.2.1")
        for start in range(0, len(lines), step):
            if not actor.wire.gone:
                self.tries(actor, b"\r\n".join(lines[start : start + step]))
        self.watched()

    @given(
        st.lists(
            st.binary(max_size=40) | known_lines | st.sampled_from((b"\r\n", b"\n", b"\r", b"@", b" :")),
            max_size=30,
        )
    )
    def test_any_packets(self, packets: list[bytes]) -> None:
        self.setUp()
        actor = self.population()
        for packet in packets:
            actor.protocol.dataReceived(packet)
        self.server.turn()
        check(actor.wire.value(), NAME)
        self.watched()
