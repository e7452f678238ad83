"""What writes the logs: nobody waits for it, nothing is torn, and what is lost is told."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from unittest import TestCase

from chatd.services.writer import LIMIT, PATIENCE, Output, Writer
from tests.process.streams import PATIENCE as DEADLINE
from tests.process.streams import Transcript

PIPE_BYTES = 65536  # pipe(7)
LINE = b"x" * 999 + b"\n"


def note(text: str) -> bytes:
    return f"[{text}]\n".encode()


def numbered(number: int, size: int = 1000) -> bytes:
    return b"%07d " % number + b"x" * (size - 9) + b"\n"


class WriterCase(TestCase):
    """A writer to a pipe or to a file; its thread ends with the test."""

    transcript: Transcript | None = None

    def writer(self, output: Output, limit: int = LIMIT) -> Writer[bytes]:
        writer = Writer(output, len, note, limit)
        self.addCleanup(writer.stop)
        return writer

    def pipe(self) -> tuple[int, int]:
        """Return both ends of a pipe, the one to read from first."""
        reading, writing = os.pipe()
        self.addCleanup(self.close, reading, writing)
        return reading, writing

    def close(self, reading: int, writing: int) -> None:
        os.close(writing)
        if self.transcript is not None:
            self.transcript.join()
        os.close(reading)

    def read(self, reading: int) -> Transcript:
        """Begin to read what comes out of a pipe."""
        self.transcript = Transcript(lambda: os.read(reading, 65536))
        return self.transcript

    def fill(self, writing: int) -> int:
        """Fill a pipe as somebody else would; return how many bytes it took."""
        flags = fcntl.fcntl(writing, fcntl.F_GETFL)
        fcntl.fcntl(writing, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        try:
            return os.write(writing, b"-" * (16 * PIPE_BYTES))
        finally:
            fcntl.fcntl(writing, fcntl.F_SETFL, flags)


class Nobody(WriterCase):
    """Nobody reads."""

    def test_a_full_pipe(self) -> None:
        """Whoever writes goes on; as soon as somebody reads, all that was kept comes, then what was lost."""
        reading, writing = self.pipe()
        self.fill(writing)
        writer = self.writer(Output(None, writing))
        writer.start("test")
        began = time.monotonic()
        for number in range(3000):
            writer.put(numbered(number))
        self.assertLess(time.monotonic() - began, PATIENCE)
        kept = LIMIT // 1000
        self.assertEqual(writer.waiting, kept * 1000)
        transcript = self.read(reading)
        transcript.find(rf"\[{3000 - kept} records were lost: they could not be written\]\n")
        writer.put(numbered(3000))
        transcript.find("0003000 x+\n")
        lines = transcript.text.lstrip("-").encode().splitlines(keepends=True)
        self.assertTrue(lines[:kept] == [numbered(number) for number in range(kept)])
        self.assertEqual(lines[kept + 1 :], [numbered(3000)])

    def test_losses_are_told_where_they_were(self) -> None:
        """Before the first record that found a place again."""
        reading, writing = self.pipe()
        self.fill(writing)
        writer = self.writer(Output(None, writing), limit=4000)
        writer.start("test")
        for number in range(6):
            writer.put(numbered(number))
        transcript = self.read(reading)
        transcript.find(r"2 records were lost")
        writer.put(numbered(6))
        transcript.find("0000006")
        lines = transcript.text.replace("-", "").splitlines()
        self.assertEqual(
            [line.partition(" ")[0] for line in lines],
            ["0000000", "0000001", "0000002", "0000003", "[2", "0000006"],
        )

    def test_the_end(self) -> None:
        """`finish` waits for a second and no longer, and so do all the records after it together."""
        _, writing = self.pipe()
        self.fill(writing)
        writer = self.writer(Output(None, writing))
        writer.start("test")
        writer.put(LINE)
        began = time.monotonic()
        writer.finish()
        for _ in range(10):
            writer.put(LINE)
        self.assertLess(time.monotonic() - began, 3 * PATIENCE)
        self.assertGreaterEqual(time.monotonic() - began, 0.9 * PATIENCE)

    def test_before_the_thread(self) -> None:
        """The start of the process waits for a second and no longer; the records are kept and come later."""
        reading, writing = self.pipe()
        self.fill(writing)
        writer = self.writer(Output(None, writing))
        began = time.monotonic()
        for number in range(10):
            writer.put(numbered(number))
        self.assertLess(time.monotonic() - began, 3 * PATIENCE)
        writer.start("test")
        self.read(reading).find("0000000(?s:.*)0000009")

    def test_nobody_is_there(self) -> None:
        """A pipe whose reader is gone raises nothing, and the end does not wait for it."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        writer = self.writer(Output(None, writing))
        writer.put(LINE)
        os.close(reading)
        writer.put(LINE)
        writer.start("test")
        for _ in range(2000):
            writer.put(LINE)
        self.assertLessEqual(writer.waiting, LIMIT)
        began = time.monotonic()
        writer.finish()
        self.assertLess(time.monotonic() - began, 0.9 * PATIENCE)


class Whole(WriterCase):
    """Lines come whole and in order."""

    def test_in_order(self) -> None:
        """Those from before the thread, from its time, and from the end."""
        reading, writing = self.pipe()
        transcript = self.read(reading)
        writer = self.writer(Output(None, writing))
        writer.put(b"one\n")
        transcript.find("one\n")
        writer.start("test")
        writer.put(b"two\n")
        writer.finish()
        writer.put(b"three\n")
        transcript.find("one\ntwo\nthree\n")

    def test_somebody_made_it_non_blocking(self) -> None:
        """A descriptor shared with a program that has set O_NONBLOCK; a line may be longer than the pipe."""
        reading, writing = self.pipe()
        os.set_blocking(writing, False)
        writer = self.writer(Output(None, writing))
        lines = [numbered(number, 300_000) for number in range(3)]
        for line in lines:
            writer.put(line)
        writer.start("test")
        transcript = self.read(reading)
        transcript.find("0000002 x+\n")
        self.assertEqual(transcript.text.encode(), b"".join(lines))

    def test_a_full_disk(self) -> None:
        """Nothing that found a place is lost: a new file has it all as soon as there is one."""
        link, real = Path("log"), Path("real.log")
        link.symlink_to("/dev/full")
        writer = self.writer(Output(link))
        writer.start("test")
        for number in range(3):
            writer.put(numbered(number))
        link.unlink()
        link.symlink_to(real)
        writer.reopen()
        writer.put(numbered(3))
        writer.finish()
        self.assertEqual(real.read_bytes(), b"".join(numbered(number) for number in range(4)))
        self.assertEqual(real.stat().st_mode & 0o777, 0o600)

    def test_a_line_begun(self) -> None:
        """A line that went half into the old file stands whole in the new one."""
        path = Path("log")
        os.mkfifo(path)
        reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reading)
        writer = self.writer(Output(path))
        writer.put(numbered(0))
        writer.put(numbered(1, 300_000))
        self.assertGreater(writer.waiting, 200_000)
        path.rename("old")
        writer.reopen()
        self.assertEqual(path.read_bytes(), numbered(1, 300_000))

    def test_no_new_file(self) -> None:
        """Where none can be made the old one goes on, and says so."""
        path = Path("log")
        writer = self.writer(Output(path))
        writer.put(b"one\n")
        path.rename("old")
        path.mkdir()
        writer.reopen()
        writer.put(b"two\n")
        one, words, two = Path("old").read_text().splitlines()
        self.assertEqual((one, two), ("one", "two"))
        self.assertIn("goes on in the old file", words)


class Stalled:
    """A sink that stands still until it is let go."""

    def __init__(self) -> None:
        self.go = Event()
        self.entered = Event()
        self.items: list[bytes] = []

    def ready(self, seconds: float) -> bool:
        return True

    def write(self, items: Sequence[bytes], most: int) -> int:
        self.entered.set()
        self.go.wait(DEADLINE)
        self.items += items
        return len(items)

    def reopen(self) -> None:
        """There is nothing to open."""


class Disk(TestCase):
    """A disk that stands still, as a network file system does at times."""

    def test_it_comes_back(self) -> None:
        sink = Stalled()
        self.addCleanup(sink.go.set)
        writer = Writer(sink, len, note, limit=10_000)
        self.addCleanup(writer.stop)
        writer.start("test")
        writer.put(numbered(0))
        self.assertTrue(sink.entered.wait(DEADLINE))
        for number in range(1, 20):
            writer.put(numbered(number))
        self.assertEqual(writer.waiting, 10_000)
        sink.go.set()
        writer.finish()
        self.assertEqual(sink.items[:-1], [numbered(number) for number in range(10)])
        self.assertIn(b"[10 records were lost", sink.items[-1])
        self.assertEqual(writer.waiting, 0)
