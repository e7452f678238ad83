"""An IRC session coming into rooms."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatd.commands.driving import drive
from chatd.frontends.entrance import Entrance
from chatd.frontends.irc.members import NAMES_AT_ONCE, Part, end_of_names, names_in_parts, names_of, topic_of
from chatd.frontends.irc.pouring import pour_parts
from chatd.frontends.irc.reading import tell_marker
from chatd.wire.irc.label import Label, Out
from chatd.wire.irc.line import body
from chatd.wire.irc.source import source

if TYPE_CHECKING:
    from chatd.core.room import Room
    from chatd.core.user import User
    from chatd.frontends.irc.session import IrcSession

__all__ = ["IrcEntrance"]

log = Logger(namespace="chatd.irc")

GATHERED = 100
"""Lines of a labeled answer that may wait for its end: some 50 KB."""


class IrcEntrance(Entrance):
    """Shows rooms by their topic and the names of who is there."""

    _session: IrcSession

    def __init__(self, session: IrcSession) -> None:
        super().__init__(session)
        self._unlisted: dict[Room, Label | None] = {}
        """Rooms that were entered and wait for their names to be listed."""
        self._listed: list[Deferred[None]] | None = None
        """While names are being listed: who waits for the end of that."""

    def show(self, room: Room, ref: Any = None) -> None:
        """Show a room that the user has entered, when that was shown."""
        session = self._session
        label = ref if isinstance(ref, Label) else None
        tell_marker(session, room, label)
        lines = topic_of(room) if room.topic else []
        named = "draft/no-implicit-names" not in session.caps
        at_once = named and self._fits(room, label)
        if at_once:
            lines += names_of(session, room)
        session.answer_later(lines, label)
        if named and not at_once:
            self._list_later(room, label)
        # Who can ask for what was said asks for as much as he misses.
        if session.registry.settings.irc.history_on_join and "draft/chathistory" not in session.caps:
            self.replay_recent(room)

    def join_user(self, user: User) -> None:
        """Show a user's further session the rooms that he is in."""
        for room in user.rooms.values():
            timeline = self._session.registry.world.timeline
            timeline.behind_all(partial(self._join_along, room), self._session)

    def _join_along(self, room: Room) -> None:
        session = self._session
        if session.user is None or room.id not in session.user.rooms or session in room.audience:
            return
        room.audience.place(session, session.view(room))
        session.send_lines([Out(body("JOIN", room.name.shown, source=source(session.user.who)))])
        self.show(room)

    # Names: of most rooms at once, of large ones as fast as the client takes them

    def _fits(self, room: Room, label: Label | None) -> bool:
        """Whether a room's names are sent in this turn: they are few, the client has taken what there was, and what is
        gathered for it is not much."""
        gathered = 0 if label is None else len(label.lines)
        return (
            len(room.members) <= NAMES_AT_ONCE and gathered <= GATHERED and self._session.connection.queue.low
        )

    def _list_later(self, room: Room, label: Label | None) -> None:
        """List the names of a room behind those of the rooms that were entered before it."""
        self._unlisted[room] = label
        if self._listed is None:
            self._listed = []
            waiting = drive(self._list())
            if waiting is not None:
                waiting.addErrback(lambda failure: log.failure("names could not be listed", failure))

    async def _list(self) -> None:
        try:
            while self._unlisted and not self._session.ended:
                room = next(iter(self._unlisted))
                label = self._unlisted.pop(room)
                # A list of one part is not waited for: it begins when the client has taken what there was.
                await self._session.send_part([], label)
                await pour_parts(self._session, self._parts(room), label)
        finally:
            waiting, self._listed = self._listed or [], None
            self._unlisted.clear()
            for each in waiting:
                each.callback(None)

    def _parts(self, room: Room) -> Iterator[Part]:
        """Yield the names of a room as long as the user is in it, and their end. Nothing more once he has entered it anew:
        it is listed anew then, and clients take a list that has ended for the whole."""
        session, about = self._session, room.name.shown
        for part in names_in_parts(session, [room], about):
            if room in self._unlisted:
                return
            if session.user is None or room.id not in session.user.rooms:
                yield [end_of_names(about)], False
                return
            yield part

    async def listed(self) -> None:
        """Wait until the names of all rooms that were entered have been listed."""
        if self._listed is not None:
            waiting: Deferred[None] = Deferred()
            self._listed.append(waiting)
            await waiting
