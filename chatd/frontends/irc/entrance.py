"""An IRC session coming into rooms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from chatd.frontends.entrance import Entrance
from chatd.frontends.irc.members import names_of, topic_of
from chatd.frontends.irc.reading import tell_marker
from chatd.wire.irc.label import Label, Out
from chatd.wire.irc.line import body
from chatd.wire.irc.source import source

if TYPE_CHECKING:
    from chatd.core.room import Room
    from chatd.core.user import User
    from chatd.frontends.irc.session import IrcSession

__all__ = ["IrcEntrance"]


class IrcEntrance(Entrance):
    """Shows rooms by their topic and the names of who is there."""

    _session: IrcSession

    def show(self, room: Room, ref: Any = None) -> None:
        """Show a room that the user has entered, when that was shown."""
        session = self._session
        label = ref if isinstance(ref, Label) else None
        tell_marker(session, room, label)
        lines = topic_of(room) if room.topic else []
        if "draft/no-implicit-names" not in session.caps:
            lines += names_of(session, room)
        session.answer_later(lines, label)
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
