"""Changes of the masks that a room keeps besides its bans: exceptions from them, invitations, and mutes."""

from __future__ import annotations

from chatd.core import masks
from chatd.core.banning import Banning, check_address
from chatd.core.bans import Ban, Bans
from chatd.core.errors import ChatError, Code
from chatd.core.events import MaskAdded, MaskRemoved, Who
from chatd.core.masks import Mask, MaskList
from chatd.core.room import Room
from chatd.core.state import applies
from chatd.core.user import Rank

__all__ = ["NAMES", "Lists"]

NAMES = {
    MaskList.EXCEPTION: "exceptions from bans",
    MaskList.INVITATION: "standing invitations",
    MaskList.MUTE: "mutes by mask",
}
"""What people call them."""


class Lists(Banning):
    """What changes these lists; whom they meet is asked in standing.py."""

    def add_mask(self, by: Who, room: Room, which: MaskList, mask: Mask, *, rank: Rank = Rank.OWNER) -> None:
        """Put a mask on a list of a room; raise ChatError if it is there, or may not be. `rank` is that of who does
        it on the server: only its operators name addresses, and nobody below them excepts himself from a ban."""
        check_address(mask, rank)
        kept = room.lists.get(which) or Bans()
        if str(mask) in kept:
            raise ChatError(
                Code.NO_CHANGE,
                f'"{self.shown_mask(mask)}" is among the {NAMES[which]} of {room.name.shown} already',
            )
        self._check_room_for(mask, kept, room, NAMES[which])
        actor = self.users.get(by.user)
        if (
            which is MaskList.EXCEPTION
            and actor is not None
            and actor.rank < Rank.OPERATOR
            and self.kept_out(room, actor)
            and self._met(Ban(mask, by.nick), actor)
        ):
            raise ChatError(Code.NOT_ALLOWED, "you cannot lift your own ban")
        event = MaskAdded(**self.stamp_in(room), by=by, list=which, mask=str(mask), name=self._name_of(mask))
        self.enter(event, room)

    @applies(MaskAdded)
    def _mask_added(self, event: MaskAdded) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None:
            ban = Ban(masks.known(event.mask), event.by.nick, made=event.time)
            room.lists[event.list][event.mask] = ban

    def remove_mask(
        self, by: Who, room: Room, which: MaskList, mask: Mask, *, rank: Rank = Rank.OWNER
    ) -> None:
        """Take a mask off a list of a room; raise ChatError if it is not there."""
        check_address(mask, rank)
        if str(mask) not in room.lists.get(which, ()):
            raise ChatError(
                Code.NO_CHANGE,
                f'"{self.shown_mask(mask)}" is not among the {NAMES[which]} of {room.name.shown}',
            )
        event = MaskRemoved(
            **self.stamp_in(room), by=by, list=which, mask=str(mask), name=self._name_of(mask)
        )
        self.enter(event, room)

    @applies(MaskRemoved)
    def _mask_removed(self, event: MaskRemoved) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None and event.list in room.lists:
            room.lists[event.list].pop(event.mask, None)
            if not room.lists[event.list]:
                # Where there is no list, nobody is looked for with each line.
                del room.lists[event.list]
