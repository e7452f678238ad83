"""Names: which are allowed, which are one, which look like one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.confusables import skeleton
from chatd.core.errors import ChatError, Code
from chatd.core.names import (
    NICKNAME_BYTES,
    NICKNAME_CHARS,
    NICKNAME_PUNCTUATION,
    ROOM_BYTES,
    Name,
    fold,
    nearest,
    nickname,
    room_name,
    skeletons,
)

# Letters, marks, digits and some of what must not pass, in many scripts.
LIKELY = st.characters(
    categories=("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Pc", "Pd", "Cf"), max_codepoint=0x1FFFF
)
TYPED = st.one_of(
    st.text(),
    st.text(LIKELY, max_size=12),
    st.text("aZ09é\u0301\u0130ΣσςıKÅ가\uff21\uff76\uff9eשاб" + NICKNAME_PUNCTUATION, max_size=12),
)


def accepted(read: Callable[[str], Name], raw: str) -> Name | None:
    """What `read` makes of `raw`; None if it refuses with the one right error."""
    try:
        return read(raw)
    except ChatError as refusal:
        if refusal.code is not Code.BAD_NAME or not refusal.text.isprintable():
            raise
        return None


def alike(one: str, other: str) -> bool:
    return bool(skeletons(nickname(one)) & skeletons(nickname(other)))


class NicknameTests(SynchronousTestCase):
    def refused(self, raw: str) -> str:
        refusal = self.assertRaises(ChatError, nickname, raw)
        self.assertIs(refusal.code, Code.BAD_NAME)
        return refusal.text

    def test_shown_and_folded(self) -> None:
        self.assertEqual(nickname("Alice"), Name("Alice", "alice"))
        self.assertEqual(nickname("ＡＬＩＣＥ"), Name("ALICE", "alice"))
        self.assertEqual(nickname("Zoe\u0301"), Name("Zo\xe9", "zo\xe9"))
        self.assertEqual(nickname("ﾊﾟ"), Name("パ", "パ"))

    def test_case_variants_are_one_name(self) -> None:
        for one, other in [("ÉMILE", "émile"), ("ΑΣ", "ας"), ("ИВАН", "иван"), ("a[b]", "A[B]")]:
            self.assertEqual(nickname(one).folded, nickname(other).folded)

    def test_many_scripts(self) -> None:
        names = "Zoé Łukasz Иван Ελένη שלום محمد नमस्ते สวัสดี 王小明 さくら 김철수 ქეთი"
        for name in [*names.split(), "`s_[x]|{y}^\\-1"]:
            self.assertEqual(nickname(name).shown, name)

    def test_first_character(self) -> None:
        for raw in ("1up", "-x", "٣ا", "１ab"):
            self.refused(raw)
        for raw in ("_x", "`", "[a]", "x-1"):
            nickname(raw)

    def test_forbidden_characters(self) -> None:
        for raw in [
            "a b",
            "a,b",
            "a:b",
            "a!b",
            "a@b",
            "a*b",
            "a?b",
            "/x",
            "#x",
            "~a",
            "&a",
            "a.b",
            'a"b',
            "a'b",
        ]:
            self.assertIn("letters, digits", self.refused(raw))
        for (
            char
        ) in "\0\a\t\n\r\x1b\x7f\x85\xa0\xad\u061c\u200b\u200d\u200e\u202e\u2028\u2066\u3000\u3164\ufeff":
            self.refused(f"a{char}b")
        for raw in ("a\ud800", "a\ufffe", "a\U000e0041", "a\u2460", "x²", "½", "ﬁn", "😀"):
            self.refused(raw)

    def test_mixed_direction(self) -> None:
        self.refused("aשלום")
        self.refused("שלוםa")

    def test_marks(self) -> None:
        self.refused("\u0301a")
        self.refused("_\u0301")
        self.refused("1\u0301")
        nickname("שּׁ\u05b8לום")  # three marks on a letter
        self.refused("x" + "\u0300" * 4)

    def test_length(self) -> None:
        nickname("x" * NICKNAME_CHARS)
        nickname("é" * (NICKNAME_BYTES // 2))
        for raw in ("", "x" * (NICKNAME_CHARS + 1), "王" * (NICKNAME_BYTES // 3 + 1), "x" * 100_000):
            self.refused(raw)

    def test_folded_form_keeps_the_limits(self) -> None:
        """U+023A has two bytes, its small letter three."""
        self.refused("\u023a" * 30)

    @given(TYPED)
    def test_any_string(self, raw: str) -> None:
        name = accepted(nickname, raw)
        if name is None:
            return
        self.assertEqual(nickname(name.shown), name)
        self.assertEqual(nickname(name.folded).folded, name.folded)
        self.assertEqual(fold(name.shown), name.folded)
        for form in name:
            self.assertEqual(unicodedata.normalize("NFC", form), form)
            self.assertTrue(form.isprintable())
            self.assertLessEqual(len(form), NICKNAME_CHARS)
            self.assertLessEqual(len(form.encode()), NICKNAME_BYTES)
            self.assertTrue(set(form).isdisjoint(" ,:!@*?/#\"'"))

    @given(st.text([chr(code) for code in range(33, 127)], min_size=1, max_size=8))
    def test_ascii_takes_the_short_way_to_the_same_end(self, raw: str) -> None:
        name = accepted(nickname, raw)
        if name is not None:
            self.assertEqual(get_profile("UsernameCasePreserved").enforce(raw), name.shown)
            self.assertEqual(get_profile("UsernameCaseMapped").enforce(raw), name.folded)


class RoomNameTests(SynchronousTestCase):
    def test_allowed(self) -> None:
        for raw in [
            "#lobby",
            "##x",
            "#c++",
            "#a-b_c.d",
            "#2024",
            "#Zoé",
            "#שלום",
            "#日本",
            "#(x)[y]{z}",
            "#a#b",
        ]:
            self.assertEqual(room_name(raw).shown, raw)

    def test_folded(self) -> None:
        self.assertEqual(room_name("#Dev"), Name("#Dev", "#dev"))
        self.assertEqual(room_name("＃ＤＥＶ"), Name("#DEV", "#dev"))

    def test_refused(self) -> None:
        for raw in [
            "",
            "lobby",
            "#",
            "##",
            "#.",
            "#..",
            "#a b",
            "#a,b",
            "#a:b",
            "#/x",
            "#a/b",
            "#a*",
            "#a?",
            "#a!b",
        ]:
            self.assertIsNone(accepted(room_name, raw))
        for char in "\0\a\n\r\x1b\"'`<>\\%$;@\u200b\u202e\ufeff":
            self.assertIsNone(accepted(room_name, f"#a{char}b"))
        self.assertIsNone(accepted(room_name, "#x" + "\u0300" * 4))

    def test_length(self) -> None:
        room_name("#" + "x" * (ROOM_BYTES - 1))
        for raw in ("#" + "x" * ROOM_BYTES, "#" + "é" * (ROOM_BYTES // 2), "#" + "x" * 100_000):
            self.assertIn(str(ROOM_BYTES), self.assertRaises(ChatError, room_name, raw).text)

    @given(TYPED.map("#{}".format) | st.text())
    def test_any_string(self, raw: str) -> None:
        name = accepted(room_name, raw)
        if name is None:
            return
        self.assertEqual(room_name(name.shown), name)
        self.assertEqual(room_name(name.folded).folded, name.folded)
        for form in name:
            self.assertTrue(form.startswith("#"))
            self.assertTrue(form.isprintable())
            self.assertLessEqual(len(form.encode()), ROOM_BYTES)


class SkeletonTests(SynchronousTestCase):
    def test_look_alikes(self) -> None:
        for one, other in [
            ("BilI", "Bill"),
            ("b0b", "bob"),
            ("user1", "userl"),
            ("\u0430dmin", "admin"),  # Cyrillic a
            ("\u0410dmin", "admin"),  # Cyrillic capital A
            ("\u0412\u041e\u0412", "bob"),  # Cyrillic capitals
            ("Bernie", "Bemie"),  # rn, m
            ("\u039cary", "mary"),  # Greek capital Mu
            ("\u0391lice", "Alice"),  # Greek capital Alpha
            ("b\u0131ll", "bill"),  # dotless i
            ("|an", "Ian"),
        ]:
            self.assertTrue(alike(one, other), (one, other))

    def test_names_that_differ(self) -> None:
        for one, other in [
            ("Anna", "Hanna"),
            ("user1", "user2"),
            ("Zoé", "Zoe"),
            ("Bili", "Bill"),
            ("Lia", "Ila"),
            ("Lisa", "Ilsa"),
            ("Иван", "Ivan"),
            ("bob", "bob_"),
            ("王", "玉"),
        ]:
            self.assertFalse(alike(one, other), (one, other))

    def test_clients_that_fold_as_rfc_1459(self) -> None:
        for one, other in [("[bob]", "{Bob}"), ("bob|away", "bob\\away"), ("[Änne]", "{änne]")]:
            self.assertTrue(alike(one, other), (one, other))
        for one, other in [("[bob]", "bob"), ("bob|away", "bob_away"), ("[bob]", "[rob]")]:
            self.assertFalse(alike(one, other), (one, other))
        self.assertTrue(skeletons(room_name("#a^")) & skeletons(room_name("#A~")))

    def test_rooms(self) -> None:
        self.assertTrue(skeletons(room_name("#l\u043ebby")) & skeletons(room_name("#lobby")))
        self.assertFalse(skeletons(room_name("#dev")) & skeletons(room_name("#devel")))

    @given(TYPED)
    def test_every_name_has_stable_keys(self, raw: str) -> None:
        self.assertEqual(skeleton(skeleton(raw)), skeleton(raw))
        name = accepted(nickname, raw)
        if name is not None:
            self.assertIn(skeleton(name.folded), skeletons(name))
            self.assertTrue(skeletons(name) & skeletons(nickname(name.folded)))

    def test_keys_are_stable_for_every_character(self) -> None:
        for code in [*range(0xD800), *range(0xE000, 0x20000)]:
            key = skeleton(chr(code))
            self.assertEqual(skeleton(key), key)


class NearestTests(SynchronousTestCase):
    def test_one_slip(self) -> None:
        names = {"bob": 1, "alice": 2, "carol": 3}
        for word, meant in [("bbo", "bob"), ("alicee", "alice"), ("slice", "alice"), ("crol", "carol")]:
            self.assertEqual(nearest(word, names), meant)
            self.assertEqual(nearest(word, set(names)), meant)

    def test_more_slips(self) -> None:
        self.assertEqual(nearest("#lobbie", ["#dev", "#lobby"]), "#lobby")
        self.assertEqual(nearest("zoe", {"zoé", "al"}), None)
        self.assertEqual(nearest("chloe", {"chloé", "al"}), "chloé")
        self.assertEqual(nearest("regstr", {"register", "reply"}), "register")

    def test_nothing_near(self) -> None:
        for word in ("", "x", "xyzzy", "b" * 10_000):
            self.assertIsNone(nearest(word, {"bob", "alice"}))
        self.assertIsNone(nearest("bob", ()))

    def test_one_slip_is_found_among_many(self) -> None:
        names = {f"user{number:05}": number for number in range(15_000)}
        self.assertEqual(nearest("usr14999", names), "user14999")

    def test_looks_at_a_bounded_number(self) -> None:
        seen = 0

        def offered() -> Iterator[str]:
            nonlocal seen
            for number in range(15_000):
                seen += 1
                yield f"user{number:05}"

        nearest("user9x", offered())
        self.assertLessEqual(seen, 1_000)

    @given(st.text(max_size=40), st.sets(st.text(max_size=8), max_size=8))
    def test_any_strings(self, word: str, names: set[str]) -> None:
        found = nearest(word, names)
        self.assertTrue(found is None or found in names)
