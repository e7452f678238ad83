"""Who has a registered room after its founder, and what becomes of things when an account is deleted."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from chatd.core import erasure
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import AccountDeleted, Ranked, RoomRank, RoomUnregistered, Who
from chatd.core.lanes import NOBODY
from chatd.core.lasting import Lasting
from chatd.core.oversight import Oversight
from chatd.core.room import Room
from chatd.core.state import applies

__all__ = ["Succession"]


class Succession(Lasting, Oversight):
    """The rule: a founder whose account nobody used for `accounts.founder_days` gives way to the room's
    operator who was here last within that time, and stays its operator; without one he stays founder. When
    his account is deleted, the operator who was here last follows whenever that was; without one the room is
    registered no longer.
    """

    def relieve_founders(self) -> list[tuple[Room, Account]]:
        """Let founders who were absent for too long give way; return the rooms with the new ones."""
        days = self.settings.accounts.founder_days
        for id in self.by_account:
            # Who is here is not absent, however long ago he came.
            self.accounts.saw(id, self.time())
        if not days:
            return []
        since = self.time() - timedelta(days=days)
        relieved = []
        for room in [room for room in self.rooms.values() if room.registered]:
            founder = self.accounts.by_id(room.founder)
            if founder is not None and founder.seen >= since:
                continue
            # One who is no more, as after a server that was killed while it deleted him, is not waited for.
            heir = self._heir(room, None if founder is None else since)
            if heir is not None:
                self._pass_on(room, heir)
                relieved.append((room, heir))
        return relieved

    def _heir(self, room: Room, since: datetime | None = None) -> Account | None:
        """Return the account of the room's operator who was here last."""
        operators = [
            account
            for identity, rank in room.ranks.items()
            if rank == RoomRank.OPERATOR
            and (account := self.accounts.by_id(identity)) is not None
            and not account.suspended
            and (since is None or account.seen >= since)
        ]
        return max(operators, key=lambda account: account.seen, default=None)

    def _pass_on(self, room: Room, heir: Account) -> None:
        online = next(iter(self.by_account.get(heir.id, {}).values()), None)
        who = Who(nick=heir.name, account=heir.id) if online is None else online.who
        event = Ranked(
            **self.stamp_in(room),
            who=who,
            by=self.server,
            rank=RoomRank.FOUNDER,
            was=RoomRank.OPERATOR,
            registered=room.registered,
        )
        self.enter(event, room)
        self.record(self.server, "server", "", "the founder is gone", heir.name, room.name.shown)

    def unregister_room(self, by: Who, room: Room) -> None:
        """Let a room end with its last member again; raise ChatError if it does already."""
        if not room.registered:
            raise ChatError(Code.BAD_VALUE, f"{room.name.shown} is not registered")
        self.enter(RoomUnregistered(**self.stamp_in(room), by=by, founder=room.founder_here), room)

    @applies(RoomUnregistered)
    def _unregistered(self, event: RoomUnregistered) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None:
            room.registered = False
            self._close_if_empty(room)

    def deletion(self, account: Account) -> AccountDeleted:
        """Return the event that deletes an account, for who stores it before it is carried out."""
        how = self.settings.accounts.on_delete
        return AccountDeleted(**self.stamp(), account=account.id, name=account.name, how=how)

    def delete_account(self, account: Account) -> None:
        """Delete an account: its name is free, its rooms go to others, and its users are out.

        What it said is removed or made nobody's, as `accounts.on_delete` says, by who follows this event.
        """
        for room in [room for room in self.rooms.values() if room.registered and room.founder == account.id]:
            heir = self._heir(room)
            if heir is None:
                self.unregister_room(self.server, room)
            else:
                self._pass_on(room, heir)
        for user in list(self.by_account.get(account.id, {}).values()):
            sessions, user.sessions = user.sessions, []
            for session in sessions:
                self.world.turn.leave_all(session, lost=False)
            self.quit(user, "account deleted")
            for session in sessions:
                session.close("Your account is deleted. Goodbye.")
        self.enter(self.deletion(account), NOBODY)

    @applies(AccountDeleted)
    def _account_deleted(self, event: AccountDeleted) -> None:
        self.accounts.remove(event.account)
        lists = (masks for room in self.rooms.values() for masks in (room.bans, *room.lists.values()))
        for masks in (self.bans, *lists):
            masks.pop(f"account:{event.account}", None)
        for user in list(self.ignorers.pop(event.account, {}).values()):
            user.ignoring.pop(event.account, None)
        self.mail.pop(event.account, None)
        self.guest_talk.forget(event.account)
        self.markers.pop(event.account, None)
        self.mutes.pop(event.account, None)
        for room in self.rooms.values():
            for kept in (room.ranks, room.mutes, room.invited, room.spoke):
                kept.pop(event.account, None)
        self.erase_recent(event.account, event.how)

    def erase_recent(self, account: str, how: erasure.How) -> None:
        """Take an account out of what is shown to who enters a room."""
        for room in self.rooms.values():
            left = (erasure.erased(each, account, how) for each in room.recent)
            room.recent = deque(each for each in left if each is not None)
