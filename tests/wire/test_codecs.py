"""The codecs: any bytes in give a request or the declared error; what goes out is one harmless line."""

from __future__ import annotations

import string
import unicodedata
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import text
from chatd.core.errors import ChatError
from chatd.core.events import Message, PrivateMessage, Sealed, Text, TopicChanged, Who
from chatd.core.ports import View
from chatd.core.replies import ErrorReply, Info
from chatd.wire.jsonl import JsonCodec, MalformedRequest
from chatd.wire.requests import Command, PongRequest, Say
from chatd.wire.text import TextCodec

JSON, TEXT = JsonCodec(), TextCodec()
NOW = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)


def _accepted(raw: str) -> bool:
    try:
        text.message(raw)
    except ChatError:
        return False
    return True


refs = st.none() | st.integers(-(2**53), 2**53) | st.text(string.printable[:95], max_size=64)
said = st.text(max_size=80).filter(_accepted).map(text.message)
nicks = st.text(string.ascii_letters, min_size=1, max_size=8)
who = st.builds(Who, nick=nicks, user=st.just("u1"), host=st.just("aaaa.bbbb"))
bodies = st.builds(Text, said) | st.builds(Sealed, st.just("x"), st.just("d"), st.binary(max_size=20))
base: dict[str, Any] = {"id": st.just("1"), "time": st.just(NOW), "origin": st.just("n")}
place: dict[str, Any] = {"room": st.just("#dev"), "room_id": st.just("r1")}
messages = st.builds(
    Message, **base, **place, who=who, body=bodies, action=st.booleans(), number=st.none() | st.integers(1, 9)
)
privates = st.builds(PrivateMessage, **base, who=who, to=who, body=bodies, sent=st.booleans())
topics = st.builds(
    TopicChanged, **base, **place, who=who, topic=said.map(lambda words: text.line(words, 4096))
)
items = messages | privates | topics
views = st.builds(View, st.just(TEXT), time=st.booleans(), current=st.booleans())


def controls(line: str) -> list[str]:
    """Return the control characters in a line, TAB apart, which may be said."""
    return [each for each in line if unicodedata.category(each) == "Cc" and each != "\t"]


class DecodingTests(SynchronousTestCase):
    @given(st.binary(max_size=200))
    def test_any_bytes_are_a_text_request_or_refused(self, line: bytes) -> None:
        try:
            request = TEXT.decode(line)
        except ChatError:
            self.assertRaises(UnicodeDecodeError, line.decode)
            return
        self.assertIsInstance(request, Say | Command | None)

    @given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
    def test_any_bytes_are_a_json_request_or_refused(self, line: bytes) -> None:
        try:
            request = JSON.decode(line)
        except MalformedRequest as error:
            self.assertTrue(error.text.startswith("not a request: "))
            return
        self.assertIsInstance(request, Say | Command | PongRequest | None)

    @given(st.text(max_size=100), refs)
    def test_a_json_request_comes_as_it_was_sent(self, words: str, ref: Any) -> None:
        for request in (Say(words, "#dev", ref), Command(words, ref)):
            self.assertEqual(JSON.decode(msgspec.json.encode(request)), request)

    def test_deep_nesting_is_refused(self) -> None:
        line = b'{"type":"say","text":"x","more":' + b"[" * 30000
        self.assertRaises(MalformedRequest, JSON.decode, line)

    def test_the_reference_of_a_bad_request_is_kept(self) -> None:
        error = self.assertRaises(MalformedRequest, JSON.decode, b'{"type":"say","ref":7}')
        self.assertEqual(error.ref, 7)

    def test_an_escaped_lone_surrogate_is_no_way_in(self) -> None:
        try:
            request = JSON.decode(b'{"type":"say","text":"\\ud800"}')
        except MalformedRequest:
            return
        assert isinstance(request, Say)
        self.assertRaises(ChatError, text.message, request.text)

    def test_slashes(self) -> None:
        self.assertEqual(TEXT.decode(b"/me waves"), Command("/me waves"))
        self.assertEqual(TEXT.decode(b"//me waves"), Say("/me waves"))
        self.assertIsNone(TEXT.decode(b"  "))


class EncodingTests(SynchronousTestCase):
    @given(items, views)
    def test_text_is_one_line_without_controls(self, item: Any, view: View) -> None:
        frame = TEXT.encode(item, view).decode()
        self.assertTrue(frame.endswith("\r\n"))
        self.assertEqual(controls(frame[:-2]), [])

    @given(items, refs)
    def test_json_is_one_line_that_can_be_read_back(self, item: Any, ref: Any) -> None:
        frame = JSON.encode(item, View(JSON), ref)
        self.assertTrue(frame.endswith(b"\n"))
        self.assertEqual(controls(frame[:-1].decode()), [])
        self.assertEqual(msgspec.json.decode(frame, type=type(item)), item)
        self.assertEqual(msgspec.json.decode(frame).get("ref"), ref)

    @given(st.text(max_size=200))
    def test_what_a_client_typed_is_harmless_in_an_error(self, typed: str) -> None:
        reply = ErrorReply(code="x", text=text.visible(f'no user named "{typed}".'))
        self.assertEqual(controls(TEXT.encode(reply, View(TEXT)).decode()[:-2]), [])

    def test_an_answer_of_several_lines(self) -> None:
        frame = TEXT.encode(Info(text=("one", "two")), View(TEXT))
        self.assertEqual(frame, b"-> one\r\n   two\r\n")

    def test_an_encrypted_body_is_named_as_such(self) -> None:
        event = Message(
            id="1",
            time=NOW,
            origin="n",
            room="#d",
            room_id="r",
            who=Who("Bob"),
            body=Sealed("a", "d", b"\x00"),
        )
        self.assertEqual(TEXT.encode(event, View(TEXT)), b"Bob: [encrypted message]\r\n")
        self.assertEqual(TEXT.encode(event, View(TEXT, current=False)), b"[#d] Bob: [encrypted message]\r\n")

    def test_a_message_that_was_not_stored_says_so(self) -> None:
        event = Message(
            id="1",
            time=NOW,
            origin="n",
            room="#d",
            room_id="r",
            who=Who("Bob"),
            body=Text("hi"),
            stored=False,
        )
        self.assertEqual(TEXT.encode(event, View(TEXT)), b"Bob: hi (not stored)\r\n")
        self.assertIn(b'"stored":false', JSON.encode(event, View(JSON)))
