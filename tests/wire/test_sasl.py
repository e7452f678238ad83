"""Messages of SASL in pieces: whatever comes, it is a message or refused."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.wire.sasl import (
    CHUNK,
    LONGEST,
    Joiner,
    Plain,
    SaslError,
    SaslTooLong,
    external,
    pieces,
    plain,
)

SECRET = "correct-horse"


def joined(joiner: Joiner, message: bytes) -> bytes | None:
    """Feed a message as a client sends it; return what its last piece gave."""
    found: list[bytes | None] = [joiner.feed(piece) for piece in pieces(message)]
    assert found[:-1] == [None] * (len(found) - 1)
    return found[-1]


class Pieces(SynchronousTestCase):
    @given(st.binary(max_size=LONGEST * 3 // 4))
    def test_what_was_cut_is_joined(self, message: bytes) -> None:
        joiner = Joiner()
        self.assertEqual(joined(joiner, message), message)
        self.assertEqual(joined(joiner, b"next"), b"next")

    def test_at_the_edges(self) -> None:
        for size, count in ((0, 1), (1, 1), (297, 1), (299, 2), (300, 2), (301, 2), (600, 3)):
            message = bytes(size)
            found = pieces(message)
            self.assertEqual((len(found), joined(Joiner(), message)), (count, message))
            self.assertTrue(all(len(piece) <= CHUNK for piece in found))
        self.assertEqual(pieces(b""), ["+"])
        self.assertEqual(pieces(bytes(300))[-1], "+")

    def test_too_long(self) -> None:
        joiner = Joiner()
        self.assertRaises(SaslTooLong, joiner.feed, "A" * (CHUNK + 1))
        for _ in range(LONGEST // CHUNK):
            self.assertIsNone(joiner.feed("A" * CHUNK))
        self.assertRaises(SaslTooLong, joiner.feed, "A" * CHUNK)
        self.assertEqual(joiner.feed("YQ=="), b"a", "it begins anew")

    def test_no_base64(self) -> None:
        for bad in ("A", "====", "YQ==YQ==", "Y Q=", "é" * 4, "YQ", "-_-_", "*", "", "\ud800", "\0"):
            joiner = Joiner()
            if bad:
                self.assertRaises(SaslError, joiner.feed, bad)
            self.assertEqual(joiner.feed("YQ=="), b"a")

    @given(st.lists(st.one_of(st.text(max_size=450), st.just("+"), st.just("A" * CHUNK)), max_size=20))
    def test_anything(self, sent: list[str]) -> None:
        joiner = Joiner()
        for piece in sent:
            try:
                found = joiner.feed(piece)
            except SaslError as error:
                self.assertNotIn(piece, str(error).split() if piece else ())
            else:
                self.assertLessEqual(len(found or b""), LONGEST)

    def test_a_refusal_shows_nothing(self) -> None:
        """Neither in its words nor in its cause: what could not be read may hold a password."""
        with self.assertRaises(SaslError) as caught:
            Joiner().feed(SECRET)
        self.assertIsNone(caught.exception.__cause__)
        self.assertTrue(caught.exception.__suppress_context__)
        with self.assertRaises(SaslError) as caught:
            plain(SECRET.encode() + b"\xff")
        self.assertTrue(caught.exception.__suppress_context__)


class PlainTests(SynchronousTestCase):
    def test_good(self) -> None:
        for message, authzid in (
            (b"\0Alice\0correct-horse", ""),
            (b"Alice\0Alice\0correct-horse", "Alice"),
            (b"aLICE\0Alice\0correct-horse", "aLICE"),
        ):
            self.assertEqual(plain(message), Plain(authzid, "Alice", SECRET))

    def test_bad(self) -> None:
        for message in (
            *(b"", b"\0", b"\0\0", b"Alice", b"Alice\0x", b"\0Alice\0", b"\0\0secret", b"a\0b\0c\0d"),
            *(b"\0Alice\0secret\0", b"Bob\0Alice\0secret", b"\0\xff\0secret", b"\0Alice\0\xc3"),
        ):
            self.assertRaises(SaslError, plain, message)

    def test_its_password_is_not_shown(self) -> None:
        self.assertNotIn(SECRET, repr(plain(b"\0Alice\0correct-horse")))

    @given(st.binary(max_size=200) | st.lists(st.text(), max_size=4).map(lambda t: "\0".join(t).encode()))
    def test_anything(self, message: bytes) -> None:
        for read in (plain, external):
            try:
                read(message)
            except SaslError:
                continue

    @given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
    def test_what_is_said_is_read(self, password: str) -> None:
        self.assertEqual(plain(f"\0Alice\0{password}".encode()).password, password)


class ExternalTests(SynchronousTestCase):
    def test_whom_it_names(self) -> None:
        self.assertEqual(external(b""), "")
        self.assertEqual(external("Zoé".encode()), "Zoé")
        for bad in (b"\0", b"a\0b", b"\xff"):
            self.assertRaises(SaslError, external, bad)

    def test_as_it_is_sent(self) -> None:
        self.assertEqual(Joiner().feed(base64.b64encode(b"Alice").decode()), b"Alice")
        self.assertEqual(Joiner().feed("+"), b"")
