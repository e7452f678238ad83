"""What an audience has gathered in this turn: the events, each encoded once per view, and whose share differs."""

from __future__ import annotations

from chatd.core.events import Event
from chatd.core.ports import Session, View

__all__ = ["Edits", "Gathering"]


class Edits:
    """Where one member's share differs: from which event on it hears, and other bytes for some events."""

    __slots__ = ("changes", "start")

    def __init__(self) -> None:
        self.start = 0
        self.changes: dict[int, bytes] = {}


class Gathering:
    """What one audience has gathered since its last flush."""

    __slots__ = ("edits", "events", "frames", "numbers")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.numbers: list[int] = []
        self.frames: dict[View, list[bytes]] = {}
        self.edits: dict[Session, Edits] = {}

    def encoded(self, view: View) -> list[bytes]:
        """Return the events as this view shows them, each encoded once."""
        frames = self.frames.setdefault(view, [])
        if len(frames) < len(self.events):
            encode = view.codec.encode
            frames.extend([encode(event, view) for event in self.events[len(frames) :]])
        return frames

    def edit(self, session: Session) -> Edits:
        """Return where this member's share differs, to be changed."""
        edits = self.edits.get(session)
        if edits is None:
            edits = self.edits[session] = Edits()
        return edits

    def share(self, edits: Edits, view: View) -> list[bytes]:
        """Return the frames of a member whose share is his own."""
        start = edits.start
        mine = self.encoded(view)[start:]
        for index, frame in edits.changes.items():
            mine[index - start] = frame
        return mine

    def pieces(self, session: Session, view: View) -> list[tuple[int, bytes]]:
        """Take what this one session is still to be sent: frames with their places among all."""
        edits = self.edit(session)
        start, mine = edits.start, self.share(edits, view)
        # What was taken is looked at no more: a client that is answered line by line costs each line once.
        edits.start, edits.changes = len(self.events), {}
        return list(zip(self.numbers[start:], mine, strict=True))
