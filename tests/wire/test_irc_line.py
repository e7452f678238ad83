"""Lines of IRC: any bytes are a line or refused as declared; what is put together is read back, within its bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.wire.irc.line import (
    BODY_BYTES,
    CLIENT_TAGS,
    IrcLine,
    LineError,
    body,
    clipped,
    parse,
    pieces,
    tagged,
)

BREAKS = "\r\n\0"

words = st.text(max_size=40) | st.text(f"{BREAKS} :;\\a", max_size=6)
"""Anything that may come out of a registry that is full of holes."""
middles = st.text(
    st.characters(exclude_characters=f"{BREAKS} ", exclude_categories=["Cs"]), min_size=1, max_size=20
)
middles = middles.filter(lambda word: word[0] != ":")
lasts = st.text(st.characters(exclude_characters=BREAKS, exclude_categories=["Cs"]), max_size=60)
verbs = st.from_regex(r"[A-Z]{1,12}|[0-9]{3}", fullmatch=True)
sources = st.just("") | middles
keys = st.from_regex(r"\+?([a-z]+(\.[a-z]+)+/)?[A-Za-z0-9-]{1,20}", fullmatch=True)
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
pieces_of_lines = st.sampled_from(
    (
        b"@",
        b"+",
        b"a",
        b"=",
        b";",
        b"\\",
        b"\\s",
        b":",
        b" ",
        b"\r",
        b"\0",
        b"NICK",
        b"#dev",
        b"\xff",
        "é".encode(),
    )
)
"""What lines are made of, so that many are nearly right."""


class Reading(SynchronousTestCase):
    @given(st.binary(max_size=200) | st.lists(pieces_of_lines, max_size=30).map(b"".join))
    def test_any_bytes_are_a_line_or_refused(self, data: bytes) -> None:
        try:
            line = parse(data)
        except LineError as error:
            self.assertIn(error.code, ("TOO_LONG", "BAD_UTF8", "BAD_TAGS"))
            return
        if line is None:
            self.assertEqual(data.strip(b" ")[:1] not in (b"", b":", b"@"), False)
            return
        self.assertEqual(line.verb, line.verb.upper())
        for word in (line.verb, *line.params[:-1]):
            self.assertTrue(word)
            self.assertNotIn(" ", word)
        for key, value in line.tags.items():
            self.assertTrue(key)
            self.assertNotIn("\0", key + value)
            self.assertNotIn("\r", key)

    @given(st.integers(0, 6000), st.integers(0, 600))
    def test_bounds(self, tag_bytes: int, body_bytes: int) -> None:
        tags = b"@" + b"x" * tag_bytes + b" "
        if tag_bytes == 0:
            tags = b""
        line = tags + b"PING " + b"y" * body_bytes
        if tag_bytes > CLIENT_TAGS or body_bytes + 5 > BODY_BYTES:
            self.assertEqual(self.assertRaises(LineError, parse, line).code, "TOO_LONG")
        else:
            assert parse(line) is not None

    def test_no_tag_ends_a_line(self) -> None:
        """Other clients are sent it; what they take for an end of line begins one of its author's making."""
        for sign in BREAKS.encode():
            for tags in (b"+a%cb=x", b"+a=x%cy"):
                line = b"@" + tags % sign + b" TAGMSG #dev"
                self.assertEqual(self.assertRaises(LineError, parse, line).code, "BAD_TAGS")

    def test_forms_of_the_specifications(self) -> None:
        """RFC 1459 §2.3, and escapes of IRCv3 message-tags."""
        for data, line in (
            (b"PING", IrcLine("PING")),
            (b"  ping  a   b ", IrcLine("PING", ["a", "b"])),
            (b":nick!u@h privmsg #dev :a  b : c", IrcLine("PRIVMSG", ["#dev", "a  b : c"])),
            (b"TOPIC #dev :", IrcLine("TOPIC", ["#dev", ""])),
            (b"JOIN #a:b,c", IrcLine("JOIN", ["#a:b,c"])),
            (b"@a;+b=\\:\\s\\\\\\r\\n\\x\\ PING x", IrcLine("PING", ["x"], {"a": "", "+b": "; \\\r\nx"})),
            (b"@a=1;a=2 PING", IrcLine("PING", [], {"a": "2"})),
            (b"@ PING", IrcLine("PING")),
        ):
            self.assertEqual(parse(data), line, data)


class Writing(SynchronousTestCase):
    @given(verbs, st.lists(middles, max_size=4), st.none() | lasts, sources)
    def test_what_is_put_together_is_read_back(
        self, verb: str, params: list[str], last: str | None, source: str
    ) -> None:
        params = [*params, *([] if last is None else [last])]
        line = body(verb, *params, source=source)
        if clipped(line) == line and len(line.encode()) < BODY_BYTES:
            self.assertEqual(parse(line.encode()), IrcLine(verb, params))

    @given(st.dictionaries(keys, values, max_size=8))
    def test_tags_are_read_back(self, tags: dict[str, str]) -> None:
        self.assertEqual(parse(tagged(tags, "PING x").encode()), IrcLine("PING", ["x"], tags))

    @given(verbs, st.lists(words, max_size=5), words, st.dictionaries(keys, words, max_size=4))
    def test_nothing_ends_a_line_or_lengthens_it(
        self, verb: str, params: list[str], source: str, tags: dict[str, str]
    ) -> None:
        line = body(verb, *params, source=source.replace(" ", "_"))
        self.assertLessEqual(len(line.encode()), BODY_BYTES)
        whole = tagged(tags, line)
        self.assertFalse(set(BREAKS) & set(whole), whole)
        found = parse(line.encode())
        assert found is not None
        self.assertEqual(found.verb, verb)
        if len(line.encode()) < BODY_BYTES - 4:
            self.assertEqual(len(found.params), len(params), line)


class Cutting(SynchronousTestCase):
    @given(st.text(max_size=300), st.integers(1, 200))
    def test_pieces_are_whole_characters_and_give_the_text_back(self, text: str, most: int) -> None:
        cut = pieces(text, most)
        self.assertEqual("".join(cut), text)
        for piece in cut:
            self.assertLessEqual(len(piece.encode()), max(most, 4))
        self.assertTrue(all(cut) or cut == [""])

    @given(st.text(max_size=300), st.integers(0, 600))
    def test_clipped(self, text: str, most: int) -> None:
        found = clipped(text, most)
        self.assertTrue(text.startswith(found))
        self.assertLessEqual(len(found.encode()), most)
        self.assertGreater(len(found.encode()), most - 4 if found != text else -1)

    def test_at_a_blank(self) -> None:
        self.assertEqual(pieces("one two three four", 12), ["one two ", "three four"])
