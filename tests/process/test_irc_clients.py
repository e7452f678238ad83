"""People with irssi and WeeChat, and somebody at nc and a bot with them in the room."""

from __future__ import annotations

from pathlib import Path

from tests.process.conversation import PROGRAMS, Bot, Conversation
from tests.process.screens import Irssi, WeeChat
from tests.process.streams import finished
from tests.requirements import requires

pytestmark = [requires(name) for name in PROGRAMS]

SCRIPTS = "你好 👋 n\u0303o Ω"
"""With a character of two code points."""


class Together(Conversation):
    """Alice and Bob have irssi, Zoé has WeeChat, Ned is at nc, and there is a bot."""

    def setUp(self) -> None:
        super().setUp()
        self.alice, self.zoe = Irssi(self.tmux, "Alice"), WeeChat(self.tmux, "Zoé")

    def test_talk(self) -> None:
        """In a room all see what each says and does, in any script."""
        alice, bob, zoe = self.alice, Irssi(self.tmux, "Bob"), self.zoe
        self.come(alice, bob, zoe, room="#dev")
        ned, bot = self.at_nc("Ned", "#dev"), Bot(self, self.server.port(), "Dicebot", "#dev")
        for client in (alice, bob, zoe):
            client.shows("Dicebot", "has joined #dev")
        alice.synced("#dev")
        bob.synced("#dev")
        for client, nick in ((alice, "Alice"), (bob, "Bob"), (zoe, "Zoé")):
            client.type(f"{nick} says {SCRIPTS}", f"/me waves, {SCRIPTS}")
            ned.expect(f"{nick}: {nick} says {SCRIPTS}\r\n~ {nick} waves, {SCRIPTS}\r\n")
            said, done = (bot.sees("message") for _ in range(2))
            self.assertEqual(said["body"]["text"], f"{nick} says {SCRIPTS}")
            self.assertEqual((done["action"], done["from"]["nick"]), (True, nick))
        ned.say(f"Ned says {SCRIPTS}", f"/me waves, {SCRIPTS}")
        bot.ask(type="say", room="#dev", text=f"a four, {SCRIPTS}")
        for client in (alice, bob):
            for nick in ("Alice", "Bob", "Zoé", "Ned"):
                client.shows(f"{nick}> {nick} says {SCRIPTS}")
                client.shows(f" * {nick} waves, {SCRIPTS}")
            client.shows(f"Dicebot> a four, {SCRIPTS}")
        for nick in ("Alice", "Bob", "Zoé", "Ned"):
            zoe.shows(f"{nick} | {nick} says {SCRIPTS}")
            zoe.shows(f"* | {nick} waves, {SCRIPTS}")
        zoe.shows(f"Dicebot | a four, {SCRIPTS}")
        self.understood(alice, bob, zoe)

    def test_private(self) -> None:
        """A private message goes to one; who is away says so."""
        alice, zoe, ned = self.alice, self.zoe, self.at_nc("Ned")
        self.come(alice, zoe)
        alice.type("/query Zoé", f"just us {SCRIPTS}")
        zoe.shows("2.", "Alice")
        zoe.look_at("Alice")
        zoe.shows(f"Alice | just us {SCRIPTS}")
        zoe.type("and me", "/query Ned hello Ned")
        alice.shows("<Zoé> and me")
        ned.expect("[PM from Zoé] hello Ned\r\n")
        ned.say("/msg Alice hi", "/away at lunch")
        alice.look_at("Ned")
        alice.shows("<Ned> hi")
        alice.type("hungry?")
        alice.shows("Ned is away: at lunch")
        ned.expect("[PM from Alice] hungry?\r\n")
        alice.type("/query Nobody", "are you there?")
        alice.shows("Nobody: No such nick/channel")
        zoe.type("/away busy")
        zoe.look_at("server.chatd")
        zoe.shows("-- | You have been marked as being away")
        ned.say("/msg Zoé hm")
        ned.expect("-> Zoé is away: busy\r\n")
        self.understood(alice, zoe)

    def test_topic_and_nickname(self) -> None:
        """What a room is about, and who somebody is now, stands where the clients show it."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe, room="#dev")
        ned = self.at_nc("Ned", "#dev")
        alice.type(f"/topic Plans {SCRIPTS}")
        ned.expect(f" * Alice has set the topic of #dev: Plans {SCRIPTS}\r\n")
        zoe.shows(f'-- | Alice has changed topic for #dev to "Plans {SCRIPTS}"')
        for nick, new in (("Ned", "Nils"), ("Nils", "Ned")):
            ned.say(f"/nick {new}")
            alice.shows(f"-!- {nick} is now known as {new}")
            zoe.shows(f"-- | {nick} is now known as {new}")
        alice.type("/nick Alina")
        alice.shows("-!- You're now known as Alina")
        ned.expect(" * Alice is now known as Alina\r\n")
        bob = Irssi(self.tmux, "Bob")
        self.come(bob, room="#dev")
        bob.shows(f" Plans {SCRIPTS}")
        bob.shows("-!- Topic set by Alice")
        self.understood(alice, bob, zoe)

    def test_order(self) -> None:
        """Ranks, who is put out, and bans, given by whatever client."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe, room="#dev")
        ned = self.at_nc("Ned", "#dev")
        alice.type("/op Zoé", "/voice Ned")
        alice.shows("-!- mode/#dev [+o", "Zoé] by Alice")
        ned.expect(" * Zoé is now operator of #dev, by Alice\r\n")
        ned.expect(" * Ned is now voice of #dev, by Alice\r\n")
        zoe.shows("-- | Mode #dev [+v Ned] by Alice")
        zoe.shows("│@Zoé")
        zoe.type("/kick Ned behave")
        alice.shows("-!- Ned was kicked from #dev by Zoé [behave]")
        ned.expect(" * Ned was kicked from #dev by Zoé (behave)\r\n")
        ned.say("/join #dev")
        alice.type("/kickban Ned enough")
        alice.shows("-!- mode/#dev [+b *!*u@", "] by Alice")
        ned.expect(" * Ned was kicked from #dev by Alice (enough)\r\n")
        ned.say("/join #dev")
        ned.expect("-> Error: you are banned from #dev")
        alice.type("/unban 1", "/deop Zoé")
        zoe.shows("-- | Mode #dev [-b *!*u@", "] by Alice")
        zoe.shows("-- | Mode #dev [-o", "Zoé] by Alice")
        ned.say("/join #dev")
        ned.expect("Ned has joined #dev")
        self.understood(alice, zoe)

    def test_who_is_who(self) -> None:
        """/whois and /names show people of every dialect."""
        alice, zoe = self.alice, self.zoe
        self.come(alice, zoe, room="#dev")
        ned = self.at_nc("Ned", "#dev")
        ned.say("/whois Alice")
        ned.expect("-> Alice is a guest, from ")
        alice.type("/names", "/whois Ned")
        alice.shows("[@Alice]", "[ Ned]", "[ Zoé]")
        alice.look_at("(status)")
        alice.shows("-!- Ned [~u@")
        alice.shows("channels", "#dev")
        alice.shows("End of WHOIS")
        zoe.type("/whois Alice")
        zoe.look_at(zoe.network)
        zoe.shows("[Alice]", "@#dev")
        zoe.shows("[Alice] is using a secure connection")
        zoe.shows("[Alice] End of")
        self.understood(alice, zoe)

    def test_leaving(self) -> None:
        """Who leaves a room, or the server, gives his reason to all."""
        alice, bob, zoe = self.alice, Irssi(self.tmux, "Bob"), self.zoe
        self.come(alice, bob, zoe, room="#dev")
        ned, bot = self.at_nc("Ned", "#dev"), Bot(self, self.server.port(), "Dicebot", "#dev")
        bob.type("/part #dev that was it")
        alice.shows("-!- Bob", "has left #dev [that was it]")
        zoe.shows("<-- | Bob", "has left #dev (that was it)")
        ned.expect(" * Bob has left #dev (that was it)\r\n")
        self.assertEqual(bot.sees("parted")["reason"], "that was it")
        ned.say("/quit so long")
        alice.shows("-!- Ned", "has quit [so long]")
        zoe.type("/quit good night")
        alice.shows("-!- Zoé", "has quit [good night]")
        alice.type("/quit me too")
        self.assertEqual(bot.sees("quit")["reason"], "so long")


class Registered(Conversation):
    """Alice has an account."""

    def setUp(self) -> None:
        super().setUp()
        self.ned = self.at_nc("Ned")
        before = self.at_nc("Alice")
        before.say("/register correct-horse", "/quit")
        before.expect("-> Alice is your nickname now.")
        self.ned.expect(" * Alice has quit")

    def is_known(self) -> None:
        """Fail unless Alice is there with her account."""
        self.ned.say("/whois Alice")
        self.ned.expect("-> Alice is account Alice,")


class LoggingIn(Registered):
    """By SASL, as docs/irc.md says it is done."""

    def test_irssi(self) -> None:
        """With a password, and with a certificate that was bound to the account."""
        made = finished(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=Alice", "-keyout", "alice.key", "-out", "alice.crt",
        )  # fmt: skip
        self.assertEqual(made.returncode, 0, made.stderr)
        both = Path("alice.pem").absolute()
        both.write_text(Path("alice.key").read_text() + Path("alice.crt").read_text())
        alice = Irssi(self.tmux, "Alice")
        password = "-sasl_mechanism PLAIN -sasl_username Alice -sasl_password correct-horse"
        alice.begin_to_connect(self.port, self.root, password, f"-tls_cert {both}")
        alice.shows("-!- SASL authentication succeeded")
        alice.shows("-!- There is no message of the day")
        self.is_known()
        alice.type("/quote account certificate add")
        alice.shows("!chat.example The certificate", "logs in as Alice.")
        alice.type("/join #lobby")
        self.ned.expect("Alice has joined #lobby")
        alice.type("/disconnect")
        self.ned.expect(" * Alice has quit")
        alice.look_at("(status)")
        alice.type("/clear", "/network add -sasl_mechanism EXTERNAL chatd")
        alice.shows("-!- Irssi: Network chatd saved")
        alice.type("/connect chatd")
        alice.shows("-!- SASL authentication succeeded")
        alice.shows("-!- There is no message of the day")
        self.is_known()

    def test_weechat(self) -> None:
        """With a password; a wrong one is refused."""
        alice = WeeChat(self.tmux, "Alice")
        alice.begin_to_connect(self.port, self.root, "sasl_username Alice; sasl_password battery-staple")
        alice.shows("-- | SASL authentication failed: wrong nickname or password")
        alice.type("/set irc.server.chatd.sasl_password correct-horse", "/connect chatd")
        alice.shows("-- | You are now logged in as Alice")
        alice.shows("-- | There is no message of the day")
        self.is_known()


class Scrambled(Registered):
    """Logging in without sending the password, where the owner allows it."""

    options = ("--set", "accounts.scram=true")

    def test_weechat(self) -> None:
        """WeeChat sends a proof of the password, and checks that of the server; a wrong one is refused."""
        alice = WeeChat(self.tmux, "Alice")
        mechanism = "sasl_mechanism scram-sha-256; sasl_username Alice; sasl_password battery-staple"
        alice.begin_to_connect(self.port, self.root, mechanism)
        alice.shows("-- | SASL authentication failed: wrong nickname or password")
        alice.type("/set irc.server.chatd.sasl_password correct-horse", "/connect chatd")
        alice.shows("-- | You are now logged in as Alice")
        alice.shows("-- | There is no message of the day")
        self.is_known()
