"""What else people with irssi and WeeChat do and see: order on the server, who is there, closed rooms, the past."""

from __future__ import annotations

from tests.process.conversation import PROGRAMS, Bot, Conversation, IrcBot
from tests.process.programs import Program
from tests.process.screens import Irssi, WeeChat
from tests.requirements import requires

pytestmark = [requires(name) for name in PROGRAMS]

LONG = " ".join(f"wörd{number}" for number in range(100))
"""Longer than a line of IRC may be."""


class Quick(Conversation):
    """Alice has irssi, Zoé has WeeChat, and nobody has to type slowly."""

    options = ("--set", "limits.lines_per_second=0", "--set", "operators.chief=hunter2-boss")

    def setUp(self) -> None:
        super().setUp()
        self.alice, self.zoe = Irssi(self.tmux, "Alice"), WeeChat(self.tmux, "Zoé")


class Operators(Quick):
    """Who has typed /oper."""

    def test_kill(self) -> None:
        """He who is killed is told by whom and why; those in his rooms see it; it is no riddle to the killer."""
        alice, bob, zoe = self.alice, Irssi(self.tmux, "Bob"), self.zoe
        self.come(alice, bob, zoe, room="#dev")
        ned, bot = self.at_nc("Ned", "#dev"), Bot(self, self.server.port(), "Dicebot", "#dev")
        alice.type("/kill Bob too early", "/oper chief hunter2-boss")
        alice.look_at("(status)")
        alice.shows("Permission denied")
        alice.shows("-!- You are now an operator of this server")
        alice.shows("-!- Mode change [+o] for user Alice")
        alice.type("/kill Bob too loud")
        alice.shows("!chat.example Bob is off the server.")
        zoe.shows("<-- | Bob", "has quit (Killed (Alice (too loud)))")
        ned.expect(" * Bob was kicked off the server by Alice (too loud)\r\n")
        self.assertEqual(bot.sees("quit")["reason"], "too loud")
        bob.look_at("(status)")
        bob.shows("-!- ERROR Closing link: (~", ") [You have been kicked off the server by Alice (too loud)]")
        bob.shows("Connection lost to localhost")

    def test_wallops(self) -> None:
        """Who has mode w is told, and nobody else."""
        alice, bob, zoe = self.alice, Irssi(self.tmux, "Bob"), self.zoe
        self.come(alice, bob, zoe)
        zoe.type("/mode Zoé +w")
        zoe.shows("-- | User mode [+w] by Zoé")
        alice.type("/oper chief hunter2-boss", "/wallops Down at ten, for a moment")
        zoe.shows("-- | Wallops from Alice", "Down at ten, for a moment")
        alice.shows("-!- WALLOP Alice", "Down at ten, for a moment")
        alice.type("/msg Bob that was all")
        bob.shows("[Act: 2]")
        bob.look_at("Alice")
        bob.shows("<Alice> that was all")
        bob.look_at("(status)")
        self.assertNotIn("Down at ten", bob.text)
        self.understood(alice, zoe)


class WhoIsThere(Quick):
    """Who is watched, and who is away."""

    def test_watched(self) -> None:
        """MONITOR, by WeeChat's /notify and typed in irssi: who comes and goes, in whatever dialect."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe)
        zoe.type("/notify add Ned chatd")
        zoe.shows("-- | notify: Ned is offline")
        alice.type("/quote MONITOR + Ned")
        alice.shows("-!- Ned")
        ned = self.at_nc("Ned")
        zoe.shows("-- | notify: Ned (~u@", "has connected")
        alice.shows("-!- Ned!~u@")
        ned.say("/quit")
        zoe.shows("-- | notify: Ned has quit")
        alice.type("/notify Zoé", "/quote ISON Zoé Ned", "/quote USERHOST Zoé")
        alice.shows("-!- Zoé=+~")
        self.understood(alice, zoe)

    def test_away(self) -> None:
        """Others are told by WHOIS, by an answer to what they say, and in rooms; the client knows it of itself."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe, room="#dev")
        ned = self.at_nc("Ned", "#dev")
        zoe.type("/away lunch, till two")
        zoe.shows("[Zoé away: lunch, till two]")
        alice.type("/whois Zoé")
        alice.look_at("(status)")
        alice.shows("away", ": lunch, till two")
        ned.say("/whois Zoé")
        ned.expect("lunch, till two")
        zoe.type("/whois Alice")
        alice.type("/away busy")
        alice.shows("-!- You have been marked as being away")
        alice.shows("(zZzZ)")
        zoe.type("/whois Alice", "/away")
        zoe.look_at(zoe.network)
        zoe.shows("[Alice] is away: busy")
        zoe.shows("-- | You are no longer marked as being away")
        alice.type("/away")
        alice.shows("-!- You are no longer marked as being away")
        self.understood(alice, zoe)


class Asking(Quick):
    """What a client asks of the server."""

    def test_the_server(self) -> None:
        """LINKS, STATS, INFO, ADMIN, VERSION, TIME and LUSERS, by the commands that irssi has for them."""
        alice = self.alice
        self.come(alice)
        alice.type("/clear", "/links", "/stats u", "/info", "/admin", "/version", "/time", "/lusers")
        alice.shows("-!- * End of /LINKS list")
        alice.shows("-!- Server Up 0 days 0:00:")
        alice.shows("-!- u End of /STATS report")
        alice.shows("-!- A chat daemon for communities that want their own.")
        alice.shows("-!- chat.example Administrative info")
        alice.shows("-!- chatd-", "chat.example Twisted on Python")
        alice.shows("-!- chat.example ", " -- ", "+00:00")
        alice.shows("-!- There are 0 users and 1 invisible on 1 servers")
        self.understood(alice)

    def test_somebody(self) -> None:
        """USERHOST and WHOWAS; a ban by account, and a room's mute, as extended bans."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe, room="#dev")
        ned = self.at_nc("Ned", "#dev")
        alice.synced("#dev")
        alice.type("/mode +b m:Ned!*@*", "/userhost Ned")
        zoe.shows("-- | Mode #dev [+b m:ned!*@*] by Alice")
        ned.say("am I heard?", "/quit")
        ned.expect("-> Error: you are muted in #dev")
        alice.shows("-!- Ned", "has quit")
        alice.type("/mode -b m:Ned!*@*", "/mode +b a:Ned", "/whowas Ned")
        zoe.shows("-- | Mode #dev [+b a:")
        alice.look_at("(status)")
        alice.shows("-!- Ned=+~u@")
        alice.shows("-!- Ned [~u@", "]")
        alice.shows("-!- End of WHOWAS")
        self.understood(alice, zoe)


class Doors(Quick):
    """Rooms that are not open to everybody."""

    def test_knock_and_invite(self) -> None:
        """Refused, heard, invited, in."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, room="#den")
        self.come(zoe)
        alice.synced("#den")
        alice.type("/mode +i")
        alice.shows("-!- mode/#den [+i] by Alice")
        zoe.type("/join #den", "/quote KNOCK #den :I am new here")
        zoe.shows("-- | #den: #den is by invitation only")
        zoe.shows("-- | #den The operators of #den have been told.")
        alice.look_at("(status)")
        alice.shows("-!- #den Zoé!~", "has asked for an invite (I am new here)")
        alice.look_at("#den")
        alice.type("/invite Zoé")
        zoe.shows("-- | You have been invited to #den by Alice")
        zoe.type("/join #den")
        zoe.shows("-- | Channel #den: 2 nicks (1 op, 0 voices, 1 normal)")
        alice.look_at("(status)")
        alice.shows("-!- Inviting Zoé to #den")
        self.understood(alice, zoe)

    def test_lists(self) -> None:
        """Bans in both clients, /names, /list and /who."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe, room="#dev")
        self.at_nc("Ned", "#dev")
        alice.synced("#dev")
        alice.type("/topic the plans", "/mode +b *!*@*.example.net")
        zoe.shows("-- | Mode #dev [+b *!*@*.example.net] by Alice")
        alice.type("/ban", "/names")
        alice.shows("-!- 1 - #dev: ban *!*@*.example.net [by Alice")
        alice.shows("-!- Irssi: #dev: Total of 3 nicks [1 ops, 0 halfops, 0 voices, 2 normal]")
        zoe.type("/ban", "/names")
        zoe.shows("-- | [#dev] [1] *!*@*.example.net banned by Alice on")
        zoe.shows("-- | Nicks #dev: [", "@Alice", "Ned", "Zoé")
        zoe.type("/list", "/who #dev", "/who Ned")
        zoe.look_at(zoe.network)
        zoe.shows("-- | #dev(3): the plans")
        zoe.shows("-- | End of /LIST")
        zoe.shows("-- | [#dev] Alice (~")
        zoe.shows("-- | [#dev] Ned (~u@")
        zoe.shows("-- | [Ned] End of /WHO list")
        alice.type("/list -YES", "/who #dev")
        alice.look_at("(status)")
        alice.shows("-!- #dev 3 the plans")
        alice.shows("#dev Zoé", "H   0  ~")
        self.understood(alice, zoe)


class Words(Quick):
    """What is said, and was said."""

    def test_long(self) -> None:
        """A line that is too long for IRC comes in parts, and nothing is lost; several lines at once come one by one."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe, room="#dev")
        ned, bot = self.at_nc("Ned", "#dev"), Bot(self, self.server.port(), "Dicebot", "#dev")
        bot.ask(type="say", room="#dev", text=LONG)
        caps = ("batch", "draft/multiline", "message-tags")
        lines = IrcBot(self, self.server.port("irc"), "Poet", *caps)
        lines.send("JOIN #dev", "BATCH +1 draft/multiline #dev", "@batch=1 PRIVMSG #dev :Roses are red")
        lines.send("@batch=1 PRIVMSG #dev :", "@batch=1 PRIVMSG #dev :violets are blue", "BATCH -1")
        ned.expect("Poet: Roses are red\r\n")
        ned.expect("violets are blue\r\n")
        for client, sign in ((alice, "Poet>"), (zoe, "Poet |")):
            client.shows(sign, "Roses are red")
            client.shows(sign, "violets are blue")
            for number in range(100):
                client.shows(f"wörd{number}")
        alice.type(LONG)
        ned.expect("wörd99")
        zoe.shows("Alice | wörd0 wörd1 ")
        self.understood(alice, zoe)

    def test_the_past(self) -> None:
        """CHATHISTORY, the search, and up to where one has read, of clients that know nothing of them."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, room="#dev")
        alice.type(
            "/quote register * * correct-horse", "/quote room register #dev", "hello there", "/me waves"
        )
        alice.shows("Alice> hello there")
        self.come(zoe, room="#dev")
        self.assertNotIn("hello there", zoe.text)
        zoe.type("/quote CHATHISTORY LATEST #dev * 5")
        zoe.shows("Alice | hello there")
        zoe.shows("* | Alice waves")
        found = "-- | chat.example: Found, newest first:"
        seeker = Program(self, self.server.port(), "Seeker")
        seeker.asks("join #dev")
        seeker.seeks("hello")
        zoe.look_at(zoe.network)
        zoe.type("/quote search hello")
        zoe.shows(found)
        zoe.shows("#dev", "Alice: hello there")
        alice.look_at("(status)")
        alice.type("/quote MARKREAD #dev", "/quote MARKREAD #dev timestamp=2026-01-01T00:00:00.000Z")
        alice.shows("-!- MARKREAD #dev *")
        alice.shows("MARKREAD #dev timestamp=2026-01-01T00:00:00.000Z")
        self.understood(alice, zoe)

    def test_nickserv(self) -> None:
        """REGISTER and IDENTIFY as clients have them built in."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe)
        alice.type("/msg NickServ register correct-horse")
        alice.shows("You are now logged in as Alice")
        zoe.type("/msg NickServ identify Alice battery-staple")
        zoe.shows("NickServ", "wrong nickname or password")
        zoe.type("/msg NickServ identify Alice correct-horse")
        zoe.shows("-- | You are now logged in as Alice")
        for client in (alice, zoe):
            self.assertNotIn("battery-staple", client.text)
        zoe.type("/whois Zoé")
        zoe.shows("[Zoé]", "Alice")
        self.understood(alice, zoe)
