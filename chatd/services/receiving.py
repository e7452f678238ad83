"""A file on its way in: its bytes go to the disk as they come, and their hash is made on the way."""

from __future__ import annotations

import errno
import hashlib
import os
from functools import partial
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.errors import ChatError, Code
from chatd.services.shelf import Shelf, hash_of

__all__ = ["HIGH", "Sender", "Upload"]

log = Logger(namespace="chatd.files")

HIGH = 262_144
"""Bytes that may wait to be written; with more, no more are taken."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Sender(Protocol):
    """The connection by which a file comes."""

    def cut_off(self, reason: str) -> None:
        """It does not come by this one any more."""


class Upload:
    """The bytes of one file. `have` of them are on the disk; the hash is that of those."""

    def __init__(self, shelf: Shelf, size: int) -> None:
        self.shelf = shelf
        self.size = size
        self.stored = shelf.new_name()
        self.have = 0
        self.sender: Sender | None = None
        self.sealing = False
        """Whether it is being shared: nothing is changed any more."""
        self._producer: IPushProducer | None = None
        self._paused = False
        self._hash = hashlib.sha256()
        self._file: int | None = None
        self._pending: list[bytes] = []
        self._waiting = 0
        self._busy = False
        """Whether a thread has it in hand."""
        self._failure: ChatError | None = None
        self._settled: list[Deferred[None]] = []

    @property
    def expected(self) -> int:
        """How many more bytes are to come."""
        return self.size - self.have - self._waiting

    async def begin(self, sender: Sender, producer: IPushProducer, offset: int) -> None:
        """Take what comes by a connection, from an offset on; who sent before is cut off. Raises ChatError."""
        if self.sealing:
            raise ChatError(Code.BUSY, "this file has come already, and is being shared")
        if self.sender is not None:
            self.sender.cut_off("it is sent by another connection now")
        self.sender = sender
        try:
            await self.settled()
            self._require(sender)
            # From here to the end of the work in the thread there is one at a time: others wait until it is settled.
            self._busy = True
            try:
                await self._open(sender, offset)
            finally:
                self._busy = False
                self._tell()
            self._require(sender)
        except BaseException:
            self.leave(sender)
            raise
        self._failure = None
        self._producer, self._paused = producer, False

    async def _open(self, sender: Sender, offset: int) -> None:
        if offset > self.have:
            raise ChatError(Code.BAD_VALUE, f"{self.have} bytes are here: go on there")
        try:
            if self._file is None:
                self._file = await self.shelf.run(self.shelf.create, self.stored)
                self._require(sender)
            if offset < self.have:
                hashed = await self.shelf.run(hash_of, self._file, offset)
                self._require(sender)
                self._hash, self.have = hashed, offset
        except OSError as error:
            raise _refusal(error, self.have) from None

    def _require(self, sender: Sender) -> None:
        if self.sender is not sender:
            raise ChatError(Code.BUSY, "it is sent by another connection now")

    def take(self, data: bytes) -> None:
        """Take bytes, no more than are expected. With too many that wait, the producer is asked to pause."""
        self._pending.append(data)
        self._waiting += len(data)
        if self._waiting > HIGH and not self._paused and self._producer is not None:
            self._paused = True
            self._producer.pauseProducing()
        self._write()

    def _write(self) -> None:
        if self._busy or not self._pending or self._failure is not None:
            return
        data, self._pending = b"".join(self._pending), []
        self._busy = True
        self.shelf.run(self._store, data, self.have).addCallbacks(
            partial(self._written, len(data)), self._failed
        )

    def _store(self, data: bytes, offset: int) -> None:
        """Write and hash, in a thread. What is left of a write that failed is written over by the next one."""
        assert self._file is not None, "nobody has begun"
        view = memoryview(data)
        while view:
            count = os.pwrite(self._file, view, offset)
            view, offset = view[count:], offset + count
        self._hash.update(data)

    def _written(self, size: int, _: None) -> None:
        self._busy = False
        self.have += size
        self._waiting -= size
        self._write()
        if self._paused and self._waiting <= HIGH // 2 and self._producer is not None:
            self._paused = False
            self._producer.resumeProducing()
        self._tell()

    def _failed(self, failure: Failure) -> None:
        self._busy = False
        self._pending.clear()
        self._waiting = 0
        error = failure.value
        if not isinstance(error, OSError):
            log.failure("a file was not written", failure)
        self._failure = _refusal(error, self.have)
        sender = self.sender
        self._tell()
        if sender is not None and sender is self.sender:
            sender.cut_off(self._failure.text)

    def settled(self) -> Deferred[None]:
        """Wait until all that came is written, or cannot be."""
        waiting: Deferred[None] = Deferred()
        self._settled.append(waiting)
        self._tell()
        return waiting

    def _tell(self) -> None:
        if not self._busy:
            settled, self._settled = self._settled, []
            for each in settled:
                each.callback(None)

    async def seal(self) -> str:
        """Let all bytes be on the disk for good, and return their SHA-256. Raises ChatError."""
        await self.settled()
        if self._failure is not None:
            raise self._failure
        if self.have != self.size or self._file is None:
            raise ChatError(Code.BAD_VALUE, f"{self.have} of {self.size} bytes have come")
        try:
            await self.shelf.run(self.shelf.seal, self.stored, self._file, self.size)
        except OSError as error:
            raise _refusal(error, self.have) from None
        return self._hash.hexdigest()

    def leave(self, sender: Sender) -> None:
        """That connection has ended; what has come may be continued."""
        if self.sender is sender:
            self.sender = None
            self._producer = None

    async def close(self) -> None:
        """Take nothing more."""
        await self.settled()
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _refusal(error: BaseException | None, have: int) -> ChatError:
    """Return what is said of a disk that refuses."""
    if isinstance(error, OSError) and error.errno in FULL:
        return ChatError(
            Code.BUSY,
            f"the disk of the server is full at the moment; {have} bytes are here: go on there later",
        )
    return ChatError(Code.INTERNAL, "the server cannot write files at the moment")
