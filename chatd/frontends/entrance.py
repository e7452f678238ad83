"""A session coming in and being shown what it missed: rooms, what was said there, private messages that waited."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from chatd.commands.rooms import Listed, entered, listed
from chatd.core.events import Event, Message, PrivateMessage
from chatd.core.replies import Mail
from chatd.core.state import LOBBY

if TYPE_CHECKING:
    from chatd.core.room import Room
    from chatd.core.user import User
    from chatd.frontends.base import BaseSession

__all__ = ["Entrance", "again"]


class Entrance:
    """Shows one session in, each thing behind what the session itself still has in the timeline."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    def show_in(self, user: User, rooms: Iterable[str]) -> None:
        """Let a new user enter the lobby, and the rooms (ids) that he comes back to."""
        session = self._session
        if not session.enters_lobby:
            return
        lobby = session.registry.join(user, LOBBY)
        session.enter(lobby)
        self.show(lobby)
        self.come_back(user, rooms)

    def come_back(self, user: User, rooms: Iterable[str]) -> None:
        """Let a user enter the rooms (ids) that his account was in."""
        for id in rooms:
            room = self._session.registry.come_back(user, id)
            if room is not None:
                self.show(room)

    def show(self, room: Room, ref: Any = None) -> None:
        """Show a room and what was said there of late, when it has been shown that the user entered."""
        session = self._session
        session.reply_later(partial(entered, room, listed(session.codec, room)), ref)
        self.replay_recent(room)

    def join_user(self, user: User) -> None:
        """Show a user's further session the rooms that he is in."""
        for room in user.rooms.values():
            who = listed(self._session.codec, room)
            timeline = self._session.registry.world.timeline
            timeline.behind_all(partial(self._come_in, room, who), self._session)

    def _come_in(self, room: Room, who: Listed) -> None:
        session = self._session
        if session.user is None or room.id not in session.user.rooms or session in room.audience:
            return
        session.enter(room)
        room.audience.place(session, session.view(room))
        session.show(entered(room, who))
        self._show_again(room, list(room.recent))

    def replay(self, room: Room | None, events: list[Event]) -> None:
        """Show what was said in a room or (None) in private."""
        self._session.after(partial(self._show_again, room, events))

    def replay_recent(self, room: Room) -> None:
        """Show what was said in a room of late."""
        # It is looked up when the entrance has been shown: nothing is missed, nothing comes twice.
        self._session.after(lambda: self._show_again(room, list(room.recent)))

    def show_mail(self, events: list[Event]) -> None:
        """Show private messages that waited, but for those of who is ignored."""
        wanted = [event for event in events if not self._ignored(event)]
        if wanted:
            self._session.reply(Mail(count=len(wanted)))
            self.replay(None, wanted)

    def _ignored(self, event: Event) -> bool:
        user = self._session.user
        return (
            user is not None
            and isinstance(event, Message | PrivateMessage)
            and event.who.identity in user.ignoring
        )

    def _show_again(self, room: Room | None, events: list[Event]) -> None:
        session = self._session
        user, view = session.user, session.view(room)
        if user is None or session.ended:
            return
        session.registry.world.turn.catch_up(session)
        data = b"".join(
            session.codec.encode(again(event, user), view) for event in events if not self._ignored(event)
        )
        if data:
            session.send(data)


def again(event: Event, user: User) -> Event:
    """Return an event as it is shown again to that user."""
    if isinstance(event, PrivateMessage) and event.who.identity == user.identity:
        return replace(event, replay=True, sent=True)
    return event if event.replay else replace(event, replay=True)
