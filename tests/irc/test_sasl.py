"""AUTHENTICATE (IRCv3 sasl-3.1, sasl-3.2), REGISTER (IRCv3 account-registration), and what NickServ takes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import ClassVar

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import names
from chatd.settings import Accounts, Irc, Settings
from tests.behaviour.clients import TextClient
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw
from tests.services.scram_client import ScramClient

PASSWORD = "correct-horse"


def plain(name: str, password: str, authzid: str = "") -> str:
    """Return what a client sends for PLAIN (RFC 4616)."""
    return b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()


class LoginCase(SynchronousTestCase):
    """A server with an account of Kim's."""

    settings: ClassVar[Settings] = SETTINGS

    def setUp(self) -> None:
        self.server = Server(self.settings)
        self.server.now(self.server.accounts.add(names.nickname("Kim"), PASSWORD))

    def newcomer(self, address: str = "127.0.0.1", *, secure: bool = False) -> Raw:
        """Return a client that negotiates, and has asked for SASL."""
        client = Raw(self.server, address=address, secure=secure)
        client.send("CAP LS 302", "CAP REQ sasl")
        client.lines()
        return client

    def log_in(self, client: Raw, message: str, mechanism: str = "PLAIN") -> list[str]:
        """Return what a login is answered with."""
        self.assertEqual(client.ask(f"AUTHENTICATE {mechanism}"), ["AUTHENTICATE +"])
        return client.ask(f"AUTHENTICATE {message}")

    def enter(self, client: Raw, nick: str) -> list[str]:
        """Let a client in."""
        return client.ask(f"NICK {nick}", "USER u 0 * :r", "CAP END")


class Plain(LoginCase):
    def test_right(self) -> None:
        """900, then 903; the account is that of the user who comes in."""
        client = self.newcomer()
        answer = self.log_in(client, plain("Kim", PASSWORD))
        self.assertEqual([line.split(" ")[0] for line in answer], ["900", "903"])
        self.assertIn(" Kim :You are now logged in as Kim", answer[0])
        self.enter(client, "Kim")
        self.assertEqual(self.server.user("Kim").who.account, self.account)

    @property
    def account(self) -> str:
        found = self.server.registry.accounts.by_name(names.nickname("Kim"))
        assert found is not None
        return found.id

    def test_account_and_nickname_may_differ(self) -> None:
        client = self.newcomer()
        self.log_in(client, plain("kim", PASSWORD, "KIM"))
        self.enter(client, "Len")
        self.assertEqual(self.server.user("Len").who.account, self.account)

    def test_wrong(self) -> None:
        """904, and another try; nobody is told whether the name or the password was wrong."""
        client = self.newcomer()
        answers = [
            self.log_in(client, plain(name, "wrong-horse"))[0].split(":", 1)[1] for name in ("Kim", "Nobody")
        ]
        self.assertEqual(len(set(answers)), 1)
        self.assertEqual(self.log_in(client, plain("Kim", PASSWORD))[-1][:3], "903")

    def test_for_another(self) -> None:
        """The identity to act as is empty or the same (RFC 4616 §2)."""
        self.assertEqual(self.log_in(self.newcomer(), plain("Kim", PASSWORD, "Len"))[-1][:3], "904")

    def test_no_message(self) -> None:
        for message in ("====", "AAAA", "amlsbGVz", "+"):
            self.assertEqual(self.log_in(self.newcomer(), message)[-1][:3], "904", message)

    def test_too_long(self) -> None:
        """ERR_SASLTOOLONG (905) for a piece of more than 400 characters."""
        self.assertEqual(self.log_in(self.newcomer(), "A" * 401)[-1][:3], "905")

    def test_in_pieces(self) -> None:
        """A piece of 400 characters is not the last (IRCv3 sasl-3.1)."""
        long = "x" * 293
        self.server.now(self.server.accounts.add(names.nickname("Len"), long))
        message = plain("Len", long)
        self.assertEqual(len(message), 400)
        client = self.newcomer()
        self.assertEqual(self.log_in(client, message), [])
        self.assertEqual(client.ask("AUTHENTICATE +")[-1][:3], "903")

    def test_aborted(self) -> None:
        """ERR_SASLABORTED (906)."""
        client = self.newcomer()
        client.send("AUTHENTICATE PLAIN")
        self.assertEqual(client.ask("AUTHENTICATE *"), ["906 :SASL authentication aborted"])

    def test_twice(self) -> None:
        """ERR_SASLALREADY (907)."""
        client = self.newcomer()
        self.log_in(client, plain("Kim", PASSWORD))
        self.assertEqual(client.ask("AUTHENTICATE PLAIN"), ["907 :You have already authenticated"])

    def test_unknown_mechanism(self) -> None:
        """RPL_SASLMECHS (908), then 904."""
        answer = self.newcomer().ask("AUTHENTICATE MAGIC")
        self.assertEqual([line[:3] for line in answer], ["908", "904"])

    def test_unasked(self) -> None:
        """Not without the capability."""
        client = Raw(self.server)
        self.assertEqual(client.ask("AUTHENTICATE PLAIN")[0][:3], "904")

    def test_where_somebody_listens(self) -> None:
        """A password is taken where nobody can listen in only: elsewhere there is no such capability."""
        client = Raw(self.server, address="203.0.113.9")
        self.assertNotIn("sasl", client.ask("CAP LS 302")[0])
        self.assertIn(" NAK ", client.ask("CAP REQ sasl")[0])
        self.assertIn("sasl=PLAIN", Raw(self.server, address="203.0.113.9", secure=True).ask("CAP LS 302")[0])

    def test_when_in(self) -> None:
        """IRCv3 sasl-3.2: also later, and the others are told (account-notify)."""
        ann = Raw(self.server, "Ann", caps="account-notify account-tag")
        client = Raw(self.server, "Len", caps="sasl")
        for each in (ann, client):
            each.send("JOIN #dev")
        ann.lines()
        self.log_in(client, plain("Kim", PASSWORD))
        self.assertTrue(ann.lines()[0].endswith(" ACCOUNT Kim"))
        client.send("PRIVMSG #dev :hi")
        self.assertTrue(ann.lines()[0].startswith("@account=Kim :Len!"))

    def test_nickname_that_is_somebodys(self) -> None:
        """A registered nickname waits for a login while there is a negotiation; at its end it is refused."""
        client = self.newcomer()
        self.assertEqual(client.ask("NICK Kim", "USER u 0 * :r"), [])
        self.assertEqual(client.ask("CAP END")[0][:3], "433")
        self.assertEqual(Raw(self.server).ask("NICK Kim")[0][:3], "433")

    def test_two_clients_are_one_user(self) -> None:
        """A second client of the account with the same nickname is shown the rooms, and both get everything."""
        text = TextClient(self.server)
        text.command(f"login Kim {PASSWORD}")
        text.command("join #dev")
        text.seen()
        client = self.newcomer()
        self.log_in(client, plain("Kim", PASSWORD))
        shown = self.enter(client, "Kim")
        self.assertTrue(any(line.endswith(" JOIN #dev") for line in shown), shown)
        self.assertIn("353 = #dev :@Kim", [line.replace("@Kim", ":@Kim") for line in shown])
        ann = Raw(self.server, "Ann")
        ann.send("PRIVMSG Kim :for you")
        self.assertTrue(client.lines()[-1].endswith(" PRIVMSG Kim :for you"))
        self.assertEqual(text.seen(), [("pm", "Ann", "for you")])

    def test_mail(self) -> None:
        """What was said to the account while it was not there comes once."""
        sender = TextClient(self.server)
        sender.command("nick Ann")
        sender.command(f"register {PASSWORD}")
        sender.command("msg Kim lunch?")
        for count in (1, 0):
            client = self.newcomer()
            self.log_in(client, plain("Kim", PASSWORD))
            shown = self.enter(client, "Kim")
            self.assertEqual(sum(line.endswith(" PRIVMSG Kim :lunch?") for line in shown), count)
            client.hang_up()


class Scram(LoginCase):
    settings = replace(SETTINGS, accounts=Accounts(scram=True))

    def test_right(self) -> None:
        """SCRAM-SHA-256 (RFC 7677): the server proves itself, too."""
        client = self.newcomer()
        scram = ScramClient("Kim", PASSWORD)
        challenge = self.log_in(client, b64encode(scram.first()).decode(), "SCRAM-SHA-256")
        last = scram.final(b64decode(challenge[0].removeprefix("AUTHENTICATE ")))
        proof = client.ask(f"AUTHENTICATE {b64encode(last).decode()}")
        scram.check(b64decode(proof[0].removeprefix("AUTHENTICATE ")))
        self.assertEqual([line[:3] for line in client.ask("AUTHENTICATE +")], ["900", "903"])

    def test_wrong(self) -> None:
        client = self.newcomer()
        scram = ScramClient("Kim", "wrong-horse")
        challenge = self.log_in(client, b64encode(scram.first()).decode(), "SCRAM-SHA-256")
        last = scram.final(b64decode(challenge[0].removeprefix("AUTHENTICATE ")))
        self.assertEqual(client.ask(f"AUTHENTICATE {b64encode(last).decode()}")[-1][:3], "904")


class External(LoginCase):
    def test_certificate(self) -> None:
        """EXTERNAL is offered to who presents a certificate, and logs in to the account that bound it."""
        account = self.server.registry.accounts.by_name(names.nickname("Kim"))
        assert account is not None
        self.server.now(self.server.accounts.add_certificate(account, "ab" * 32, shown=True))
        for message in ("+", b64encode(b"Kim").decode()):
            client = Raw(self.server, secure=True)
            self.assertNotIn("EXTERNAL", client.ask("CAP LS 302")[0])
            client.protocol.certificate = lambda: "ab" * 32  # type: ignore[method-assign]  # no TLS in memory
            self.assertIn("sasl=PLAIN,EXTERNAL", client.ask("CAP LS 302")[0])
            client.send("CAP REQ sasl")
            client.lines()
            self.assertEqual(self.log_in(client, message, "EXTERNAL")[-1][:3], "903")

    def test_another_ones(self) -> None:
        client = Raw(self.server, secure=True)
        client.protocol.certificate = lambda: "cd" * 32  # type: ignore[method-assign]  # no TLS in memory
        client.send("CAP LS 302", "CAP REQ sasl")
        client.lines()
        self.assertEqual(self.log_in(client, "+", "EXTERNAL")[-1][:3], "904")


class Registering(LoginCase):
    def test_before_it_is_in(self) -> None:
        """REGISTER with the nickname's name, before the end of negotiation (before-connect)."""
        client = Raw(self.server)
        self.assertIn("draft/account-registration=before-connect", client.ask("CAP LS 302")[0])
        client.send("NICK Len")
        answer = client.ask(f"REGISTER * * {PASSWORD}")
        self.assertTrue(answer[0].endswith(" REGISTER SUCCESS Len :Your nickname is registered"))
        self.enter(client, "Len")
        self.assertIsNotNone(self.server.user("Len").who.account)

    def test_refused(self) -> None:
        """FAIL REGISTER, with a code for each reason."""
        taken = Raw(self.server)
        taken.send("NICK Kim")
        short, unnamed, other, done = (Raw(self.server) for _ in range(4))
        for client, nick in ((short, "Len"), (other, "Moe"), (done, "Ned")):
            client.send(f"NICK {nick}")
        done.send(f"REGISTER * * {PASSWORD}")
        for client, words, code in (
            (taken, f"* * {PASSWORD}", "USERNAME_EXISTS"),
            (short, "* * short", "WEAK_PASSWORD"),
            (unnamed, f"* * {PASSWORD}", "NEED_NICK"),
            (other, f"Somebody * {PASSWORD}", "ACCOUNT_NAME_MUST_BE_NICK"),
            (done, f"* * {PASSWORD}", "ALREADY_AUTHENTICATED"),
        ):
            self.assertIn(f" FAIL REGISTER {code} ", client.ask(f"REGISTER {words}")[0])

    def test_a_guests_nickname(self) -> None:
        """Nobody registers a nickname that somebody else has at this moment."""
        Raw(self.server, "Len")
        client = Raw(self.server)
        client.send("NICK Len")
        self.assertIn(" FAIL REGISTER USERNAME_EXISTS ", client.ask(f"REGISTER * * {PASSWORD}")[0])

    def test_only_when_in(self) -> None:
        server = Server(replace(SETTINGS, irc=Irc(register_before_connect=False)))
        client = Raw(server)
        self.assertIn("draft/account-registration ", client.ask("CAP LS 302")[0])
        client.send("NICK Len")
        self.assertIn(" COMPLETE_CONNECTION_REQUIRED ", client.ask(f"REGISTER * * {PASSWORD}")[0])

    def test_nickserv(self) -> None:
        """REGISTER and IDENTIFY as they are typed elsewhere; anything else is answered with how they go."""
        client = Raw(self.server, "Len")
        for words, answer in (
            ("HELP", "REGISTER PASSWORD keeps your nickname, IDENTIFY [NAME] PASSWORD logs in"),
            ("IDENTIFY wrong-horse", "wrong nickname or password"),
            (f"REGISTER {PASSWORD} len@example.com", "Account created"),
        ):
            found = client.ask(f"PRIVMSG NickServ :{words}")
            self.assertEqual(found[0], f":NickServ!NickServ@irc.example NOTICE Len :{answer}")
        other = Raw(self.server, "Moe")
        self.assertEqual(other.ask(f"NS IDENTIFY Kim {PASSWORD}")[0][:3], "900")
