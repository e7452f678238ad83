"""Certificates of clients over real sockets, `chatd password`, and operators of the settings."""

from __future__ import annotations

import signal
import sqlite3
import ssl
from contextlib import closing
from pathlib import Path
from unittest import TestCase

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.authority import IssuedFiles
from tests.client_certificates import Identity, identity
from tests.process.server import ANY_PORT, CHATD, Server
from tests.process.streams import finished, terminal
from tests.process.visitors import Visitor, trusting

OLD = "correct-horse"


class Certificates(IssuedFiles, TestCase):
    def context(self, who: Identity | None, version: ssl.TLSVersion) -> ssl.SSLContext:
        """Return what a client trusts, and presents."""
        context = trusting(self.authority)
        context.minimum_version = context.maximum_version = version
        if who is not None:
            key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            file = Path(f"{who.fingerprint}.pem")
            file.write_bytes(key + who.certificate.public_bytes(Encoding.PEM))
            context.load_cert_chain(file)
        return context

    def test_bound_and_shown(self) -> None:
        """By Python's ssl, as another program would: in TLS 1.2 and 1.3, also where it comes back."""
        server = Server(self, listen=(ANY_PORT, self.description()))
        finished(*CHATD, "account", "add", "--data", "data", "Alice", input=f"{OLD}\n", timeout=60)
        who, bound = identity(), False
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(who, version)
            for _ in range(2):
                alice = Visitor(self, server.port("tls"), tls=context)
                alice.say(f"/login Alice {OLD}")
                alice.expect("You are Alice")
                if not bound:
                    alice.say("/account certificate add")
                    alice.expect(f"-> The certificate {who.fingerprint[:16]}… logs in as Alice.")
                    bound = True
                alice.say("/account certificate")
                alice.expect(f"{who.fingerprint} since ")
                alice.expect("this connection's")
                alice.close()
            bare = Visitor(self, server.port("tls"), tls=self.context(None, version))
            bare.say(f"/login Alice {OLD}")
            bare.say("/account certificate add")
            bare.expect("your connection presents no certificate")
            bare.close()


class Verifiers(TestCase):
    def kept(self) -> list[tuple[str]]:
        with closing(sqlite3.connect("data/chatd.db")) as connection:
            return connection.execute("SELECT verifier FROM verifiers").fetchall()

    def test_deleted_when_it_is_off(self) -> None:
        server = Server(self, "--set", "accounts.scram=true")
        finished(*CHATD, "account", "add", "--data", "data", "Alice", input=f"{OLD}\n", timeout=60)
        server.stop()
        ((kept,),) = self.kept()
        self.assertTrue(kept.startswith("SCRAM-SHA-256$100000:"))
        Server(self, "--set", "accounts.scram=true").stop()
        self.assertEqual(self.kept(), [(kept,)])
        server = Server(self)
        server.stop()
        self.assertIn("accounts.scram is off: verifiers deleted: 1", server.log.text)
        self.assertEqual(self.kept(), [])
        self.assertNotIn(kept.encode(), Path("data", "chatd.db").read_bytes())


class Operators(TestCase):
    def test_a_hash_from_the_command_line(self) -> None:
        """What `chatd password` prints stands in the settings; the password is in no log."""
        done = finished(*CHATD, "password", input="hunter2-chief\n", timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("$argon2id$v=19$m=19456,t=2,p=1$"))
        Path("chatd.toml").write_text(f"[operators]\nchief = '{done.stdout.strip()}'\n", encoding="utf-8")
        server = Server(self, "-d", "--config", "chatd.toml", "--set", "operators.boss=hunter2-boss")
        for line in ("/oper chief hunter2-chief", "/oper boss hunter2-boss"):
            person = Visitor(self, server.port("text"))
            person.enter("Alice")
            person.say(line.replace("hunter2", "hunter3"))
            person.expect("wrong operator's name or password")
            person.say(line, "/stats")
            person.expect(" * Alice is now operator of the server, until he leaves")
            person.expect("uptime")
            person.say("/opre boss hunter2-boss", "/oper boss hunter2-boss x", "/version", "/quit")
            person.expect("Goodbye")
            person.close()
        Path("chatd.toml").write_text("[operators]\nchief = '$argon2id$hunter2'\n", encoding="utf-8")
        server.signal(signal.SIGHUP)
        server.heard("chatd.toml: operators.chief: not a whole argon2id hash")
        self.assertIn("/oper [redacted]", [act["line"] for act in server.audited()])
        server.stop()
        everything = {path: path.read_bytes() for path in Path("data").iterdir() if path.is_file()}
        everything[Path("log")] = server.log.text.encode()
        for path, held in everything.items():
            self.assertNotIn(b"hunter", held, path)

    def test_refused(self) -> None:
        for typed, words in (("\n", "a password is not empty"), ("two words\n", "no spaces")):
            done = finished(*CHATD, "password", input=typed, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertIn(words, done.stderr)

    def test_typed_twice(self) -> None:
        peer = terminal(self, *CHATD, "password")
        peer.expect("Password of an operator: ", 60.0)
        peer.say(OLD)
        peer.expect("The same again: ")
        peer.say(OLD)
        self.assertIn("$argon2id$", peer.rest(60.0))
        self.assertNotIn(OLD, peer.text)
