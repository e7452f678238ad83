"""The session of a browser, or of whoever else speaks JSON over WebSocket."""

from __future__ import annotations

from typing import Protocol

from chatd.commands.logins import WebLoginService
from chatd.commands.table import CommandTable
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.registry import Registry
from chatd.core.replies import LoginCode
from chatd.frontends.connection import Connection
from chatd.frontends.session import JSON, ClientSession

__all__ = ["Pinging", "WebSession"]


class Pinging(Connection, Protocol):
    """A connection that can ask its other end for a sign of life by itself."""

    def send_ping(self) -> None:
        """Ask for it."""


class WebSession(ClientSession):
    """A session that speaks JSON and nothing else."""

    connection: Pinging

    def __init__(
        self,
        registry: Registry,
        commands: CommandTable,
        connection: Pinging,
        *,
        address: str,
        secure: bool,
        proxied: bool = False,
        logins: WebLoginService,
        account: Account | None = None,
    ) -> None:
        """`account`: the one that a cookie has proved."""
        self._logins = logins
        self._proved = account
        super().__init__(
            registry, commands, connection, address=address, secure=secure, proxied=proxied, codec=JSON
        )

    @property
    def proved(self) -> Account | None:
        return self._proved

    def remember(self, account: Account) -> None:
        self.reply(LoginCode(code=self._logins.code(account, self)))

    def log_out(self) -> None:
        self._proved = None
        super().log_out()

    @property
    def door(self) -> str:
        """Its dialect is the same at other doors."""
        return "web"

    def send_ping(self) -> None:
        # A browser answers by itself, also in a tab that sleeps.
        self.connection.send_ping()

    def turn_into(self, dialect: str) -> None:
        if dialect != JSON.name:
            raise ChatError(Code.NOT_ALLOWED, "over WebSocket only json is spoken")
