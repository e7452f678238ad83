"""Nothing that anybody says, is called or sets can end a line, at any exit: neither what was let in, nor what never
should have been. A message of several lines is as many, and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.bodies import Lines, Text, Who, body_lines
from chatd.core.errors import ChatError
from chatd.core.events import Kicked, Message, PrivateMessage, TopicChanged
from chatd.core.ports import Codec, View
from chatd.core.results import Found
from chatd.core.styles import lines_of
from chatd.services.chatlog import written
from chatd.wire.irc.codec import IrcCodec
from chatd.wire.jsonl import JsonCodec
from chatd.wire.text import TextCodec

NOW = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
ENDS = re.compile(rb"\r\n|[\r\n\0]")


class Facts:
    """Everybody has an account that breaks lines."""

    server = "irc.example"

    def account(self, id: str) -> str:
        return f"an\r\naccount {id}"

    def is_bot(self, user: str) -> bool:
        return True


IRC, TEXT, JSON = IrcCodec(Facts()), TextCodec(), JsonCodec()
CAPS = [
    frozenset(each.split())
    for each in (
        "",
        "message-tags server-time account-tag",
        "message-tags server-time account-tag batch draft/multiline echo-message",
    )
]
hostile = st.text(st.sampled_from("ab \t:\r\n\0\x01\x02\u2028\u0085\x1b\u00e9\U0001f600"), max_size=60)
names = st.text(st.sampled_from("ab :\r\n\0\u2028\u00e9"), max_size=30)
texts = hostile | st.text(max_size=60) | st.builds(str.__mul__, hostile, st.integers(1, 30))
bodies = (
    st.builds(Text, texts)
    | st.builds(Text, texts, texts)
    | st.builds(
        lambda lines, joined: Lines(tuple(lines), tuple(joined), tuple(lines)),
        st.lists(texts, min_size=1, max_size=6),
        st.sets(st.integers(1, 5)),
    )
)
who = st.builds(Who, nick=names, user=st.just("u1"), account=st.just("a1"), host=names)
base: dict[str, Any] = {"id": st.just("1"), "time": st.just(NOW), "origin": st.just("n")}
place: dict[str, Any] = {"room": names, "room_id": st.just("r1")}
tags = st.dictionaries(st.just("+a"), texts)
said: dict[str, Any] = {
    "who": who,
    "body": bodies,
    "tags": tags,
    "action": st.booleans(),
    "notice": st.booleans(),
}
messages = st.builds(Message, **base, **place, **said, stored=st.booleans(), replay=st.booleans())
privates = st.builds(PrivateMessage, **base, **said, to=who)
others = st.builds(TopicChanged, **base, **place, who=who, topic=texts) | st.builds(
    Kicked, **base, **place, who=who, by=who, reason=texts
)


def broken(frame: bytes, end: bytes) -> list[bytes]:
    """Return what ends lines in a frame besides their ends."""
    return [each for line in frame.split(end) for each in ENDS.findall(line)]


def views() -> Sequence[tuple[Codec, View, bytes]]:
    return [
        *((IRC, View(IRC, caps=caps, nick="Al"), b"\r\n") for caps in CAPS),
        (TEXT, View(TEXT), b"\r\n"),
        (TEXT, View(TEXT, time=True, color=True, current=False), b"\r\n"),
        (JSON, View(JSON), b"\n"),
    ]


class OneLineTests(SynchronousTestCase):
    @given(messages | privates | others)
    def test_no_dialect_is_broken(self, event: Any) -> None:
        for codec, view, end in views():
            frame = codec.encode(event, view)
            self.assertTrue(frame.endswith(end) or not frame)
            self.assertEqual(broken(frame, end), [], frame)

    @given(messages)
    def test_every_line_has_its_verb(self, event: Message) -> None:
        """What one says is never read as a line of its own."""
        for caps in CAPS:
            for line in IRC.lines(event, View(IRC, caps=caps)):
                self.assertIsNotNone(re.search(" (PRIVMSG|NOTICE|BATCH) ", str(line)), line)

    @given(st.builds(Message, **base, **place, who=who, body=st.builds(Text, texts)))
    def test_nor_is_the_usual_message(self, event: Message) -> None:
        for caps in CAPS:
            self.assertEqual(broken(IRC.encode(event, View(IRC, caps=caps)), b"\r\n"), [])

    def test_a_name_that_leaves_no_room_ends_all_the_same(self) -> None:
        event = Message(
            id="1",
            time=NOW,
            origin="n",
            room="#r",
            room_id="r",
            who=Who("\u00e9" * 300),
            body=Text("\u00e9" * 9),
        )
        self.assertEqual(IRC.encode(event, View(IRC)).count(b"\r\n"), 5)

    @given(messages)
    def test_text_has_as_many_lines_as_were_said(self, event: Message) -> None:
        lines = TEXT.encode(event, View(TEXT)).split(b"\r\n")[:-1]
        self.assertEqual(len(lines), len(body_lines(event.body)))

    @given(messages | others)
    def test_nor_is_a_record_of_the_chat_log(self, event: Any) -> None:
        records = written(event)
        self.assertEqual(len(records), len(body_lines(event.body)) if isinstance(event, Message) else 1)
        self.assertEqual([each for each in records if each.splitlines() != [each]], [])

    @given(st.lists(messages, min_size=1, max_size=3))
    def test_each_found_is_one_line(self, events: list[Message]) -> None:
        frame = TEXT.encode(Found(query="x", events=list(events)), View(TEXT))
        self.assertEqual(len(frame.split(b"\r\n")) - 1, 1 + len(events))
        self.assertEqual(broken(frame, b"\r\n"), [])

    @given(st.lists(st.tuples(texts, st.booleans()), min_size=1, max_size=6))
    def test_what_was_let_in_has_no_break(self, pieces: list[tuple[str, bool]]) -> None:
        try:
            body = lines_of(pieces)
        except ChatError:
            return
        shown = [body.text] if isinstance(body, Text) else body.lines
        self.assertEqual([each for each in shown if ENDS.search(each.encode())], [])
