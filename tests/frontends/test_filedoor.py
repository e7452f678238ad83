"""The door for files: its one line, what comes and goes behind it, and what happens when that stops."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet.error import ConnectionDone
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.errors import ChatError
from chatd.frontends.filedoor import FileProtocol
from chatd.services.receiving import HIGH
from chatd.services.shelf import CHUNK, Shelf
from chatd.settings import Settings
from tests.behaviour.clients import TextClient
from tests.behaviour.server import Server, Wire
from tests.files import contents
from tests.immediate import ImmediatePool

SIZE = 300_000


class Door(SynchronousTestCase):
    def setUp(self) -> None:
        settings = Settings()
        self.server = Server(replace(settings, limits=replace(settings.limits, lines_per_second=0)))
        self.disk, self.files = self.server.disk, self.server.files
        self.alice = TextClient(self.server)
        self.alice.command("nick Alice")
        self.data = contents(SIZE)
        self.sha256 = hashlib.sha256(self.data).hexdigest()

    def offer(self, size: int = SIZE) -> str:
        """Announce a file and return the token."""
        user = self.server.user("Alice")
        return self.files.offer(user, "report.pdf", size, self.server.registry.lobby)[0]

    def ask(self, request: str, data: bytes = b"") -> tuple[Wire, FileProtocol]:
        """Open a connection and ask for something, with bytes in the same packet."""
        return self.server.connect_for_file(request, data)

    def shared(self) -> int:
        """Share the data; return its number."""
        wire, _ = self.ask(f"put {self.offer()}", self.data)
        self.assertEqual(wire.value(), self.ok(len(self.files.catalogue.files)))
        return len(self.files.catalogue.files)

    def fetching(self) -> str:
        """Return a token to fetch the data with."""
        return self.files.ask(self.server.user("Alice"), self.shared())[1]

    def ok(self, id: int = 1) -> bytes:
        """Return what is answered when all is well."""
        return f"ok file {id} sha256 {self.sha256}\n".encode()

    def stored(self) -> bytes:
        """Return the bytes of the one file that there is."""
        (path,) = self.disk.folder.iterdir()
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        return path.read_bytes()


class FirstLine(Door):
    def test_nobody_is_greeted(self) -> None:
        wire = Wire(self.server.clock, "127.0.0.1", secure=False)
        protocol = self.server.file_factory.buildProtocol(wire.getPeer())
        self.server._make(wire, protocol)
        self.assertEqual(wire.value(), b"")

    def test_what_it_is_not(self) -> None:
        token = "0" * 32
        for line in (
            *("", "hello", "GET / HTTP/1.1", "PUT /x HTTP/1.1", "put", "put x", f"put {token[1:]}", "\0" * 9),
            *(f"put {token} -1", f"put {token} x", f"get {token} 1 2", f"{token}", "é" * 40, "x" * 200),
        ):
            wire, protocol = self.ask(line)
            self.assertTrue(
                wire.value().startswith(b"error: put TOKEN [OFFSET], or get"), (line, wire.value())
            )
            self.assertEqual(wire.value().count(b"\n"), 1)
            protocol.dataReceived(b"put something else\n")
            self.assertEqual(wire.value().count(b"\n"), 1)

    def test_without_an_end(self) -> None:
        wire, _ = self.ask("x" * 257)
        self.assertIn(b"error: put TOKEN", wire.value())

    def test_a_wrong_token(self) -> None:
        for word in ("put", "get"):
            wire, _ = self.ask(f"{word} {'0' * 32}")
            self.assertEqual(wire.value(), b"error: this token is not good, or not any more\n")

    def test_each_kind_of_token_serves_for_its_own(self) -> None:
        fetching = self.fetching()
        self.assertIn(b"not good", self.ask(f"put {fetching}", self.data)[0].value())
        self.assertIn(b"not good", self.ask(f"get {self.offer()}")[0].value())

    def test_in_time(self) -> None:
        wire = Wire(self.server.clock, "127.0.0.1", secure=False)
        protocol = self.server.file_factory.buildProtocol(wire.getPeer())
        self.server._make(wire, protocol)
        self.server.advance(59)
        protocol.dataReceived(b"p")  # a byte now and then extends it not
        self.server.advance(1)
        self.assertIn(b"error: nothing was asked for in time", wire.value())

    def test_no_token_is_kept(self) -> None:
        token = self.offer()
        self.assertNotIn(token, repr(vars(self.files._offers)))


class Coming(Door):
    def test_in_one_packet_and_byte_by_byte(self) -> None:
        self.shared()
        self.assertEqual(self.stored(), self.data)
        small = contents(300)
        wire, protocol = self.ask(f"PUT {self.offer(300)}\r")
        for byte in small:
            protocol.dataReceived(bytes((byte,)))
        self.assertIn(hashlib.sha256(small).hexdigest().encode(), wire.value())

    def test_nothing_is_shown_before_the_last_byte(self) -> None:
        self.alice.raw()
        wire, protocol = self.ask(f"put {self.offer()}", self.data[:-1])
        self.assertEqual((wire.value(), self.alice.raw(), self.files.catalogue.files), (b"", b"", {}))
        protocol.dataReceived(self.data[-1:])
        self.assertEqual(wire.value(), self.ok())
        self.assertIn(b"/get 1", self.alice.raw())

    def test_more_than_was_announced(self) -> None:
        wire, _ = self.ask(f"put {self.offer()}", self.data + b"x")
        self.assertEqual(wire.value(), b"error: more came than the 300000 bytes that were announced\n")
        self.assertEqual(self.files.catalogue.files, {})

    def test_stopped_and_continued(self) -> None:
        token = self.offer()
        wire, protocol = self.ask(f"put {token}", self.data[:1000])
        protocol.readConnectionLost()
        self.assertEqual(
            wire.value(), b"error: 1000 of 300000 bytes have come: put TOKEN 1000 goes on with them\n"
        )
        # Further than there is; from before that; from the very end.
        self.assertIn(b"error: 1000 bytes are here: go on there", self.ask(f"put {token} 1001")[0].value())
        _, protocol = self.ask(f"put {token} 500", self.data[500:2000])
        wire2 = protocol.transport
        wire2.end(ConnectionDone())
        wire, _ = self.ask(f"put {token} 2000", self.data[2000:])
        self.assertEqual(wire.value(), self.ok())
        self.assertEqual(self.stored(), self.data)

    def test_begun_anew(self) -> None:
        token = self.offer()
        self.ask(f"put {token}", b"x" * 1000)[0].end(ConnectionDone())
        wire, _ = self.ask(f"put {token}", self.data)
        self.assertEqual(wire.value(), self.ok())

    def test_another_connection_takes_over(self) -> None:
        """Who has lost his connection need not wait until the server notices."""
        token = self.offer()
        first, old = self.ask(f"put {token}", self.data[:1000])
        second, new = self.ask(f"put {token} 1000", self.data[1000:2000])
        self.assertEqual(first.value(), b"error: it is sent by another connection now\n")
        old.dataReceived(b"x" * 1000)
        new.dataReceived(self.data[2000:])
        self.assertEqual(second.value(), self.ok())

    def test_who_takes_over_while_the_beginning_is_read_again(self) -> None:
        """What the first of two reads again, from before the end, does not change where the second one goes on."""
        token = self.offer()
        self.ask(f"put {token}", self.data[:2000])[0].end(ConnectionDone())
        self.disk.holding = True
        first, _ = self.ask(f"put {token} 1000")
        second, _ = self.ask(f"put {token} 2000", self.data[2000:])
        self.disk.release()
        self.assertEqual(first.value(), b"error: it is sent by another connection now\n")
        self.assertEqual(second.value(), self.ok())
        self.assertEqual(self.stored(), self.data)

    def test_many_take_over_at_once(self) -> None:
        """The last of them sends; one descriptor is opened, and closed in the end."""
        token = self.offer()
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - one line
        self.disk.holding = True
        crowd = [self.ask(f"put {token}", self.data) for _ in range(400)]
        self.disk.release()
        self.assertEqual(crowd[-1][0].value(), self.ok())
        for wire, _ in crowd[:-1]:
            self.assertEqual(wire.value(), b"error: it is sent by another connection now\n")
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)  # noqa: PTH208

    def test_a_slow_disk_holds_up_who_sends(self) -> None:
        wire, protocol = self.ask(f"put {self.offer(SIZE * 10)}")
        self.disk.holding = True
        for _ in range(10):
            if wire.producerState == "paused":
                break
            protocol.dataReceived(self.data[:65536])
        upload = self.files._offers.items()[0].upload
        self.assertEqual(wire.producerState, "paused")
        self.assertLessEqual(upload._waiting, HIGH + 65536)
        self.disk.step()
        self.disk.step()
        self.assertEqual((wire.producerState, upload._waiting), ("producing", 0))

    def test_a_full_disk(self) -> None:
        """What came stays, and the rest can follow when there is room."""
        token = self.offer()
        wire, protocol = self.ask(f"put {token}", self.data[:1000])
        self.patch(os, "pwrite", failing(errno.ENOSPC))
        protocol.dataReceived(self.data[1000:])
        self.assertEqual(
            wire.value(),
            b"error: the disk of the server is full at the moment; 1000 bytes are here: go on there later\n",
        )
        self.assertEqual(self.files.catalogue.files, {})
        self.restore(os, "pwrite")
        wire, _ = self.ask(f"put {token} 1000", self.data[1000:])
        self.assertEqual(wire.value(), self.ok())
        self.assertEqual(self.stored(), self.data)

    def test_a_disk_that_is_full_at_the_end(self) -> None:
        token = self.offer()
        self.patch(os, "fsync", failing(errno.ENOSPC))
        self.assertIn(b"disk of the server is full", self.ask(f"put {token}", self.data)[0].value())
        self.assertEqual(self.files.catalogue.files, {})
        self.restore(os, "fsync")
        self.assertEqual(self.ask(f"put {token} {SIZE}")[0].value(), self.ok())

    def test_a_database_that_does_not_answer(self) -> None:
        """All is there, and what is left to do is done when it is asked for again."""
        token = self.offer()

        def refuse(function: Any) -> Any:
            raise ChatError("busy", "later")  # type: ignore[arg-type]  # any code

        self.patch(self.files._database, "write", refuse)
        self.assertEqual(self.ask(f"put {token}", self.data)[0].value(), b"error: later\n")
        self.restore(self.files._database, "write")
        self.assertEqual(self.ask(f"put {token} {SIZE}")[0].value(), self.ok())

    def test_stalls(self) -> None:
        wire, protocol = self.ask(f"put {self.offer()}", self.data[:10])
        self.server.advance(59)
        protocol.dataReceived(self.data[10:CHUNK])
        self.server.advance(59)
        self.assertEqual(wire.value(), b"")
        self.server.advance(1)
        self.assertEqual(wire.value(), b"error: too little came for too long\n")

    def test_drips(self) -> None:
        """A byte now and then keeps no place for ever; the last few come in time."""
        wire, protocol = self.ask(f"put {self.offer()}", self.data[: CHUNK - 31])
        for second in range(60):
            self.assertEqual(wire.value(), b"")
            if second % 2:
                protocol.dataReceived(b"x")
            self.server.advance(1)
        self.assertEqual(wire.value(), b"error: too little came for too long\n")
        wire, protocol = self.ask(f"put {self.offer()}", self.data[:-10])
        self.server.advance(59)
        protocol.dataReceived(self.data[-10:])
        self.assertEqual(wire.value(), self.ok())

    def test_who_still_sends_hears_the_last_word(self) -> None:
        """A close over bytes that were not read would take it from him; he is listened to, but not for ever."""
        wire, protocol = self.ask(f"put {'0' * 32}", self.data)
        self.assertTrue(wire.write_closed)
        self.assertFalse(wire.disconnecting)
        protocol.dataReceived(self.data)
        self.server.advance(3)
        self.assertTrue(wire.gone)
        self.assertEqual(self.server.file_factory.sessions, set())

    def test_what_is_never_finished_is_swept(self) -> None:
        self.ask(f"put {self.offer()}", self.data[:10])
        self.server.advance(60)  # it stalls
        self.server.now(self.files.sweep())
        self.assertEqual(len(list(self.disk.folder.iterdir())), 1)
        self.server.advance(900)
        self.server.now(self.files.sweep())
        self.assertEqual(list(self.disk.folder.iterdir()), [])
        self.assertEqual(self.files.catalogue.total, 0)

    def restore(self, where: object, name: str) -> None:
        """Undo a patch."""
        for patched in self._patches:
            patched.restore()
        self._patches.clear()

    def patch(self, where: Any, name: str, value: Any) -> Any:
        made = super().patch(where, name, value)  # type: ignore[no-untyped-call]  # Twisted has not annotated it
        self._patches.append(made)
        return made

    def setUp(self) -> None:
        self._patches: list[Any] = []
        super().setUp()


def failing(code: int) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


class Going(Door):
    def test_all_of_it_and_parts(self) -> None:
        token = self.fetching()
        for offset in ("", "0", "1", str(CHUNK), str(SIZE - 1), str(SIZE)):
            wire, _ = self.ask(f"get {token} {offset}")
            self.assertEqual(wire.value(), self.data[int(offset or 0) :])
            self.assertTrue(wire.disconnecting)
        wire, _ = self.ask(f"get {token} {SIZE + 1}")
        self.assertEqual(wire.value(), b"error: file 1 has 300000 bytes\n")

    def test_no_faster_than_it_is_taken(self) -> None:
        token = self.fetching()
        wire = Wire(self.server.clock, "127.0.0.1", secure=False)
        wire.stall()
        protocol = self.server.file_factory.buildProtocol(wire.getPeer())
        self.server._make(wire, protocol)
        protocol.dataReceived(f"get {token}\n".encode())
        self.assertLessEqual(wire.held, 2 * CHUNK)
        wire.flow()
        self.assertEqual(wire.value(), self.data)

    def test_who_takes_nothing_is_dropped(self) -> None:
        token = self.fetching()
        wire = Wire(self.server.clock, "127.0.0.1", secure=False)
        wire.stall()
        protocol = self.server.file_factory.buildProtocol(wire.getPeer())
        self.server._make(wire, protocol)
        protocol.dataReceived(f"get {token}\n".encode())
        self.server.advance(59)
        self.assertFalse(wire.gone)
        self.server.advance(1)
        self.server.turn()
        self.assertTrue(wire.gone)
        self.assertEqual(self.server.file_factory.sessions, set())

    def test_who_takes_the_end_slowly(self) -> None:
        """What waits for him at the end waits as long as in the midst."""
        token = self.fetching()
        wire = Wire(self.server.clock, "127.0.0.1", secure=False)
        protocol = self.server.file_factory.buildProtocol(wire.getPeer())
        self.server._make(wire, protocol)
        wire.stall()
        protocol.dataReceived(f"get {token} {SIZE - 1000}\n".encode())
        self.server.advance(59)
        self.assertTrue(wire.disconnecting)
        self.assertFalse(wire.gone)
        self.server.advance(1)
        self.server.turn()
        self.assertTrue(wire.gone)

    def test_who_has_asked_may_half_close(self) -> None:
        token = self.fetching()
        self.disk.holding = True
        wire, protocol = self.ask(f"get {token}")
        protocol.readConnectionLost()
        self.disk.release()
        self.assertEqual(wire.value(), self.data)

    def test_deleted_meanwhile(self) -> None:
        """Who fetches it already gets all of it; nobody else any more."""
        token = self.fetching()
        self.disk.holding = True
        wire, _ = self.ask(f"get {token}")
        self.disk.step()  # opened
        self.disk.holding = False
        self.server.now(self.files.remove(list(self.files.catalogue.files.values())))
        self.disk.release()
        self.assertEqual(wire.value(), self.data)
        self.assertIn(b"no file 1", self.ask(f"get {token}")[0].value())

    def test_descriptors_return(self) -> None:
        token = self.fetching()
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - one line
        for offset in ("", str(SIZE + 1)):
            self.ask(f"get {token} {offset}")
        self.disk.holding = True
        wire, _ = self.ask(f"get {token}")
        self.disk.step()
        wire.end(ConnectionDone())
        self.disk.release()
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)  # noqa: PTH208

    def test_so_many_at_once(self) -> None:
        token = self.fetching()
        registry = self.server.registry
        registry.renew(replace(registry.settings, files=replace(registry.settings.files, transfers=1)))
        self.disk.holding = True
        first, _ = self.ask(f"get {token}")
        second, _ = self.ask(f"get {token}")
        self.assertIn(b"error: as many files", second.value())
        self.disk.release()
        self.assertEqual(first.value(), self.data)
        self.assertEqual(self.ask(f"get {token}")[0].value(), self.data)

    def test_so_many_of_one(self) -> None:
        """Who holds all of his leaves the others theirs, and may still go on by another connection."""
        fetching = self.fetching()
        bob = TextClient(self.server, "192.0.2.7")
        bob.command("nick Bob")
        of_bob = self.files.ask(self.server.user("Bob"), 1)[1]
        sending = self.offer()
        old, _ = self.ask(f"put {sending}", self.data[:10])
        self.disk.holding = True
        mine = [self.ask(f"get {fetching}")[0] for _ in range(7)]
        for refused in (f"get {fetching}", f"put {self.offer()}"):
            said = self.ask(refused)[0].value()
            self.assertEqual(
                said, b"error: 8 files of guests of one address may be sent and fetched at once\n"
            )
        new, _ = self.ask(f"put {sending} 10", self.data[10:])
        his, _ = self.ask(f"get {of_bob}")
        self.disk.release()
        self.assertIn(b"another connection", old.value())
        self.assertEqual(new.value(), self.ok(2))
        for wire in (*mine, his):
            self.assertEqual(wire.value(), self.data)


class Starting(SynchronousTestCase):
    def test_leftovers_are_removed(self) -> None:
        """What never was whole; never what the database does not know, nor what is no file."""
        folder = Path("files")
        shelf = Shelf(folder, None)  # type: ignore[arg-type]  # nothing runs
        self.assertEqual(shelf.open([]), set())
        self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
        kept = ["own.part", "short", "unknown", "whole"]
        for name, size in (*((name, 5) for name in kept), ("short", 4), (f"{shelf.new_name()}.part", 5)):
            (folder / name).write_bytes(b"x" * size)
        (folder / "lost+found").mkdir()
        (folder / f"{'0' * 32}.part").mkdir()
        with capturedLogs() as events:
            found = shelf.open([("whole", 5), ("short", 5), ("missing", 5)])
        self.assertEqual(found, {"whole"})
        self.assertEqual(sorted(path.name for path in folder.iterdir() if path.is_file()), kept)
        self.assertEqual(len(list(folder.iterdir())), 6)
        self.assertEqual(
            [formatEvent(event) for event in events],
            [
                "files that were not complete are removed: 1",
                "2 files in files are not in the database, and left alone: own.part, unknown",
            ],
        )

    def test_whole_twice(self) -> None:
        """As when the database had no time for it the first time."""
        pool = ImmediatePool(Path("files"))
        shelf = Shelf(pool.folder, pool)
        shelf.open([])
        name = shelf.new_name()
        file = shelf.create(name)
        self.addCleanup(os.close, file)
        os.write(file, b"hello")
        self.assertEqual([path.name for path in pool.folder.iterdir()], [f"{name}.part"])
        for _ in range(2):
            shelf.seal(name, file, 5)
            self.assertEqual([path.name for path in pool.folder.iterdir()], [name])
        shelf.remove([name])
        self.assertEqual(list(pool.folder.iterdir()), [])
