"""What a line costs its client's budget: as much as it asks for, however it is put."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.settings import Limits, Settings
from tests.behaviour.server import Server
from tests.irc.raw import Raw

MANY = Settings(limits=Limits(lines_per_second=1, burst_lines=1000))


class Weights(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(MANY)
        self.ann, self.bob = Raw(self.server, "Ann", caps="sasl"), Raw(self.server, "Bob")
        self.ann.send("JOIN #dev")
        self.bob.send("JOIN #dev")
        self.bob.lines()
        self.ann.session.courtesy = 0

    def spent(self, line: str) -> int:
        """Return what a line of Ann's costs."""
        budget = self.ann.session.budget
        before = budget._level
        self.ann.send(line)
        return round(before - budget._level)

    def test_a_plain_line(self) -> None:
        self.assertEqual(self.spent("PRIVMSG #dev :hi"), 1)

    def test_several_targets(self) -> None:
        self.assertEqual(self.spent("PRIVMSG Bob,#dev,nobody :hi"), 3)
        self.assertEqual(self.spent("PRIVMSG Bob,BOB,bob,bOB :hi"), 1)
        self.assertEqual(len(self.bob.lines()), 3)

    def test_rooms(self) -> None:
        self.assertGreaterEqual(self.spent("JOIN #a,#b,#c,#d"), 8)
        self.assertGreaterEqual(self.spent("PART #a,#b"), 2)
        self.assertGreaterEqual(self.spent("JOIN 0"), 3)

    def test_all_rooms_of_a_line(self) -> None:
        """None is left out without a word."""
        self.ann.send(f"JOIN {','.join(f'#r{number}' for number in range(40))}")
        self.assertEqual(len(self.server.user("Ann").rooms), 41)

    def test_many_nicknames(self) -> None:
        """Twenty to be looked up weigh as much as a line. USERHOST looks at five, whatever it is given."""
        many = [f"n{number}" for number in range(100)]
        self.assertEqual(self.spent(f"ISON {' '.join(many)}"), 6)
        self.assertEqual(self.spent(f"ISON Bob :{' '.join(many[:39])}"), 3)
        self.assertEqual(self.spent(f"MONITOR + {','.join(many)}"), 6)
        self.assertEqual(self.spent("MONITOR S"), 6)
        self.assertEqual(self.spent("ISON Bob"), 1)
        self.assertEqual(self.spent(f"USERHOST {' '.join(many)}"), 1)

    def test_modes(self) -> None:
        """Each change is charged with what its command weighs."""
        self.assertGreaterEqual(self.spent("MODE #dev +v-v+v-v+v-v Bob Bob Bob Bob Bob Bob"), 3)
        self.assertGreaterEqual(self.spent("MODE #dev +bbbb a!*@* b!*@* c!*@* d!*@*"), 8)

    def test_a_list_once(self) -> None:
        self.ann.send("MODE #dev +b a!*@*")
        self.assertEqual(self.ann.numerics("MODE #dev bbbbbbbb"), ["367", "368"])

    def test_passwords(self) -> None:
        for line in (
            "PRIVMSG NickServ :IDENTIFY Kim wrong-horse",
            "NS IDENTIFY Kim wrong-horse",
            "OPER kim wrong",
        ):
            self.assertEqual(self.spent(line), 5, line)
        before = len(self.ann.lines())
        self.spent("PRIVMSG NickServ,NICKSERV,ns :IDENTIFY Kim wrong-horse")
        self.assertEqual((len(self.ann.lines()), bool(before)), (1, True))

    def test_real_names(self) -> None:
        self.ann.send(f"JOIN {','.join(f'#r{number}' for number in range(31))}")
        self.assertEqual(self.spent("SETNAME :Ann of Arc"), 1 + 32 // 8)


class Guesses(SynchronousTestCase):
    def test_the_servers_password_is_guessed_once(self) -> None:
        """Also on the way to an account: the connection ends."""
        server = Server(Settings(server=MANY.server.__class__(name="irc.example", password="sesame")))
        for line in ("REGISTER * * correct-horse", "AUTHENTICATE PLAIN"):
            client = Raw(server)
            client.send("NICK Ann", "PASS wrong", line)
            self.assertTrue(client.lines()[-1].startswith("ERROR :"), line)
            self.assertTrue(client.wire.disconnecting)


class SlowRooms(SynchronousTestCase):
    def test_typing_takes_no_turn(self) -> None:
        server = Server(Settings(limits=Limits(lines_per_second=0)))
        ann = Raw(server, "Ann", caps="message-tags")
        bob = Raw(server, "Bob", caps="message-tags")
        ann.send("JOIN #slow", "ROOM slow #slow 30s")
        bob.send("JOIN #slow")
        bob.lines()
        self.assertEqual(bob.numerics("@+typing=active TAGMSG #slow", "PRIVMSG #slow :hello"), [])


class Secrets(SynchronousTestCase):
    def test_a_hidden_room_is_as_if_it_were_not_there(self) -> None:
        server = Server(Settings(limits=Limits(lines_per_second=0)))
        ann, bob = Raw(server, "Ann"), Raw(server, "Bob", caps="draft/read-marker")
        ann.send("JOIN #hidden", "MODE #hidden +s")
        for name in ("#HidDen", "#HidDem"):
            self.assertTrue(bob.ask(f"MARKREAD {name}")[0].endswith(f" MARKREAD {name} *"), name)
