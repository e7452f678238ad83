"""Events as lines of IRC: whatever is in them, each is lines within their bounds, for every kind of client."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import events, replies
from chatd.core.events import Event, Message, Text, Who
from chatd.core.ports import View
from chatd.core.replies import Reply
from chatd.wire.irc.caps import CAPABILITIES, shown_in_rooms
from chatd.wire.irc.codec import IrcCodec
from chatd.wire.irc.label import Label, framed
from chatd.wire.irc.line import BODY_BYTES, parse
from tests.behaviour.hostile import VALUES

TAG_BYTES = 8191
"""The longest tags of a server, with the `@` and the blank."""
BREAKS = frozenset("\r\n\0")
NOW = datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=UTC)

hostile = st.sampled_from(VALUES) | st.sampled_from(
    ("", " ", ":", "a b", ":a", "é" * 300, "a\r\nQUIT", "x" * 600)
)
hostile |= st.text(max_size=20)
words = st.sampled_from(("#dev", "Bob", "hello there")) | hostile
names = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters=":!@"), min_size=1, max_size=16
)
rooms = names.map("#{}".format)
masks = st.sampled_from(("bob", "b*!*@*", "account:u1", "host:a.*", "address:192.0.2.0/24", "*!~u@a.b"))
NAMED = {
    **dict.fromkeys(("nick", "ident", "host", "user", "account", "id", "origin", "room_id", "name"), names),
    "room": rooms,
    "mask": masks,
}
"""Fields that the registry lets no blanks into, nor more than 64 bytes."""
keys = st.from_regex(r"\+[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return anything that a field of that type can hold."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return values(parts[0])
    if origin in (Union, UnionType):
        return st.one_of([values(each) for each in parts])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is list:
        return st.lists(values(parts[0]), max_size=3)
    if origin is tuple:
        ends = parts[-1] is Ellipsis
        return (
            st.lists(values(parts[0]), min_size=1, max_size=4).map(tuple)
            if ends
            else st.tuples(*map(values, parts))
        )
    if origin is dict:
        of_client = parts == (str, str)
        return st.dictionaries(keys if of_client else values(parts[0]), values(parts[1]), max_size=3)
    return simple(hint)


def simple(kind: Any) -> st.SearchStrategy[Any]:
    """Return anything of a type without parts."""
    if kind is str:
        return words
    if kind is Any:
        return words | st.none() | st.integers()
    if kind in (NoneType, None):
        return st.none()
    if kind is UnsetType:
        return st.just(UNSET)
    if kind is datetime:
        return st.just(NOW)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if issubclass(kind, Struct):
        return structs(kind)
    return {
        bool: st.booleans(),
        int: st.integers(0, 2),
        float: st.floats(0, 1e9),
        bytes: st.binary(max_size=20),
    }[kind]


@cache
def structs(kind: type[Struct]) -> st.SearchStrategy[Any]:
    """Return anything of a kind of struct."""
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{name: field(name, hints[name]) for name in kind.__struct_fields__})


def field(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Return anything that stands in a field of that name."""
    inner = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if name not in NAMED or not (inner is str or str in get_args(inner)):
        return values(hint)
    return st.one_of([NAMED[name], *(values(each) for each in get_args(inner) if each is not str)])


EVENTS = sorted(
    (
        each
        for each in map(vars(events).get, events.__all__)
        if isinstance(each, type) and issubclass(each, Event)
    ),
    key=lambda each: each.__name__,
)
CAPS = (
    *(
        "message-tags",
        "server-time",
        "account-tag",
        "echo-message",
        "away-notify",
        "account-notify",
        "setname",
    ),
    *("extended-join", "invite-notify", "draft/event-playback"),
)
SHAPES = [
    frozenset(each for each, on in zip(CAPS, chosen[:3], strict=False) if on)
    | (frozenset({"batch", "draft/multiline"}) if chosen[3] else frozenset())
    | rest
    for chosen in itertools.product((False, True), repeat=4)
    for rest in (frozenset[str](), frozenset(CAPS[3:]))
]
"""Every way lines can look, without and with what adds lines."""


class Facts:
    """What is looked up, as bad as the rest."""

    server = "irc.example"

    def account(self, id: str) -> str:
        return id

    def is_bot(self, user: str) -> bool:
        return len(user) % 2 == 1


class Showing(SynchronousTestCase):
    def setUp(self) -> None:
        self.codec = IrcCodec(Facts())

    def check(self, data: bytes) -> None:
        """Fail unless these are whole lines, each within its bounds and to be read again."""
        if not data:
            return
        *lines, rest = data.split(b"\r\n")
        self.assertEqual(rest, b"")
        for line in lines:
            self.assertFalse(BREAKS & set(line.decode()), line)
            tags, _, bare = line.partition(b" ") if line[:1] == b"@" else (b"", b"", line)
            self.assertLessEqual(len(tags) + 1, TAG_BYTES, line)
            self.assertLessEqual(len(bare), BODY_BYTES, line)
            self.assertEqual(bare[:1] in (b":", b"E"), True, line)
            read = parse(bare)
            assert read is not None, line
            self.assertTrue(read.verb.isascii() and read.verb.isalnum(), line)
            self.assertTrue(all(each and " " not in each for each in read.params[:-1]), line)

    def test_every_kind_is_here(self) -> None:
        self.assertGreater(len(EVENTS), 30)
        self.assertEqual(len(SHAPES), 32)

    def test_every_event_to_every_client(self) -> None:
        for kind in EVENTS:
            self.tried(kind, self.check_event)

    def check_event(self, event: Event) -> None:
        for caps in SHAPES:
            self.check(self.codec.encode(event, View(self.codec, caps=caps, nick="Bob")))
        label = Label("a label")
        self.assertEqual(self.codec.encode(event, View(self.codec, caps=SHAPES[-1]), label), b"")
        answer = framed(label, "irc.example", "b1")
        self.check("".join(f"{line}\r\n" for line in answer).encode())

    def test_what_a_room_does_not_show(self) -> None:
        """Capabilities that are left out of the view of a room change nothing that happens there."""
        for kind in EVENTS:
            if kind is not events.MarkedRead:  # each is shown his own, by himself
                self.tried(kind, self.check_left_out)

    def check_left_out(self, event: Event) -> None:
        for caps in (frozenset(CAPABILITIES), *map(frozenset, zip(CAPABILITIES))):
            # Each with a codec of its own: batches have numbers.
            whole, less = IrcCodec(Facts()), IrcCodec(Facts())
            self.assertEqual(
                whole.encode(event, View(whole, caps=caps)),
                less.encode(event, View(less, caps=shown_in_rooms(caps))),
            )
            self.assertEqual(
                whole.echoes(event, View(whole, caps=caps)),
                less.echoes(event, View(less, caps=shown_in_rooms(caps))),
            )

    def test_every_reply(self) -> None:
        kinds = [each for each in map(vars(replies).get, replies.__all__) if isinstance(each, type)]
        for kind in kinds:
            if issubclass(kind, Reply) and kind is not Reply:
                self.tried(
                    kind, lambda reply: self.check(self.codec.encode(reply, View(self.codec, nick="Bob")))
                )

    @staticmethod
    def tried(kind: type[Struct], check: Callable[[Any], None]) -> None:
        """Check some of a kind: a few, for there are many kinds."""
        some = settings(
            max_examples=settings().max_examples // 8, suppress_health_check=[HealthCheck.too_slow]
        )
        some(given(structs(kind))(lambda item: check(item)))()  # noqa: PLW0108 - it takes no methods

    @given(st.text(min_size=1, max_size=1000), st.booleans(), st.booleans(), st.booleans())
    def test_long_messages_arrive_whole(self, said: str, action: bool, several: bool, stored: bool) -> None:
        """In pieces, or put together by clients that know how."""
        said = "".join(each for each in said if each not in BREAKS) or "x"
        event = Message(
            id="1",
            time=NOW,
            origin="n",
            room="#dev",
            room_id="r",
            who=Who("Bob", "u1", host="a.b"),
            body=Text(said),
            action=action,
            stored=stored,
        )
        caps = frozenset({"batch", "draft/multiline"}) if several else frozenset[str]()
        data = self.codec.encode(event, View(self.codec, caps=caps))
        self.check(data)
        lines = [
            parse(line.partition(b" ")[2] if line[:1] == b"@" else line) for line in data.split(b"\r\n")[:-1]
        ]
        found = "".join(line.params[1] for line in lines if line is not None and line.verb == "PRIVMSG")
        for around in ("\x01ACTION ", "\x01", " (not stored)") if action or not stored else ():
            found = found.replace(around, "") if around not in said else said
        self.assertEqual(found, said)
