"""MONITOR (IRCv3 monitor, extended-monitor): being told when somebody comes and goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from chatd.core.events import AccountChanged, Arrived, AwayChanged, Event, Quit, RealnameChanged, Renamed
from chatd.core.registry import Registry
from chatd.core.state import folded_nickname
from chatd.core.user import User
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.frontends.irc.welcome import MONITORED
from chatd.wire.irc.line import BODY_BYTES, packed
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import source

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["TARGETS_A_LINE", "Monitor"]

TARGETS_A_LINE = 20
"""So many targets weigh as much as a line."""


class Monitor:
    """Keeps who watches for which nickname: each session has a list of its own, which ends with it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lists: dict[IrcSession, dict[str, str]] = {}
        """Folded nicknames, as they were typed."""
        self._watchers: dict[str, dict[IrcSession, None]] = {}
        registry.lookout.observers.append(self._noticed)

    def __len__(self) -> int:
        """How many nicknames are watched for."""
        return len(self._watchers)

    @verb("MONITOR", least=1)
    def monitor(self, ask: Ask) -> None:
        """Be told when users come and go: + or - NICK[,NICK …]; C clears the list, L shows it, S who of it is here."""
        named = [target for target in ask.param(1).split(",") if target]
        ask.context.weight += len(named) // TARGETS_A_LINE
        once: dict[str, str] = {}
        for target in named:
            once.setdefault(folded_nickname(target) or target, target)
        targets = list(once.values())
        known = self._lists.get(ask.session, {})
        match ask.param(0).upper():
            case "+":
                self._add(ask, targets)
            case "-":
                for target in targets:
                    self._drop(ask.session, folded_nickname(target))
            case "C":
                self._forget(ask.session)
            case "L":
                lines = _lists(ask.session, Numeric.RPL_MONLIST, known.values())
                ask.answers([*lines, (Numeric.RPL_ENDOFMONLIST, "End of MONITOR list")])
            case "S":
                ask.context.weight += len(known) // TARGETS_A_LINE
                self._tell(ask, known.values())
            case _:
                raise IrcError(Numeric.ERR_UNKNOWNERROR, "MONITOR", "MONITOR takes +, -, C, L or S")

    # Lists

    def _add(self, ask: Ask, targets: list[str]) -> None:
        """Watch for nicknames; what cannot be one is nobody's, and not kept."""
        known = self._lists.get(ask.session, {})
        for index, target in enumerate(targets):
            folded = folded_nickname(target)
            if not folded or folded in known:
                continue
            if len(known) >= MONITORED:
                self._tell(ask, targets[:index])
                rest = ",".join(targets[index:])
                ask.answer(Numeric.ERR_MONLISTFULL, str(MONITORED), rest, "Monitor list is full")
                return
            if not known:
                self._lists[ask.session] = known
                ask.session.farewells["monitor"] = partial(self._forget, ask.session)
            known[folded] = target
            self._watchers.setdefault(folded, {})[ask.session] = None
        self._tell(ask, targets)

    def _drop(self, session: IrcSession, folded: str) -> None:
        known = self._lists.get(session, {})
        if known.pop(folded, None) is None:
            return
        watchers = self._watchers[folded]
        del watchers[session]
        if not watchers:
            del self._watchers[folded]

    def _forget(self, session: IrcSession) -> None:
        """Watch for nobody any more."""
        for folded in list(self._lists.get(session, ())):
            self._drop(session, folded)
        self._lists.pop(session, None)

    def _tell(self, ask: Ask, targets: Iterable[str]) -> None:
        """Tell who is here of those, and who is not."""
        here, gone = [], []
        for target in targets:
            user = self._registry.nicks.get(folded_nickname(target))
            if user is None:
                gone.append(target)
            else:
                here.append(source(user.who))
        ask.answers(_lists(ask.session, Numeric.RPL_MONONLINE, here))
        ask.answers(_lists(ask.session, Numeric.RPL_MONOFFLINE, gone))

    # What happens

    def _noticed(self, event: Event, user: User | None) -> None:
        if not self._watchers:
            return
        match event:
            case Arrived():
                self._online(event.who.nick, source(event.who))
            case Quit():
                self._offline(event.who.nick)
            case Renamed():
                if folded_nickname(event.who.nick) != folded_nickname(event.nick):
                    self._offline(event.who.nick)
                    self._online(event.nick, source(event.who.of(event.nick)))
            case AwayChanged() | AccountChanged() | RealnameChanged():
                self._changed(event)

    def _watching(self, nick: str) -> list[IrcSession]:
        return list(self._watchers.get(folded_nickname(nick), ()))

    def _online(self, nick: str, whole: str) -> None:
        for session in self._watching(nick):
            session.tell([(Numeric.RPL_MONONLINE, whole)])

    def _offline(self, nick: str) -> None:
        for session in self._watching(nick):
            session.tell([(Numeric.RPL_MONOFFLINE, nick)])

    def _changed(self, event: AwayChanged | AccountChanged | RealnameChanged) -> None:
        """Show what changed of a user to who watches for him and is not shown it in a room."""
        user = self._registry.users.get(event.who.user)
        rooms = [] if user is None else list(user.rooms.values())
        for session in self._watching(event.who.nick):
            shown = session.user is user or any(session in room.audience for room in rooms)
            if not shown and "extended-monitor" in session.caps:
                session.show(event)


def _lists(session: IrcSession, numeric: Numeric, targets: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield numerics with targets, as many in each as it has room for."""
    begin = f":{session.server} {numeric} {session.called} :"
    for each in packed(targets, BODY_BYTES - len(begin.encode()), ","):
        yield (numeric, each)
