"""CAP (IRCv3 capability-negotiation 3.2, cap-notify, sts), PASS, and what a client is let in with."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.settings import Accounts, Irc, Limits, Settings
from chatd.settings import Server as ServerSettings
from chatd.wire.irc.caps import CAPABILITIES
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Negotiating(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.client = Raw(self.server)

    def test_values(self) -> None:
        """Values are for who knows version 302; what cannot be had here is not told."""
        modern = self.client.ask("CAP LS 302")[0].split(" :")[1].split()
        old = Raw(self.server).ask("CAP LS")[0].split(" :")[1].split()
        self.assertIn("sasl=PLAIN", modern)
        self.assertIn("sasl", old)
        self.assertEqual({each.partition("=")[0] for each in modern}, CAPABILITIES.keys() - {"sts"})

    def test_it_waits_for_the_end(self) -> None:
        """Nobody is let in before CAP END who has begun to negotiate; without that, at once."""
        self.client.send("CAP LS", "NICK Ann", "USER a 0 * :r")
        self.assertNotIn(" 001 ", "".join(self.client.lines()))
        self.assertIn("001", self.client.numerics("CAP END"))
        self.assertIn("001", Raw(self.server).numerics("NICK Bob", "USER a 0 * :r"))

    def test_all_or_nothing(self) -> None:
        """One that is not there makes the whole request void."""
        self.assertTrue(
            self.client.ask("CAP REQ :echo-message nonsense")[0].endswith(" NAK :echo-message nonsense")
        )
        self.assertTrue(self.client.ask("CAP LIST")[0].endswith(" CAP * LIST :"))
        self.client.send("CAP REQ :echo-message server-time", "CAP REQ -echo-message")
        self.client.lines()
        self.assertTrue(self.client.ask("CAP LIST")[0].endswith(" LIST server-time"))

    def test_what_cannot_be_asked_for(self) -> None:
        self.assertIn(" NAK ", self.client.ask("CAP REQ sts")[0])
        self.client.send("CAP LS 302", "CAP REQ cap-notify")
        self.client.lines()
        # Who knows version 302 has it for good.
        self.assertIn(" NAK ", self.client.ask("CAP REQ -cap-notify")[0])

    def test_unknown(self) -> None:
        """ERR_INVALIDCAPCMD (410)."""
        self.assertEqual(self.client.ask("CAP FROB"), ["410 FROB :Invalid CAP command"])

    def test_one_look_of_a_room(self) -> None:
        """Clients whose capabilities differ in nothing that is shown there are sent the same bytes."""
        shown = "server-time message-tags"
        asked = (shown, f"{shown} batch sasl labeled-response", f"{shown} draft/multiline draft/read-marker")
        found = [Raw(self.server, f"C{index}", caps=caps) for index, caps in enumerate(asked)]
        for each in found:
            each.send("JOIN #dev")
        room = self.server.registry.rooms["#dev"]
        self.assertEqual(len({each.session.view(room) for each in found}), 1)
        found[1].send("CAP REQ draft/multiline")
        self.assertEqual(len({each.session.view(room) for each in found}), 2)

    def test_a_long_list(self) -> None:
        """Several lines, each but the last with an asterisk, none too long."""
        lines = self.client.ask("CAP LS 302")
        self.assertTrue(all(len(line.encode()) <= 510 for line in lines))


class Changing(SynchronousTestCase):
    def renewed(self, settings: Settings) -> list[str]:
        """Return what a client is told when the settings change."""
        server = Server(SETTINGS)
        client, other = Raw(server), Raw(server, "Bob", caps="echo-message")
        client.send(
            "CAP LS 302",
            "CAP REQ :cap-notify draft/account-registration sasl",
            "NICK Ann",
            "USER a 0 * :r",
            "CAP END",
        )
        client.lines()
        server.registry.renew(settings)
        for each in (client, other):
            each.session.renew()
        self.assertEqual(other.lines(), [])
        self.caps = client.session.caps
        return [line.partition(" CAP Ann ")[2] for line in client.lines()]

    def test_gone(self) -> None:
        """CAP DEL, and it is off (cap-notify)."""
        told = self.renewed(replace(SETTINGS, accounts=Accounts(registration="closed")))
        self.assertEqual(told, ["DEL draft/account-registration"])
        self.assertEqual(self.caps, {"cap-notify", "sasl"})

    def test_come(self) -> None:
        """CAP NEW, also with another value."""
        told = self.renewed(replace(SETTINGS, accounts=Accounts(scram=True)))
        self.assertEqual(told, ["NEW sasl=PLAIN,SCRAM-SHA-256"])

    def test_nothing(self) -> None:
        self.assertEqual(
            self.renewed(replace(SETTINGS, limits=Limits(lines_per_second=0, inbox_lines=99))), []
        )


class StrictTransport(SynchronousTestCase):
    def test_policy(self) -> None:
        """The port in the clear, the duration over TLS; only version 302 has values, so only it is told (IRCv3 sts)."""
        server = Server(replace(SETTINGS, irc=Irc(sts_port=6697, sts_seconds=600)))
        self.assertIn(" sts=port=6697 ", f"{Raw(server).ask('CAP LS 302')[0]} ")
        self.assertIn(" sts=duration=600 ", f"{Raw(server, secure=True).ask('CAP LS 302')[0]} ")
        self.assertNotIn("sts", Raw(server).ask("CAP LS")[0])
        self.assertNotIn("sts", Raw(Server(SETTINGS)).ask("CAP LS 302")[0])


class Password(SynchronousTestCase):
    settings = replace(SETTINGS, server=ServerSettings(name="irc.example", password="sesame"))

    def enter(self, *before: str, address: str = "127.0.0.1") -> list[str]:
        client = Raw(Server(self.settings), address=address)
        client.send(*before)
        return client.numerics("NICK Ann", "USER a 0 * :r")

    def test_asked_for(self) -> None:
        """ERR_PASSWDMISMATCH (464), and the end; right, one is in (Modern IRC, PASS)."""
        self.assertEqual(self.enter()[0], "464")
        self.assertEqual(self.enter("PASS wrong")[0], "464")
        self.assertEqual(self.enter("PASS sesame")[0], "001")

    def test_where_somebody_listens(self) -> None:
        self.assertEqual(self.enter("PASS sesame", address="203.0.113.9")[0], "464")


class Autojoin(SynchronousTestCase):
    def test_rooms_of_the_settings(self) -> None:
        """No room by itself, but those that the owner has set."""
        self.assertNotIn(" JOIN ", "".join(Raw(Server(SETTINGS), "Ann").welcome))
        server = Server(replace(SETTINGS, irc=Irc(autojoin=("#lobby", "#dev"))))
        welcome = "".join(Raw(server, "Ann").welcome)
        self.assertIn(" JOIN #lobby", welcome)
        self.assertIn(" JOIN #dev", welcome)
