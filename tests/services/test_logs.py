"""The log: what a record looks like, and that writing one never goes wrong."""

from __future__ import annotations

import json
import os
import re
import signal
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import Logger, LogLevel, LogPublisher
from twisted.python import log as old_log
from twisted.python.failure import Failure

from chatd import settings
from chatd.services.logs import TELL_SECONDS, Log
from chatd.services.records import LONGEST, plain, record
from chatd.services.records import json as json_line
from chatd.services.repeats import BURST
from chatd.services.writer import Output

HARMFUL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
PLAIN, JSON = settings.Log(), settings.Log(format="json")
HOSTILE = "one\ntwo\r\n2026-01-01T00:00:00Z [chatd#info] three\x1b[31m\u2028\u202e\x85\x00\ud800"


class Reactor(MemoryReactorClock):
    """Timers and events of shutting down, moved by the test."""

    def shut_down(self) -> None:
        """Do what is to be done after the shutdown."""
        for function, args, kwargs in self.triggers["after"]["shutdown"]:
            function(*args, **kwargs)


class Unspeakable:
    """Something that cannot be written down."""

    def __str__(self) -> NoReturn:
        raise RuntimeError("no")

    __repr__ = __str__
    __format__ = __str__  # type: ignore[assignment]


class LogCase(TestCase):
    """A log to a file, and who writes to it."""

    def setUp(self) -> None:
        self.path = Path("test.log")
        self.reactor = Reactor()
        self.log = Log(Output(self.path), self.reactor, self.reactor.seconds)
        self.addCleanup(self.log._writer.stop)
        self.logger = Logger(namespace="chatd.test", observer=self.log)

    def start(self) -> None:
        self.log.startService()
        self.addCleanup(self.log.stopService)

    def lines(self) -> list[str]:
        self.log._writer.finish()
        text = self.path.read_text(encoding="utf-8")
        self.assertTrue(not text or text.endswith("\n"), text)
        return text.removesuffix("\n").split("\n") if text else []

    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.lines()]


class Records(LogCase):
    """One record, one line."""

    def test_plain(self) -> None:
        self.logger.warn("gone: {nick}", nick="Zoé")
        (line,) = self.lines()
        self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[chatd\.test#warn\] gone: Zoé\Z")

    def test_json(self) -> None:
        self.log.configure(JSON)
        self.logger.warn("gone: {nick}", nick="Zoé")
        (found,) = self.objects()
        self.assertEqual(datetime.fromisoformat(found.pop("time")).utcoffset().total_seconds(), 0)
        self.assertEqual(found, {"level": "warn", "source": "chatd.test", "text": "gone: Zoé"})

    def test_utc(self) -> None:
        """Wherever the server stands."""
        event = {"log_format": "x", "log_time": 1_795_271_435.0}
        entry = record(event)
        assert entry is not None
        self.assertTrue(plain(entry).startswith(b"2026-11-21T14:30:35Z "))
        self.assertIn(b'"2026-11-21T14:30:35Z"', json_line(entry))

    def test_a_failure(self) -> None:
        """Its traceback is in the same record."""
        for log, shown in (
            (PLAIN, r"\nTraceback (most recent call last):\n"),
            (JSON, '["Traceback (most recent call last):","'),
        ):
            self.log.configure(log)
            try:
                raise ValueError(HOSTILE)
            except ValueError:
                self.logger.failure("it failed")
            line = self.lines()[-1]
            self.assertIn(shown, line)
            self.assertIn("ValueError: one", line)
            self.assertNotRegex(line, HARMFUL)
        self.assertEqual(len(self.lines()), 2)

    def test_hostile(self) -> None:
        """No text, no namespace and no old-fashioned message begins a line or drives a terminal."""
        for log in (PLAIN, JSON):
            self.log.configure(log)
            self.logger.info("{text}", text=HOSTILE)
            Logger(namespace=HOSTILE, observer=self.log).info("x")
            old = old_log.LogPublisher(LogPublisher(), LogPublisher(self.log))
            old.msg(HOSTILE, system=HOSTILE)
        lines = self.lines()
        self.assertEqual(len(lines), 6)
        for line in lines:
            self.assertNotRegex(line, HARMFUL)
        self.assertIn(r"one\ntwo\r\n2026", lines[0])
        self.assertEqual(json.loads(lines[3])["text"], lines[0].partition("] ")[2])

    def test_what_it_is(self) -> None:
        """A record of the old log names its connection; nothing to say is no record."""
        old = old_log.LogPublisher(LogPublisher(), LogPublisher(self.log))
        old.msg("hello", system="HTTPChannel,1,127.0.0.1")
        self.log({"log_format": None})
        self.log({})
        (line,) = self.lines()
        self.assertTrue(line.endswith(" [HTTPChannel,1,127.0.0.1#info] hello"), line)

    def test_very_long(self) -> None:
        """Beginning and end of it are kept."""
        self.logger.info("{text}", text="begin" + "x" * 1_000_000 + "end")
        (line,) = self.lines()
        self.assertLess(len(line), LONGEST + 200)
        self.assertRegex(line, r"\] beginx+ \[983\d\d\d characters left out\] x+end\Z")

    def test_unspeakable(self) -> None:
        """Whatever is logged, there is a record, and the next one follows."""
        self.logger.info("{thing}", thing=Unspeakable())
        self.logger.failure("{thing}", Failure(RuntimeError(Unspeakable())), thing=Unspeakable())
        self.logger.info("{missing}")
        self.logger.info(Unspeakable())  # type: ignore[arg-type]
        for odd in ("x", float("nan"), 1e99, None, Unspeakable()):
            self.log({"log_format": "odd", "log_time": odd, "log_level": odd, "log_namespace": odd})
        self.logger.info("the next one")
        lines = self.lines()
        self.assertEqual(len(lines), 10)
        self.assertTrue(lines[-1].endswith("the next one"))

    @given(st.text(st.characters()), st.text(st.characters()))
    def test_anything(self, text: str, namespace: str) -> None:
        """Any text at all: one line, nothing harmful, and JSON that can be read."""
        entry = record({"log_format": "{text}", "text": text, "log_namespace": namespace})
        if entry is None:
            self.assertEqual(text, "")
            return
        for line in (plain(entry).decode(), json_line(entry).decode()):
            self.assertTrue(line.endswith("\n"))
            self.assertNotRegex(line[:-1], HARMFUL)
        self.assertEqual(json.loads(json_line(entry))["text"], entry.text)


class Chosen(LogCase):
    """What is written, and what is not."""

    def test_levels(self) -> None:
        """What is below info, and what Conch tells of each packet, is for -d."""
        conch = Logger(namespace="twisted.conch.ssh.transport", observer=self.log)
        for debug in (False, True):
            self.log.configure(settings.Log(debug=debug))
            for logger in (self.logger, conch):
                for level in (LogLevel.debug, LogLevel.info, LogLevel.warn):
                    logger.emit(level, "{source} {name} {debug}", name=level.name, debug=debug, source=level)
        found = [re.sub(r"\A\S+ \[(\S+)\] .*", r"\1", line) for line in self.lines()]
        ssh = "twisted.conch.ssh.transport"
        self.assertEqual(
            found,
            ["chatd.test#info", "chatd.test#warn", f"{ssh}#warn",
             "chatd.test#debug", "chatd.test#info", "chatd.test#warn",
             f"{ssh}#debug", f"{ssh}#info", f"{ssh}#warn"],
        )  # fmt: skip

    def test_repeats(self) -> None:
        """What was swallowed is told after a minute, though nothing more comes, and at the end."""
        self.start()
        for number in range(BURST + 5):
            self.logger.warn("gone: {number}", number=number)
        self.reactor.advance(TELL_SECONDS)
        lines = self.lines()
        self.assertEqual(len(lines), BURST + 1)
        self.assertTrue(lines[-1].endswith(" [chatd.test#warn] 5 more like this: gone: {number}"), lines[-1])
        for number in range(BURST + 5):
            self.logger.error("lost: {number}", number=number)
        self.reactor.shut_down()
        self.assertIn("#error] 5 more like this: lost: {number}", self.lines()[-1])


class Lives(LogCase):
    """Threads, signals, and the life of a process."""

    def test_in_order(self) -> None:
        """Before the service starts, while it runs, and after the reactor has stopped."""
        self.logger.info("one")
        self.assertEqual(len(self.path.read_text().splitlines()), 1)
        self.start()
        self.logger.info("two")
        self.reactor.shut_down()
        self.logger.info("three")
        found = [line.rpartition(" ")[2] for line in self.path.read_text().splitlines()]
        self.assertEqual(found, ["one", "two", "three"])

    def test_many_threads(self) -> None:
        """Everybody's records are there, each whole."""
        self.start()
        names = [f"chatd.test{number}" for number in range(4)]
        threads = [Thread(target=self.talk, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lines = self.lines()
        self.assertEqual(len(lines), 4 * 500)
        for name in names:
            numbers = [int(line.rpartition(" ")[2]) for line in lines if f"[{name}#critical]" in line]
            self.assertEqual(numbers, list(range(500)))

    def talk(self, name: str) -> None:
        logger = Logger(namespace=name, observer=self.log)
        for number in range(500):
            logger.critical("{number}", number=number)

    def test_in_the_middle_of_its_own_work(self) -> None:
        """Somebody logs while he is written down, as a destructor or a signal handler may."""
        logger = self.logger

        class Talker:
            def __str__(self) -> str:
                logger.info("inner")
                return "outer"

        self.start()
        logger.info("{talker!s}", talker=Talker())
        found = [line.rpartition(" ")[2] for line in self.lines()]
        self.assertEqual(found, ["outer", "inner"])

    def test_moved_away(self) -> None:
        """`reopen` goes on in a file of the old name."""
        self.start()
        self.logger.info("one")
        self.log.finish()
        self.path.rename("old.log")
        self.log.reopen()
        self.logger.info("two")
        (line,) = self.lines()
        self.assertTrue(line.endswith("two"))
        (line,) = Path("old.log").read_text().splitlines()
        self.assertTrue(line.endswith("one"))

    def test_not_its_own_to_close(self) -> None:
        """A file that somebody else has opened already is no file to make anew: stdout stays stdout."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        log = Log(Output(None, writing), self.reactor)
        log.reopen()
        Logger(namespace="chatd.test", observer=log).info("one")
        self.assertTrue(os.read(reading, 4096).endswith(b"one\n"))

    def test_sigusr1(self) -> None:
        """It reopens the file, as with twistd; it does not end the process."""
        before = signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        self.addCleanup(signal.signal, signal.SIGUSR1, before)
        asked: list[Any] = []
        self.reactor.callFromThread = asked.append
        self.start()
        os.kill(os.getpid(), signal.SIGUSR1)
        self.assertEqual(asked, [self.log.reopen])
