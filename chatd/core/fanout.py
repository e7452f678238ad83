"""The only way out to many: what a room says in one turn of the reactor is encoded once per view and written
once per member. Nothing here waits, and nothing here knows a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, KeysView, Sequence
from functools import partial
from itertools import count
from operator import itemgetter

from chatd.core.events import Event
from chatd.core.gathering import Gathering
from chatd.core.ports import Session, Source, View

__all__ = ["Audience", "Turn"]


class Turn:
    """The audiences that have gathered something in this turn of the reactor, and what single sessions are sent.

    `later` runs a function once the turn is over (`callLater(0, …)`).
    """

    def __init__(self, later: Callable[[Callable[[], None]], object]) -> None:
        self._later = later
        self._gathered: list[Audience] = []
        self._held: dict[Session, list[tuple[int, bytes]]] = {}
        self._heard: dict[Session, dict[Audience, None]] = {}
        self._numbers = count()
        self.number = self._numbers.__next__
        """Returns the place of an event among all that is gathered anywhere."""
        self.delivered = 0
        """Events that were written to sessions, once for each of these."""

    def gather(self, audience: Audience) -> None:
        """Flush `audience` when the turn ends."""
        if not self._gathered and not self._held:
            self._later(self.end)
        self._gathered.append(audience)

    def hold(self, session: Session, data: bytes) -> None:
        """Write to one session when the turn ends, in its place among what the session's rooms gather."""
        if not self._gathered and not self._held:
            self._later(self.end)
        piece = (next(self._numbers), data)
        if session in self._held:
            self._held[session].append(piece)
        else:
            self._held[session] = [piece]

    def end(self) -> None:
        """Write out everything that was gathered. What goes wrong in one audience keeps no other waiting."""
        gathered, self._gathered = self._gathered, []
        held, self._held = self._held, {}
        self.delivered += sum(map(len, held.values()))
        among = set(gathered)
        steps: list[Callable[[], None]] = [
            partial(self._write, session, self._heard_among(session, among), held.get(session, ()))
            for session in _in_several(gathered) | held.keys()
        ]
        errors = []
        for step in (*steps, *(audience.flush for audience in gathered)):
            try:
                step()
            except Exception as error:  # noqa: BLE001 - raised again below
                errors.append(error)
        if errors:
            raise ExceptionGroup("what was gathered could not all be shown", errors)

    def catch_up(self, session: Session) -> None:
        """Write to `session` what there is for it, before anything else is written to it."""
        if self._gathered or self._held:
            held = self._held.pop(session, ())
            self.delivered += len(held)
            self._write(session, self._gathered, held)

    def _heard_among(self, session: Session, audiences: set[Audience]) -> set[Audience]:
        """Return those of the audiences that `session` is in."""
        heard = self._heard.get(session)
        return audiences & heard.keys() if heard and audiences else set()

    def _write(
        self, session: Session, audiences: Iterable[Audience], held: Sequence[tuple[int, bytes]]
    ) -> None:
        """Write to one session what is held for it and what several audiences have, in the order in which it happened."""
        pieces = [*held, *(piece for audience in audiences for piece in audience.pieces(session))]
        pieces.sort(key=itemgetter(0))
        data = b"".join([frame for _, frame in pieces])
        if data:
            session.send(data)

    def placed(self, session: Session, audience: Audience) -> None:
        """Note that `session` is in `audience`."""
        self._heard.setdefault(session, {})[audience] = None

    def discarded(self, session: Session, audience: Audience) -> None:
        """Note that it no longer is."""
        heard = self._heard[session]
        del heard[audience]
        if not heard:
            del self._heard[session]

    def heard_by(self, session: Session) -> list[Audience]:
        """Return the audiences that `session` is in."""
        return list(self._heard.get(session, ()))

    def leave_all(self, session: Session, *, lost: bool) -> None:
        """Take an ended session out of every audience. `lost`: nothing can be sent to it any more."""
        if lost:
            self._held.pop(session, None)
        else:
            self.catch_up(session)
        for audience in self.heard_by(session):
            if lost:
                audience.discard(session)
            else:
                audience.remove(session)


def _in_several(audiences: list[Audience]) -> set[Session]:
    """Return the sessions that hear more than one of the audiences."""
    heard: set[Session] = set()
    again: set[Session] = set()
    if len(audiences) > 1:
        for audience in audiences:
            again |= heard & audience.sessions
            heard |= audience.sessions
    return again


class Audience:
    """The sessions that hear a room, grouped by view.

    This is not the room's membership: a session is placed when its user's entrance leaves the
    timeline and removed when his leaving does, so that everybody hears one order.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._groups: dict[View, dict[Session, None]] = {}
        self._views: dict[Session, View] = {}
        self._bells: dict[Session, None] = {}
        self._gathering = Gathering()

    def __contains__(self, session: Session) -> bool:
        return session in self._views

    def __len__(self) -> int:
        return len(self._views)

    @property
    def sessions(self) -> KeysView[Session]:
        """Everybody in the audience."""
        return self._views.keys()

    def place(self, session: Session, view: View) -> None:
        """Add a session, or change how it is shown the room; it hears what comes from now on."""
        if session in self._views:
            self.remove(session)
        self._views[session] = view
        self._groups.setdefault(view, {})[session] = None
        self._turn.placed(session, self)
        if session.bell:
            self._bells[session] = None
        if self._gathering.events:
            self._gathering.edit(session).start = len(self._gathering.events)

    def remove(self, session: Session) -> None:
        """Take out a session that lives on: it is sent what was gathered for it first."""
        self._turn.catch_up(session)
        self.discard(session)

    def discard(self, session: Session) -> None:
        """Take out a session that has ended."""
        view = self._views.pop(session, None)
        if view is None:
            return
        group = self._groups[view]
        del group[session]
        if not group:
            del self._groups[view]
        self._turn.discarded(session, self)
        self._bells.pop(session, None)
        self._gathering.edits.pop(session, None)

    def clear(self) -> list[Session]:
        """Take out everybody, after what was gathered for them; return who it was."""
        sessions = list(self._views)
        for session in sessions:
            self.remove(session)
        return sessions

    def publish(
        self,
        event: Event,
        source: Source | None = None,
        hidden: Iterable[Session] = (),
        shown: set[Session] | None = None,
    ) -> None:
        """Gather `event` for everybody but `hidden` and, unless its dialect wants an echo, the source.

        `shown` is one set for all the audiences that the same event is published to: nobody is
        shown it twice. Such an event is written at once: gathered, it would make each member's share of
        each audience one of its own (ten who left 99 rooms of 300: 1.2 s).
        """
        if shown is not None:
            self._publish_once(event, source, shown)
            return
        gathering = self._gathering
        index = len(gathering.events)
        gathering.events.append(event)
        gathering.numbers.append(self._turn.number())
        if not index:
            self._turn.gather(self)
        for session in hidden:
            if session in self._views:
                gathering.edit(session).changes[index] = b""
        if self._bells:
            self._ring(event, index, source)
        if source is not None and (view := self._views.get(source.session)) is not None:
            if not view.codec.echoes(event, view):
                gathering.edit(source.session).changes[index] = b""
            elif source.ref is not None:
                gathering.edit(source.session).changes[index] = view.codec.encode(event, view, source.ref)

    def _publish_once(self, event: Event, source: Source | None, shown: set[Session]) -> None:
        """Write `event` to those whom no other audience has shown it, behind what was gathered for them."""
        for view, group in self._groups.items():
            if group.keys() <= shown:
                continue
            frame = view.codec.encode(event, view)
            for session in group:
                if session in shown:
                    continue
                shown.add(session)
                own = source is not None and session is source.session
                if own and not view.codec.echoes(event, view):
                    continue
                data = frame
                if own and source is not None and source.ref is not None:
                    data = view.codec.encode(event, view, source.ref)
                if data:
                    self._turn.catch_up(session)
                    self._turn.delivered += 1
                    session.send(data)

    def flush(self) -> None:
        """Write what was gathered to everybody, once each. `Session.send` must not call back."""
        gathering, self._gathering = self._gathering, Gathering()
        edited, written = gathering.edits, 0
        for view, group in self._groups.items():
            frames = gathering.encoded(view)
            if data := b"".join(frames):
                for session in group:
                    if session not in edited:
                        session.send(data)
            shown = len(frames) - frames.count(b"")
            written += shown * len(group)
            for session, edits in edited.items():
                if session in group:
                    share = gathering.share(edits, view)
                    written += len(share) - share.count(b"") - shown
                    if mine := b"".join(share):
                        session.send(mine)
        self._turn.delivered += written

    def pieces(self, session: Session) -> list[tuple[int, bytes]]:
        """Take what was gathered so far for one member; the flush passes it over for this."""
        view = self._views.get(session)
        if view is None:
            return []
        pieces = self._gathering.pieces(session, view)
        self._turn.delivered += sum(map(bool, map(itemgetter(1), pieces)))
        return pieces

    def _ring(self, event: Event, index: int, source: Source | None) -> None:
        for session in self._bells:
            user = session.user
            own = source is not None and source.session is session
            if user is None or own or not user.mentioned_in(event):
                continue
            changes = self._gathering.edit(session).changes
            if index not in changes:
                view = self._views[session]
                changes[index] = view.codec.ring(view.codec.encode(event, view))
