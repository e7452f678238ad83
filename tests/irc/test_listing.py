"""LIST and NAMES: the Modern IRC document, RFC 2812 §3.2.5, §3.2.6, 005 ELIST."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import names
from chatd.core.user import Rank
from chatd.frontends.irc.pouring import AT_ONCE
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Case(SynchronousTestCase):
    """Ann in #chan1 and #chan2, Bob in the second; Cid looks on."""

    def setUp(self) -> None:
        # Nobody has to answer pings here.
        self.server = Server(replace(SETTINGS, limits=replace(SETTINGS.limits, ping_seconds=86400)))
        self.ann, self.bob, self.cid = (Raw(self.server, nick) for nick in ("Ann", "Bob", "Cid"))
        self.ann.send("JOIN #chan1", "JOIN #chan2")
        self.bob.send("JOIN #chan2")

    def listed(self, asked: str, client: Raw | None = None) -> list[str]:
        """Return the names of the rooms that come."""
        first, *rows, last = (client or self.cid).ask(asked)
        self.assertEqual((first, last), ("321 Channel :Users  Name", "323 :End of /LIST"))
        return [row.split(" ")[1] for row in rows]


class OfList(Case):
    def test_all(self) -> None:
        """322 with members and topic (Modern IRC, LIST message). The lobby, where nobody is, is shown by name."""
        self.ann.send("TOPIC #chan1 :Of one")
        self.assertEqual(self.cid.ask("LIST")[1:-1], ["322 #chan1 1 :Of one", "322 #chan2 2 :"])
        self.assertEqual(self.listed("LIST #lobby"), ["#lobby"])

    def test_named(self) -> None:
        """Rooms that are named, and no error for one that is not there (RFC 2812 §3.2.6)."""
        self.assertEqual(self.listed("LIST #CHAN2,#chan1"), ["#chan2", "#chan1"])
        self.assertEqual(self.listed("LIST #nowhere,#chan1"), ["#chan1"])
        self.assertEqual(self.listed("LIST #nowhere"), [])
        self.assertEqual(self.listed("LIST #chan1 irc.example"), ["#chan1"])
        self.assertEqual(self.cid.numerics("LIST #chan1 no.example"), ["402"])

    def test_masks(self) -> None:
        """ELIST=M and N."""
        for mask, rooms in {
            "*an1": ["#chan1"],
            "#C*n2": ["#chan2"],
            "#chan?": ["#chan1", "#chan2"],
            "*an3": [],
            "!*an1": ["#chan2"],
            "!#ch*": [],
            "!*an3": ["#chan1", "#chan2"],
            "#ch*,!*1": ["#chan2"],
            "*" * 200: [],
        }.items():
            self.assertEqual(self.listed(f"LIST {mask}"), rooms, mask)

    def test_members(self) -> None:
        """ELIST=U."""
        for condition, rooms in {
            ">0": ["#chan1", "#chan2"],
            ">1": ["#chan2"],
            "<2": ["#chan1"],
            "<1": [],
            ">0,<2": ["#chan1"],
            "<999999999": ["#chan1", "#chan2"],
            f">{'9' * 40}": [],
        }.items():
            self.assertEqual(self.listed(f"LIST {condition}"), rooms, condition)

    def test_times(self) -> None:
        """ELIST=C and T, in minutes: less than so long ago, or more (Modern IRC, ELIST parameter)."""
        self.ann.send("TOPIC #chan1 :Old")
        self.server.advance(180)
        self.ann.send("JOIN #chan3", "TOPIC #chan2 :New")
        self.server.advance(60)
        for condition, rooms in {
            "C>2": ["#chan1", "#chan2"],
            "C<2": ["#chan3"],
            "C<0": [],
            "c>0": ["#chan1", "#chan2", "#chan3"],
            "T>2": ["#chan1"],
            "T<2": ["#chan2"],
            "T<0": [],
            "T<10": ["#chan1", "#chan2"],
        }.items():
            self.assertEqual(self.listed(f"LIST {condition}"), rooms, condition)

    def test_secret(self) -> None:
        """A secret room is listed to who is in it, and to operators of the server."""
        self.server.registry.rooms["#chan1"].secret = True
        for asked in ("LIST", "LIST *1", "LIST #chan1", "LIST >0", "LIST !*2"):
            self.assertNotIn("#chan1", self.listed(asked))
        self.assertIn("#chan1", self.listed("LIST", self.ann))
        self.server.registry.set_oper(self.server.user("Cid"), Rank.OPERATOR)
        self.assertIn("#chan1", self.listed("LIST"))

    def test_locked(self) -> None:
        """What a room with a key is about is for those inside."""
        self.ann.send("TOPIC #chan1 :Of one")
        self.server.registry.rooms["#chan1"].key = "sesame"
        self.assertEqual(self.cid.ask("LIST #chan1")[1], "322 #chan1 1 :")
        self.assertEqual(self.ann.ask("LIST #chan1")[1], "322 #chan1 1 :Of one")


class OfNames(Case):
    def test_room(self) -> None:
        """353 and 366 (RFC 2812 §3.2.5); one that is not there has an end alone."""
        self.assertEqual(
            self.cid.ask("NAMES #CHAN2"), ["353 = #chan2 :@Ann Bob", "366 #chan2 :End of /NAMES list"]
        )
        self.assertEqual(self.cid.ask("NAMES #none"), ["366 #none :End of /NAMES list"])

    def test_every_prefix(self) -> None:
        """All signs of a rank for who asked for them, and the modes that change them; a rank includes those below
        (IRCv3 multi-prefix)."""
        dan = Raw(self.server, "Dan", caps="multi-prefix")
        dan.send("JOIN #chan2")
        self.assertEqual(dan.ask("NAMES #chan2")[0], "353 = #chan2 :@+Ann Bob Dan")
        self.bob.lines()
        for change, shown, plain in (
            ("+v", "+v Bob", "+v Bob"),
            ("+o", "+o Bob", "-v+o Bob Bob"),
            ("-o", "-ov Bob Bob", "-o Bob"),
        ):
            self.ann.send(f"MODE #chan2 {change} Bob")
            self.assertEqual(dan.lines()[-1].partition(" MODE #chan2 ")[2], shown)
            self.assertEqual(self.bob.lines()[-1].partition(" MODE #chan2 ")[2], plain)

    def test_all(self) -> None:
        """All rooms that may be looked into, with an end for all (RFC 2812 §3.2.5)."""
        self.assertEqual(
            self.cid.ask("NAMES"),
            ["353 = #chan1 @Ann", "353 = #chan2 :@Ann Bob", "366 * :End of /NAMES list"],
        )
        self.server.registry.rooms["#chan1"].secret = True
        self.server.registry.rooms["#chan2"].key = "sesame"
        self.assertEqual(self.cid.ask("NAMES"), ["366 * :End of /NAMES list"])


class Long(SynchronousTestCase):
    """More rooms than the send queue holds."""

    COUNT = 3000

    def setUp(self) -> None:
        limits = replace(SETTINGS.limits, send_queue_bytes=65536, rooms_per_user=0)
        self.server = Server(replace(SETTINGS, limits=limits))
        self.ann = Raw(self.server, "Ann", caps="draft/no-implicit-names")
        user, registry = self.server.user("Ann"), self.server.registry
        for number in range(self.COUNT):
            registry.join(user, names.room_name(f"#room{number}{'x' * 40}"))
        self.server.turn()
        self.ann.lines()

    def test_slow_reader(self) -> None:
        """Who reads slowly is waited for and gets all of it."""
        for asked, count in (("LIST", self.COUNT + 2), ("NAMES", self.COUNT + 1)):
            self.ann.wire.stall()
            self.ann.send(asked)
            for _ in range(50):
                self.server.turn()
            self.assertFalse(self.ann.session.ended)
            lines: list[str] = []
            for _ in range(100):
                self.ann.wire.flow()
                self.server.turn()
                lines += self.ann.lines()
            self.assertEqual(len(lines), count)

    def test_turns(self) -> None:
        """No turn of the reactor is all its own: only a part of it is made at once."""
        self.ann.protocol.dataReceived(b"LIST\r\n")
        # The lobby was looked at, and nobody is there.
        self.assertEqual(len(self.ann.lines()), AT_ONCE - 1)
        self.server.turn()
        self.assertEqual(len(self.ann.lines()), self.COUNT + 3 - AT_ONCE)
