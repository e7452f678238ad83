"""WHO: the Modern IRC document's WHO message, IRCv3 WHOX."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.events import Arrived, Who
from chatd.core.lanes import NOBODY
from chatd.core.limits import Budget
from chatd.core.names import nickname
from chatd.core.user import Rank
from chatd.frontends.irc.pouring import LINES_A_LINE
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class WhoCase(SynchronousTestCase):
    """A server with Ann, who has created #dev, and Bob in it, and Cid outside."""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann = Raw(self.server, "Ann", user="ann", realname="Ann of Arc")
        self.bob = Raw(self.server, "Bob")
        self.cid = Raw(self.server, "Cid")
        self.ann.send("JOIN #dev")
        self.bob.send("JOIN #dev")
        self.host = self.server.user("Ann").who.host


class OfWho(WhoCase):
    def test_nickname(self) -> None:
        """One line of 352, one of 315 with the mask as it was sent (Modern IRC, WHO)."""
        row = f"352 * ~ann {self.host} irc.example Ann H :0 Ann of Arc"
        for mask in ("Ann", "ann", "AN*", "a?n"):
            self.assertEqual(self.cid.ask(f"WHO {mask}"), [row, f"315 {mask} :End of /WHO list"])
        self.assertEqual(self.cid.ask("WHO nobody"), ["315 nobody :End of /WHO list"])

    def test_room(self) -> None:
        """Members with their prefixes; the room's name as it is written (Modern IRC, RPL_WHOREPLY)."""
        found = self.cid.ask("WHO #DEV")
        self.assertEqual(found[0], f"352 #dev ~ann {self.host} irc.example Ann H@ :0 Ann of Arc")
        self.assertIn(" Bob H :0 Real Bob", found[1])
        self.assertEqual(found[2:], ["315 #DEV :End of /WHO list"])

    def test_every_prefix(self) -> None:
        """All of a member's prefixes for who asked for them (IRCv3 multi-prefix)."""
        self.server.registry.users[self.server.user("Ann").id].modes = "B"
        room = self.server.registry.rooms["#dev"]
        room.registered = True
        dan = Raw(self.server, "Dan", caps="multi-prefix")
        self.assertIn(" Ann H~@+B ", dan.ask("WHO #dev")[0])
        self.assertIn(" Ann H~B ", self.cid.ask("WHO #dev")[0])

    def test_flags(self) -> None:
        """G for who is away, an asterisk for operators, B for bots (Modern IRC, IRCv3 bot-mode)."""
        self.ann.send("AWAY :lunch")
        self.server.registry.set_oper(self.server.user("Ann"), Rank.OPERATOR)
        self.server.registry.set_modes(self.server.user("Ann"), "B", "")
        self.assertIn(" Ann G*B :0 ", self.cid.ask("WHO Ann")[0])
        self.assertEqual(self.cid.numerics("WHO * o"), ["352", "315"])

    def test_all(self) -> None:
        """No mask, * and 0 mean everybody."""
        for asked in ("WHO", "WHO *", "WHO 0"):
            self.assertEqual(self.cid.numerics(asked), ["352", "352", "352", "315"])

    def test_fields_of_a_user(self) -> None:
        """Masks look at nickname, user name, host and real name, or at nick!user@host."""
        for mask in ("~an?", self.host, "*of*arc", "ann!*@*", f"*!*@{self.host}*"):
            self.assertIn("352 * ~ann", "\n".join(self.cid.ask(f"WHO :*{mask}")), mask)
        self.assertEqual(self.cid.numerics("WHO ann!bob@*"), ["315"])

    def test_stars(self) -> None:
        """A mask that is all stars costs no more than another one."""
        self.assertEqual(self.cid.numerics("WHO " + "*a" * 60), ["315"])
        self.assertEqual(self.cid.numerics("WHO " + "*a" * 100), ["315"])


class Hidden(WhoCase):
    def test_invisible(self) -> None:
        """Who is invisible is found by name and by who shares a room with him, not by masks (Modern IRC, user mode i)."""
        self.server.registry.set_modes(self.server.user("Ann"), "i", "")
        self.assertEqual(self.cid.numerics("WHO an*"), ["315"])
        self.assertEqual(self.cid.numerics("WHO #dev"), ["352", "315"])
        self.assertEqual(self.cid.numerics("WHO Ann"), ["352", "315"])
        self.assertEqual(self.bob.numerics("WHO an*"), ["352", "315"])
        self.assertEqual(self.ann.numerics("WHO an*"), ["352", "315"])
        self.server.registry.set_oper(self.server.user("Cid"), Rank.OPERATOR)
        self.assertEqual(self.cid.numerics("WHO an*"), ["352", "315"])

    def test_secret_room(self) -> None:
        """A secret room is as if it were not there."""
        self.server.registry.rooms["#dev"].secret = True
        self.assertEqual(self.cid.ask("WHO #dev"), ["315 #dev :End of /WHO list"])
        self.assertEqual(self.bob.numerics("WHO #dev"), ["352", "352", "315"])

    def test_locked_room(self) -> None:
        """A room with a key is seen from inside."""
        self.server.registry.rooms["#dev"].key = "sesame"
        self.assertEqual(self.cid.numerics("WHO #dev"), ["315"])
        self.assertEqual(self.bob.numerics("WHO #dev"), ["352", "352", "315"])

    def test_address(self) -> None:
        """The address is shown to the user himself and to operators alone."""
        eve = Raw(self.server, "Eve", address="203.0.113.7")
        self.assertIn("354 255.255.255.255", self.cid.ask("WHO Eve %i"))
        self.assertIn("354 203.0.113.7", eve.ask("WHO Eve %i"))
        self.server.registry.set_oper(self.server.user("Cid"), Rank.OPERATOR)
        self.assertIn("354 203.0.113.7", self.cid.ask("WHO Eve %i"))


class Whox(WhoCase):
    def test_all_fields(self) -> None:
        """All fields, in the order of the specification whatever the order asked for (IRCv3 WHOX)."""
        row = f"354 123 * ~ann 255.255.255.255 {self.host} irc.example Ann H 0 0 0 n/a :Ann of Arc"
        for fields in ("tcuihsnfdlaor", "roaldfnshiuct"):
            self.assertEqual(self.cid.ask(f"WHO Ann %{fields},123")[0], row)

    def test_token(self) -> None:
        """The token is of one to three digits; any other is none (IRCv3 WHOX)."""
        for token, shown in ((",7", "7"), (",1234", "0"), ("", "0"), (",x", "0")):
            self.assertEqual(self.cid.ask(f"WHO Ann %tn{token}")[0], f"354 {shown} Ann")

    def test_account(self) -> None:
        """0 stands for who is not logged in (IRCv3 WHOX)."""
        self.assertEqual(self.cid.ask("WHO Ann %na")[0], "354 Ann 0")
        account = self.server.now(self.server.accounts.add(nickname("Annie"), "sesame-open"))
        self.server.registry.identify(self.server.user("Ann"), account)
        self.assertEqual(self.cid.ask("WHO Ann %na")[0], "354 Ann Annie")

    def test_flags_and_fields(self) -> None:
        """Flags stand before the percent sign."""
        self.assertEqual(self.cid.numerics("WHO * o%nuh,42"), ["315"])


class Long(SynchronousTestCase):
    """Answers that are longer than the send queue."""

    COUNT = 2000

    def setUp(self) -> None:
        limits = replace(SETTINGS.limits, send_queue_bytes=65536)
        self.server = Server(replace(SETTINGS, limits=limits))
        self.ann = Raw(self.server, "Ann", caps="batch labeled-response")
        registry = self.server.registry
        for number in range(self.COUNT):
            who = Who(nick=f"user{number:04}", user=f"u{number}", host="abcdefgh.ijklmnop", ident="~user")
            registry.enter(Arrived(**registry.stamp(), who=who, address="203.0.113.7"), NOBODY)

    def read(self) -> list[str]:
        """Return all that comes."""
        lines: list[str] = []
        for _ in range(self.COUNT):
            self.ann.wire.flow()
            self.server.turn()
            lines += self.ann.lines()
        return lines

    def test_slow_reader(self) -> None:
        """Who reads slowly is waited for and gets all of it."""
        self.ann.wire.stall()
        self.ann.send("WHO *")
        for _ in range(50):
            self.server.turn()
        self.assertFalse(self.ann.session.ended)
        lines = self.read()
        self.assertEqual(len(lines), self.COUNT + 2)
        self.assertIn(" 315 Ann * ", lines[-1])

    def test_labeled(self) -> None:
        """A labeled answer is a batch that begins before it is complete (IRCv3 labeled-response)."""
        self.ann.wire.stall()
        self.ann.send("@label=abc WHO *")
        for _ in range(50):
            self.server.turn()
        self.assertFalse(self.ann.session.ended)
        first, *rows, last = self.read()
        self.assertRegex(first, r"^@label=abc :irc\.example BATCH \+\w+ labeled-response$")
        batch = first.split(" ")[3].removeprefix("+")
        self.assertEqual(last, f":irc.example BATCH -{batch}")
        self.assertEqual(len(rows), self.COUNT + 2)
        self.assertTrue(all(row.startswith(f"@batch={batch} ") for row in rows))

    def test_who_leaves_while_asking(self) -> None:
        """Nothing is left over of an answer to who is gone."""
        self.ann.wire.stall()
        self.ann.send("WHO *")
        self.ann.hang_up()
        self.server.turn()
        self.assertTrue(self.ann.session.ended)

    def test_weight(self) -> None:
        """What is looked at weighs: so many lines of the answer are as one of the client's."""
        weights: list[float] = []
        self.patch(Budget, "spend", lambda _, weight: weights.append(weight))
        self.ann.send("WHO *")
        self.assertEqual(sum(weights), (self.COUNT + 1) // LINES_A_LINE)  # beside the line itself
