"""The prompt of the SSH shell: commands that begin with `/`, and Python for owners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from chatd.frontends.shell import ShellSession
from chatd.frontends.ssh_editor import BELL, LineEditor
from chatd.frontends.ssh_python import Interpreter, painted
from chatd.wire.requests import Command

__all__ = ["Prompt"]

CTRL_C, CTRL_D, CTRL_BACKSLASH = b"\x03", b"\x04", b"\x1c"


class Prompt(LineEditor):
    """Reads lines. One that begins with `/` at a fresh prompt is a command; any other is Python if there is a
    namespace, and refused if there is none.

    `shell` makes the session that runs the commands from a function that shows their output, `record` puts
    Python input on record, `leave` ends the channel, `limit` is the longest line in characters.
    """

    def __init__(  # noqa: PLR0917 - what a prompt brings together
        self,
        banner: str,
        namespace: dict[str, Any] | None,
        shell: Callable[[Callable[[bytes], None]], ShellSession],
        record: Callable[[str], None],
        leave: Callable[[], None],
        limit: int,
    ) -> None:
        super().__init__(limit)
        self._banner = banner
        self._session = shell(self.show)
        self._python = None if namespace is None else Interpreter(self, namespace, record, self.handle_QUIT)
        self._leave = leave
        self._left = False
        self._running: object | None = None
        self._ahead: list[bytes] = []

    def connectionMade(self) -> None:
        super().connectionMade()
        self.keyHandlers |= {
            CTRL_C: self.handle_INT,
            CTRL_D: self.handle_EOF,
            CTRL_BACKSLASH: self.handle_QUIT,
        }

    def connectionLost(self, reason: object) -> None:
        self._left = True

    def initializeScreen(self) -> None:
        self.terminal.write(f"{self._banner}\n".encode())
        super().initializeScreen()

    # Keys

    def keystrokeReceived(self, keyID: bytes, modifier: object) -> None:
        """Take one key. While a command has to wait, keys wait too, but for Ctrl-C."""
        if self._left:
            return
        if self._running is None or keyID == CTRL_C:
            super().keystrokeReceived(keyID, modifier)
        elif len(self._ahead) < self._limit:
            self._ahead.append(keyID)

    def handle_INT(self) -> None:
        """Forget what is typed; wait no longer for a command, which goes on."""
        self.handle_END()
        self.settle()
        self._running = None
        self._ahead, self.lineBuffer = [], []
        self.lineBufferIndex = self.pn = 0
        if self._python is not None:
            self._python.resetBuffer()
        self.terminal.write(b"\nKeyboardInterrupt\n")
        self.prompt()

    def handle_EOF(self) -> None:
        """End the session if nothing is typed."""
        if self.lineBuffer:
            self.terminal.write(BELL)
        else:
            self.handle_QUIT()

    def handle_QUIT(self) -> None:
        """End the session."""
        if not self._left:
            self.terminal.nextLine()
            self._left = True
            self._leave()

    # Lines

    def _begun(self) -> list[bytes]:
        """Return the lines of Python that wait for their continuation."""
        return [] if self._python is None else self._python.buffer

    def _is_command(self, line: bytes) -> bool:
        return line.startswith(b"/") and not self._begun()

    def remembered(self, line: bytes) -> bool:
        secret = self._is_command(line) and self._session.commands.redacted(line.decode()).endswith(
            "[redacted]"
        )
        return super().remembered(line) and not secret

    def colored(self, line: str) -> str:
        begun = [each.decode() for each in self._begun()]
        if self._python is None or self._is_command(line.encode()):
            return line
        return painted("\n".join([*begun, line]), len(begun))

    def lineReceived(self, line: bytes) -> None:
        """Run a command, or Python."""
        if self._is_command(line):
            self._run(line.decode())
            return
        if self._python is not None:
            self._running = self._python
            self.pn = int(bool(self._python.push(line)))
            self._running = None
        elif line.strip():
            self.terminal.write(b"-> Only commands work with this key; they begin with /. Try /help\n")
        self.prompt()

    def _run(self, line: str) -> None:
        running = self._running = object()
        status = self._session.run(Command(line))
        waiting: Deferred[Any] = status if isinstance(status, Deferred) else succeed(status)
        timeline = self._session.registry.world.timeline
        waiting.addBoth(lambda _: timeline.after(self._session, lambda: self._done(running)))

    def _done(self, running: object) -> None:
        if self._running is not running:
            return
        self._running = None
        self.prompt()
        ahead, self._ahead = self._ahead, []
        for key in ahead:
            self.keystrokeReceived(key, None)
        self.settle()

    # The screen

    def show(self, data: bytes) -> None:
        """Show what a command says, ended by CR LF."""
        self.addOutput(data.replace(b"\r\n", b"\n"), isAsync=True)

    def addOutput(self, data: bytes | str, isAsync: bool | None = None) -> None:
        """Show something; `isAsync`: it may come while a line is being typed, which then moves down."""
        if self._left:
            return
        between = bool(isAsync) and self._running is None
        if between:
            self.erase()
        elif isAsync and not self.terminal.lastWrite.endswith(b"\n"):
            self.terminal.nextLine()
        self.terminal.write(data.encode(errors="backslashreplace") if isinstance(data, str) else data)
        if between:
            self.prompt()
            self.settle()

    def prompt(self) -> None:
        if not self._left:
            super().prompt()

    def settle(self) -> None:
        if not self._left:
            super().settle()
