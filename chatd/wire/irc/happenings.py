"""Everything that happens but talk, as lines of IRC without their tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from chatd.core.events import (
    AccountChanged,
    AwayChanged,
    Banned,
    Empowered,
    Event,
    Invited,
    Joined,
    Kicked,
    Knocked,
    MarkedRead,
    MaskAdded,
    MaskRemoved,
    Parted,
    Quit,
    Ranked,
    RealnameChanged,
    Renamed,
    RoomChanged,
    RoomDeleted,
    RoomEvent,
    RoomRegistered,
    RoomUnregistered,
    TopicChanged,
    Unbanned,
    UserModes,
    Wallops,
    Who,
)
from chatd.core.ports import View
from chatd.core.text import unbroken
from chatd.core.user import Rank
from chatd.wire.irc.line import body, clipped
from chatd.wire.irc.modes import changed, letters, listed, ranked
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.points import moment
from chatd.wire.irc.source import source

__all__ = ["PLAYED", "Facts", "shown"]


class Facts(Protocol):
    """What is looked up."""

    @property
    def server(self) -> str:
        """The name of the server."""

    def account(self, id: str) -> str:
        """Return the name of an account; empty: there is none of that id."""


def shown(event: Event, view: View, facts: Facts) -> list[str]:
    """Return an event as such a client is shown it; one that IRC has no words for as a notice of the server's."""
    show = _SHOWN.get(type(event))
    if show is not None:
        return show(event, view, facts)
    sentence = event.sentence()
    if not sentence:
        return []
    where = event.room if isinstance(event, RoomEvent) and event.room else "*"
    return [body("NOTICE", where, sentence, source=facts.server)]


def _joined(event: Joined, view: View, facts: Facts) -> list[str]:
    who = source(event.who)
    if "extended-join" in view.caps:
        account = facts.account(event.who.account) if event.who.account else ""
        lines = [body("JOIN", event.room, account or "*", event.realname or event.who.nick, source=who)]
    else:
        lines = [body("JOIN", event.room, source=who)]
    held = letters(event.holds, registered=True, every="multi-prefix" in view.caps)
    if held and not event.rank:
        lines.append(body("MODE", event.room, f"+{held}", *[event.who.nick] * len(held), source=facts.server))
    if event.away is not None and "away-notify" in view.caps:
        lines.append(body("AWAY", event.away, source=who))
    return lines


def _parted(event: Parted, view: View, facts: Facts) -> list[str]:
    reason = (event.reason,) if event.reason else ()
    return [body("PART", event.room, *reason, source=source(event.who))]


def _quit(event: Quit, view: View, facts: Facts) -> list[str]:
    reason = event.reason or "Quit"
    if event.by is not None:
        reason = f"Killed ({event.by.nick} ({event.reason or 'no reason'}))"
    return [body("QUIT", reason, source=source(event.who))]


def _kicked(event: Kicked, view: View, facts: Facts) -> list[str]:
    reason = event.reason or event.by.nick
    return [body("KICK", event.room, event.who.nick, reason, source=_by(event.by, facts))]


def _renamed(event: Renamed, view: View, facts: Facts) -> list[str]:
    return [body("NICK", event.nick, source=source(event.who))]


def _topic(event: TopicChanged, view: View, facts: Facts) -> list[str]:
    return [clipped(f"{body('TOPIC', event.room, source=_by(event.who, facts))} :{unbroken(event.topic)}")]


def _away(event: AwayChanged, view: View, facts: Facts) -> list[str]:
    if "away-notify" not in view.caps:
        return []
    reason = () if event.reason is None else (event.reason,)
    return [body("AWAY", *reason, source=source(event.who))]


def _account(event: AccountChanged, view: View, facts: Facts) -> list[str]:
    return [body("ACCOUNT", event.name, source=source(event.who))] if "account-notify" in view.caps else []


def _realname(event: RealnameChanged, view: View, facts: Facts) -> list[str]:
    return [body("SETNAME", event.realname, source=source(event.who))] if "setname" in view.caps else []


def _marked_read(event: MarkedRead, view: View, facts: Facts) -> list[str]:
    if "draft/read-marker" not in view.caps:
        return []
    return [body("MARKREAD", event.target, f"timestamp={moment(event.until)}", source=facts.server)]


def _user_modes(event: UserModes, view: View, facts: Facts) -> list[str]:
    modes = (f"+{event.added}" if event.added else "") + (f"-{event.removed}" if event.removed else "")
    return [body("MODE", event.who.nick, modes, source=source(event.who))]


def _empowered(event: Empowered, view: View, facts: Facts) -> list[str]:
    mode = "+o" if event.rank >= Rank.OPERATOR else "-o"
    return [body("MODE", event.who.nick, mode, source=source(event.who))]


def _wallops(event: Wallops, view: View, facts: Facts) -> list[str]:
    return [body("WALLOPS", event.text, source=_by(event.by, facts))]


def _ranked(event: Ranked, view: View, facts: Facts) -> list[str]:
    modes = ranked(event, every="multi-prefix" in view.caps)
    return [body("MODE", event.room, *modes, source=_by(event.by, facts))] if modes else []


def _listed(event: Banned | Unbanned | MaskAdded | MaskRemoved, view: View, facts: Facts) -> list[str]:
    return [body("MODE", event.room, *listed(event), source=_by(event.by, facts))] if event.room else []


def _changed(event: RoomChanged, view: View, facts: Facts) -> list[str]:
    modes = changed(event)
    if not modes:
        return [body("NOTICE", event.room, event.sentence(), source=facts.server)]
    return [body("MODE", event.room, *modes, source=_by(event.by, facts))]


def _registered(event: RoomRegistered | RoomUnregistered, view: View, facts: Facts) -> list[str]:
    lines = [body("NOTICE", event.room, event.sentence(), source=facts.server)]
    if event.founder:
        sign = "+q" if isinstance(event, RoomRegistered) else "-q"
        lines.insert(0, body("MODE", event.room, sign, event.founder, source=facts.server))
    return lines


def _invited(event: Invited, view: View, facts: Facts) -> list[str]:
    return [body("INVITE", event.who.nick, event.room, source=_by(event.by, facts))]


def _knocked(event: Knocked, view: View, facts: Facts) -> list[str]:
    words = "has asked for an invite" + (f" ({event.reason})" if event.reason else "")
    return [body(Numeric.RPL_KNOCK, view.nick, event.room, source(event.who), words, source=facts.server)]


def _nothing(event: Event, view: View, facts: Facts) -> list[str]:
    return []


def _by(who: Who, facts: Facts) -> str:
    return source(who, facts.server)


_SHOWN: dict[type[Event], Callable[[Any, View, Facts], list[str]]] = {
    AccountChanged: _account,
    AwayChanged: _away,
    Banned: _listed,
    Empowered: _empowered,
    Invited: _invited,
    Joined: _joined,
    Kicked: _kicked,
    Knocked: _knocked,
    MarkedRead: _marked_read,
    MaskAdded: _listed,
    MaskRemoved: _listed,
    Parted: _parted,
    Quit: _quit,
    Ranked: _ranked,
    RealnameChanged: _realname,
    Renamed: _renamed,
    RoomChanged: _changed,
    # Each is shown that he was put out, by his own session.
    RoomDeleted: _nothing,
    RoomRegistered: _registered,
    RoomUnregistered: _registered,
    TopicChanged: _topic,
    Unbanned: _listed,
    UserModes: _user_modes,
    Wallops: _wallops,
}

PLAYED = frozenset(
    str(kind.__struct_config__.tag)
    for kind, show in _SHOWN.items()
    if kind.keep and issubclass(kind, RoomEvent) and show is not _nothing
)
"""Types of event, as they stand in JSON, that are kept and that IRC has a line of its own for: those that are played
back to clients with draft/event-playback."""
