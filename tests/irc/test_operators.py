"""OPER, KILL, WALLOPS and user modes: the Modern IRC document, RFC 2812."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.names import nickname
from chatd.core.user import Rank
from tests.behaviour.clients import TextClient
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw

OPERATORS = replace(SETTINGS, operators={"boss": "sesame-open"})


class Case(SynchronousTestCase):
    """Ann and Bob."""

    def setUp(self) -> None:
        self.server = Server(OPERATORS)
        self.ann, self.bob = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        self.own = f":Ann!~Ann@{self.server.user('Ann').who.host}"

    def make_operator(self, client: Raw) -> None:
        """Let a client in as an operator."""
        client.send("OPER boss sesame-open")
        self.assertEqual(self.server.user(client.called).rank, Rank.OPERATOR)
        for each in (self.ann, self.bob):
            each.lines()


class Oper(Case):
    def test_right(self) -> None:
        """381, and the mode (Modern IRC, OPER message)."""
        self.assertEqual(
            self.ann.ask("OPER boss sesame-open"),
            [f"{self.own} MODE Ann +o", "381 :You are now an operator of this server"],
        )

    def test_wrong(self) -> None:
        """464 for a wrong name or password alike, 461 without one (Modern IRC, OPER message)."""
        wrong = self.ann.ask("OPER boss other")
        self.assertTrue(wrong[0].startswith("464 :"), wrong)
        self.assertEqual(self.ann.ask("OPER nobody sesame-open"), wrong)
        self.assertEqual(self.ann.numerics("OPER boss"), ["461"])
        self.assertEqual(self.server.user("Ann").rank, Rank.USER)

    def test_clear_text(self) -> None:
        """Where somebody could listen in, no password is taken: 491 (RFC 2812, ERR_NOOPERHOST)."""
        eve = Raw(self.server, "Eve", address="203.0.113.7")
        self.assertEqual(eve.numerics("OPER boss sesame-open"), ["491"])
        self.assertEqual(self.server.user("Eve").rank, Rank.USER)

    def test_too_often(self) -> None:
        """Wrong tries are slowed down."""
        for _ in range(4):
            self.ann.send("OPER boss other")
        self.assertEqual(self.ann.numerics("OPER boss sesame-open"), ["464"])

    def test_on_record(self) -> None:
        """Who became one stands on record, without the password."""
        self.make_operator(self.ann)
        self.assertEqual([act.line for act in self.server.acts()], ["/oper [redacted]"])

    def test_ends(self) -> None:
        """MODE -o ends it, and what it allowed."""
        self.make_operator(self.ann)
        self.assertEqual(self.ann.ask("MODE Ann"), ["221 +o"])
        self.assertEqual(self.ann.ask("MODE Ann -o"), [f"{self.own} MODE Ann -o"])
        self.assertEqual(self.ann.ask("MODE Ann"), ["221 +"])
        self.assertEqual(self.ann.numerics("KILL Bob"), ["481"])

    def test_rank_of_an_account(self) -> None:
        """The rank of an account stays: MODE -o takes what OPER gave."""
        account = self.server.now(self.server.accounts.add(nickname("Ann"), "sesame-open"))
        self.server.registry.identify(self.server.user("Ann"), account)
        self.server.registry.appoint(self.server.registry.server, account, Rank.OPERATOR)
        self.ann.lines()
        self.assertEqual(self.ann.ask("MODE Ann -o"), [])
        self.assertEqual(self.server.user("Ann").rank, Rank.OPERATOR)


class Kill(Case):
    def test_done(self) -> None:
        """He is told, those who share a room see him go, it stands on record (Modern IRC, KILL message)."""
        self.make_operator(self.ann)
        for each in (self.ann, self.bob):
            each.send("JOIN #dev")
        self.bob.lines()
        answer = self.ann.ask("KILL bob :too loud")
        self.assertIn("QUIT :Killed (Ann (too loud))", answer[0])
        host = self.server.registry.world.cloak("127.0.0.1")
        words = "You have been kicked off the server by Ann (too loud)"
        self.assertEqual(self.bob.lines()[-1], f"ERROR :Closing link: (~Bob@{host}) [{words}]")
        self.assertTrue(self.bob.wire.disconnecting)
        self.assertIn("/kill Bob too loud", [act.line for act in self.server.acts()])

    def test_refused(self) -> None:
        """481 for who is no operator, 401 for who is not there."""
        for whom in ("Bob", "Ann", "Eve"):
            self.assertEqual(self.ann.numerics(f"KILL {whom} :x"), ["481"])
        self.assertEqual(self.server.nicks(), ["Ann", "Bob"])
        self.make_operator(self.ann)
        self.assertEqual(self.ann.numerics("KILL Eve"), ["401"])
        self.assertEqual(self.ann.numerics("KILL"), ["461"])

    def test_above(self) -> None:
        """Nobody kills who ranks above him."""
        self.make_operator(self.ann)
        self.server.registry.set_oper(self.server.user("Bob"), Rank.OWNER)
        self.assertEqual(self.ann.numerics("KILL Bob"), ["481"])
        self.assertEqual(self.server.nicks(), ["Ann", "Bob"])


class Wallops(Case):
    def test_who_hears(self) -> None:
        """Operators, and who has mode w; nobody else (RFC 2812 §4.7)."""
        cid, text = Raw(self.server, "Cid"), TextClient(self.server)
        text.say("Paul")
        cid.send("MODE Cid +w")
        self.make_operator(self.ann)
        self.server.registry.set_oper(self.server.user("Paul"), Rank.OPERATOR)
        for each in (cid, text):
            each.lines()
        self.assertEqual(self.ann.ask("WALLOPS :hi all"), [f"{self.own} WALLOPS :hi all"])
        self.assertEqual(cid.lines(), [f"{self.own} WALLOPS :hi all"])
        self.assertEqual(text.lines(), [b" * Ann tells the operators: hi all"])
        self.assertEqual(self.bob.lines(), [])
        cid.send("MODE Cid -w")
        cid.lines()
        self.ann.send("WALLOPS :again")
        self.assertEqual(cid.lines(), [])

    def test_refused(self) -> None:
        """481 for who is no operator (Modern IRC, WALLOPS message)."""
        self.bob.send("MODE Bob +w")
        self.bob.lines()
        self.assertEqual(self.ann.numerics("WALLOPS :hi"), ["481"])
        self.assertEqual(self.bob.lines(), [])


class UserModes(Case):
    def test_change(self) -> None:
        """What changed comes back, and 221 shows all of it (Modern IRC, MODE message)."""
        self.assertEqual(self.ann.ask("MODE Ann +iB"), [f"{self.own} MODE Ann +iB"])
        self.assertEqual(self.ann.ask("MODE ann"), ["221 +Bi"])
        self.assertEqual(self.ann.ask("MODE Ann +i"), [])
        self.assertEqual(self.ann.ask("MODE Ann -i+w"), [f"{self.own} MODE Ann +w-i"])
        self.assertEqual(self.ann.ask("MODE Ann +i-i"), [])

    def test_refused(self) -> None:
        """502 for others, 401 for nobody, 501 once for what there is not; nobody is an operator by +o."""
        self.assertEqual(self.ann.numerics("MODE Bob"), ["502"])
        self.assertEqual(self.ann.numerics("MODE Bob +i"), ["502"])
        self.assertEqual(self.ann.numerics("MODE Eve +i"), ["401"])
        self.assertEqual(self.ann.numerics("MODE Ann +xyi"), ["501", "MODE"])
        self.assertEqual(self.ann.ask("MODE Ann +o"), [])
        self.assertEqual(self.server.user("Ann").rank, Rank.USER)

    def test_bot(self) -> None:
        """What a bot says is marked for who takes tags (IRCv3 bot-mode)."""
        cid = Raw(self.server, "Cid", caps="message-tags")
        self.ann.send("MODE Ann +B", "PRIVMSG Cid :beep")
        (line,) = cid.lines()
        self.assertRegex(line, r"^@msgid=[^ ;]+;bot :Ann!")


class Counted(Case):
    def counts(self) -> list[str]:
        """Return the figures of LUSERS: visible and invisible, operators, unknown."""
        found = {line[:3]: line[4:] for line in self.ann.ask("LUSERS")}
        words = found["251"].split()
        return [words[2], words[5], found["252"].split()[0], found["253"].split()[0]]

    def test_counts(self) -> None:
        """Figures follow what happens (Modern IRC, LUSERS message)."""
        self.assertEqual(self.counts(), ["2", "0", "0", "0"])
        self.bob.send("MODE Bob +i", "OPER boss sesame-open")
        self.assertEqual(self.counts(), ["1", "1", "1", "0"])
        late = Raw(self.server)
        late.send("NICK Zoe")
        TextClient(self.server)
        self.assertEqual(self.counts(), ["1", "1", "1", "2"])
        late.send("USER u s e r")
        self.assertEqual(self.counts(), ["2", "1", "1", "1"])
        self.bob.send("MODE Bob -o")
        self.assertEqual(self.counts(), ["2", "1", "0", "1"])
        self.bob.send("QUIT")
        self.assertEqual(self.counts(), ["2", "0", "0", "1"])
        unknown = Raw(self.server)
        unknown.send("NICK Bob", "QUIT")
        self.assertEqual(self.counts(), ["2", "0", "0", "1"])
