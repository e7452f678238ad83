"""What a server may run out of: descriptors (promise 13), a log's disk or reader, name servers, processors."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import IO

import pytest

from tests.attacks.house import AttackCase, Client, Gauge, pour
from tests.attacks.networks import Network
from tests.process.server import TWISTD, Server
from tests.process.streams import PATIENCE, Transcript, finished
from tests.requirements import program

pytestmark = pytest.mark.attack

TWISTD_COMMAND = (TWISTD, "-n", "--pidfile=", "chatd")
PROMPT = "Enter your nickname: "
FULL = "-> Error: this server is full."
SPEAKER = "127.0.0.3"
LINE = b"x" * 4000 + b"\n"
FEW_RECORDS = 100
"""What the log may say of hundreds of connections that all ended the same way."""


def in_shell(script: str, *words: str) -> tuple[str, ...]:
    """Return a command that runs `script` with `words` as $1 and so on, which in the end is to
    `exec "$@"`: the server takes the shell's place."""
    return ("sh", "-ec", script, "sh", *words)


def fill(file: IO[bytes]) -> None:
    """Write until there is no room. Raises OSError then."""
    while True:
        file.write(b"-" * 4096)


class Descriptors(AttackCase):
    """A process that runs out of files it may open."""

    files, crowd = 64, 300

    def outcome(self, server: Server) -> str:
        """Connect; return "in", the reason of a refusal, or "" if there was none. Who is in stays."""
        connection = self.connect(server)
        heard = b""
        try:
            while not heard.endswith(PROMPT.encode()):
                data = connection.recv(4096)
                if not data:
                    break
                heard += data
        except ConnectionResetError:
            pass
        if heard.endswith(PROMPT.encode()):
            self.inside.append(connection)
            return "in"
        connection.close()
        return heard.decode().strip()

    def come(self, server: Server) -> Counter[str]:
        """Let the crowd come, and return how they fared."""
        self.inside = getattr(self, "inside", [])
        return Counter(self.outcome(server) for _ in range(self.crowd))

    def test_more_connections_than_files(self) -> None:
        """300 clients come to a server that may open 64 files: some get in, all others are told why not or cut off;
        log and control socket work, and who leaves makes room."""
        server = self.start(command=in_shell(f'ulimit -n {self.files}; exec "$@"', *TWISTD_COMMAND))
        gauge = Gauge(server)
        with self.canary(server, "13") as canary:
            records = server.log.text.count("\n")
            fates = self.come(server)
            inside, told = fates.pop("in"), fates.pop(FULL)
            self.assertEqual(set(fates) - {""}, set())
            self.assertGreaterEqual(inside, self.files // 4)
            self.assertGreater(self.files - gauge.descriptors, 8)
            self.assertEqual(server.ctl("/users").returncode, 0)
            self.assertIn("/users", server.heard("chatd.audit"))
            self.assertLess(server.log.text.count("\n") - records, FEW_RECORDS)
            self.inside.pop().close()
            gauge.wait_for(lambda _: self.outcome(server) == "in")
            canary.sing_for(2)
        canary.check(f"{inside} of {self.crowd} let in, {told} told why not, {fates['']} cut off")

    def test_no_file_left(self) -> None:
        """Not one more file can be opened: 300 newcomers are cut off at once, and get in when there are again."""
        server = self.start()
        gauge = Gauge(server)
        with self.canary(server, "13") as canary:
            records = server.log.text.count("\n")
            soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (gauge.descriptors, hard))
            fates = self.come(server)
            self.assertEqual(set(fates), {""})
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
            self.assertEqual(self.outcome(server), "in")
            canary.sing_for(2)
            self.assertLess(server.log.text.count("\n") - records, FEW_RECORDS)
        canary.check(f"{fates['']} cut off")


class Log(AttackCase):
    """A log that cannot be written. With -d it holds every event."""

    options = (
        "-d",
        "--set",
        f'limits.bots=["127.0.0.2", "{SPEAKER}"]',
        "--set",
        "limits.bot_lines_per_second=0",
    )

    def talk(self, server: Server, megabytes: float) -> None:
        """Say more than the log can hold, and have people come and go, refused and not."""
        speaker = self.member(server, "Ada", SPEAKER)
        flow = pour([speaker], LINE, PATIENCE, until_sent=int(1e6 * megabytes))[speaker]
        self.assertFalse(flow.closed)
        for number in range(50):
            client = self.connect(server)
            client.sendall(f"Bob{number}\n/quit\n".encode())
            while client.recv(4096):
                pass
            client.close()
        self.assertEqual(server.ctl("/users").returncode, 0)
        speaker.close()

    def test_nobody_reads_it(self) -> None:
        """Standard output is a pipe that nobody reads: the chat goes on; who reads at last is told what is lost."""
        server = self.start(*self.options)
        server.port()
        read_on = self.hold(server.log)
        with self.canary(server, "starved") as canary:
            self.talk(server, 3)
            canary.sing_for(2)
        self.assertNotIn("Bob49", server.log.text)
        read_on.set()
        lost = server.log.find(r"(\d+) records were lost")
        canary.check(f"{lost} records lost, and counted in the log")

    def hold(self, log: Transcript) -> Event:
        """Read no more of a log until the event is set."""
        event, read = Event(), log._read

        def held() -> bytes:
            event.wait()
            return read()

        log._read = held
        self.addCleanup(event.set)
        return event

    def test_its_disk_is_full(self) -> None:
        """The log's disk is full: the chat goes on; when there is room again the log says what is lost."""
        program("unshare", package="util-linux")
        if finished("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt").returncode:
            self.skipTest("this user may mount nothing")
        Path("disk").mkdir(0o700)
        script = (
            'mount -t tmpfs -o size=4m tmpfs disk; : > disk/log; tail -n +1 -f --pid=$$ disk/log & exec "$@"'
        )
        server = self.start(
            *self.options, "--set", "log.chat_dir=disk/chat",
            command=("unshare", "-rm", *in_shell(script, TWISTD, "-n", "--pidfile=", "--logfile=disk/log", "chatd")),
        )  # fmt: skip
        server.port()
        disk = Path(f"/proc/{server.process.pid}/root", *Path("disk").absolute().parts[1:])
        with self.canary(server, "starved") as canary:
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
                fill(file)
            self.talk(server, 3)
            filler.unlink()
            lost = server.log.find(r"(\d+) records were lost")
            # What tells that the chat log is written again may be one of those; the chat log itself is not.
            self.member(server, "Eve", SPEAKER).sendall(b"there is room again\n")
            deadline = time.monotonic() + PATIENCE
            while "there is room again" not in (disk / "chat/#lobby.log").read_text():
                self.assertLess(time.monotonic(), deadline)
                canary.sing_for(0.1)
            canary.sing_for(1)
        canary.check(f"{lost} records lost, and counted in the log")


class Names(AttackCase):
    def test_silent_name_servers(self) -> None:
        """The name server never answers: start, greeting, talk and bans take no longer than ever."""
        network = Network(self)
        network.join(Network(self, beside=network), "192.0.2.2/24", "192.0.2.3/24")
        network.ip("neighbour", "add", "192.0.2.1", "lladdr", "02:00:00:00:00:01", "dev", "cable")
        Path("resolv.conf").write_text("nameserver 192.0.2.1\n")
        inside = (
            *network.enter, "unshare", "-m",
            *in_shell('mount --bind resolv.conf /etc/resolv.conf; exec "$@"'),
        )  # fmt: skip
        with pytest.raises(subprocess.TimeoutExpired):
            finished(*inside, "getent", "hosts", "chat.example", timeout=1)
        started = time.monotonic()
        server = self.start("--set", 'server.proxies=["127.0.0.9"]', command=(*inside, *TWISTD_COMMAND))
        port = server.port()
        up = time.monotonic() - started
        with self.canary(server, "starved", prefix=network.enter) as canary:
            waits = [
                self.timed(lambda: Client(network.dial("127.0.0.1", "127.0.0.1", port)), opening, PROMPT)
                for opening in ("", "")
            ]
            waits.append(
                self.timed(
                    lambda: Client(network.dial("127.0.0.9", "127.0.0.1", port)),
                    "PROXY TCP4 203.0.113.5 192.0.2.1 4000 7976\r\nEve\n",
                    "Eve has joined #lobby",
                )
            )
            eve = self.people[-1]
            started = time.monotonic()
            self.assertEqual(server.ctl("/ban 203.0.113.0/24").returncode, 0)
            eve.rest()
            canary.sing_for(2)
        self.assertLess(up, 4.0)  # one question takes five seconds
        self.assertLess(max(waits), 1.0)
        canary.check(f"started in {up:.2f} s, let in within {max(waits):.3f} s")

    def setUp(self) -> None:
        super().setUp()
        self.people: list[Client] = []

    def timed(self, come: Callable[[], Client], opening: str, words: str) -> float:
        """Return how long it takes somebody to come, say `opening` and be told `words`; seconds."""
        started = time.monotonic()
        client = come()
        self.addCleanup(client.close)
        self.people.append(client)
        client.type(opening)
        client.expect(words)
        return time.monotonic() - started


class Processor(AttackCase):
    def test_busy_neighbours(self) -> None:
        """As many processes that never rest as there are cores run beside the server."""
        server = self.start()
        neighbours = os.cpu_count() or 1
        for _ in range(neighbours):
            burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            self.addCleanup(burner.wait, PATIENCE)
            self.addCleanup(burner.kill)
        with self.canary(server, "starved") as canary:
            canary.sing_for(5)
        canary.check(f"{neighbours} neighbours")
