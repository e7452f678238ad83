"""SCRAM-SHA-256 by itself: the example of RFC 7677, a client of its own, and whatever else may be sent."""

from __future__ import annotations

from base64 import b64decode, b64encode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.services.scram import Exchange, ScramError, Verifier
from tests.services.scram_client import ScramClient

SECRET = "correct-horse"
SALT = bytes(range(16))
VERIFIER = Verifier.of(SECRET.encode(), SALT, 1)


def exchanged(client: ScramClient, verifier: Verifier = VERIFIER) -> tuple[Exchange, bytes]:
    """Return an exchange that has begun, and the client's last message."""
    exchange = Exchange("server-nonce")
    exchange.first(client.first())
    return exchange, client.final(exchange.challenge(verifier))


class Example(SynchronousTestCase):
    def test_of_rfc_7677(self) -> None:
        """§3: the user `user`, the password `pencil`."""
        verifier = Verifier.of(b"pencil", b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
        exchange = Exchange("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
        self.assertEqual(exchange.first(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), "user")
        self.assertEqual(
            exchange.challenge(verifier),
            b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        )
        self.assertEqual(
            exchange.final(
                b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
            ),
            b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        )


class Exchanges(SynchronousTestCase):
    def refused(self, value: str, work: object, *arguments: object) -> None:
        with self.assertRaises(ScramError) as caught:
            work(*arguments)  # type: ignore[operator]
        self.assertEqual(caught.exception.value, value)

    def test_right(self) -> None:
        for header in ("n,,", "y,,", "n,a=aLICE,"):
            client = ScramClient("Alice", SECRET, header=header)
            exchange, last = exchanged(client)
            client.check(exchange.final(last))

    def test_wrong(self) -> None:
        exchange, last = exchanged(ScramClient("Alice", "correct-house"))
        self.refused("invalid-proof", exchange.final, last)
        self.refused("other-error", exchange.final, last)

    def test_a_server_that_does_not_know_him_is_found_out(self) -> None:
        client = ScramClient("Alice", SECRET)
        exchange, last = exchanged(client, VERIFIER._replace(server_key=bytes(32)))
        with self.assertRaises(AssertionError):
            client.check(exchange.final(last))

    def test_names(self) -> None:
        for name in ("Alice", "a,b", "a=b", "=2C", "Zoé", "=3D=3D", ",,,"):
            self.assertEqual(Exchange("n").first(ScramClient(name, SECRET).first()), name)
        for bad in (b"a=", b"=2c", b"=3d", b"=2", b"a=b", b"", b"\0", b"a\0"):
            self.refused("invalid-username-encoding", Exchange("n").first, b"n,,n=" + bad + b",r=x")

    def test_first_messages(self) -> None:
        for message, value in (
            (b"p=tls-unique,,n=Alice,r=x", "channel-binding-not-supported"),
            (b"p=tls-exporter,,n=Alice,r=x", "channel-binding-not-supported"),
            (b"n,,m=must,n=Alice,r=x", "extensions-not-supported"),
            (b"n,,n=Alice,r=x,m=must", "extensions-not-supported"),
            (b"n,a=Bob,n=Alice,r=x", "other-error"),
            (b"n,Bob,n=Alice,r=x", "other-error"),
            (b"x,,n=Alice,r=x", "other-error"),
            (b"n,,r=x,n=Alice", "other-error"),
            (b"n,,n=Alice", "other-error"),
            (b"n,,n=Alice,r=", "other-error"),
            (b"n,,n=Alice,r=a b", "other-error"),
            (b"n,,n=Alice,r=\xc3\xa9", "other-error"),
            (b"n,,n=Alice,r=x,", "other-error"),
            (b"n,,n=Alice,r=x,1=y", "other-error"),
            (b"n,,n=\xff,r=x", "invalid-encoding"),
            (b"", "other-error"),
        ):
            self.refused(value, Exchange("n").first, message)
        self.assertEqual(Exchange("n").first(b"n,,n=Alice,r=x,e=optional"), "Alice")

    def test_last_messages(self) -> None:
        proof = b",p=" + b64encode(bytes(32))
        nonce = b"r=client-nonceserver-nonce"
        for message, value in (
            (b"c=eSws," + nonce + proof, "channel-bindings-dont-match"),
            (b"c=," + nonce + proof, "channel-bindings-dont-match"),
            (b"c=biws,r=client-nonce" + proof, "other-error"),
            (b"c=biws,r=server-nonceclient-nonce" + proof, "other-error"),
            (b"c=biws," + nonce + b",m=must" + proof, "extensions-not-supported"),
            (b"c=biws," + nonce + b",p=" + b64encode(bytes(31)), "invalid-proof"),
            (b"c=biws," + nonce + b",p=", "invalid-proof"),
            (b"c=biws," + nonce + b",p=!", "invalid-encoding"),
            (b"c=biws," + nonce + b",p=\xff", "invalid-encoding"),
            (b"c=!," + nonce + proof, "invalid-encoding"),
            (b"c=biws," + nonce + proof, "invalid-proof"),
            (b"c=biws," + nonce, "other-error"),
            (nonce + b",c=biws" + proof, "other-error"),
            (b"", "other-error"),
        ):
            exchange, _ = exchanged(ScramClient("Alice", SECRET))
            self.refused(value, exchange.final, message)

    def test_extensions_are_part_of_what_is_proved(self) -> None:
        client = ScramClient("Alice", SECRET)
        exchange = Exchange("server-nonce")
        exchange.first(client.first())
        last = client.final(exchange.challenge(VERIFIER), ",e=optional")
        client.check(exchange.final(last))
        exchange, last = exchanged(ScramClient("Alice", SECRET))
        self.refused("invalid-proof", exchange.final, last.replace(b",p=", b",e=optional,p="))

    def test_nothing_is_proved_twice(self) -> None:
        """What somebody has listened to is worth nothing in another exchange."""
        _, last = exchanged(ScramClient("Alice", SECRET))
        other = Exchange("another-nonce")
        other.first(ScramClient("Alice", SECRET).first())
        other.challenge(VERIFIER)
        self.refused("other-error", other.final, last)

    def test_the_order_of_steps(self) -> None:
        self.refused("other-error", Exchange("n").challenge, VERIFIER)
        self.refused("other-error", Exchange("n").final, b"c=biws,r=xn,p=x")
        exchange = Exchange("n")
        exchange.first(b"n,,n=Alice,r=x")
        self.refused("other-error", exchange.first, b"n,,n=Alice,r=x")

    @given(st.binary(max_size=100), st.binary(max_size=100))
    def test_anything(self, first: bytes, last: bytes) -> None:
        self.all_of_it(first, last)

    @given(
        st.lists(st.sampled_from((",", "=", "n", "p", "r", "a", "m", "c", "y", "=2C", "\0", "é", "biws"))),
        st.lists(st.sampled_from((",", "=", "c=biws", "r=", "server", "p=", "m", "A", "\xff"))),
    )
    def test_nearly(self, first: list[str], last: list[str]) -> None:
        self.all_of_it("".join(first).encode(), "".join(last).encode("latin-1"))

    def all_of_it(self, first: bytes, last: bytes) -> None:
        """Nothing gets through, and nothing but the one error comes of it."""
        exchange = Exchange("server")
        try:
            exchange.first(first)
            exchange.challenge(VERIFIER)
        except ScramError:
            exchange, _ = exchanged(ScramClient("Alice", SECRET))
        self.assertRaises(ScramError, exchange.final, last)


class Verifiers(SynchronousTestCase):
    def test_kept_and_read(self) -> None:
        text = VERIFIER.encode()
        self.assertTrue(text.startswith("SCRAM-SHA-256$1:"))
        self.assertEqual(Verifier.decode(text), VERIFIER)
        for bad in ("", "SCRAM-SHA-1$1:AA==$AA==:AA==", "SCRAM-SHA-256$x:AA==$AA==:AA==", "$argon2id$v=19$x"):
            self.assertRaises(ValueError, Verifier.decode, bad)

    def test_not_shown(self) -> None:
        self.assertNotIn("stored_key", repr(VERIFIER))

    def test_nobodys(self) -> None:
        """Steady, and another one for each."""
        one, other = Verifier.of_nobody(bytes(32)), Verifier.of_nobody(b"\1" * 32)
        self.assertEqual(one, Verifier.of_nobody(bytes(32)))
        self.assertEqual(len({one, other}), 2)
        self.assertEqual((len(one.salt), len(one.stored_key)), (len(SALT), 32))
