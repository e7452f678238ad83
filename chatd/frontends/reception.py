"""What lies between connecting and having a name: the greeting, the server's password, the nickname."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from chatd import __version__
from chatd.core.errors import ChatError, Code
from chatd.core.replies import Prompt, Welcome
from chatd.settings import Server
from chatd.wire.requests import Command, Request, Say, SayLines

if TYPE_CHECKING:
    from chatd.core.names import Name
    from chatd.frontends.session import ClientSession

__all__ = ["Reception"]

PASSWORD_TRIES = 3


class Reception:
    """Greets the client of one session and asks for what is missing."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self.admitted = not self._settings.password
        """Whether the client may take a nickname: the password was right, or none is needed."""
        self._asked = False
        self._tries = 0
        self._claimed = ""
        """The registered nickname whose password was asked for."""

    @property
    def _settings(self) -> Server:
        return self._session.registry.settings.server

    def greet(self) -> None:
        """Say the first words, or turn away who could only send a password in the clear."""
        if not self.admitted and not self._may_ask_for_password():
            self._session.close("This server asks for a password: connect over TLS.")
            return
        self.welcome()
        self.ask()

    def welcome(self) -> None:
        """Say which server this is."""
        online = len(self._session.registry.users)
        proved = self._session.proved
        account = "" if proved is None else proved.name
        self._session.reply(
            Welcome(server=self._settings.name, online=online, version=__version__, account=account)
        )

    def ask(self) -> None:
        """Ask for the password or the nickname, if that is missing and not just asked for."""
        session = self._session
        if session.user is not None or self._asked:
            return
        self._asked = True
        secret = not self.admitted or bool(self._claimed)
        if secret and session.codec.styled:
            session.connection.conceal(True)
        words = f"Password of {self._claimed}: " if self._claimed else "Password: "
        session.reply(Prompt(text=words if secret else "Enter your nickname: ", secret=secret))

    def expect_password(self, name: Name) -> None:
        """Take the next plain lines for the password of a registered nickname, until one is right or another name
        is wanted: who mistypes it would else type it next where a nickname is asked for, for all to see."""
        self._claimed = name.shown

    def ask_anew(self) -> None:
        """Ask for a nickname, whatever was asked for before."""
        self._claimed = ""
        self.ask()

    def answered(self) -> None:
        """A line came: a person's cursor is at the beginning of the next one. Programs are asked once."""
        if self._asked and self._session.codec.styled:
            self._asked = False
            if not self.admitted or self._claimed:
                self._session.connection.conceal(False)

    def leave_line(self) -> None:
        """What is sent next is no answer: let it begin on a line of its own, and ask again behind it."""
        if self._asked and self._session.codec.styled:
            if not self.admitted or self._claimed:
                self._session.connection.conceal(False)
            self._session.send(b"\r\n")
        self._asked = False

    def understand(self, request: Request) -> Request:
        """Take a person's plain line for what he was asked for."""
        session = self._session
        if (
            not session.codec.styled
            or isinstance(request, SayLines)
            or (isinstance(request, Command) and (not self._claimed or session.commands.has(request.line)))
        ):
            self._claimed = ""
            return request
        # A password may begin as a command does.
        words = request.text if isinstance(request, Say) else request.line
        if self.admitted and self._claimed:
            return Command(f"login {self._claimed} {words}", request.ref)
        return Command(f"{'nick' if self.admitted else 'pass'} {words}", request.ref)

    def admit(self, password: str) -> None:
        """Let in who knows the server's password; raise ChatError otherwise, and at the third time close."""
        if self.admitted or hmac.compare_digest(password.encode(), self._settings.password.encode()):
            self.admitted = True
            return
        self._tries += 1
        if self._tries >= PASSWORD_TRIES:
            self._session.close("Error: wrong password.")
        raise ChatError(Code.WRONG_PASSWORD, "wrong password")

    def require_admission(self) -> None:
        """Raise ChatError unless the client may take a nickname."""
        if not self.admitted:
            raise ChatError(Code.WRONG_PASSWORD, "this server asks for a password first: /pass PASSWORD")

    def _may_ask_for_password(self) -> bool:
        return self._session.confidential or self._settings.plaintext_passwords
