"""The chat log: what is in its files, what never is, and what happens when they cannot be written."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Signal
from typing import Any

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import names
from chatd.core.events import (
    Banned,
    Event,
    Kicked,
    MaskAdded,
    MaskRemoved,
    Message,
    Muted,
    PrivateMessage,
    Ranked,
    RoomChanged,
    RoomDeleted,
    RoomRank,
    Sealed,
    Text,
    TopicChanged,
    Unbanned,
    Who,
)
from chatd.core.masks import MaskList
from chatd.services.chatlog import ChatLog, file_name
from chatd.services.data import DataError
from tests.memory import MemoryStore

ALICE, BOB = Who("Alice", "u1", host="c1.c2"), Who("Bob", "u2", host="c3.c4")
TIME = datetime(2026, 11, 21, 14, 30, 35, tzinfo=UTC)
AT = "2026-11-21T14:30:35Z"
STAMP: dict[str, Any] = {"id": "1", "origin": "here", "time": TIME}
HERE: dict[str, Any] = {**STAMP, "room": "#lobby", "room_id": "lobby"}
SECRET = "battery-staple"
ADDRESS = "203.0.113.7"


def said(text: str, room: str = "#lobby", **more: Any) -> Message:
    return Message(**{**HERE, "room": room, "room_id": room, **more}, who=BOB, body=Text(text))


class Reactor:
    """Runs at once what a thread wants to be run."""

    def callFromThread(self, function: Callable[..., object], *args: object, **kwargs: object) -> None:
        function(*args, **kwargs)


class ChatLogCase(SynchronousTestCase):
    """A chat log above a store in memory."""

    def setUp(self) -> None:
        self.folder = Path("chat")
        self.store = Holding()
        self.chat = ChatLog(self.store, self.folder, Reactor())
        self.chat.open()
        self.addCleanup(self.chat.close)

    def commit(self, *events: Event) -> Sequence[int | None] | None:
        """Commit events; return the numbers that came, once all is written."""
        answers: list[Sequence[int | None] | None] = []
        self.chat.commit(events, answers.append)
        self.chat._writer.finish()
        (numbers,) = answers
        return numbers

    def lines(self, name: str = "#lobby.log") -> list[str]:
        return (self.folder / name).read_text(encoding="utf-8").splitlines()


class Holding(MemoryStore):
    """Fails when it is told to."""

    fails = False

    def commit(self, events: Sequence[Event], done: Callable[[Sequence[int | None] | None], None]) -> None:
        if self.fails:
            done(None)
        else:
            super().commit(events, done)


class Written(ChatLogCase):
    """What is in the files."""

    def test_what_a_room_is_shown(self) -> None:
        """A line for each stored event, with its time in UTC."""
        numbers = self.commit(
            said("hello"),
            said("waves", action=True),
            TopicChanged(**HERE, who=ALICE, topic="tea"),
            Kicked(**HERE, who=BOB, by=ALICE, reason="late"),
            Muted(**HERE, who=BOB, by=ALICE, seconds=600),
            Ranked(**HERE, who=BOB, by=ALICE, rank=RoomRank.VOICE, was=RoomRank.NONE),
            Message(**HERE, who=BOB, body=Sealed("x", "d", b"secret")),
            RoomDeleted(**HERE, by=ALICE),
        )
        self.assertEqual(
            self.lines(),
            [
                f"{AT} Bob: hello",
                f"{AT} ~ Bob waves",
                f"{AT} * Alice has set the topic of #lobby: tea",
                f"{AT} * Bob was kicked from #lobby by Alice (late)",
                f"{AT} * Bob was muted in #lobby by Alice for 10m",
                f"{AT} * Bob is now voice of #lobby, by Alice",
                f"{AT} Bob: [encrypted message]",
                f"{AT} * #lobby was deleted by Alice",
            ],
        )
        assert numbers is not None
        self.assertEqual(len(numbers), 8)

    def test_what_never_is(self) -> None:
        """Keys, real addresses, what is said in private, and what concerns no room."""
        self.commit(
            RoomChanged(**HERE, by=ALICE, change="key", value=1, key=SECRET),
            Banned(**HERE, by=ALICE, mask=f"address:{ADDRESS}"),
            Unbanned(**HERE, by=ALICE, mask=f"address:{ADDRESS}"),
            MaskAdded(**HERE, by=ALICE, list=MaskList.MUTE, mask=f"address:{ADDRESS}"),
            MaskRemoved(**HERE, by=ALICE, list=MaskList.MUTE, mask=f"address:{ADDRESS}"),
            PrivateMessage(**STAMP, who=ALICE, to=BOB, body=Text(SECRET)),
            Banned(**STAMP, room="", room_id="", by=ALICE, mask=f"address:{ADDRESS}"),
        )
        self.assertEqual(
            self.lines(),
            [
                f"{AT} * #lobby is now locked with a key, by Alice",
                f"{AT} * Alice has banned address:hidden from #lobby",
                f"{AT} * Alice has lifted the ban on address:hidden from #lobby",
                f"{AT} * Alice has quieted address:hidden in #lobby",
                f"{AT} * Alice no longer quiets address:hidden in #lobby",
            ],
        )
        self.assertEqual([path.name for path in self.folder.iterdir()], ["#lobby.log"])

    def test_not_stored_not_written(self) -> None:
        self.store.fails = True
        self.assertIsNone(self.commit(said("lost")))
        self.store.fails = False
        self.commit(said("kept"))
        self.assertEqual(self.lines(), [f"{AT} Bob: kept"])

    def test_in_order(self) -> None:
        """What a commit brings with it comes behind it: its answer may start the next one."""
        self.chat.commit([said("one")], lambda _: self.chat.commit([said("two")], lambda _: None))
        self.chat._writer.finish()
        self.assertEqual(self.lines(), [f"{AT} Bob: one", f"{AT} Bob: two"])

    def test_hostile(self) -> None:
        """Nothing in it begins a line or drives a terminal, whatever may come past core's own check."""
        self.commit(said(f"one\n{AT} Alice: two\x1b[31m\u2028\u202e"))
        self.assertEqual(self.lines(), [rf"{AT} Bob: one\n{AT} Alice: two\x1b[31m\u2028\u202e"])

    def test_modes(self) -> None:
        self.commit(said("hello"))
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.folder / "#lobby.log").stat().st_mode & 0o777, 0o600)

    def test_closing_a_room(self) -> None:
        """The store below hears of it: the next room of that id counts from 1."""
        self.commit(said("one"))
        self.chat.close_room("#lobby")
        self.assertEqual(self.commit(said("two")), [1])


class Files(ChatLogCase):
    """Which file is whose."""

    def test_one_room_one_file(self) -> None:
        """However its name is written; and two rooms never share one."""
        self.assertEqual(file_name("#Dev"), file_name("#dev"))
        self.assertEqual(file_name("#dev"), "#dev.log")
        self.assertEqual(file_name("#caf\u00e9"), file_name("#cafe\u0301"))
        found = [file_name(name) for name in ("#a.b", "#a-b", "#a_b", "#ab", "#a%b", "#a%25b", "#ä")]
        self.assertEqual(len(set(found)), len(found))

    def test_it_stays_in_the_folder(self) -> None:
        """Even for names that core refuses."""
        for name in ("#../../x", "#/etc/passwd", "..", ".", "", "/", "a/b", "#\0", "#a\nb", "\udcff"):
            with self.subTest(name):
                found = file_name(name)
                self.assertNotRegex(found, r"[/\0\n]")
                self.assertNotIn(found, (".", "..", ""))

    def test_the_longest_name(self) -> None:
        """It is a name that the file system takes."""
        name = names.room_name("#" + "\u4e2d" * 21).shown
        self.commit(said("hello", name))
        self.assertEqual(self.lines(file_name(name)), [f"{AT} Bob: hello"])
        self.assertLessEqual(len(file_name(name)), 196)

    def test_many_rooms(self) -> None:
        """None of them keeps a descriptor."""
        self.commit(said("warm up"))
        before = len(list(Path("/proc/self/fd").iterdir()))
        self.commit(*(said("hello", f"#room{number}") for number in range(500)))
        self.assertEqual(len(list(Path("/proc/self/fd").iterdir())), before)
        self.assertEqual(len(list(self.folder.iterdir())), 501)

    def test_moved_away(self) -> None:
        """The file is made again."""
        self.commit(said("one"))
        (self.folder / "#lobby.log").rename("old.log")
        self.commit(said("two"))
        self.assertEqual(self.lines(), [f"{AT} Bob: two"])

    def test_the_folder_moved_away(self) -> None:
        """So is the folder, for nobody else to look into."""
        self.folder.rename("old")
        self.commit(said("two"))
        self.assertEqual(self.lines(), [f"{AT} Bob: two"])
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)


class Trouble(ChatLogCase):
    """Files that cannot be written: the chat goes on, and the log says so once each way."""

    def words(self, *batches: tuple[Event, ...], between: Callable[[], object]) -> list[str]:
        """Commit batches, with `between` before the last one; return what was logged."""
        with capturedLogs() as logs:
            for number, batch in enumerate(batches, 1):
                if number == len(batches):
                    between()
                self.assertIsNotNone(self.commit(*batch))
        return [event["log_format"].format(**event) for event in logs]

    def test_a_full_disk(self) -> None:
        """A file in the folder's place stands for it: it too fails for all files alike."""
        shutil.rmtree(self.folder)
        self.folder.touch()
        many = tuple(said("lost", f"#room{number}") for number in range(50))
        began, ended = self.words((said("lost"),), many, (said("kept"),), between=self.folder.unlink)
        self.assertIn("cannot be written", began)
        self.assertIn("Not a directory", began)
        self.assertRegex(ended, "written again.*51 lines were lost")
        self.assertEqual(self.lines(), [f"{AT} Bob: kept"])

    def test_no_half_line(self) -> None:
        """What a full disk took of a line is taken back."""
        limited = _Limited(self, 100)
        self.commit(said("one"))
        with capturedLogs() as logs, limited:
            self.commit(said("x" * 200))
        self.assertEqual(len(logs), 1)
        self.commit(said("two"))
        self.assertEqual(self.lines(), [f"{AT} Bob: one", f"{AT} Bob: two"])

    def test_a_link(self) -> None:
        """Somebody put one in the place of a file: it is not followed, and other rooms are not concerned."""
        target = Path("target")
        (self.folder / "#lobby.log").symlink_to(target.absolute())
        began, ended = self.words(
            (said("lost"),),
            (said("lost"), said("kept", "#dev")),
            (said("kept"), said("kept", "#dev")),
            between=(self.folder / "#lobby.log").unlink,
        )
        self.assertIn("#lobby.log", began)
        self.assertRegex(ended, "#lobby.log; 2 lines were lost")
        self.assertFalse(target.exists())
        self.assertEqual(len(self.lines("#dev.log")), 2)

    def test_a_disk_that_stands_still(self) -> None:
        """What may wait is bounded; the rest is lost, counted and told."""
        stuck, go = Signal(), Signal()
        self.addCleanup(go.set)
        files: Any = self.chat._writer._sink
        append = files._append

        def stand_still(name: str, data: bytes) -> None:
            stuck.set()
            go.wait(15)
            append(name, data)

        files._append = stand_still
        with capturedLogs() as logs:
            self.chat.commit([said("first")], lambda _: None)
            self.assertTrue(stuck.wait(15))
            self.chat.commit([said("x" * 4000) for _ in range(400)], lambda _: None)
            self.assertLessEqual(self.chat._writer.waiting, 1024 * 1024)
            go.set()
            self.chat._writer.finish()
        (event,) = logs
        self.assertRegex(event["log_format"].format(**event), r"fell behind: 1\d\d records were lost")
        self.assertLess(len(self.lines()), 300)


class _Limited:
    """For a while, no file of this process may grow past so many bytes: writes fail as on a full disk."""

    def __init__(self, case: SynchronousTestCase, size: int) -> None:
        import resource

        self._resource = resource
        self._size = size
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        case.addCleanup(self.__exit__)

    def __enter__(self) -> None:
        self._resource.setrlimit(self._resource.RLIMIT_FSIZE, (self._size, self._before[1]))

    def __exit__(self, *_: object) -> None:
        self._resource.setrlimit(self._resource.RLIMIT_FSIZE, self._before)


class Opening(SynchronousTestCase):
    """A folder that cannot be used stops the start with one line that names it."""

    def refused(self, folder: Path) -> str:
        with self.assertRaises(DataError) as caught:
            ChatLog(MemoryStore(), folder, Reactor()).open()
        text = str(caught.exception)
        self.assertIn(f"log.chat_dir: {folder.absolute()}: ", text)
        return text

    def test_no_folder(self) -> None:
        Path("file").write_text("")
        self.refused(Path("file"))
        self.refused(Path("file/chat"))

    def test_others_may_enter(self) -> None:
        folder = Path("open")
        folder.mkdir()
        folder.chmod(0o755)
        self.assertIn("chmod 700", self.refused(folder))

    def test_below_folders_that_are_not_there(self) -> None:
        chat = ChatLog(MemoryStore(), Path("var/log/chat"), Reactor())
        chat.open()
        chat.close()
        self.assertEqual(Path("var/log/chat").stat().st_mode & 0o777, 0o700)
