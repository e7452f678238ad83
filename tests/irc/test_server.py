"""What a client asks of the server itself: the Modern IRC document, RFC 2812 §3.4."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.core.user import Rank
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Case(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann = Raw(self.server, "Ann")


class Help(Case):
    def test_index(self) -> None:
        """704, 705 and 706 with one subject (Modern IRC, HELP message)."""
        for verb in ("HELP", "HELPOP"):
            first, *middle, last = self.ann.ask(verb)
            self.assertTrue(first.startswith("704 * :"), first)
            self.assertTrue(all(line.startswith("705 * ") for line in middle))
            self.assertTrue(last.startswith("706 * :"), last)
        shown = "\n".join(middle)
        self.assertIn("PRIVMSG", shown)
        self.assertIn("history", shown)
        self.assertNotIn("shutdown", shown)

    def test_subject(self) -> None:
        """Verbs, and commands of all dialects; what one may not do is not there (ERR_HELPNOTFOUND)."""
        self.assertEqual(self.ann.ask("HELP privmsg")[0], "704 PRIVMSG :PRIVMSG: Say something.")
        self.assertIn("/history", self.ann.ask("HELP history")[0])
        self.assertIn("704 ROOM_INFO :/room info", self.ann.ask("HELP room info")[0])
        self.assertEqual(self.ann.ask("HELP xyz"), ["524 xyz :No help about this"])
        self.assertEqual(self.ann.numerics("HELP shutdown"), ["524"])

    def test_every_verb(self) -> None:
        """There is help about each verb."""
        for name in self.server.irc_factory.verbs.rows:
            self.assertRegex(self.ann.ask(f"HELP {name}")[0], rf"^704 {name} :{name}: [A-Z]")


class OfServer(Case):
    def test_whose(self) -> None:
        """A server is named by its name, a mask of it, or somebody on it; 402 for another one."""
        for verb in ("MOTD", "VERSION", "TIME", "INFO", "ADMIN"):
            for server in ("irc.example", "IRC.*", "ann", "*"):
                self.assertNotIn("402", self.ann.numerics(f"{verb} {server}"))
            self.assertEqual(self.ann.ask(f"{verb} no.example"), ["402 no.example :No such server"])

    def test_links(self) -> None:
        """No server is linked to this one."""
        self.assertEqual(self.ann.ask("LINKS"), ["365 * :End of /LINKS list"])

    def test_stats(self) -> None:
        """u: how long it runs; p: operators, but those who hide (RFC 2812 §3.4.4)."""
        self.server.wall += 1
        self.assertEqual(
            self.ann.ask("STATS u"), ["242 :Server Up 0 days 0:00:00", "219 u :End of /STATS report"]
        )
        Raw(self.server, "Bob")
        bob = self.server.user("Bob")
        self.server.registry.set_oper(bob, Rank.OPERATOR)
        self.assertEqual(self.ann.ask("STATS p"), ["249 p Bob", "219 p :End of /STATS report"])
        self.server.registry.set_modes(bob, "i", "")
        self.assertEqual(self.ann.ask("STATS p"), ["219 p :End of /STATS report"])
        self.assertEqual(self.ann.numerics("STATS"), ["461"])

    def test_limits(self) -> None:
        """What 005 says holds: CHANNELLEN, with 403 past it, and NICKLEN, with 432 (Modern IRC, RPL_ISUPPORT)."""
        limits = SETTINGS.limits
        name = "#" + "a" * (limits.room_name_bytes - 1)
        self.assertIn(f"JOIN {name}", self.ann.ask(f"JOIN {name}")[0])
        self.assertTrue(self.ann.ask(f"JOIN {name}b")[0].startswith(f"403 {name}b :"))
        nick = "a" * limits.nickname_characters
        self.assertIn(f"NICK {nick}", self.ann.ask(f"NICK {nick}")[0])
        self.assertTrue(self.ann.ask(f"NICK {nick}b")[0].startswith(f"432 {nick}b :"))

    def test_tokens(self) -> None:
        """005 has at most 13 tokens in a line, in ASCII (Modern IRC, RPL_ISUPPORT)."""
        found = [line for line in self.ann.welcome if " 005 " in line]
        for line in found:
            tokens = line.partition(" :are")[0].split()[3:]
            self.assertLessEqual(len(tokens), 13)
            self.assertTrue(line.isascii())
            self.assertLessEqual(len(line), 510)


class Absence(Case):
    def test_away(self) -> None:
        """306 and 305; who writes to him is told 301 (RFC 2812 §4.1)."""
        bob = Raw(self.server, "Bob")
        self.assertEqual(self.ann.ask("AWAY :at lunch"), ["306 :You have been marked as being away"])
        self.assertEqual(bob.ask("PRIVMSG Ann :hi"), ["301 Ann :at lunch"])
        self.assertEqual(self.ann.ask("AWAY"), ["305 :You are no longer marked as being away"])
        self.assertEqual(bob.ask("PRIVMSG Ann :hi"), [])
        self.assertEqual(self.ann.numerics("AWAY :"), ["305"])

    def test_long(self) -> None:
        """A reason is cut where 005 says (AWAYLEN)."""
        self.ann.send(f"AWAY :{'é' * 240}")
        self.assertEqual(self.server.user("Ann").away, "é" * 195)

    def test_notify(self) -> None:
        """Who shares a room sees it, also when somebody enters who is away (IRCv3 away-notify)."""
        bob = Raw(self.server, "Bob", caps="away-notify")
        cid = Raw(self.server, "Cid")
        for each in (bob, cid):
            each.send("JOIN #dev")
        self.ann.send("AWAY :at lunch")
        self.assertNotIn("AWAY", "".join(bob.lines()))
        cid.lines()
        self.ann.send("JOIN #dev")
        whole = f":Ann!~Ann@{self.server.user('Ann').who.host}"
        self.assertEqual(bob.lines(), [f"{whole} JOIN #dev", f"{whole} AWAY :at lunch"])
        self.ann.send("AWAY")
        self.assertEqual(bob.lines(), [f"{whole} AWAY"])
        self.assertEqual(cid.lines(), [f"{whole} JOIN #dev"])


class Utf8(Case):
    def test_refused(self) -> None:
        """Nothing is done of a line that is no UTF-8; its verb and label are repeated (IRCv3 utf8only)."""
        bob = Raw(self.server, "Bob", caps="batch labeled-response")
        words = "INVALID_UTF8 :That line is not valid UTF-8: nothing of it was done"
        for line, answer in {
            b"@label=x PRIVMSG Ann :hi\xaa": f"@label=x :irc.example FAIL PRIVMSG {words}",
            b"PRIVMSG Ann :hi\xaa": f":irc.example FAIL PRIVMSG {words}",
            b"\xaa": f":irc.example FAIL * {words}",
            b"@=x;\xaa y": f":irc.example FAIL * {words}",
        }.items():
            bob.protocol.dataReceived(line + b"\r\n")
            self.assertEqual(bob.lines(), [answer])
        self.assertEqual(self.ann.lines(), [])
