"""Entering and leaving rooms, and what those in them do to each other: JOIN, PART, TOPIC, INVITE, KNOCK, KICK."""

from __future__ import annotations

from chatd.commands.rooms import heard
from chatd.core import names
from chatd.core.errors import ChatError, Code
from chatd.core.room import Room
from chatd.core.text import permitted
from chatd.frontends.irc.members import topic_of
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.frontends.irc.welcome import KICKED_AT_ONCE
from chatd.wire.irc.numerics import Numeric

__all__ = ["Channels", "room_of"]


def room_of(ask: Ask, name: str) -> Room:
    """Return the room that a client names; raise IrcError if there is none that he may know of."""
    ask.room = name
    try:
        room = ask.registry.rooms.get(names.room_name(name).folded)
    except ChatError:
        room = None
    if room is None or not room.visible_to(ask.context.user):
        raise IrcError(Numeric.ERR_NOSUCHCHANNEL, name or "*", "No such channel")
    ask.room = room.name.shown
    return room


class Channels:
    """What concerns rooms."""

    @verb("JOIN", least=1, weight=2)
    async def join(self, ask: Ask) -> None:
        """Enter rooms; 0 leaves all."""
        if ask.param(0) == "0":
            rooms = list(ask.user.rooms.values())
            ask.context.weight += len(rooms)
            for room in rooms:
                ask.registry.part(ask.user, room)
            return
        keys = ask.param(1).split(",")
        wanted = ask.param(0).split(",")
        # Before anything is waited for: what is counted later is not charged.
        ask.context.weight += 2 * (len(wanted) - 1)
        for index, name in enumerate(wanted):
            try:
                await self._join(ask, name, keys[index] if index < len(keys) else "")
            except (ChatError, IrcError) as error:
                ask.refuse(error)

    async def _join(self, ask: Ask, name: str, key: str) -> None:
        ask.room = name
        try:
            folded = names.room_name(name).folded
        except ChatError as error:
            if not name.startswith("#") or len(name.encode()) > ask.registry.settings.limits.room_name_bytes:
                raise IrcError(Numeric.ERR_NOSUCHCHANNEL, name or "*", "No such channel") from None
            raise IrcError(Numeric.ERR_BADCHANMASK, name, error.text) from None
        if any(room.name.folded == folded for room in ask.user.rooms.values()):
            return
        await ask.run("join", name, *([key] if key else []))
        await ask.session.entrance.listed()

    @verb("PART", least=1)
    async def part(self, ask: Ask) -> None:
        """Leave rooms."""
        # Nobody stays in a room because of how he takes his leave.
        reason = permitted(ask.words(1))
        wanted = ask.param(0).split(",")
        ask.context.weight += len(wanted) - 1
        for name in wanted:
            try:
                room = room_of(ask, name)
                ask.registry.require_member(ask.user, room)
                ask.registry.part(ask.user, room, reason)
            except (ChatError, IrcError) as error:
                ask.refuse(error)

    @verb("TOPIC", least=1)
    async def topic(self, ask: Ask) -> None:
        """Show or set what a room is about."""
        room = room_of(ask, ask.param(0))
        if len(ask.line.params) == 1:
            if not room.open_to(ask.user):
                raise ChatError(Code.NOT_IN_ROOM, "You're not on that channel")
            ask.answers(topic_of(room))
            return
        ask.registry.require_member(ask.user, room)
        ask.registry.check_topic(ask.user, room)
        topic = ask.words(1, ask.registry.settings.limits.topic_bytes)
        ask.registry.set_topic(ask.user.who, room, topic)

    @verb("INVITE", weight=2)
    async def invite(self, ask: Ask) -> None:
        """Ask a user into a room; alone, list the rooms into which one is invited oneself."""
        if not ask.line.params:
            identity = ask.user.identity
            invited = [room for room in ask.registry.rooms.values() if identity in room.invited]
            ask.answers((Numeric.RPL_INVITELIST, room.name.shown) for room in invited)
            ask.answer(Numeric.RPL_ENDOFINVITELIST, "End of invite list")
            return
        if len(ask.line.params) < 2:
            raise IrcError(Numeric.ERR_NEEDMOREPARAMS, "INVITE", "Not enough parameters")
        ask.nick = ask.param(0)
        target = ask.registry.find_user(ask.nick)
        room = room_of(ask, ask.param(1))
        ask.registry.require_member(ask.user, room)
        await ask.run("invite", room.name.shown, target.nick)
        if target.away is not None:
            ask.answer(Numeric.RPL_AWAY, target.nick, target.away)

    @verb("KNOCK", least=1, weight=3)
    async def knock(self, ask: Ask) -> None:
        """Ask the operators of a room that is closed for an invitation: CHANNEL [REASON]"""
        room = room_of(ask, ask.param(0))
        told = ask.registry.knock(ask.user, room, ask.words(1))
        ask.answer(Numeric.RPL_KNOCKDLVR, room.name.shown, heard(room, told))

    @verb("KICK", least=2)
    async def kick(self, ask: Ask) -> None:
        """Put users out of a room."""
        rooms, nicks = ask.param(0).split(","), ask.param(1).split(",")
        if len(rooms) == 1:
            rooms *= len(nicks)
        if len(rooms) != len(nicks):
            raise IrcError(
                Numeric.ERR_NEEDMOREPARAMS, "KICK", "As many channels as nicknames are needed, or one"
            )
        if len(nicks) > KICKED_AT_ONCE:
            words = f"At most {KICKED_AT_ONCE} users at once"
            raise IrcError(Numeric.ERR_TOOMANYTARGETS, nicks[KICKED_AT_ONCE], words)
        reason = ask.words(2)
        for name, nick in zip(rooms, nicks, strict=True):
            try:
                await self._kick(ask, name, nick, reason)
            except (ChatError, IrcError) as error:
                ask.refuse(error)

    @staticmethod
    async def _kick(ask: Ask, name: str, nick: str, reason: str) -> None:
        ask.nick = nick
        room = room_of(ask, name)
        ask.registry.require_member(ask.user, room)
        target = ask.registry.find_user(nick)
        ask.nick = target.nick
        await ask.run("kick", room.name.shown, target.nick, *([reason] if reason else []))
