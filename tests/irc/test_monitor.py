"""MONITOR: IRCv3 monitor and extended-monitor."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.core.names import nickname
from chatd.frontends.irc.welcome import MONITORED
from tests.behaviour.clients import TextClient
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Case(SynchronousTestCase):
    """Ann, who watches."""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann = Raw(self.server, "Ann")

    def whole(self, nick: str) -> str:
        """Return nick!user@host."""
        who = self.server.user(nick).who
        return f"{nick}!{who.ident}@{who.host}"


class Watching(Case):
    def test_come_and_go(self) -> None:
        """730 and 731 when somebody comes and goes, under whatever capitals (IRCv3 monitor)."""
        self.assertEqual(self.ann.ask("MONITOR + bob"), ["731 bob"])
        bob = Raw(self.server, "Bob")
        self.assertEqual(self.ann.told(), [f"730 {self.whole('Bob')}"])
        bob.send("QUIT")
        self.assertEqual(self.ann.told(), ["731 Bob"])

    def test_another_door(self) -> None:
        """It does not matter by what door."""
        self.ann.send("MONITOR + Paul")
        self.ann.lines()
        text = TextClient(self.server)
        text.say("Paul")
        self.assertRegex(self.ann.told()[0], r"^730 Paul!~?\w+@\S+$")
        text.hang_up()
        self.assertEqual(self.ann.told(), ["731 Paul"])

    def test_several(self) -> None:
        """Those who are here in 730, the others in 731; S tells it again (IRCv3 monitor)."""
        Raw(self.server, "Bob")
        told = [f"730 {self.whole('Bob')}", "731 cid,dan"]
        self.assertEqual(self.ann.ask("MONITOR + Bob,cid,dan"), told)
        self.assertEqual(self.ann.ask("MONITOR S"), told)

    def test_remove(self) -> None:
        """- and C say nothing, and nothing comes after them (IRCv3 monitor)."""
        self.ann.send("MONITOR + bob,cid")
        self.assertEqual(self.ann.ask("MONITOR - BOB"), [])
        self.assertEqual(self.ann.ask("MONITOR L"), ["732 cid", "733 :End of MONITOR list"])
        self.assertEqual(self.ann.ask("MONITOR C"), [])
        self.assertEqual(self.ann.ask("MONITOR L"), ["733 :End of MONITOR list"])
        for nick in ("Bob", "Cid"):
            Raw(self.server, nick)
        self.assertEqual(self.ann.told(), [])

    def test_rename(self) -> None:
        """A new nickname is somebody who comes, the old one goes; other capitals are neither (IRCv3 monitor)."""
        self.ann.send("MONITOR + bob,cid")
        bob = Raw(self.server, "Bob")
        self.ann.lines()
        bob.send("NICK BOB")
        self.assertEqual(self.ann.told(), [])
        bob.send("NICK Cid")
        self.assertEqual(self.ann.told(), ["731 BOB", f"730 {self.whole('Cid')}"])

    def test_no_masks(self) -> None:
        """A mask is nobody's nickname, and not kept (IRCv3 monitor: targets are nicknames)."""
        self.assertEqual(self.ann.ask("MONITOR + *!*@*"), ["731 *!*@*"])
        self.assertEqual(self.ann.ask("MONITOR L"), ["733 :End of MONITOR list"])
        self.assertEqual(self.ann.numerics("MONITOR x"), ["400"])
        self.assertEqual(self.ann.numerics("MONITOR"), ["461"])

    def test_named_twice(self) -> None:
        """Each nickname is told of once, however often it is named."""
        Raw(self.server, "Bob")
        self.assertEqual(
            self.ann.ask("MONITOR + bob,cid,bob,Bob,CID,*!x,*!y,*!x"),
            [f"730 {self.whole('Bob')}", "731 cid,*!x,*!y"],
        )
        self.assertEqual(self.ann.ask("MONITOR L")[0], "732 bob,cid")

    def test_full(self) -> None:
        """734 with those that found no place; those before are kept (IRCv3 monitor)."""
        names = [f"n{number}" for number in range(MONITORED + 2)]
        for start in range(0, MONITORED, 20):
            self.ann.send(f"MONITOR + {','.join(names[start : start + 20])}")
        self.assertEqual(
            self.ann.ask(f"MONITOR + n1,{','.join(names[MONITORED:])}"),
            ["731 n1", f"734 {MONITORED} {','.join(names[MONITORED:])} :Monitor list is full"],
        )
        listed = [line[4:] for line in self.ann.ask("MONITOR L")[:-1]]
        self.assertEqual(",".join(listed).split(","), names[:MONITORED])
        self.assertTrue(all(len(line) <= 510 for line in listed))

    def test_each_his_own(self) -> None:
        """Each client has its own list, which ends with it."""
        bob = Raw(self.server, "Bob")
        self.ann.send("MONITOR + cid")
        bob.send("MONITOR + cid", "MONITOR - cid")
        for each in (self.ann, bob):
            each.lines()
        Raw(self.server, "Cid")
        self.assertEqual(len(self.ann.lines()), 1)
        self.assertEqual(bob.lines(), [])

    def test_forgotten(self) -> None:
        """Nothing is kept of who is gone."""
        found = self.server.irc_factory.verbs.rows["MONITOR"].handler.__self__
        self.ann.send("MONITOR + bob,cid")
        self.assertEqual(len(found), 2)
        self.ann.hang_up()
        self.assertEqual(len(found), 0)


class Extended(Case):
    def setUp(self) -> None:
        super().setUp()
        self.eve = Raw(self.server, "Eve", caps="extended-monitor away-notify account-notify setname")
        self.eve.send("MONITOR + Ann")
        self.eve.lines()

    def test_what_changes(self) -> None:
        """AWAY, SETNAME, ACCOUNT of somebody in no room (IRCv3 extended-monitor)."""
        whole = self.whole("Ann")
        self.ann.send("AWAY :lunch", "AWAY", "SETNAME :Another Ann")
        self.assertEqual(
            self.eve.lines(), [f":{whole} AWAY lunch", f":{whole} AWAY", f":{whole} SETNAME :Another Ann"]
        )
        account = self.server.now(self.server.accounts.add(nickname("Annie"), "sesame-open"))
        self.server.registry.identify(self.server.user("Ann"), account)
        self.assertEqual(self.eve.lines(), [f":{whole} ACCOUNT Annie"])

    def test_once(self) -> None:
        """Who shares a room with him is shown it once."""
        for each in (self.ann, self.eve):
            each.send("JOIN #dev", "JOIN #ops")
        self.eve.lines()
        self.ann.send("AWAY :lunch")
        self.assertEqual(len(self.eve.lines()), 1)

    def test_not_asked_for(self) -> None:
        """Each needs its own capability besides, and extended-monitor."""
        fay = Raw(self.server, "Fay", caps="extended-monitor")
        guy = Raw(self.server, "Guy", caps="away-notify setname")
        for each in (fay, guy):
            each.send("MONITOR + Ann")
            each.lines()
        self.ann.send("AWAY :lunch", "SETNAME :Another Ann")
        self.assertEqual(fay.lines() + guy.lines(), [])
