"""Promise 8 on the screens of people: what the owner's programs print, and nc in a real terminal."""

from __future__ import annotations

import shlex
from pathlib import Path
from subprocess import CompletedProcess
from time import monotonic, sleep

import pytest

from tests.attacks.house import AttackCase
from tests.attacks.test_terminal import DRIVING, HIDDEN, harmless
from tests.attacks.witnesses import FREE
from tests.process.people import Owner
from tests.process.streams import PATIENCE, finished
from tests.requirements import requires

pytestmark = pytest.mark.attack


class Owners(AttackCase):
    def all_over(self, *options: str) -> None:
        self.server = self.start(*FREE, *options)
        self.mallory = self.client(self.server, "Mal")
        for text in (*DRIVING, *HIDDEN):
            lines = (
                f"/join #m{text}",
                "/join #mm",
                f"/topic #mm {text}",
                f"/away {text}",
                f"/nick Mal{text}",
                text,
            )
            self.mallory.say(*lines)
        self.mallory.say("/nosuch-mark")
        self.mallory.expect("/nosuch-mark")

    def shown(self, done: CompletedProcess[str]) -> str:
        """Return what a program printed, which has to be something, and harmless."""
        printed = done.stdout + done.stderr
        self.assertNotEqual(printed, "")
        harmless(printed)
        return printed

    def test_control_socket(self) -> None:
        """What `chatd ctl` prints of rooms and users, and of what was typed there, is harmless."""
        self.all_over()
        with self.canary(self.server, "8") as canary:
            self.assertIn("#mm", self.shown(self.server.ctl("/rooms")))
            self.assertIn("Mal", self.shown(self.server.ctl("/whois", "Mal")))
            for text in DRIVING[:-1:4]:  # no argument holds a NUL
                self.shown(self.server.ctl("/whois", text))
                self.shown(self.server.ctl(f"/{text}"))
        harmless(self.server.log.text)
        harmless("\n".join(act["line"] + act["target"] for act in self.server.audited()))
        canary.check()

    @requires("ssh")
    def test_ssh(self) -> None:
        """What the SSH shell prints is harmless, whoever made it say so."""
        owner = Owner(self)
        self.all_over(*owner.options)
        with self.canary(self.server, "8") as canary:
            self.assertIn("#mm", self.shown(owner.ssh(self.server, "/rooms")))
            self.assertIn("Mal", self.shown(owner.ssh(self.server, "/whois Mal")))
            for text in DRIVING[:-1:2]:
                self.shown(owner.ssh(self.server, f"/whois {text}"))
        harmless(self.server.log.text)
        harmless("\n".join(act["line"] + act["target"] for act in self.server.audited()))
        canary.check()


@requires("tmux")
@requires("nc")
class InATerminal(AttackCase):
    """A real terminal, driven by what nc prints in it."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE)
        self.socket = str(Path("tmux").absolute())
        self.addCleanup(self.tmux, "kill-server")
        nc = shlex.join(("nc", "127.0.0.1", str(self.server.port())))
        self.tmux("new-session", "-d", "-x", "150", "-y", "50", "-n", "chat", nc)
        for option, value in (("set-clipboard", "on"), ("allow-rename", "on"), ("monitor-bell", "on")):
            self.tmux("set-option", "-g", option, value)
        self.tmux("select-pane", "-T", "untouched")
        self.tmux("send-keys", "Will", "Enter")

    def tmux(self, *words: str) -> str:
        done = finished("tmux", "-S", self.socket, "-f", "/dev/null", *words)
        return done.stdout

    def state(self) -> tuple[str, str, str]:
        """Return what control sequences would change, the screen's colours and the clipboard."""
        fields = "#{pane_title} #{window_name} #{alternate_on} #{mouse_any_flag} #{keypad_flag} #{insert_flag} #{cursor_flag}"
        colours = "\x1b" in self.tmux("capture-pane", "-e", "-p")
        return self.tmux("display-message", "-p", fields), f"colours: {colours}", self.tmux("list-buffers")

    def test_inert(self) -> None:
        """In tmux, at nc, the texts of the others change neither title, screen, colours nor clipboard."""
        ann = self.client(self.server, "Ann")
        self.until_shown("Ann has joined #lobby")
        before = self.state()
        with self.canary(self.server, "8") as canary:
            for text in (*DRIVING, *HIDDEN):
                lines = (
                    text,
                    f"a{text}",
                    f"/me {text}",
                    f"/msg Will {text}",
                    f"/topic {text}",
                    f"/nick Ann{text}",
                    f"/away {text}",
                )
                ann.say(*lines, "/nick Ann")
            ann.socket.sendall(b"\x9b31mred\n\x9d0;owned\x9c\n\xc2\x9b31m\n\x1b]0;owned\x07\n")
            canary.sing_for(2)
        ann.say("the last of it")
        self.until_shown("Ann: the last of it")
        self.assertEqual(self.state(), before)
        self.shows_what_drives_it(before)
        canary.check()

    def until_shown(self, words: str) -> None:
        """Wait until the terminal shows these words."""
        deadline = monotonic() + PATIENCE
        while words not in (screen := self.tmux("capture-pane", "-p", "-J")):
            assert monotonic() < deadline, f"{words!r} is not shown: {screen}"
            sleep(0.05)  # tmux tells nobody when its screen changes

    def shows_what_drives_it(self, before: tuple[str, str, str]) -> None:
        """Fail if the same sequences, printed by a program in the same terminal, change nothing."""
        octal = "".join(f"\\{byte:03o}" for text in DRIVING[:4] for byte in text.encode())
        self.tmux("respawn-pane", "-k", f"printf '{octal}\\n\\033[31mlast of all'; cat")
        self.until_shown("last of all")
        after = self.state()
        for index, what in enumerate(("title", "colours", "clipboard")):
            self.assertNotEqual(after[index], before[index], what)
