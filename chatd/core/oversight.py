"""What operators of the server go by: acts on record, reports, and ranks of accounts."""

from __future__ import annotations

from collections import OrderedDict
from math import ceil

from chatd.core import text
from chatd.core.accounts import Account
from chatd.core.addresses import network
from chatd.core.errors import ChatError, Code
from chatd.core.events import Appointed, Audited, Empowered, Reported, Wallops, Who
from chatd.core.lanes import NOBODY, Himself, Listeners, OfAccount, Operators
from chatd.core.ports import Source
from chatd.core.state import State, applies
from chatd.core.user import Rank, User
from chatd.core.world import World

__all__ = ["Oversight"]

HOUR = 3600.0
REMEMBERED = 10_000
"""People whose reports are counted."""


class Oversight(State):
    """What is recorded, and reported."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._operators = Operators(self.users)
        self._of_account = OfAccount(self.by_account)
        self._himself = Himself(self.users)
        self._listeners = Listeners(self.users, self.census)
        # By the time of the last report, oldest first.
        self._reports: OrderedDict[str, list[float]] = OrderedDict()

    def record(  # noqa: PLR0917 - a row of the audit table
        self,
        by: Who,
        door: str,
        address: str,
        line: str,
        target: str = "",
        room: str = "",
        source: Source | None = None,
    ) -> None:
        """Put an act on record; what the session of `source` is told from now on waits until it is stored."""
        event = Audited(
            **self.stamp(), by=by, door=door, address=address, line=line, target=target, room=room
        )
        self.world.recorded(event)
        self.enter(event, NOBODY, source)

    def report(self, user: User, target: User | Account, room: str, reason: str) -> bool:
        """Tell the operators of the server of somebody; whether one of them is here. Raises ChatError past the limit."""
        reason = text.line(reason, text.REASON_BYTES)
        if not reason:
            raise ChatError(Code.BAD_VALUE, "say what he does: /report USER REASON")
        if target is user:
            raise ChatError(Code.BAD_VALUE, "you cannot report yourself")
        self._count_report(user)
        whom = Who(nick=target.name, account=target.id) if isinstance(target, Account) else target.who
        event = Reported(**self.stamp(), who=user.who, target=whom, room=room, reason=reason)
        self.enter(event, self._operators)
        return bool(self._operators.of(event))

    def _count_report(self, user: User) -> None:
        """Raise ChatError for one report too many: of an account or, of guests, of an address."""
        limit = self.settings.limits.reports_per_hour
        if not limit:
            return
        who, now = user.who.account or network(user.address), self.world.clock.seconds()
        made = [when for when in self._reports.get(who, ()) if when > now - HOUR]
        if len(made) >= limit:
            wait = ceil((made[0] + HOUR - now) / 60)
            raise ChatError(Code.TOO_FAST, f"you have reported {limit} times this hour; wait {wait} min")
        self._reports[who] = [*made, now]
        self._reports.move_to_end(who)
        if len(self._reports) > REMEMBERED:
            self._reports.popitem(last=False)

    def wallops(self, by: Who, words: str, source: Source | None = None) -> None:
        """Tell the operators of the server something, and who else wants to hear it."""
        self.enter(Wallops(**self.stamp(), by=by, text=text.message(words)), self._listeners, source)

    def appoint(self, by: Who, account: Account, rank: Rank) -> None:
        """Give an account a rank on the server; whoever is here for it has it from now on."""
        who = Who(nick=account.name, account=account.id)
        self.enter(Appointed(**self.stamp(), who=who, by=by, rank=int(rank)), self._of_account)

    @applies(Appointed)
    def _appointed(self, event: Appointed) -> None:
        id, rank = event.who.account or "", Rank(event.rank)
        if self.accounts.by_id(id) is not None:
            self.accounts.change(id, rank=rank)
        for user in self.by_account.get(id, {}).values():
            user.rank = rank
            self.census.note(user)

    def set_oper(self, user: User, rank: Rank, source: Source | None = None) -> bool:
        """Give a user a rank on the server for as long as he is here, or that of his account if this is higher; False:
        he has it."""
        account = self.accounts.by_id(user.who.account or "")
        rank = rank if account is None else max(rank, account.rank)
        if user.rank == rank:
            return False
        self.enter(Empowered(**self.stamp(), who=user.who, rank=int(rank)), self._himself, source)
        return True

    @applies(Empowered)
    def _empowered(self, event: Empowered) -> None:
        user = self.users.get(event.who.user)
        if user is not None:
            user.rank = Rank(event.rank)
            self.census.note(user)
