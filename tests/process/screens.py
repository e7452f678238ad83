"""IRC clients as people have them, each in a terminal of its own that tmux keeps, driven by keys and read off the screen."""

from __future__ import annotations

import os
import shlex
from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from unittest import TestCase

from tests.process.streams import PATIENCE, finished
from tests.requirements import program

__all__ = ["IrcClient", "Irssi", "Screen", "Tmux", "WeeChat"]

WIDTH, HEIGHT = "200", "100"
SURROUNDINGS = {"LC_ALL": "C.UTF-8", "TERM": "screen-256color"}
FAST = ("/set paste_verify_line_count 0", "/set cmds_max_at_once 100", "/set cmd_queue_speed 10msecs")
"""So that irssi neither asks whether lines that come faster than fingers are a paste, nor paces them, and asks what it
wants to know of a room in a second, not in seven."""
ENCLOSED = " \t\n│|"
"""What stands around a line without being of it: blanks, and the bars between the parts of WeeChat's screen."""


class Tmux:
    """A server of tmux with a socket of its own; it ends with the test, and what runs in it."""

    def __init__(self, case: TestCase) -> None:
        # Not the folder of the test: the path of a socket has to be short.
        folder = TemporaryDirectory()
        case.addCleanup(folder.cleanup)
        self._socket = str(Path(folder.name, "tmux"))
        self._program = program("tmux")
        case.addCleanup(self.run, "kill-server")

    def run(self, *words: str) -> str:
        """Run a command of tmux and return what it prints."""
        command = (self._program, "-u", "-S", self._socket, "-f", "/dev/null", *words)
        done = finished(*command, env={**os.environ, **SURROUNDINGS})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def open(self, name: str, command: str) -> None:
        """Start a program in a session of that name."""
        surroundings = [f"-e{key}={value}" for key, value in SURROUNDINGS.items()]
        self.run("new-session", "-d", "-s", name, "-x", WIDTH, "-y", HEIGHT, *surroundings, command)


class Screen:
    """A program in a terminal."""

    def __init__(self, tmux: Tmux, name: str, *command: str) -> None:
        self.name = name
        self._tmux = tmux
        # One who has gone leaves his last screen.
        tmux.open(name, f"{shlex.join(command)}; exec cat")

    def type(self, *lines: str) -> None:
        """Type lines, each with its Enter."""
        for line in lines:
            self._tmux.run(
                "send-keys", "-t", self.name, "-l", line, ";", "send-keys", "-t", self.name, "Enter"
            )

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return self._tmux.run("capture-pane", "-p", "-t", self.name)

    def shows(self, *all_of: str) -> str:
        """Wait until one line of the screen has all these words; return that line."""
        deadline = monotonic() + PATIENCE
        while True:
            lines = [line for line in self.text.splitlines() if line.strip()]
            for line in lines:
                if all(words in line for words in all_of):
                    return line.strip(ENCLOSED)
            screen = "\n".join(lines)
            assert monotonic() < deadline, f"{self.name} is not shown {all_of!r}, but\n{screen}"
            sleep(0.05)  # tmux tells nobody when its screen changes


class IrcClient(Screen, ABC):
    """A client of IRC. It comes in as docs/irc.md says."""

    network: str
    """The window that shows what the server says."""

    @abstractmethod
    def look_at(self, window: str) -> None:
        """Turn to a window: the network, a room, or somebody one talks with."""

    @abstractmethod
    def begin_to_connect(self, port: int, root: Path, login: str = "", more: str = "") -> None:
        """Type what it takes to come in, trusting a root; `login` and `more` are options of the client's own."""

    @abstractmethod
    def joined(self, room: str) -> str:
        """Wait until the client has come into a room and knows who is there; return that line."""


class Irssi(IrcClient):
    """irssi, with a folder of its own."""

    network = "(status)"

    def __init__(self, tmux: Tmux, nick: str) -> None:
        home = str(Path(f"irssi-{nick}").absolute())
        super().__init__(tmux, nick, program("irssi"), f"--home={home}", f"--nick={nick}")
        self.shows("[(status)]")
        self.type(*FAST)

    def look_at(self, window: str) -> None:
        self.type(f"/window goto {window}")
        self.shows(f"[{window}]")

    def begin_to_connect(self, port: int, root: Path, login: str = "", more: str = "") -> None:
        """`login`: options of /network add, `more`: of /server add."""
        self.type(
            f"/network add {login} chatd",
            f"/server add -network chatd -tls -tls_verify -tls_cafile {root} {more} localhost {port}",
            "/connect chatd",
        )

    def joined(self, room: str) -> str:
        return self.shows(f"-!- Irssi: {room}: Total of")

    def synced(self, room: str) -> str:
        """Wait until irssi has asked all that it wants to know of a room, and was answered."""
        return self.shows(f"-!- Irssi: Join to {room} was synced in")


class WeeChat(IrcClient):
    """WeeChat, with a folder of its own."""

    network = "server.chatd"

    def __init__(self, tmux: Tmux, nick: str) -> None:
        home = str(Path(f"weechat-{nick}").absolute())
        # As for irssi.
        pace = "irc.server_default.anti_flood_prio"
        fast = ("weechat.look.paste_max_lines -1", f"{pace}_low 0", f"{pace}_high 0")
        run = (word for setting in fast for word in ("--run-command", f"/set {setting}"))
        super().__init__(tmux, nick, program("weechat"), "--dir", home, *run)
        self.shows("anti_flood_prio_high = 0")

    def look_at(self, window: str) -> None:
        self.type(f"/buffer {window}")
        self.shows("[irc/chatd]", f":{window}" if window != self.network else ":server[chatd]")

    def begin_to_connect(self, port: int, root: Path, login: str = "", more: str = "") -> None:
        """`login` and `more`: settings of the server, with a semicolon between them."""
        settings = [each.strip() for part in (login, more) for each in part.split(";") if each]
        version = finished(program("weechat"), "--version").stdout
        self.type(
            f"/set weechat.network.gnutls_ca_user {root}",
            f"/server add chatd localhost/{port} {'-ssl' if version < '4' else '-tls'}",
            f"/set irc.server.chatd.nicks {self.name}",
            *(f"/set irc.server.chatd.{setting}" for setting in settings),
            "/connect chatd",
        )

    def joined(self, room: str) -> str:
        return self.shows(f"-- | Channel {room}:")
