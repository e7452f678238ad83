"""Sharing files, in every dialect: what is asked, what is shown, and who may do what."""

from __future__ import annotations

import json
import re

from msgspec.structs import replace

from chatd.core import names
from chatd.core.files import Way
from chatd.core.user import Rank
from chatd.settings import Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import Client, JsonClient

TOKEN = re.compile(r"\b(put|get) ([0-9a-f]{32})\b")
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
SENTENCE = "shares report.pdf (5 bytes, file 1) /get 1"


class FileCase(Behaviour):
    """How files are sent and fetched here."""

    def token(self, client: Client, line: str) -> str:
        """Run a command that answers with a token, and return that."""
        client.raw()
        client.command(line)
        said = client.raw().decode()
        found = TOKEN.search(said)
        self.assertIsNotNone(found, said)
        assert found is not None
        return found[2]

    def put(self, token: str, data: bytes = b"hello", offset: str = "") -> str:
        """Send bytes with a token; return what is answered."""
        wire, _ = self.server.connect_for_file(f"put {token} {offset}", data)
        return wire.value().decode()

    def get(self, token: str, offset: str = "") -> str:
        """Fetch with a token."""
        wire, _ = self.server.connect_for_file(f"get {token} {offset}")
        return wire.value().decode()

    def share(self, client: Client, to: str = "#lobby", name: str = "report.pdf") -> str:
        """Share a file of five bytes; return what the door answers."""
        return self.put(self.token(client, f"send {name} 5 {to}"))

    def assert_shown(self, client: Client, by: str = "Alice") -> None:
        """Fail unless the client was shown one file just now."""
        data = client.raw().decode()
        if isinstance(client, JsonClient):
            shown = [json.loads(line) for line in data.splitlines()]
            (event,) = [each for each in shown if each["type"] in ("message", "private")]
            self.assertEqual(event["from"]["nick"], by)
            self.assertEqual(
                event["body"],
                {
                    "kind": "file",
                    "id": 1,
                    "name": "report.pdf",
                    "size": 5,
                    "sha256": HELLO,
                    "content_type": "application/octet-stream",
                },
            )
        else:
            self.assertEqual(data.count(SENTENCE), 1, data)
            self.assertTrue(by in data or "[PM to " in data, data)

    def assert_refusal(self, client: Client, line: str, words: str) -> None:
        """Fail unless a command is refused with these words."""
        client.raw()
        client.command(line)
        said = client.raw().decode()
        self.assertIn(words, said.replace('\\"', '"'))
        self.assertIsNone(TOKEN.search(said), said)

    def login(self, nick: str) -> Client:
        client = self.client()
        client.command("nick Guest")
        client.command(f"login {nick} correct-horse")
        self.seen = {client: client.raw().decode()}
        return client


class Sharing(FileCase):
    def test_with_a_room(self) -> None:
        alice, bob = self.client("Alice"), self.client("Bob")
        token = self.token(alice, "send report.pdf 5 #lobby")
        for each in (alice, bob):
            self.assertNotIn("shares", each.raw().decode())
        self.assertEqual(self.put(token), f"ok file 1 sha256 {HELLO}\n")
        # Who has sent it by another connection is shown it like everybody.
        self.assert_shown(alice)
        self.assert_shown(bob)
        self.assertEqual(self.get(self.token(bob, "get 1")), "hello")
        bob.command("files #lobby")
        self.assertIn("report.pdf", bob.raw().decode())

    def test_a_token_serves_once_for_sending(self) -> None:
        alice = self.client("Alice")
        token = self.token(alice, "send report.pdf 5 #lobby")
        self.put(token)
        self.assertIn("not good", self.put(token))

    def test_with_one_user(self) -> None:
        alice, bob, carol = self.client("Alice"), self.client("Bob"), self.client("Carol")
        self.share(alice, "Bob")
        self.assert_shown(alice)
        self.assert_shown(bob)
        self.assertNotIn("shares", carol.raw().decode())
        self.assertEqual(self.get(self.token(bob, "get 1")), "hello")
        self.assertEqual(self.get(self.token(alice, "get 1")), "hello")
        self.make_operator("Carol")
        self.assert_refusal(carol, "get 1", "no file 1")
        bob.command("files private")
        self.assertIn("report.pdf", bob.raw().decode())

    def test_what_a_guest_was_sent_stays_his_when_he_registers(self) -> None:
        alice, bob = self.client("Alice"), self.client("Bob")
        self.share(alice, "Bob")
        bob.command("register correct-horse")
        self.assertIsNotNone(self.server.user("Bob").who.account)
        self.assertEqual(self.get(self.token(bob, "get 1")), "hello")
        self.share(alice, "Bob", "second.pdf")
        bob.raw()
        bob.command("files private")
        listed = bob.raw().decode()
        for name in ("report.pdf", "second.pdf"):
            self.assertIn(name, listed)

    def test_with_an_account_that_is_not_here(self) -> None:
        accounts = self.server.accounts

        async def keep() -> None:
            for nick in ("Alice", "Bob"):
                await accounts.add(names.nickname(nick), "correct-horse")

        self.server.now(keep())
        alice = self.login("Alice")
        self.share(alice, "Bob")
        bob = self.login("Bob")
        self.assertIn("1) /get 1" if not isinstance(bob, JsonClient) else '"kind":"file"', self.seen[bob])
        self.assertEqual(self.get(self.token(bob, "get 1")), "hello")

    def test_who_ignores_is_not_shown_it(self) -> None:
        alice, bob = self.client("Alice"), self.client("Bob")
        bob.command("ignore Alice")
        bob.raw()
        self.share(alice)
        self.share(alice, "Bob")
        self.assertNotIn("report.pdf", bob.raw().decode())

    def test_who_may_not_speak(self) -> None:
        founder, alice = self.client("Frank"), self.client("Alice")
        for each in (founder, alice):
            each.command("join #dev")
        send = "send report.pdf 5 #dev"
        token = self.token(alice, send)
        registry, dev = self.server.registry, self.server.registry.rooms["#dev"]
        registry.mute(registry.server, dev, self.server.user("Alice"))
        self.assert_refusal(alice, send, "you are muted")
        founder.raw()
        # What was announced before is refused when it comes, and when all of it has come.
        self.assertIn("error: you are muted", self.put(token))
        self.assertFalse(self.server.disk.folder.exists())  # none of it was taken
        registry.unmute(registry.server, dev, self.server.user("Alice"))
        wire, protocol = self.server.connect_for_file(f"put {token}", b"hell")
        registry.mute(registry.server, dev, self.server.user("Alice"))
        protocol.dataReceived(b"o")
        self.assertIn(b"error: you are muted", wire.value())
        founder.raw()
        registry.unmute(registry.server, dev, self.server.user("Alice"))
        dev.moderated = True
        self.assert_refusal(alice, send, "moderated")
        alice.command("part #dev")
        self.assert_refusal(alice, send, "not in #dev")
        self.assertNotIn("shares", founder.raw().decode())
        # It had no number either.
        self.assertIn("ok file 1 ", self.share(founder, "#dev"))

    def test_slow_mode_asks_at_the_beginning(self) -> None:
        founder, alice = self.client("Frank"), self.client("Alice")
        for each in (founder, alice):
            each.command("join #dev")
        self.server.registry.rooms["#dev"].slow = 60
        token = self.token(alice, "send report.pdf 5 #dev")
        self.assert_refusal(alice, "send other.pdf 5 #dev", "is slow")
        self.assertIn("ok file 1", self.put(token))

    def test_who_left_gets_nothing_and_sends_nothing(self) -> None:
        alice, bob = self.client("Alice"), self.client("Bob")
        token = self.token(alice, "send report.pdf 5 #lobby")
        self.share(bob, name="other.pdf")
        fetching = self.token(alice, "get 1")
        alice.hang_up()
        self.assertIn("not here any more", self.put(token))
        self.assertIn("not here any more", self.get(fetching))

    def test_rights_are_asked_again(self) -> None:
        founder, alice = self.client("Frank"), self.client("Alice")
        for each in (founder, alice):
            each.command("join #dev")
        self.share(founder, "#dev")
        token = self.token(alice, "get 1")
        registry, dev = self.server.registry, self.server.registry.rooms["#dev"]
        dev.invite_only = True
        self.assertEqual(self.get(token), "hello")
        registry.kick(registry.server, dev, self.server.user("Alice"), "")
        self.assertIn("error: there is no file 1", self.get(token))
        self.assert_refusal(alice, "get 1", "no file 1")
        self.assert_refusal(alice, "files #dev", "only who is in #dev")

    def test_deleting(self) -> None:
        founder, alice, bob = self.client("Frank"), self.client("Alice"), self.client("Bob")
        for each in (founder, alice, bob):
            each.command("join #dev")
        for _ in range(3):
            self.share(alice, "#dev")
        self.assert_refusal(bob, "files delete 1", "only who has shared file 1")
        for who, id in ((alice, 1), (founder, 2)):
            who.command(f"files delete {id}")
            self.assertIn(f"File {id}, report.pdf, is deleted.", who.raw().decode())
        self.server.user("Bob").rank = Rank.OPERATOR
        bob.command("files delete 3")
        self.assertEqual(list(self.server.disk.folder.iterdir()), [])
        self.assert_refusal(alice, "get 1", "no file 1")
        self.assertEqual(
            [act.line for act in self.server.acts()], [f"/files delete {id}" for id in (1, 2, 3)]
        )
        self.assertEqual(self.server.files.catalogue.total, 0)

    def test_names(self) -> None:
        """Others never see a path, nor a name that would replace a settings file."""
        alice, bob = self.client("Alice"), self.client("Bob")
        for typed, shown in (
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/home/.bashrc", "bashrc"),
            ('"my report 2024.pdf"', "my report 2024.pdf"),
            ("my report 2024", "my report 2024"),
            ("-rf", "-rf"),
            ("$(reboot)`x`;'", "$(reboot)`x`;'"),
        ):
            bob.raw()
            self.assertIn("ok file", self.share(alice, name=typed))
            said = bob.raw().decode()
            self.assertIn(f'"name":"{shown}"' if isinstance(bob, JsonClient) else f" {shown} (", said)
        for bad, words in (
            ("x" * 300, "at most 200 bytes"),
            ("../..", "needs a name"),
            ("a\x01b", "cannot be sent"),
        ):
            self.assert_refusal(alice, f"send {bad} 5 #lobby", words)

    def test_what_is_pasted_holds_only_a_name(self) -> None:
        alice = self.client("Alice")
        alice.command('send "it\'s $(reboot).txt" 5 #lobby')
        said = alice.raw().decode().replace('\\"', '"')
        self.assertIn("""cat 'it'"'"'s $(reboot).txt') | nc 127.0.0.1 7978""", said)
        self.assertIn("""curl -T 'it'"'"'s $(reboot).txt' http://127.0.0.1:7980/files/""", said)
        alice.command("send -rf 5 #lobby")
        self.assertIn("cat ./-rf)", alice.raw().decode())

    def test_what_is_pasted_verifies_a_name(self) -> None:
        alice = self.client("Alice")
        for host, more in (
            ("chat.example", " -verify_return_error -verify_hostname chat.example -servername chat.example"),
            ("192.0.2.1", ""),
        ):
            self.server.ways[:] = [Way("files", host, 7978, True)]
            alice.command("send report.pdf 5 #lobby")
            door = f"openssl s_client -quiet -connect {host}:7978{more}"
            said = alice.raw().decode()
            self.assertRegex(said, rf'cat report\.pdf\) \| {re.escape(door)}["\r\n]')
        self.server.ways[:] = [Way("files", "2001:db8::1", 7978, True)]
        alice.command("send report.pdf 5 #lobby")
        self.assertIn("-connect [2001:db8::1]:7978", alice.raw().decode())

    def test_shown_again(self) -> None:
        """A file is a message like others: numbered, kept, found by its name."""
        alice = self.client("Alice")
        self.share(alice)
        alice.raw()
        alice.command("search report")
        self.assertIn("report.pdf", alice.raw().decode())


globals().update(over_front_ends(Sharing))


class Limits(FileCase):
    """What has no room is refused before its bytes."""

    __test__ = True
    settings = replace(
        Settings(),
        files=replace(
            Settings().files,
            account_quota_bytes=200_000,
            guest_quota_bytes=300_000,
            total_bytes=400_000,
            offers=3,
        ),
    )

    def test_sizes(self) -> None:
        alice = self.client("Alice")
        self.assert_refusal(alice, f"send report.pdf {51 << 20} #lobby", "at most 52 MB (52,428,800 bytes)")
        self.assert_refusal(alice, "send report.pdf 0 #lobby", "at least 1 byte")
        self.assert_refusal(alice, "send report.pdf", "/send NAME SIZE")

    def test_what_is_expected_counts(self) -> None:
        """Two that would not fit together are not both expected; small ones count as 64 KiB."""
        alice, bob = self.client("Alice"), self.client("Bob", "192.0.2.7")
        carol = self.client("Carol")
        self.token(alice, "send report.pdf 200000 #lobby")
        self.assert_refusal(alice, "send report.pdf 200000 #lobby", "room for 100 kB more")
        # Of one address, so of one quota.
        self.assert_refusal(carol, "send report.pdf 200000 #lobby", "room for 100 kB more")
        self.assert_refusal(bob, "send report.pdf 200001 #lobby", "no room for more files on this server")
        self.token(bob, "send report.pdf 5 #lobby")
        self.assertEqual(self.server.files.catalogue.total, 200_000 + 65_536)
        # What does not come in time counts no longer.
        self.server.advance(901)
        self.server.now(self.server.files.sweep())
        self.assertEqual(self.server.files.catalogue.total, 0)

    def test_how_many(self) -> None:
        alice = self.client("Alice")
        for _ in range(3):
            self.token(alice, "send report.pdf 5 #lobby")
        self.assert_refusal(alice, "send report.pdf 5 #lobby", "3 of your files are expected already")

    def test_guests_by_a_setting(self) -> None:
        alice = self.client("Alice")
        registry = self.server.registry
        registry.renew(replace(registry.settings, files=replace(registry.settings.files, guests=False)))
        self.assert_refusal(alice, "send report.pdf 5 #lobby", "only accounts share files here")
        registry.renew(replace(registry.settings, files=replace(registry.settings.files, max_bytes=0)))
        self.assert_refusal(alice, "send report.pdf 5 #lobby", "nobody shares files")

    def test_a_token_is_good_for_minutes(self) -> None:
        alice = self.client("Alice")
        self.share(alice)
        sending = self.token(alice, "send report.pdf 5 #lobby")
        fetching = self.token(alice, "get 1")
        self.server.advance(901)
        self.assertIn("not good", self.put(sending))
        self.assertIn("not good", self.get(fetching))

    def test_files_expire(self) -> None:
        alice = self.client("Alice")
        self.share(alice)
        self.server.wall += 30 * 86400 - 1
        self.server.now(self.server.files.sweep())
        self.assertEqual(len(self.server.files.catalogue.files), 1)
        self.server.wall += 1
        self.server.now(self.server.files.sweep())
        self.assert_refusal(alice, "get 1", "no file 1")
        self.assertEqual(list(self.server.disk.folder.iterdir()), [])

    def test_files_end_with_their_room(self) -> None:
        alice = self.client("Alice")
        alice.command("join #dev")
        self.share(alice, "#dev")
        alice.command("part #dev")
        self.server.now(self.server.files.sweep())
        self.assertEqual(list(self.server.disk.folder.iterdir()), [])

    def test_and_with_their_account(self) -> None:
        self.server.now(self._add("Alice"))
        alice = self.login("Alice")
        alice.command("join #lobby")
        self.share(alice)
        account = self.server.registry.accounts.by_folded("alice")
        assert account is not None
        self.server.now(self.server.files.sweep())
        self.assertEqual(len(self.server.files.catalogue.files), 1)
        self.server.registry.delete_account(account)
        self.server.now(self.server.files.sweep())
        self.assertEqual(self.server.files.catalogue.files, {})

    async def _add(self, nick: str) -> None:
        await self.server.accounts.add(names.nickname(nick), "correct-horse")
