"""PRIVMSG, NOTICE and TAGMSG: aloud, to a few, in private; and what clients ask each other."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from typing import Any

from chatd.core import names, text
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import Body, RoomRank
from chatd.core.replies import AbsentNotice, AwayNotice
from chatd.core.room import Room
from chatd.core.styles import body_of
from chatd.core.user import User
from chatd.frontends.irc.channels import room_of
from chatd.frontends.irc.nickserv import SERVICES, NickServ
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.frontends.irc.welcome import TARGETS
from chatd.wire.irc.line import BODY_BYTES
from chatd.wire.irc.numerics import Numeric
from chatd.wire.irc.source import source

__all__ = ["Talking", "client_tags", "deliver"]

RANKS = {"+": RoomRank.VOICE, "@": RoomRank.OPERATOR, "~": RoomRank.FOUNDER}
SERVICE_WEIGHT = 4
"""What a service is told weighs so much more than what is said."""
TAG_KEYS = 16
"""Tags that one message may carry for other clients."""
PASSED_ON = re.compile(r"\+(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")
"""The keys of client-only tags (IRCv3 message-tags, "Format"); others are not passed on."""


def client_tags(ask: Ask) -> dict[str, str]:
    """Return what is passed on of the tags of a line: client-only ones (IRCv3 message-tags)."""
    tags = ask.line.tags
    if not tags or "message-tags" not in ask.session.caps:
        return {}
    kept = {key: text.tidy(value) for key, value in tags.items() if PASSED_ON.fullmatch(key)}
    if len(kept) > TAG_KEYS:
        raise ChatError(Code.TOO_MANY, f"a message carries at most {TAG_KEYS} tags")
    return kept


class Talking:
    """What is said."""

    def __init__(self, nickserv: NickServ) -> None:
        self._nickserv = nickserv

    @verb("PRIVMSG", weight=1)
    def privmsg(self, ask: Ask) -> Coroutine[Any, Any, None] | None:
        """Say something."""
        return self._each(ask, notice=False)

    @verb("NOTICE")
    def notice(self, ask: Ask) -> Coroutine[Any, Any, None] | None:
        """Say something that wants no answer."""
        return self._each(ask, notice=True)

    @verb("TAGMSG")
    def tagmsg(self, ask: Ask) -> None:
        """Tell other clients something."""
        if "message-tags" not in ask.session.caps:
            raise IrcError(Numeric.ERR_UNKNOWNCOMMAND, "TAGMSG", "Ask for message-tags first")
        targets = _targets(ask)
        tags = client_tags(ask)
        for name in targets:
            try:
                if tags:
                    _signal(ask, name, tags)
            except (ChatError, IrcError) as error:
                ask.refuse(error)

    def _each(self, ask: Ask, *, notice: bool) -> Coroutine[Any, Any, None] | None:
        """Say something to each target in turn; only what a service is told may have to be waited for."""
        targets = _targets(ask)
        words = ask.param(1)
        if not words:
            raise IrcError(Numeric.ERR_NOTEXTTOSEND, "No text to send")
        ask.session.note_activity()
        tags = client_tags(ask) if ask.line.tags else {}
        for index, name in enumerate(targets):
            if name.lower() in SERVICES:
                return self._with_services(ask, words, tags, targets[index:], notice=notice)
            _try(ask, name, words, tags, notice=notice)
        return None

    async def _with_services(
        self, ask: Ask, words: str, tags: dict[str, str], targets: list[str], *, notice: bool
    ) -> None:
        # One password at most is looked at for it, and before that is waited for.
        ask.context.weight += SERVICE_WEIGHT
        served = False
        for name in targets:
            if name.lower() not in SERVICES:
                _try(ask, name, words, tags, notice=notice)
                continue
            if served:
                continue
            served = True
            try:
                await self._nickserv.serve(ask, words)
            except (ChatError, IrcError) as error:
                if not notice:
                    ask.refuse(error)


def _targets(ask: Ask) -> list[str]:
    targets = ask.param(0)
    if not targets:
        raise IrcError(Numeric.ERR_NORECIPIENT, f"No recipient given ({ask.line.verb})")
    if "," not in targets:
        return [targets]
    # However it is written, each is told once.
    once: dict[str, str] = {}
    for name in targets.split(","):
        once.setdefault(names.fold(name), name)
    found = list(once.values())
    if len(found) > TARGETS:
        raise IrcError(Numeric.ERR_TOOMANYTARGETS, targets[:64], f"At most {TARGETS} targets at once")
    ask.context.weight += len(found) - 1
    return found


def _require_one_line(ask: Ask, name: str, words: str) -> None:
    """Raise IrcError if what was one line for who says it would be two for who is shown it: a client that knows how
    long its name is there cuts better (RFC 2812 §2.3)."""
    shown = f":{source(ask.user.who)} PRIVMSG {name} :{words}"
    over = len(shown.encode()) - BODY_BYTES if len(shown) * 4 > BODY_BYTES else 0
    if over > 0:
        raise IrcError(
            Numeric.ERR_INPUTTOOLONG, f"Input line was too long, by {over} bytes with your name before it"
        )


def _try(ask: Ask, name: str, words: str, tags: dict[str, str], *, notice: bool) -> None:
    try:
        _say(ask, name, words, tags, notice=notice)
    except (ChatError, IrcError) as error:
        if not notice:
            ask.refuse(error)


def _say(ask: Ask, name: str, words: str, tags: dict[str, str], *, notice: bool) -> None:
    if not notice:  # which may not be refused
        _require_one_line(ask, name, words)
    ask.room, ask.nick = (name, "") if "#" in name[:2] else ("", name)
    if words[0] == "\x01":
        ctcp = words[1:].removesuffix("\x01")
        if not ctcp.startswith("ACTION ") or notice:
            _signal(ask, name, tags, ctcp=_checked(ctcp), notice=notice)
            return
        deliver(ask, name, body_of(ctcp[7:]), tags, action=True)
        return
    deliver(ask, name, body_of(words), tags, notice=notice)


def _checked(ctcp: str) -> str:
    """Return a request of one client to another; raise ChatError if it holds what no line may."""
    body_of(ctcp)
    return ctcp


def deliver(
    ask: Ask, name: str, body: Body, tags: dict[str, str], *, action: bool = False, notice: bool = False
) -> None:
    """Say something to a room, to those of a rank in it, or to a user. Raises ChatError and IrcError."""
    registry, source = ask.registry, ask.context.source
    found = find_target(ask, name)
    if isinstance(found, tuple):
        room, rank = found
        if rank:
            registry.say_aside(
                ask.user, room, rank, body, action=action, notice=notice, tags=tags, source=source
            )
        else:
            registry.say(ask.user, room, body, action=action, notice=notice, tags=tags, source=source)
        return
    registry.say_private(ask.user, found, body, action=action, notice=notice, tags=tags, source=source)
    if notice:
        return
    if isinstance(found, Account):
        ask.session.reply(AbsentNotice(nick=found.name), ask.label)
    elif found.away is not None:
        ask.session.reply(AwayNotice(nick=found.nick, away=found.away), ask.label)


def _signal(ask: Ask, name: str, tags: dict[str, str], *, ctcp: str = "", notice: bool = False) -> None:
    found = find_target(ask, name)
    source = ask.context.source
    if isinstance(found, tuple):
        room, rank = found
        ask.registry.signal(ask.user, room, tags=tags, ctcp=ctcp, notice=notice, rank=rank, source=source)
    elif isinstance(found, User):
        ask.registry.signal_private(ask.user, found, tags=tags, ctcp=ctcp, notice=notice, source=source)
    else:
        raise IrcError(Numeric.ERR_NOSUCHNICK, found.name, "is not here")


def find_target(ask: Ask, name: str) -> tuple[Room, RoomRank] | User | Account:
    """Return what a message goes to: a room, with the rank that hears it, a user, or an account that is not there."""
    if name[:1] == "#":
        return room_of(ask, name), RoomRank.NONE
    rank = RANKS.get(name[:1])
    if rank is not None and name[1:2] == "#":
        return room_of(ask, name[1:]), rank
    ask.room, ask.nick = "", name
    try:
        return ask.registry.find_addressee(name)
    except ChatError:
        raise IrcError(Numeric.ERR_NOSUCHNICK, name, "No such nick/channel") from None
