"""CHATHISTORY: what was said before, a page at a time (IRCv3 draft/chathistory, draft/event-playback)."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator
from typing import TypeVar

from twisted.logger import Logger

from chatd.core import excerpts, names
from chatd.core.accounts import Account
from chatd.core.bodies import pair, the_two
from chatd.core.errors import ChatError
from chatd.core.events import Event, Message, PrivateMessage
from chatd.core.excerpts import BEGINNING, END, Mark
from chatd.core.ports import Archive
from chatd.core.user import Rank, User
from chatd.frontends.entrance import again
from chatd.frontends.irc.session import IrcSession
from chatd.frontends.irc.verbs import Ask, Fail, quoted, verb
from chatd.frontends.irc.welcome import HISTORY_MOST
from chatd.wire.irc import points
from chatd.wire.irc.happenings import PLAYED
from chatd.wire.irc.label import Out, batched
from chatd.wire.irc.line import body

__all__ = ["History"]

log = Logger(namespace="chatd.irc")

MARKS = {"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2}
"""How many points each subcommand names."""
TALK = frozenset({"message", "private"})
EVENTS_A_LINE = 20
"""So many to be read weigh as much as a plain line."""

Past = str | list[PrivateMessage]
"""What was said: in a place of the store's, or what is kept of a guest's talk."""
T = TypeVar("T")


class History:
    """Reads what was said."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @verb("CHATHISTORY", weight=3)
    async def chathistory(self, ask: Ask) -> None:
        """Show a page of what was said in a room or in private, or where something was said."""
        sub = ask.param(0).upper()
        if sub == "TARGETS":
            await self._targets(ask)
        elif sub in MARKS:
            await self._page(ask, sub)
        elif ask.param(0):
            raise Fail("UNKNOWN_COMMAND", quoted(ask.param(0)), "Unknown command")
        else:
            raise Fail("INVALID_PARAMS", "*", "Missing parameters")

    async def _page(self, ask: Ask, sub: str) -> None:
        session, name = ask.session, ask.param(1)
        marks, limit = _marks(ask, sub), _limit(ask, sub, 2 + MARKS[sub])
        ask.context.weight += limit // EVENTS_A_LINE
        past_of(ask, sub, name)
        await session.settled()
        past = past_of(ask, sub, name)
        kinds = TALK | PLAYED if "draft/event-playback" in session.caps else TALK
        if isinstance(past, str):
            found = await self._told(ask, sub, name, self._stored(past, sub, marks, limit, kinds))
            session.require_alive()
            past_of(ask, sub, name)  # he may have been put out meanwhile
        else:
            found = _remembered(past, sub, marks, limit)
        ignoring = ask.user.ignoring
        shown = [
            event
            for event in found
            if not (isinstance(event, Message | PrivateMessage) and event.who.identity in ignoring)
        ]
        session.send_lines(_batch(session, ("chathistory", name), _lines(session, shown)), ask.label)

    def _stored(
        self, place: str, sub: str, marks: list[Mark], limit: int, kinds: frozenset[str]
    ) -> Awaitable[list[Event]]:
        if sub == "AROUND":
            return self._archive.around(place, limit, marks[0], kinds=kinds)
        return self._archive.between(place, limit, *_way(sub, marks), kinds=kinds)

    async def _targets(self, ask: Ask) -> None:
        session, user = ask.session, ask.user
        start, stop = (points.time(ask.param(index)) for index in (1, 2))
        if start is None or stop is None:
            raise Fail(
                "INVALID_PARAMS", "TARGETS", "Two times are needed: timestamp=YYYY-MM-DDThh:mm:ss.sssZ"
            )
        limit = _limit(ask, "TARGETS", 3)
        ask.context.weight += HISTORY_MOST // EVENTS_A_LINE
        await session.settled()
        kinds = TALK | PLAYED if "draft/event-playback" in session.caps else TALK
        # Talks with those whom he ignores are left out: a client takes a short answer for the end.
        enough = limit + len(user.ignoring)
        found = await self._told(
            ask,
            "TARGETS",
            "*",
            self._archive.targets(
                list(user.rooms), user.who.account or "", enough, start=start, stop=stop, kinds=kinds
            ),
        )
        session.require_alive()
        times = {name: time for place, time in found if (name := _name_of(ask, place))}
        low, high = sorted((excerpts.floored(start), excerpts.floored(stop)))
        for identity, time in ask.registry.guest_talk.partners(user.identity).items():
            if name := _called(ask, identity) if low < excerpts.floored(time) < high else "":
                times[name] = time
        ordered = sorted(times.items(), key=lambda each: each[1])
        ordered = ordered[:limit] if start <= stop else ordered[-limit:]
        lines = [
            Out(body("CHATHISTORY", "TARGETS", name, points.moment(time), source=session.server))
            for name, time in ordered
        ]
        session.send_lines(_batch(session, ("draft/chathistory-targets",), lines), ask.label)

    @staticmethod
    async def _told(ask: Ask, sub: str, name: str, reading: Awaitable[T]) -> T:
        """Return what is read; raise Fail if it cannot be."""
        try:
            return await reading
        except Exception:  # noqa: BLE001 - whatever the database raises, the client waits for an answer
            log.failure("what was said cannot be read")
            raise Fail("MESSAGE_ERROR", sub, name, "Messages could not be retrieved") from None


def past_of(ask: Ask, sub: str, name: str) -> Past:
    """Return what was said where a client means; raise Fail if there is no such place, or it is not his to read."""
    registry, user = ask.registry, ask.user
    unknown = Fail("INVALID_TARGET", sub, quoted(name), "Messages could not be retrieved")
    if name[:1] == "#":
        try:
            room = registry.rooms.get(names.room_name(name).folded)
        except ChatError:
            raise unknown from None
        if room is None or not (user.id in room.members or user.rank >= Rank.OPERATOR):
            raise unknown
        return room.id
    try:
        other = registry.find_addressee(name)
    except ChatError:
        raise unknown from None
    mine, theirs = user.who.account, other.id if isinstance(other, Account) else other.who.account
    if mine is not None and theirs is not None:
        return pair(mine, theirs)
    return registry.guest_talk.between(user.identity, other.identity) if isinstance(other, User) else []


def _name_of(ask: Ask, place: str) -> str:
    """Return how a client names a place: a room, or the account that he talks with there; empty: it is no more."""
    two = the_two(place)
    if two is None:
        room = ask.registry.rooms_by_id.get(place)
        return "" if room is None or room.id not in ask.user.rooms else room.name.shown
    return _called(ask, two[1] if two[0] == ask.user.who.account else two[0])


def _called(ask: Ask, identity: str) -> str:
    """Return the name of an account, or of a guest who is here; empty: there is neither, or he is ignored."""
    if identity in ask.user.ignoring:
        return ""
    account, guest = ask.registry.accounts.by_id(identity), ask.registry.users.get(identity)
    return account.name if account is not None else "" if guest is None else guest.nick


def _marks(ask: Ask, sub: str) -> list[Mark]:
    found = []
    for index in range(2, 2 + MARKS[sub]):
        text = ask.param(index)
        mark = END if sub == "LATEST" and text == "*" else points.mark(text)
        if mark is None:
            raise Fail(
                "INVALID_PARAMS",
                sub,
                quoted(text),
                "A point is timestamp=YYYY-MM-DDThh:mm:ss.sssZ or msgid=ID",
            )
        found.append(mark)
    return found


def _limit(ask: Ask, sub: str, index: int) -> int:
    text = ask.param(index)
    limit = int(text[:9]) if text.isascii() and text.isdigit() else 0
    if not limit:
        raise Fail("INVALID_PARAMS", sub, quoted(text), "The last parameter is how many, at least 1")
    return min(limit, HISTORY_MOST)


def _way(sub: str, marks: list[Mark]) -> tuple[Mark, Mark]:
    """Return from where the page is taken, and towards where."""
    here = marks[0]
    if sub == "LATEST":
        return END, BEGINNING if here == END else here
    if sub == "BEFORE":
        return here, BEGINNING
    return (here, END) if sub == "AFTER" else (here, marks[1])


def _remembered(past: list[PrivateMessage], sub: str, marks: list[Mark], limit: int) -> list[Event]:
    if sub == "AROUND":
        return list(excerpts.around(past, limit, marks[0]))
    return list(excerpts.between(past, limit, *_way(sub, marks)))


def _lines(session: IrcSession, events: Iterable[Event]) -> Iterator[Out]:
    user = session.user
    if user is None:
        return
    for event in events:
        yield from session.codec.lines(again(event, user), session.own_view)


def _batch(session: IrcSession, kind: tuple[str, ...], lines: Iterable[Out]) -> list[Out]:
    """Return lines as one batch, or bare for who has not asked for batches."""
    if "batch" not in session.caps:
        return list(lines)
    return batched(session.codec.batch(), kind, lines, session.server)
