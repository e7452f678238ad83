"""Refusals of the registry and the commands, as numerics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.errors import ChatError, Code, UsageError
from chatd.wire.irc.numerics import Numeric

if TYPE_CHECKING:
    from chatd.frontends.irc.verbs import Ask

__all__ = ["numeric_of", "words_of"]

_TALK = frozenset({"PRIVMSG", "NOTICE", "TAGMSG"})
_OPERATING = frozenset({"KICK", "MODE", "TOPIC", "INVITE"})

# What the refusal is about besides its words: r the room, n the nickname, v the verb.
_NUMERICS: dict[Code, tuple[Numeric, str]] = {
    Code.ROOM_FULL: (Numeric.ERR_CHANNELISFULL, "r"),
    Code.ALREADY_IN_ROOM: (Numeric.ERR_USERONCHANNEL, "nr"),
    Code.BAD_NAME: (Numeric.ERR_ERRONEUSNICKNAME, "n"),
    Code.BANNED: (Numeric.ERR_BANNEDFROMCHAN, "r"),
    Code.INVITE_ONLY: (Numeric.ERR_INVITEONLYCHAN, "r"),
    Code.NAME_REGISTERED: (Numeric.ERR_NICKNAMEINUSE, "n"),
    Code.NAME_RESERVED: (Numeric.ERR_NICKNAMEINUSE, "n"),
    Code.NAME_TAKEN: (Numeric.ERR_NICKNAMEINUSE, "n"),
    Code.NOT_IN_ROOM: (Numeric.ERR_NOTONCHANNEL, "r"),
    Code.NOT_NAMED: (Numeric.ERR_NOTREGISTERED, ""),
    Code.NO_SUCH_ROOM: (Numeric.ERR_NOSUCHCHANNEL, "r"),
    Code.NO_SUCH_USER: (Numeric.ERR_NOSUCHNICK, "n"),
    Code.UNKNOWN_COMMAND: (Numeric.ERR_UNKNOWNCOMMAND, "v"),
    Code.USAGE: (Numeric.ERR_NEEDMOREPARAMS, "v"),
    Code.USER_NOT_IN_ROOM: (Numeric.ERR_USERNOTINCHANNEL, "nr"),
    Code.WRONG_KEY: (Numeric.ERR_BADCHANNELKEY, "r"),
}
_ABOUT_ROOM: dict[tuple[str, Code], Numeric] = {
    ("JOIN", Code.BAD_NAME): Numeric.ERR_BADCHANMASK,
    ("JOIN", Code.TOO_MANY): Numeric.ERR_TOOMANYCHANNELS,
    ("KNOCK", Code.ALREADY_IN_ROOM): Numeric.ERR_KNOCKONCHAN,
    ("KNOCK", Code.BAD_VALUE): Numeric.ERR_CHANOPEN,
    ("KNOCK", Code.BANNED): Numeric.ERR_CANNOTSENDTOCHAN,
    ("KNOCK", Code.TOO_FAST): Numeric.ERR_TOOMANYKNOCK,
    ("MODE", Code.TOO_MANY): Numeric.ERR_BANLISTFULL,
}


def words_of(error: ChatError) -> str:
    """Return what is said of a refusal, in words that fit what clients of IRC can type."""
    if error.code is Code.NAME_REGISTERED:
        return "Nickname is registered: log in by SASL if it is yours, or choose another"
    return f"Usage: {error.text}" if isinstance(error, UsageError) else error.text


def numeric_of(error: ChatError, ask: Ask) -> tuple[Numeric, list[str]]:
    """Return the numeric for a refusal, with its parameters but for the words."""
    verb = ask.line.verb
    special = _ABOUT_ROOM.get((verb, error.code))
    if special is not None and ask.room:
        return special, [ask.room]
    if verb in _TALK and ask.room:
        if error.code is Code.NO_SUCH_ROOM:
            return Numeric.ERR_NOSUCHCHANNEL, [ask.room]
        return Numeric.ERR_CANNOTSENDTOCHAN, [ask.room]
    if error.code is Code.NOT_ALLOWED:
        if verb in _OPERATING and ask.room:
            return Numeric.ERR_CHANOPRIVSNEEDED, [ask.room]
        if verb in _TALK:
            return Numeric.ERR_CANNOTSENDTOUSER, [ask.nick]
    if error.code is Code.BANNED and not ask.room:
        return Numeric.ERR_YOUREBANNEDCREEP, []
    found, about = _NUMERICS.get(error.code, (Numeric.ERR_UNKNOWNERROR, "v"))
    values = {"r": ask.room or "*", "n": ask.nick or "*", "v": verb}
    return found, [values[each] for each in about]
