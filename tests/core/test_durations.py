"""Durations as typed and as shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.durations import LONGEST, parse, show
from chatd.core.errors import ChatError, Code


class DurationTests(SynchronousTestCase):
    def test_parse(self) -> None:
        for text, seconds in [
            ("30s", 30),
            ("10m", 600),
            ("2h", 7_200),
            ("7d", 604_800),
            ("4w", 2_419_200),
            ("1h30m", 5_400),
            ("1W2D3H4M5S", 788_645),
            ("3650d", LONGEST),
        ]:
            self.assertEqual(parse(text), seconds)

    def test_refused(self) -> None:
        for text in [
            "",
            "10",
            "m",
            "-1m",
            "1.5h",
            "10 m",
            "30m1h",
            "1h1h",
            "1y",
            "٣m",
            "30\u017f",
            "10m\n",
            "1" * 5_000,
        ]:
            self.assertIs(self.assertRaises(ChatError, parse, text).code, Code.BAD_VALUE)

    def test_bounds(self) -> None:
        for text in ("0s", "0h0m", f"{LONGEST + 1}s", "522w", "999999999w"):
            self.assertIn("ten years", self.assertRaises(ChatError, parse, text).text)

    def test_show(self) -> None:
        for seconds, text in [
            (1, "1s"),
            (60, "1m"),
            (90, "1m30s"),
            (5_400, "1h30m"),
            (86_401, "1d1s"),
            (604_800, "1w"),
            (864_000, "10d"),
            (0, "0s"),
            (-5, "0s"),
        ]:
            self.assertEqual(show(seconds), text)

    @given(st.integers(1, LONGEST))
    def test_round_trip(self, seconds: int) -> None:
        self.assertEqual(parse(show(seconds)), seconds)

    @given(st.text() | st.text("0123456789smhdw", max_size=12))
    def test_any_string(self, text: str) -> None:
        try:
            self.assertIn(parse(text), range(1, LONGEST + 1))
        except ChatError as refusal:
            self.assertIs(refusal.code, Code.BAD_VALUE)
