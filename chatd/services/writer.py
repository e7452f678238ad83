"""Writing that holds up nobody: a bounded queue, and a thread that empties it.

A pipe that nobody reads, a disk that is full or stands still: whoever has something to write goes on at
once. What finds no place in the queue is lost, counted, and told when writing works again.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread, current_thread
from typing import Generic, Protocol, TypeVar

__all__ = ["Output", "Sink", "Writer"]

LIMIT = 1024 * 1024
"""Bytes that may wait."""
RETRY_SECONDS = 1.0
PATIENCE = 1.0
"""Seconds that the start, and again the end, of the process may wait for somebody to take what is written."""
CHUNK = 65536
PIECE = select.PIPE_BUF
"""A pipe that is ready takes this much without blocking (pipe(7))."""
GLANCE = 512

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Sink(Protocol[T_contra]):
    """Where things are written to in the end. Used by one thread at a time."""

    def ready(self, seconds: float) -> bool:
        """Wait at most so long until something can be written without blocking; whether it can."""

    def write(self, items: Sequence[T_contra], most: int) -> int:
        """Write about `most` bytes from the front and return how many items are out. Raises OSError."""

    def reopen(self) -> None:
        """Go on in a new file where the old one was moved away. Raises OSError; the old one stays then."""


class Output:
    """One file, made with mode 0600 if it is not there, or (no path) an open descriptor. Items are whole lines.

    A line is never left half: what a full disk took of it is completed as soon as there is room, and in a
    file opened anew the line stands whole.
    """

    def __init__(self, path: Path | None, descriptor: int = -1) -> None:
        self.path = None if path is None else path.absolute()
        self._file = descriptor if self.path is None else _opened(self.path)
        self._begun = 0  # bytes of the first line that are out

    def ready(self, seconds: float) -> bool:
        """Wait for a place in the pipe; a file, and what is broken, is always ready."""
        poll = select.poll()
        poll.register(self._file, select.POLLOUT)
        return bool(poll.poll(seconds * 1000))

    def write(self, items: Sequence[bytes], most: int) -> int:
        """Write from the front with one call to the system; return how many lines are complete."""
        chunk = bytearray()
        for item in items:
            if chunk and len(chunk) + len(item) > most + self._begun:
                break
            chunk += item
        written = self._begun + os.write(self._file, memoryview(chunk)[self._begun : self._begun + most])
        count = 0
        while count < len(items) and written >= len(items[count]):
            written -= len(items[count])
            count += 1
        self._begun = written
        return count

    def reopen(self) -> None:
        """Open the file again by its name; a descriptor stays."""
        if self.path is not None:
            new = _opened(self.path)
            os.close(self._file)
            self._file = new
            self._begun = 0


def _opened(path: Path) -> int:
    # Without O_NONBLOCK a FIFO that nobody reads would hold up the start for ever (open(2)).
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY, 0o600)


class Writer(Generic[T]):
    """Takes items and sees that the sink gets them, in order, from a thread of its own.

    Before `start` they are written in the caller's thread, for a thread would be lost when twistd forks;
    all in all that waits for PATIENCE. So does what comes after `finish`. `put` is called by one thread
    at a time; it takes no lock, so it may be called from a signal handler or while garbage is collected.
    `note` makes an item that says something about the writing itself; None: it is said elsewhere.
    """

    def __init__(
        self, sink: Sink[T], size: Callable[[T], int], note: Callable[[str], T | None], limit: int = LIMIT
    ) -> None:
        self._sink = sink
        self._size = size
        self._note = note
        self._limit = limit
        self._queue: SimpleQueue[tuple[T, int, int] | Event | None] = SimpleQueue()
        # Counters, each changed on one side only: bytes and losses by `put`, the rest where it is written.
        self._taken = 0
        self._lost = 0
        self._done = 0
        self._told = 0
        self._held: deque[tuple[T, int]] = deque()
        self._marks: list[Event] = []
        self._thread: Thread | None = None
        self._wake = Event()
        self._reopening = False
        self._stopping = False
        self._patience = PATIENCE
        self._end: float | None = None  # by time.monotonic

    @property
    def waiting(self) -> int:
        """Bytes that are not written yet."""
        return self._taken - self._done

    def put(self, item: T) -> None:
        """Have `item` written; too much waits already: lose it. Never raises."""
        size = self._size(item)
        if self.waiting + size > self._limit:
            self._lost += 1
        else:
            self._taken += size
            self._queue.put((item, size, self._lost))
        if self._thread is None:
            self._write_here()
        elif self._end is not None:
            self._wait()

    def start(self, name: str) -> None:
        """Write in a thread from now on. To be called in the process that stays."""
        if self._thread is None:
            self._thread = Thread(target=self._work, name=name, daemon=True)
            self._thread.start()
            self._queue.put(None)

    def reopen(self) -> None:
        """Have the sink opened again."""
        self._reopening = True
        if self._thread is None:
            self._write_here()
        else:
            self._queue.put(None)
            self._wake.set()

    def finish(self) -> None:
        """Wait until all is written, for PATIENCE at most, now and at each `put` to come."""
        if self._thread is not None:
            self._end = time.monotonic() + PATIENCE
            self._wait()

    def stop(self) -> None:
        """Let the thread end. What is not written by then is lost, and so is all that comes."""
        self._stopping = True
        self._queue.put(None)
        self._wake.set()

    def _wait(self) -> None:
        if current_thread() is self._thread or self._end is None:
            return
        mark = Event()
        self._queue.put(mark)
        self._wake.set()
        mark.wait(max(0.0, self._end - time.monotonic()))

    # Below: in the caller's thread before `start`, in the other one from then on.

    def _work(self) -> None:
        while not self._stopping:
            self._collect(wait=not self._held)
            works = self._step(CHUNK)
            if works and self._held:
                continue
            for mark in self._marks:
                mark.set()
            self._marks.clear()
            if not works:
                self._wake.wait(RETRY_SECONDS)
                self._wake.clear()

    def _write_here(self) -> None:
        self._collect(wait=False)
        works = True
        while self._held and works:
            began = time.monotonic()
            works = self._sink.ready(self._patience) and self._step(PIECE)
            if not works:
                self._patience = max(0.0, self._patience - (time.monotonic() - began))

    def _collect(self, *, wait: bool) -> None:
        """Take what is in the queue; with `wait`, wait until something is."""
        while wait or not self._queue.empty():
            wait = False
            entry = self._queue.get()
            if isinstance(entry, Event):
                self._marks.append(entry)
            elif entry is not None:
                item, size, lost = entry
                self._tell_lost(lost)
                self._held.append((item, size))
        if self._reopening:
            self._reopening = False
            try:
                self._sink.reopen()
            except OSError as error:
                self._tell(f"what is written goes on in the old file: {error}")

    def _step(self, most: int) -> bool:
        """Write something; False: nothing can be written now."""
        try:
            count = self._sink.write([item for item, _ in islice(self._held, GLANCE)], most)
        except BlockingIOError:  # somebody made the descriptor non-blocking
            return self._sink.ready(RETRY_SECONDS)
        except OSError:
            return False
        for _ in range(count):
            self._done += self._held.popleft()[1]
        if not self._held and self._queue.empty():
            self._tell_lost(self._lost)
        return True

    def _tell_lost(self, lost: int) -> None:
        if lost > self._told:
            self._tell(f"{lost - self._told} records were lost: they could not be written")
            self._told = lost

    def _tell(self, text: str) -> None:
        item = self._note(text)
        if item is not None:
            self._held.append((item, 0))
