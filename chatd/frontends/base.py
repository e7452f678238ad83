"""What every session is, whatever its dialect: a connection's place in the chat, from its first line to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatd.commands.context import Style
from chatd.commands.table import CommandTable
from chatd.core.accounts import Account
from chatd.core.addresses import is_loopback
from chatd.core.errors import ChatError, Code
from chatd.core.events import Event
from chatd.core.kept import NOTHING, Belongings
from chatd.core.limits import Budget, lines_for
from chatd.core.names import Name
from chatd.core.registry import Registry
from chatd.core.replies import Farewell, Reply
from chatd.core.room import Room
from chatd.core.text import visible
from chatd.core.user import User
from chatd.frontends.connection import Connection
from chatd.frontends.entrance import Entrance
from chatd.frontends.inbox import Inbox
from chatd.frontends.speaker import Speaker
from chatd.frontends.watch import Watch
from chatd.settings import Limits

__all__ = ["BaseSession"]

log = Logger(namespace="chatd.session")

BACKLOG = 64
"""Lines of one client that may wait for the store. Who says more, faster than they can be stored, is read no further
until they are: his lines would make everybody's wait behind them, and fill the memory."""


class BaseSession(Speaker):
    """Implements what all dialects share of `core.ports.Session` and `commands.context.Client`."""

    def __init__(
        self,
        registry: Registry,
        commands: CommandTable,
        connection: Connection,
        *,
        address: str,
        secure: bool,
        proxied: bool = False,
    ) -> None:
        """`secure`: nobody can listen in; `proxied`: the address is what a proxy said."""
        self.registry = registry
        self.commands = commands
        self.connection = connection
        self.address = address
        self.secure = secure
        self.user: User | None = None
        self.current: Room | None = None
        self.style = Style()
        self.send = connection.queue.write
        clock, limits = registry.world.clock, registry.settings.limits
        self.entrance = self.make_entrance()
        self.budget = Budget(*lines_for(limits, address), clock.seconds())
        self._inbox = Inbox(
            self,
            limit=self.inbox_lines,
            limit_bytes=limits.inbox_bytes,
            budget=self.budget,
            pace=registry.world.pace,
            clock=clock,
            stored_later=registry.world.timeline.waiting,
        )
        self.packet_begins = self._inbox.begin
        self.received = self._inbox.put
        """Takes one line, in order: behind those that still wait. Not to be called when `ending`."""
        self._watch = Watch(self, clock)
        self._finished = False
        self.ending = False
        """Nothing more is taken from the client: its end has begun."""
        self.ended = False
        """Nothing more is sent to the client."""
        self.confidential = secure or (is_loopback(address) and not proxied)
        """Whether a password may be typed here."""
        registry.census.strangers.add(self)

    def make_entrance(self) -> Entrance:
        """Return what shows the session into rooms."""
        return Entrance(self)

    @property
    def certificate(self) -> str:
        """The TLS certificate that the client presented, by its SHA-256; empty: none."""
        return self.connection.certificate()

    @property
    def reached_at(self) -> str:
        """The address of this machine at which the client came in; empty: it has none, or a proxy stands between."""
        return self.connection.reached_at()

    @property
    def door(self) -> str:
        """Its dialect, for the record of acts."""
        return self.codec.name

    # What the connection tells

    def finished(self) -> None:
        """The other end has sent everything: run what waits, answer, close."""
        self._finished = True
        if not self._inbox.busy:
            self.idle()

    def abort(self) -> None:
        """End at once: the grace is over."""
        self.connection.queue.abort()

    def refuse(self, answer: bytes) -> None:
        """Give the answer of another protocol and end."""
        self.ending = self.ended = True
        self._watch.stop()
        self.connection.queue.close(answer)

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        self.ending = self.ended = True
        self._watch.stop()
        self._inbox.clear()
        self.registry.census.strangers.discard(self)
        self.registry.detach(self, reason, lost=True)

    def overflowed(self) -> None:
        """The other end does not read what is sent to it."""
        self.registry.detach(self, "send queue exceeded", lost=True)
        self.drop("send queue exceeded", "Error: send queue exceeded.")

    def drop(self, reason: str, words: str) -> None:
        """End a connection that breaks a limit: `reason` for the others and the log, `words` for its client."""
        log.warn("{reason}: {nick} at {address}", reason=reason, nick=self.nick, address=self.address)
        self.registry.census.drops[reason] += 1
        self.ending = True
        self.registry.detach(self, reason, lost=False)
        self.close(words)

    def retune(self, limits: Limits) -> None:
        """The limits have changed."""
        if self.ended:
            return
        self._inbox.retune(self.inbox_lines, limits.inbox_bytes, *lines_for(limits, self.address))
        self.connection.queue.retune(limits)
        self.connection.retune()
        self._watch.retune()

    # frontends.inbox.Taker

    def hold(self, held: bool) -> None:
        if not self.ended:
            self.connection.hold(held)

    def behind(self, relieved: Callable[[], None]) -> bool:
        timeline = self.registry.world.timeline
        if timeline.waiting.get(self, 0) < BACKLOG:
            return False
        timeline.after(self, relieved)
        return True

    def flooded(self) -> None:
        self.drop("too many lines", "Error: too many of your lines are waiting.")

    def idle(self) -> None:
        if self._finished and not self.ending:
            self.quit("connection closed")

    # core.ports.Session and commands.context.Client

    def reply(self, reply: Reply, ref: Any = None) -> None:
        self.after(partial(self.show, reply, ref))

    def reply_later(self, make: Callable[[], Reply], ref: Any = None) -> None:
        self.registry.world.timeline.behind_all(lambda: self.show(make(), ref), self)

    def close(self, reason: str, ref: Any = None) -> None:
        self.ending = True
        if self.ended:
            return
        self.ended = True
        self._watch.stop()
        self._inbox.clear()
        self.registry.census.strangers.discard(self)
        self.registry.detach(self, reason, lost=False)
        farewell = self.codec.encode(Farewell(text=visible(reason)), self.view(None), ref)
        self.leave_line()
        self.connection.queue.close(farewell)

    def drained(self) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        self.connection.queue.when_low(partial(waiting.callback, None))
        return waiting

    def settled(self) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        self.after(partial(waiting.callback, None))
        return waiting

    def replay(self, room: Room | None, events: list[Event]) -> None:
        self.entrance.replay(room, events)

    def show_room(self, room: Room, ref: Any = None) -> None:
        self.entrance.show(room, ref)

    def show_mail(self, events: list[Event]) -> None:
        self.entrance.show_mail(events)

    def quit(self, reason: str, ref: Any = None, *, farewell: str = "Goodbye.") -> None:
        self.ending = True
        self.after(partial(self._leave, reason, farewell, ref))

    def require_alive(self) -> None:
        if self.ending:
            raise ChatError(Code.NOT_ALLOWED, "the connection has ended")

    @property
    def may_take_passwords(self) -> bool:
        return self.confidential or self.registry.settings.server.plaintext_passwords

    def require_confidential(self) -> None:
        if not self.may_take_passwords:
            raise ChatError(Code.NOT_ALLOWED, "passwords are taken over TLS only, for nobody to listen in")

    def arrive(
        self, name: Name, id: str, account: Account | None = None, belongings: Belongings = NOTHING
    ) -> None:
        self.require_admission()
        self.registry.arrive(self, name, id, account=account, belongings=belongings)

    def join_user(self, user: User) -> None:
        self.require_admission()
        self.registry.check_not_banned(
            user.name, user.who.account, self.address, self.registry.world.cloak(self.address)
        )
        self.registry.attach(self, user)
        self._watch.named()
        self.entrance.join_user(user)

    def arrived(self, rooms: Iterable[str] = ()) -> None:
        self._watch.named()
        if self.user is not None:
            self.entrance.show_in(self.user, rooms)

    def come_back(self, rooms: Iterable[str]) -> None:
        if self.user is not None:
            self.entrance.come_back(self.user, rooms)

    # services.metrics.Talker

    @property
    def lines_waiting(self) -> int:
        """How many of its lines wait for their turn."""
        return self._inbox.waiting

    @property
    def bytes_queued(self) -> int:
        """How many bytes wait for the other end to take them."""
        return self.connection.queue.size

    # frontends.watch.Watched

    @property
    def named(self) -> bool:
        return self.user is not None

    @property
    def limits(self) -> Limits:
        return self.registry.settings.limits

    @property
    def heard(self) -> float:
        return self._inbox.heard

    def unheard(self) -> float | None:
        return self.connection.unheard()

    # Small things

    @property
    def nick(self) -> str:
        return "somebody unnamed" if self.user is None else self.user.nick

    def after(self, action: Callable[[], None]) -> None:
        """Run `action` behind what the session itself still has in the timeline."""
        self.registry.world.timeline.after(self, action)

    def _leave(self, reason: str, farewell: str, ref: Any) -> None:
        self.registry.detach(self, reason, lost=False)
        self.close(farewell, ref)
