"""/account certificate, as people use it over TLS."""

from __future__ import annotations

from OpenSSL.crypto import X509

from chatd.frontends.guard import Peer
from tests.behaviour.cases import over_front_ends
from tests.behaviour.client import Client
from tests.behaviour.test_own_account import Owning
from tests.client_certificates import identity

OWN, OTHER = identity(), identity("Other")
DIGITS = OWN.fingerprint


class Binding(Owning):
    def over_tls(self, nick: str, *, with_one: bool = True) -> Client:
        """Return a client with an account who came over TLS, and has presented a certificate or not."""
        client = self.client(nick, "192.0.2.7", secure=True)
        client.command("register correct-horse")
        if with_one:
            client.wire.certificate = X509.from_cryptography(OWN.certificate)
        self.forget()
        return client

    def logs_in_as(self, digits: str = DIGITS) -> str:
        """Return whose account a certificate logs in to."""
        accounts = self.server.accounts
        return self.server.now(accounts.log_in_by_certificate(digits, None, "192.0.2.8")).name

    def test_the_one_presented(self) -> None:
        alice = self.over_tls("Alice")
        alice.command("account certificate add")
        self.assertEqual(self.answer(alice), (f"The certificate {DIGITS[:16]}… logs in as Alice.",))
        self.assertEqual(self.logs_in_as(), "Alice")
        alice.command("account certificate")
        self.assertEqual(
            self.answer(alice), ("1 certificate:", f"  {DIGITS} since 2026-01-02, this connection's")
        )
        alice.command("account certificate add")
        self.assert_refused(alice, "logs in to your account already")

    def test_by_its_digits(self) -> None:
        alice = self.over_tls("Alice", with_one=False)
        alice.command("account certificate add")
        self.assert_refused(alice, "your connection presents no certificate")
        alice.command(f"account certificate add {DIGITS.upper()}")
        self.assertEqual(self.answer(alice), (f"The certificate {DIGITS[:16]}… logs in as Alice.",))
        alice.command("account certificate add 1234")
        self.assert_refused(alice, "64 hexadecimal digits")
        alice.command("account certificate list")
        self.assertEqual(self.answer(alice), ("1 certificate:", f"  {DIGITS} since 2026-01-02"))

    def test_removed(self) -> None:
        alice = self.over_tls("Alice")
        alice.command("account certificate add")
        self.forget()
        alice.command(f"account certificate remove {DIGITS[:8]}")
        self.assertEqual(self.answer(alice), (f"The certificate {DIGITS[:16]}… logs in no more.",))
        alice.command(f"account certificate remove {DIGITS[:8]}")
        self.assert_refused(alice, "no certificate of yours begins with")
        alice.command("account certificate")
        self.assertEqual(self.answer(alice), ("0 certificates.",))

    def test_how_it_is_typed(self) -> None:
        alice = self.over_tls("Alice")
        for line in ("remove", "list x", "sell", "add x y"):
            alice.command(f"account certificate {line}")
            self.assertEqual(alice.seen()[0][0], "usage")

    def test_not_in_clear_text(self) -> None:
        """Who is on the way could put in a certificate of his own."""
        self.over_tls("Alice")
        other = self.client("", "192.0.2.9")
        other.protocol.session.confidential = True
        other.command("login Alice correct-horse")
        other.protocol.session.confidential = False
        other.seen()
        other.command(f"account certificate add {DIGITS}")
        self.assert_refused(other, "over TLS only")

    def test_that_of_a_proxy_is_not_the_clients(self) -> None:
        alice = self.over_tls("Alice")
        self.assertEqual(alice.protocol.certificate(), DIGITS)
        for secure, found in ((True, ""), (False, ""), (None, DIGITS)):
            alice.protocol.peer = Peer("192.0.2.7", 1, proxied=True, told=True, secure=secure)
            self.assertEqual(alice.protocol.certificate(), found)
        alice.wire.certificate = None
        self.assertEqual(alice.protocol.certificate(), "")
        self.assertEqual(self.client("Bob").protocol.certificate(), "")

    def test_it_is_exported_and_ends_with_the_account(self) -> None:
        alice = self.over_tls("Alice")
        alice.command("account certificate add")
        alice.raw()
        alice.command("account export")
        self.assertIn(DIGITS.encode(), alice.raw())
        alice.command("account delete correct-horse")
        with self.server.database.begin() as connection:
            self.assertEqual(connection.exec_driver_sql("SELECT * FROM certificates").all(), [])

    def test_it_is_there_after_a_restart(self) -> None:
        self.over_tls("Alice").command("account certificate add")
        self.restart()
        self.assertEqual(self.logs_in_as(), "Alice")


globals().update(over_front_ends(Binding))
