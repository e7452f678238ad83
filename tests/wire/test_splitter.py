"""Lines out of bytes: the same for every way of cutting them into packets, and bounded."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.wire.splitter import ENDLESS, OVERLONG, Line, Splitter

# Few different bytes, so that line ends and bounds are met often.
packets = st.lists(
    st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n", b"\r\n", b"aaa"]), max_size=12).map(b"".join)
)
anything = st.lists(st.binary(max_size=40))
bounds = st.integers(min_value=0, max_value=8)


def model(data: bytes, limit: int, endless: int) -> list[Line]:
    """What a splitter has said once it was given `data`, told without packets or state."""
    said: list[Line] = []
    pieces = data.split(b"\n")
    for number, piece in enumerate(pieces, 1):
        line = piece[:-1] if piece.endswith(b"\r") else piece
        if len(line) > endless:
            return [*said, OVERLONG, ENDLESS] if limit < endless else [*said, ENDLESS]
        if len(line) > limit:
            said.append(OVERLONG)
        elif number < len(pieces):
            said.append(line)
    return said


class LinesTests(SynchronousTestCase):
    def test_line_ends(self) -> None:
        """LF and CRLF end a line, one CR is removed, and a CR elsewhere stays."""
        splitter = Splitter(100, 200)
        self.assertEqual(
            list(splitter.feed(b"a\nb\r\n\n\r\nc\r\r\nd\re\nf")), [b"a", b"b", b"", b"", b"c\r", b"d\re"]
        )

    def test_line_in_pieces(self) -> None:
        """A line may come in several packets, its CRLF as well."""
        splitter = Splitter(100, 200)
        self.assertEqual(
            [list(splitter.feed(d)) for d in (b"He", b"llo\r", b"\nx\n")], [[], [], [b"Hello", b"x"]]
        )

    def test_longest_line(self) -> None:
        """A line of exactly `limit` bytes passes, with either line end, in one packet or many."""
        for data in (b"abcd\n", b"abcd\r\n"):
            self.assertEqual(list(Splitter(4, 8).feed(data)), [b"abcd"])
            splitter = Splitter(4, 8)
            self.assertEqual([x for byte in data for x in splitter.feed(bytes([byte]))], [b"abcd"])

    @given(packets, bounds, bounds)
    def test_as_the_model(self, cuts: list[bytes], limit: int, endless: int) -> None:
        """After every packet exactly that has been said which the bytes up to there call for."""
        splitter = Splitter(limit, endless)
        said: list[Line] = []
        for count, packet in enumerate(cuts, 1):
            said += splitter.feed(packet)
            self.assertEqual(said, model(b"".join(cuts[:count]), limit, endless))

    @given(anything, st.integers(0, 60), st.integers(0, 60))
    def test_cuts_do_not_matter(self, cuts: list[bytes], limit: int, endless: int) -> None:
        """Any bytes: the same lines in one packet, in any packets and byte by byte."""
        data = b"".join(cuts)
        whole = list(Splitter(limit, endless).feed(data))
        splitter, slow = Splitter(limit, endless), Splitter(limit, endless)
        self.assertEqual([line for packet in cuts for line in splitter.feed(packet)], whole)
        self.assertEqual([line for byte in data for line in slow.feed(bytes([byte]))], whole)
        self.assertEqual(whole, model(data, limit, endless))


class BoundsTests(SynchronousTestCase):
    def test_overlong_among_good_ones(self) -> None:
        """One mark stands for the long line; its neighbours in the packet survive."""
        self.assertEqual(list(Splitter(4, 99).feed(b"one\n/quit now\ntwo\n")), [b"one", OVERLONG, b"two"])

    def test_tail_never_runs(self) -> None:
        """The mark comes at once, and nothing of the line comes after it."""
        splitter = Splitter(4, 99)
        said = [list(splitter.feed(d)) for d in (b"hello", b" /quit", b" /quit\r", b"\n/me\n")]
        self.assertEqual(said, [[OVERLONG], [], [], [b"/me"]])

    def test_endless(self) -> None:
        """Past the second bound the mark is given once and everything after it is ignored."""
        splitter = Splitter(4, 8)
        said = [list(splitter.feed(d)) for d in (b"ok\nhello", b"you", b"!", b"\nok\n", b"ok\n")]
        self.assertEqual(said, [[b"ok", OVERLONG], [], [ENDLESS], [], []])

    def test_endless_with_its_end(self) -> None:
        """A line past the second bound is not saved by ending in the same packet."""
        splitter = Splitter(4, 8)
        self.assertEqual(list(splitter.feed(b"ok\n123456789\nok\n")), [b"ok", OVERLONG, ENDLESS])
        self.assertEqual(list(splitter.feed(b"ok\n")), [])

    def test_new_limits(self) -> None:
        """New limits hold for the line under way and for those after it."""
        splitter = Splitter(4, 8)
        self.assertEqual(list(splitter.feed(b"{12")), [])
        splitter.limit, splitter.endless = 10, 20
        self.assertEqual(list(splitter.feed(b"34567}\n12345678901\n")), [b"{1234567}", OVERLONG])
        splitter.feed(b"12345")
        splitter.limit = 4
        self.assertEqual(list(splitter.feed(b"\nok\n")), [OVERLONG, b"ok"])

    def test_memory(self) -> None:
        """While a line is skipped nothing of it is kept."""
        splitter = Splitter(4096, 1 << 30)
        packet = b"x" * 65536
        splitter.feed(packet)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for _ in range(50):
            splitter.feed(packet)
        self.assertLess(tracemalloc.get_traced_memory()[0], 1024)


class RestTests(SynchronousTestCase):
    def test_rest(self) -> None:
        """The rest is returned as it came, CR and unfinished line included."""
        splitter = Splitter(100, 200)
        splitter.feed(b"/up")
        packet = b"load\r\nx\r\n\r\r\n\ny\r"
        self.assertEqual(list(splitter.feed(packet)), [b"/upload", b"x", b"\r", b""])
        self.assertEqual(splitter.take_rest(packet, 0), b"x\r\n\r\r\n\ny\r")
        self.assertEqual(list(splitter.feed(b"z\n")), [b"z"])

    def test_rest_behind_a_skipped_line(self) -> None:
        """The end of a long line from an earlier packet is not taken for the end of another."""
        splitter = Splitter(4, 99)
        self.assertEqual(list(splitter.feed(b"too long")), [OVERLONG])
        packet = b" a line\n/raw\nrest\n"
        self.assertEqual(list(splitter.feed(packet)), [b"/raw", b"rest"])
        self.assertEqual(splitter.take_rest(packet, 0), b"rest\n")
        splitter.feed(b"too long")
        splitter.feed(b" a line\n")
        self.assertEqual(list(splitter.feed(b"/raw\nrest\n")), [b"/raw", b"rest"])
        self.assertEqual(splitter.take_rest(b"/raw\nrest\n", 0), b"rest\n")

    def test_read_again_with_other_limits(self) -> None:
        """What was too long for text can be read again as a longer JSON line."""
        splitter = Splitter(6, 8)
        packet = b"/json\n{123456789}\n"
        self.assertEqual(list(splitter.feed(packet)), [b"/json", OVERLONG, ENDLESS])
        splitter.limit, splitter.endless = 20, 40
        self.assertEqual(list(splitter.feed(splitter.take_rest(packet, 0))), [b"{123456789}"])

    @given(packets, st.integers(0, 30))
    def test_nothing_lost_nor_invented(self, cuts: list[bytes], turn: int) -> None:
        """Lines up to any one, their ends and the raw bytes after it are the input."""
        data = b"".join(cuts)
        splitter = Splitter(10_000, 10_000)
        seen, raw = 0, None
        for packet in cuts:
            if raw is not None:
                raw += packet
                continue
            for index, _line in enumerate(splitter.feed(packet)):
                seen += 1
                if seen == turn:
                    raw = splitter.take_rest(packet, index)
                    break
        parts = data.split(b"\n", turn)
        self.assertEqual(raw, parts[turn] if turn and len(parts) > turn else None)

    @given(packets, bounds, bounds, st.integers(0, 30))
    def test_reading_the_rest_again_changes_nothing(
        self, cuts: list[bytes], limit: int, endless: int, turn: int
    ) -> None:
        """With any bounds: taking the rest after any line and feeding it gives the same lines."""
        splitter = Splitter(limit, endless)
        said: list[Line] = []
        for packet in cuts:
            lines = list(splitter.feed(packet))
            if turn < len(lines) and isinstance(lines[turn], bytes):
                lines[turn + 1 :] = splitter.feed(splitter.take_rest(packet, turn))
            said += lines
        self.assertEqual(said, model(b"".join(cuts), limit, endless))


@pytest.mark.alone
class SpeedTests(SynchronousTestCase):
    def best(self, data: bytes, limit: int = 4096) -> float:
        """Return the seconds one feed of `data` takes, the best of seven."""
        times = []
        for _ in range(7):
            splitter = Splitter(limit, 16384)
            start = time.perf_counter()
            splitter.feed(data)
            times.append(time.perf_counter() - start)
        return min(times)

    def test_bare_newlines(self) -> None:
        """64 KiB of line ends, alone or around a long line, take less than 5 ms."""
        self.assertLess(self.best(b"\n" * 65536), 0.005)
        self.assertLess(self.best(b"\r\n" * 32768), 0.005)
        self.assertLess(self.best(b"\n" * 30000 + b"x" * 5000 + b"\n" * 30000), 0.01)

    def test_byte_by_byte(self) -> None:
        """A line of 512 KiB that comes byte by byte does not cost its length squared."""
        splitter = Splitter(1 << 20, 1 << 21)
        start = time.perf_counter()
        for _ in range(1 << 19):
            splitter.feed(b"x")
        self.assertEqual(splitter.feed(b"\n"), [b"x" * (1 << 19)])
        self.assertLess(time.perf_counter() - start, 5)
