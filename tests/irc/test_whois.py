"""WHOIS, WHOWAS, USERHOST, ISON: the Modern IRC document and RFC 2812."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.core.names import nickname
from chatd.core.user import Rank
from chatd.frontends.irc.past import REMEMBERED, Past
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw

CAME = "1767323045"


class Case(SynchronousTestCase):
    """Ann and Bob, connected from elsewhere."""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann = Raw(self.server, "Ann", user="ann", realname="Ann of Arc", address="203.0.113.7")
        self.bob = Raw(self.server, "Bob")
        self.host = self.server.user("Ann").who.host

    def make_operator(self, nick: str) -> None:
        """Give somebody the rank, and forget that he was told."""
        self.server.registry.set_oper(self.server.user(nick), Rank.OPERATOR)
        self.bob.lines()


class Whois(Case):
    def test_plain(self) -> None:
        """311, 312, 317, 318 (Modern IRC, WHOIS message)."""
        self.server.advance(5)
        self.assertEqual(
            self.bob.ask("WHOIS ann"),
            [
                f"311 Ann ~ann {self.host} * :Ann of Arc",
                "312 Ann irc.example chatd",
                f"317 Ann 5 {CAME} :seconds idle, signon time",
                "318 Ann :End of /WHOIS list",
            ],
        )

    def test_server(self) -> None:
        """The server, or somebody on it, may be named first (RFC 2812 §3.6.2)."""
        for server in ("irc.example", "IRC.*", "Bob"):
            self.assertEqual(self.bob.numerics(f"WHOIS {server} Ann"), ["311", "312", "317", "318"])
        self.assertEqual(self.bob.ask("WHOIS no.example Ann"), ["402 no.example :No such server"])

    def test_nobody(self) -> None:
        """401 for who is not there, 431 without a name, and never a mask."""
        self.assertEqual(self.bob.ask("WHOIS Eve")[0], "401 Eve :No such nick")
        self.assertEqual(self.bob.numerics("WHOIS Eve"), ["401", "318"])
        self.assertEqual(self.bob.numerics("WHOIS *"), ["401", "318"])
        self.assertEqual(self.bob.numerics("WHOIS"), ["431"])

    def test_several(self) -> None:
        """As many at once as 005 says (TARGMAX), each once."""
        self.assertEqual(self.bob.numerics("WHOIS Ann,Ann,Bob").count("318"), 2)
        self.assertEqual(self.bob.numerics("WHOIS " + ",".join(f"n{n}" for n in range(9))).count("318"), 4)

    def test_rooms(self) -> None:
        """Rooms with the highest prefix in each (RPL_WHOISCHANNELS), in several lines if one is too short."""
        self.ann.send("JOIN #one", "JOIN #two")
        self.assertIn("319 Ann :@#one @#two", self.bob.ask("WHOIS Ann"))
        for number in range(20):
            self.ann.send(f"JOIN #{'x' * 40}{number:02}")
        found = [line for line in self.bob.ask("WHOIS Ann") if line.startswith("319")]
        self.assertEqual(len(found), 2)
        self.assertEqual(sum(line.count("#") for line in found), 22)

    def test_secret_rooms(self) -> None:
        """Secret rooms are shown to who is in them, and to operators."""
        self.ann.send("JOIN #dev")
        self.server.registry.rooms["#dev"].secret = True
        self.assertNotIn("319", self.bob.numerics("WHOIS Ann"))
        self.assertIn("319", self.ann.numerics("WHOIS Ann"))
        self.make_operator("Bob")
        self.assertIn("319", self.bob.numerics("WHOIS Ann"))

    def test_invisible(self) -> None:
        """The rooms of who is invisible are shown to those who share one (Modern IRC, user mode i)."""
        self.ann.send("JOIN #dev")
        self.server.registry.set_modes(self.server.user("Ann"), "i", "")
        self.assertNotIn("319", self.bob.numerics("WHOIS Ann"))
        self.bob.send("JOIN #dev")
        self.assertIn("319", self.bob.numerics("WHOIS Ann"))
        self.bob.send("PART #dev")
        self.make_operator("Bob")
        self.assertIn("319", self.bob.numerics("WHOIS Ann"))

    def test_address(self) -> None:
        """The address and the modes are shown to the user himself and to operators alone."""
        private = {"338", "379"}
        self.assertTrue(private.isdisjoint(self.bob.numerics("WHOIS Ann")))
        self.assertIn("338 Ann 203.0.113.7 :is connected from this address", self.ann.ask("WHOIS Ann"))
        self.make_operator("Bob")
        found = self.bob.ask("WHOIS Ann")
        self.assertIn("338 Ann 203.0.113.7 :is connected from this address", found)
        self.assertIn("379 Ann :is using modes +", found)

    def test_more(self) -> None:
        """Away, an operator, a bot, a registered nickname, an account, TLS (Modern IRC; IRCv3 bot-mode)."""
        sue = Raw(self.server, "Sue", secure=True)
        account = self.server.now(self.server.accounts.add(nickname("Sue"), "sesame-open"))
        user = self.server.user("Sue")
        self.server.registry.identify(user, account)
        self.server.registry.set_modes(user, "B", "")
        self.make_operator("Sue")
        sue.send("AWAY :at lunch")
        found = self.bob.ask("WHOIS Sue")
        for line in (
            "301 Sue :at lunch",
            "313 Sue :is an operator of this server",
            "330 Sue Sue :is logged in as",
            "307 Sue :has registered this nickname",
            "335 Sue :is a bot",
            "671 Sue :is using a secure connection",
        ):
            self.assertIn(line, found)

    def test_certificate(self) -> None:
        """The fingerprint of a client's certificate is shown to himself and to operators (RPL_WHOISCERTFP)."""
        self.patch(self.ann.protocol, "certificate", lambda: "ab" * 32)
        self.assertNotIn("276", self.bob.numerics("WHOIS Ann"))
        self.assertIn(f"276 Ann :has client certificate fingerprint {'ab' * 32}", self.ann.ask("WHOIS Ann"))

    def test_people(self) -> None:
        """Who came by another door has a user name and a real name, too."""
        _, protocol = self.server.connect("127.0.0.1", secure=False)
        protocol.dataReceived(b"Paul\r\n")
        self.server.turn()
        self.assertRegex(self.bob.ask("WHOIS Paul")[0], r"^311 Paul ~u \S+ \* Paul$")


class Whowas(Case):
    def test_left(self) -> None:
        """314 and 312, the last one first, then 369 (RFC 2812 §3.6.3)."""
        self.ann.send("QUIT :bye")
        Raw(self.server, "Ann", user="other").send("QUIT")
        found = self.bob.ask("WHOWAS ann")
        self.assertRegex(found[0], r"^314 Ann ~other \S+ \* :Real Ann$")
        self.assertEqual(found[1], "312 Ann irc.example :2026-01-02 03:04:05Z")
        self.assertEqual(found[2], f"314 Ann ~ann {self.host} * :Ann of Arc")
        self.assertEqual(found[4:], ["369 ann :End of WHOWAS"])

    def test_count(self) -> None:
        """A count that is positive bounds them, any other does not (RFC 2812 §3.6.3)."""
        self.ann.send("QUIT")
        for _ in range(2):
            Raw(self.server, "Ann").send("QUIT")
        for count, entries in (("1", 1), ("2", 2), ("0", 3), ("-1", 3), ("x", 3), ("9" * 30, 3)):
            self.assertEqual(self.bob.numerics(f"WHOWAS Ann {count}").count("314"), entries, count)

    def test_renamed(self) -> None:
        """A nickname that was given up counts; one that changed its capitals is the same."""
        self.ann.send("NICK ANN", "NICK Zoe")
        self.assertEqual(self.bob.ask("WHOWAS ann")[0], f"314 ANN ~ann {self.host} * :Ann of Arc")
        self.assertEqual(self.bob.numerics("WHOWAS ann").count("314"), 1)

    def test_nobody(self) -> None:
        """406, and 369 all the same; 431 without a name."""
        self.assertEqual(
            self.bob.ask("WHOWAS Eve"), ["406 Eve :There was no such nickname", "369 Eve :End of WHOWAS"]
        )
        self.assertEqual(self.bob.numerics("WHOWAS"), ["431"])

    def test_address(self) -> None:
        """Operators see where he was connected from."""
        self.ann.send("QUIT")
        self.assertNotIn("338", self.bob.numerics("WHOWAS Ann"))
        self.make_operator("Bob")
        self.assertIn("338 Ann 203.0.113.7 :was connected from this address", self.bob.ask("WHOWAS Ann"))

    def test_bounded(self) -> None:
        """So many are remembered and no more."""
        past, user = Past(self.server.registry), self.server.user("Ann")
        for number in range(REMEMBERED + 2):
            self.server.registry.rename(user, nickname(f"n{number}"))
        self.assertEqual(len(past), REMEMBERED)


class Short(Case):
    def test_userhost(self) -> None:
        """+ or - for here or away, an asterisk for operators, five at most (RFC 2812 §4.8)."""
        self.assertEqual(self.bob.ask("USERHOST ann nobody"), [f"302 Ann=+~ann@{self.host}"])
        self.ann.send("AWAY :lunch")
        self.make_operator("Ann")
        self.assertEqual(self.bob.ask("USERHOST Ann"), [f"302 Ann*=-~ann@{self.host}"])
        self.assertEqual(self.bob.ask("USERHOST a b c d e Ann"), ["302 :"])
        self.assertEqual(self.bob.numerics("USERHOST"), ["461"])

    def test_whole(self) -> None:
        """What does not fit into a line is in the next one, never cut."""
        nicks = [f"{letter}{'é' * 31}" for letter in "ABCDEFGH"]
        clients = [Raw(self.server, nick, user="u" * 10, address="203.0.113.7") for nick in nicks]
        hosts = [f"{nick}=+~{'u' * 10}@{self.host}" for nick in nicks]
        for verb, numeric, count, told in (("ISON", "303", 7, nicks), ("USERHOST", "302", 5, hosts)):
            found = clients[-1].ask(f"{verb} {' '.join(nicks[:count])}")
            shown = [
                each for line in found for each in line.removeprefix(f"{numeric} ").lstrip(":").split(" ")
            ]
            self.assertEqual((shown, len(found)), (told[:count], 2))

    def test_ison(self) -> None:
        """Those who are here, as they write themselves (RFC 2812 §4.9)."""
        self.assertEqual(self.bob.ask("ISON ann Eve BOB"), ["303 :Ann Bob"])
        self.assertEqual(self.bob.ask("ISON :Eve ann"), ["303 Ann"])
        self.assertEqual(self.bob.ask("ISON Eve"), ["303 :"])
