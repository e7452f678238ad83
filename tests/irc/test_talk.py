"""What is said on IRC and elsewhere: PRIVMSG, NOTICE, TAGMSG (Modern IRC; IRCv3 message-tags, echo-message,
labeled-response), and how one dialect shows what another has said."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.behaviour.clients import JsonClient, TextClient
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw

EVERYTHING = "message-tags server-time account-tag echo-message labeled-response batch"


class TalkCase(SynchronousTestCase):
    """Ann and Bob on IRC, Dan at nc and a bot of JSON in #dev."""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann = Raw(self.server, "Ann")
        self.bob = Raw(self.server, "Bob", caps=EVERYTHING)
        self.dan = TextClient(self.server)
        self.bot = JsonClient(self.server)
        for client in (self.ann, self.bob):
            client.send("JOIN #dev")
        for nick, other in (("Dan", self.dan), ("Bot", self.bot)):
            other.command(f"nick {nick}")
            other.command("join #dev")
        self.forget()

    def forget(self) -> None:
        for client in (self.ann, self.bob, self.dan, self.bot):
            client.lines()

    def read(self) -> list[str]:
        """Return what Dan reads."""
        return [line.decode() for line in self.dan.lines()]

    def heard(self, client: Raw) -> list[str]:
        """Return what an IRC client is shown, without tags and sources."""
        return [line.rpartition("@")[2].partition(" ")[2] for line in client.lines()]


class Aloud(TalkCase):
    def test_both_ways(self) -> None:
        self.ann.send("PRIVMSG #dev :Grüß Gott 日本")
        self.assertEqual(self.read(), ["Ann: Grüß Gott 日本"])
        self.assertEqual(self.heard(self.bob), ["PRIVMSG #dev :Grüß Gott 日本"])
        self.dan.say("hello")
        self.assertEqual(self.heard(self.ann), ["PRIVMSG #dev :hello"])
        self.assertTrue(self.bob.lines()[0].startswith("@time="))

    def test_actions(self) -> None:
        """CTCP ACTION is /me, either way."""
        self.ann.send("PRIVMSG #dev :\x01ACTION waves\x01")
        self.assertEqual(self.read(), ["~ Ann waves"])
        self.dan.command("me nods")
        self.assertEqual(self.heard(self.ann), ["PRIVMSG #dev :\x01ACTION nods\x01"])

    def test_requests_of_clients(self) -> None:
        """Any other CTCP is between IRC clients."""
        self.ann.send(
            "PRIVMSG #dev :\x01VERSION\x01",
            "NOTICE Bob :\x01VERSION irssi\x01",
            "PRIVMSG Dan :\x01PING 1\x01",
        )
        self.assertEqual(
            self.heard(self.bob), ["PRIVMSG #dev :\x01VERSION\x01", "NOTICE Bob :\x01VERSION irssi\x01"]
        )
        self.assertEqual((self.read(), self.bot.lines()), ([], []))

    def test_notices(self) -> None:
        self.ann.send("NOTICE #dev :beep", "NOTICE #nowhere :beep", "NOTICE nobody :beep")
        self.assertEqual(self.read(), ["-Ann- beep"])
        self.assertTrue(self.bot.objects()[0]["notice"])
        # Nothing answers a notice (RFC 2812 §3.3.2).
        self.assertEqual(self.ann.lines(), [])

    def test_formatting(self) -> None:
        """Formatting codes stay among IRC clients; what else drives a terminal comes in nowhere."""
        self.ann.send("PRIVMSG #dev :\x02bold\x02 \x0304,12red\x0f \x1ditalic", "PRIVMSG #dev :\x1b[31m")
        self.assertEqual(self.heard(self.bob), ["PRIVMSG #dev :\x02bold\x02 \x0304,12red\x0f \x1ditalic"])
        self.assertEqual(self.read(), ["Ann: bold red italic"])
        self.assertEqual(self.bot.objects()[0]["body"], {"kind": "text", "text": "bold red italic"})
        self.assertIn(" FAIL PRIVMSG INVALID_TEXT #dev :", self.ann.lines()[0])

    def test_a_long_line_is_cut(self) -> None:
        """512 bytes with the end (RFC 2812 §2.3), in whole characters; nothing is lost."""
        words = "日本語 " * 300
        self.dan.say(words.strip())
        lines = self.ann.lines()
        self.assertTrue(all(len(line.encode()) <= 510 for line in lines))
        self.assertGreater(len(lines), 6)
        self.assertEqual("".join(line.partition(" :")[2] for line in lines), words.strip())
        self.assertEqual(sum("msgid=" in line for line in self.bob.lines()), 1)

    def test_several_targets(self) -> None:
        """TARGMAX: four, each once (Modern IRC, PRIVMSG)."""
        self.ann.send("PRIVMSG Bob,#dev,bob :hi")
        self.assertEqual(self.heard(self.bob), ["PRIVMSG Bob :hi", "PRIVMSG #dev :hi"])
        self.assertEqual(self.ann.numerics("PRIVMSG a,b,c,d,e :hi"), ["407"])

    def test_asides(self) -> None:
        """STATUSMSG: for those of a rank only; people at nc who have it see it, too."""
        self.ann.send("MODE #dev +o Dan")
        self.forget()
        self.ann.send("PRIVMSG @#dev :ops only")
        self.assertEqual(self.read(), ["[@#dev] Ann: ops only"])
        self.assertEqual((self.heard(self.bob), self.bot.lines()), ([], []))

    def test_where_one_is_not(self) -> None:
        """ERR_CANNOTSENDTOCHAN (404), ERR_NOSUCHCHANNEL (403), ERR_NOSUCHNICK (401), 411, 412."""
        cid = Raw(self.server, "Cid")
        for line, numeric in (
            ("PRIVMSG #dev :hi", "404"),
            ("PRIVMSG #nowhere :hi", "403"),
            ("PRIVMSG nobody :hi", "401"),
            ("PRIVMSG", "411"),
            ("PRIVMSG #dev", "412"),
            ("PRIVMSG #dev :", "412"),
        ):
            self.assertEqual(cid.numerics(line), [numeric], line)
        self.ann.send("MODE #dev -n")
        self.assertEqual(cid.numerics("PRIVMSG #dev :hi"), [])
        self.assertEqual(self.read()[-1], "Cid: hi")


class InPrivate(TalkCase):
    def test_both_ways(self) -> None:
        self.ann.send("PRIVMSG dan :psst")
        self.assertEqual(self.read(), ["[PM from Ann] psst"])
        self.dan.command("reply what?")
        self.assertEqual(self.heard(self.ann), ["PRIVMSG Ann :what?"])

    def test_away(self) -> None:
        """RPL_AWAY (301)."""
        self.dan.command("away at lunch")
        self.assertEqual(self.ann.ask("PRIVMSG Dan :there?"), ["301 Dan :at lunch"])

    def test_ignored(self) -> None:
        """One state: whom somebody ignores at nc he does not hear from on IRC, and the other way round."""
        self.dan.command("ignore Ann")
        self.ann.send("IGNORE Dan")
        self.forget()
        self.ann.send("PRIVMSG Dan :psst", "PRIVMSG #dev :aloud")
        self.dan.say("hello")
        self.assertEqual((self.read(), self.ann.lines()), ([], []))
        self.assertEqual(self.heard(self.bob), ["PRIVMSG #dev :aloud", "PRIVMSG #dev :hello"])


class Labeled(TalkCase):
    def test_one_line(self) -> None:
        """The label is on the answer (IRCv3 labeled-response)."""
        self.bob.send("@label=a1 PING x")
        self.assertEqual(
            self.bob.lines(), ["@label=a1 :irc.example PONG irc.example :x".replace(" :x", " x")]
        )

    def test_none(self) -> None:
        self.bob.send("@label=a2 PONG x")
        self.assertEqual(self.bob.lines(), ["@label=a2 :irc.example ACK"])

    def test_several(self) -> None:
        """A batch, which has the label; events that the request made are in it."""
        self.bob.send("@label=a3 JOIN #new")
        first, *inner, last = self.bob.lines()
        name = first.split("+")[1].split(" ")[0]
        self.assertEqual(first, f"@label=a3 :irc.example BATCH +{name} labeled-response")
        self.assertEqual(last, f":irc.example BATCH -{name}")
        self.assertTrue(all(f"batch={name}" in line.partition(" ")[0] for line in inner))
        self.assertIn(" JOIN #new", inner[0])

    def test_an_echo(self) -> None:
        """What one says oneself comes back with the label, when it is stored; others are not shown that."""
        self.server.store.holding = True
        self.bob.send("@label=a4 PRIVMSG #dev :hi")
        self.assertEqual((self.bob.lines(), self.ann.lines()), ([], []))
        self.server.store.release()
        self.server.turn()
        (echo,) = self.bob.lines()
        self.assertTrue(echo.partition(" ")[0].endswith(";label=a4"), echo)
        self.assertEqual(self.heard(self.ann), ["PRIVMSG #dev :hi"])

    def test_refused(self) -> None:
        self.bob.send("@label=a5 KICK #dev Ann")
        self.assertTrue(self.bob.lines()[0].startswith("@label=a5 :irc.example 482 "))

    def test_words_that_look_like_a_batch(self) -> None:
        """What is said makes no batch, whatever it looks like."""
        self.bob.send("@label=a7 PRIVMSG Ann,Dan :x BATCH + y BATCH -")
        first, *echoes, last = self.bob.lines()
        self.assertRegex(first, r"^@label=a7 :irc\.example BATCH \+\S+ labeled-response$")
        name = first.split("+")[1].split(" ")[0]
        self.assertEqual(len(echoes), 2)
        self.assertTrue(all(f"batch={name}" in line.partition(" ")[0] for line in echoes), echoes)
        self.assertEqual(last, f":irc.example BATCH -{name}")

    def test_of_others_meanwhile(self) -> None:
        """What others do is no part of the answer."""
        self.server.store.holding = True
        self.ann.send("PRIVMSG #dev :first")
        self.bob.send("@label=a6 PRIVMSG #dev :second")
        self.server.store.release()
        self.server.turn()
        self.assertEqual(["label=a6" in line for line in self.bob.lines()], [False, True])


class Tags(TalkCase):
    def test_passed_on(self) -> None:
        """Client-only tags reach who takes tags; TAGMSG nobody else (IRCv3 message-tags)."""
        cid = Raw(self.server, "Cid", caps="message-tags")
        cid.send("JOIN #dev")
        self.forget()
        cid.send("@+typing=active;unknown=x TAGMSG #dev", "@+draft/reply=abc PRIVMSG #dev :yes")
        typing, reply = self.bob.lines()
        self.assertIn(";+typing=active :Cid!", typing)
        self.assertNotIn("unknown", typing)
        self.assertIn(";+draft/reply=abc :Cid!", reply)
        self.assertEqual(self.heard(self.ann), ["PRIVMSG #dev :yes"])
        signal, said = self.bot.objects()
        self.assertEqual((signal["type"], signal["tags"], said["tags"]),
                         ("signal", {"+typing": "active"}, {"+draft/reply": "abc"}))  # fmt: skip
        self.assertEqual(self.read()[-1], "Cid: yes")

    def test_no_tags(self) -> None:
        """Only what has the form of a key is passed on: letters, digits and hyphens, behind a host perhaps."""
        good = "+a=1;+x-1=2;+draft/reply=3;+chat.example/a=4"
        bad = '+=1;+a\u00e9!"=1;+\\=1;+a_b=1;+/a=1;+a/=1;+a/b/c=1;++a=1;+a.b=1;+\u202ea=1;+\x07a=1'
        cid = Raw(self.server, "Cid", caps="message-tags")
        cid.send("JOIN #dev")
        self.forget()
        cid.send(f"@{bad} TAGMSG #dev")
        self.assertEqual(self.bob.lines(), [])
        cid.send(f"@{good};{bad} PRIVMSG #dev :hi")
        (line,) = self.bob.lines()
        tags = line.partition(" ")[0].split(";")
        self.assertEqual(";".join(each for each in tags if each[:1] == "+"), good)
        shown = {"+a": "1", "+x-1": "2", "+draft/reply": "3", "+chat.example/a": "4"}
        self.assertEqual(self.bot.objects()[0]["tags"], shown)

    def test_too_many(self) -> None:
        many = ";".join(f"+t{number}=x" for number in range(17))
        self.assertEqual(self.bob.numerics(f"@{many} PRIVMSG #dev :hi"), ["400"])

    def test_too_long(self) -> None:
        """ERR_INPUTTOOLONG (417): 4,094 bytes of tags, 510 of the rest; the connection stays."""
        self.assertEqual(self.bob.numerics(f"@+a={'x' * 4092} PRIVMSG #dev :hi"), ["417"])
        self.assertEqual(self.bob.numerics(f"PRIVMSG #dev :{'x' * 500}"), ["417"])
        self.bob.send(f"@+a={'x' * 4091} PRIVMSG #dev :hi")
        self.assertEqual(self.heard(self.ann), ["PRIVMSG #dev :hi"])


class FallingThrough(TalkCase):
    def test_commands_of_chatd(self) -> None:
        """A verb that IRC does not know is tried as a command."""
        self.ann.send("PRIVMSG #dev :needle in hay")
        self.ann.lines()
        answer = self.ann.ask("SEARCH needle")
        self.assertTrue(any("needle in hay" in line for line in answer), answer)
        self.assertEqual(self.ann.ask("FROBNICATE"), ["421 FROBNICATE :Unknown command"])
        self.assertEqual(self.ann.numerics("FORMAT json"), ["400"])

    def test_unstored(self) -> None:
        """What could not be stored in time is marked, and who said it is told."""
        self.server.store.holding = True
        self.ann.send("PRIVMSG #dev :hi")
        self.server.advance(2)
        self.assertTrue(self.bob.lines()[0].endswith(" PRIVMSG #dev :hi (not stored)"))
        self.assertIn(" NOTICE Ann :Shown, but not stored", self.ann.lines()[0])
