"""What each dialect's session does in its own way: what it must know how to do, and what it may."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from twisted.internet.defer import Deferred

from chatd.core.accounts import Account
from chatd.core.events import Event
from chatd.core.ports import Codec, View
from chatd.core.replies import Outgoing
from chatd.core.room import Room
from chatd.wire.splitter import Line

__all__ = ["Speaker"]


class Speaker(ABC):
    """A session as far as its dialect makes it; all the rest is `BaseSession`."""

    codec: Codec
    enters_lobby = True
    """Whether who is let in enters the lobby."""
    hears_invitations = False
    """Whether the client wants to know whom others invite."""
    rereads = False
    """Whether the client asks for what was said before: then private talk of guests is kept for it."""

    @abstractmethod
    def greet(self) -> None:
        """The connection is made: say the first words, if any."""

    @abstractmethod
    def take(self, line: Line) -> Deferred[None] | None:
        """Carry out one line; return a Deferred if that has to wait for something."""

    @property
    @abstractmethod
    def line_bytes(self) -> int:
        """The longest line that is taken."""

    @property
    @abstractmethod
    def inbox_lines(self) -> int:
        """How many lines may wait to be run."""

    @abstractmethod
    def view(self, room: Room | None) -> View:
        """Return how this session is shown a room, or what belongs to none."""

    def echoes(self, event: Event) -> bool:
        """Whether this session is shown what it made itself."""
        return self.codec.echoes(event, self.view(None))

    @abstractmethod
    def show(self, item: Outgoing, ref: Any = None) -> None:
        """Send one event or reply now, after what the session's rooms have gathered for it."""

    @abstractmethod
    def require_admission(self) -> None:
        """Raise ChatError before the server's own password was given."""

    @abstractmethod
    def send_ping(self) -> None:
        """Ask the client whether it is there."""

    # Nothing, unless a dialect has something to do

    def enter(self, room: Room) -> None:  # noqa: B027 - see above
        """The user is in a room now: nothing to do where no room is the current one."""

    def left(self, room: Room) -> None:  # noqa: B027 - see above
        """The user is no longer in a room: likewise."""

    def put_out(self, room: Room, event: Event) -> None:  # noqa: B027 - see above
        """It has been shown that the user left a room: likewise."""

    def renew(self) -> None:  # noqa: B027 - see above
        """The settings have changed."""

    def leave_line(self) -> None:  # noqa: B027 - see above
        """What is sent next begins on a line of its own."""

    def remember(self, account: Account) -> None:  # noqa: B027 - see above
        """The client has proved an account by a password."""

    @property
    def proved(self) -> Account | None:
        """The account that the client had proved when it came."""
        return None

    @property
    def answers_pings(self) -> bool:
        """Whether the client is a program that can be asked."""
        return True

    @property
    def bell(self) -> bool:
        """Whether to ring for a mention."""
        return False
