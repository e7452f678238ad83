"""Talking: aloud, in private, and what concerns only how one is heard."""

from __future__ import annotations

from chatd.commands.arguments import Addressee, MaybeSwitch, Rest, Word
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import text
from chatd.core.accounts import Account
from chatd.core.bodies import Lines
from chatd.core.errors import ChatError, Code
from chatd.core.events import Text
from chatd.core.replies import AbsentNotice, AwayNotice, Info
from chatd.core.room import Room
from chatd.core.styles import lines_of
from chatd.core.user import User

__all__ = ["Talk"]

LINES_A_LINE = 4
"""Lines of one message that count as one that is sent."""


class Talk:
    """Messages to rooms and to users."""

    title = "Talking"

    def say(self, ctx: Context, words: str, room: str = "") -> None:
        """Say something in a room, the current one unless it is named."""
        user = ctx.named
        where = ctx.registry.find_room(room, user) if room else _current(ctx)
        body = Text(text.message(words))
        ctx.registry.say(user, where, body, source=ctx.source)

    def say_lines(self, ctx: Context, lines: tuple[str, ...], room: str = "", to: str = "") -> None:
        """Say several lines as one message: to a user, or in a room as `say` does."""
        user = ctx.named
        if room and to:
            raise ChatError(Code.BAD_VALUE, "a message goes to a room or to a user, not to both")
        if len(lines) > text.MESSAGE_LINES:
            raise ChatError(Code.TOO_LONG, f"this is too long: at most {text.MESSAGE_LINES} lines")
        if not any(lines):
            raise ChatError(Code.BAD_TEXT, "there is nothing to say")
        ctx.weight += len(lines) // LINES_A_LINE
        body = lines_of([(text.tidy(line), False) for line in lines])
        if to:
            self._deliver(ctx, ctx.registry.find_addressee(to, hint=True), body)
            return
        where = ctx.registry.find_room(room, user) if room else _current(ctx)
        ctx.registry.say(user, where, body, source=ctx.source)

    @command("me", usage="ACTION", example="/me waves")
    def me(self, ctx: Context, action: Rest) -> None:
        """Do something in the current room instead of saying it."""
        body = Text(text.message(action))
        ctx.registry.say(ctx.named, _current(ctx), body, action=True, source=ctx.source)

    @command(
        "msg",
        "pm",
        "whisper",
        "tell",
        usage="USER MESSAGE",
        example="/pm Bob lunch at one?",
        menu="Say something that only one user sees",
    )
    def msg(self, ctx: Context, target: Addressee, words: Rest) -> None:
        """Say something to one user only; an account that is not there gets it when it comes."""
        self._private(ctx, target, words)

    @command("reply", "r", usage="MESSAGE", example="/reply yes, at one")
    def reply(self, ctx: Context, words: Rest) -> None:
        """Answer the last private message you got."""
        target = ctx.registry.users.get(ctx.named.correspondent)
        if target is None:
            raise ChatError(Code.NO_SUCH_USER, "there is nobody to reply to")
        self._private(ctx, target, words)

    def _private(self, ctx: Context, target: User | Account, words: str) -> None:
        self._deliver(ctx, target, Text(text.message(words)))

    @staticmethod
    def _deliver(ctx: Context, target: User | Account, body: Text | Lines) -> None:
        ctx.registry.say_private(ctx.named, target, body, source=ctx.source)
        if isinstance(target, Account):
            ctx.session.reply(AbsentNotice(nick=target.name))
        elif target.away is not None:
            # The echo is the answer; this comes on top of it.
            ctx.session.reply(AwayNotice(nick=target.nick, away=target.away))

    @command("ignore", usage="[USER]", example="/ignore Spammer")
    def ignore(self, ctx: Context, nick: Word = "") -> None:
        """Stop seeing what a user says; alone, list whom you ignore."""
        user = ctx.named
        if not nick:
            ignored = ", ".join(user.ignoring.values())
            ctx.reply(Info(text=(f"You ignore: {ignored}." if ignored else "You ignore nobody.",)))
            return
        target = ctx.registry.find_user(nick)
        ctx.registry.ignore(user, target)
        ctx.reply(Info(text=(f"You no longer see what {target.nick} says.",)))

    @command("unignore", usage="USER", example="/unignore Spammer")
    def unignore(self, ctx: Context, nick: Word) -> None:
        """See again what a user says."""
        was = ctx.registry.unignore(ctx.named, nick)
        ctx.reply(Info(text=(f"You see again what {was} says.",)))

    @command("guests", usage="[on|off]", example="/guests off")
    def guests(self, ctx: Context, allowed: MaybeSwitch = None) -> None:
        """Let guests write to you in private, or only who has an account; alone, show which."""
        user = ctx.named
        if allowed is not None:
            ctx.registry.let_guests(user, allowed)
        may = user.guests if allowed is None else allowed
        ctx.reply(Info(text=("Guests may write to you." if may else "Only accounts may write to you.",)))

    @command("away", usage="[REASON]", example="/away at lunch")
    def away(self, ctx: Context, reason: Rest = "away") -> None:
        """Let those who write to you know that you are not there."""
        ctx.weigh_rooms()
        ctx.registry.set_away(ctx.named, reason)
        ctx.reply(Info(text=("You are away. /back ends it.",)))

    @command("back", example="/back")
    def back(self, ctx: Context) -> None:
        """Be there again."""
        ctx.weigh_rooms()
        ctx.registry.set_away(ctx.named, None)
        ctx.reply(Info(text=("You are back.",)))


def _current(ctx: Context) -> Room:
    if ctx.session.current is None:
        raise ChatError(Code.NO_ROOM, "you are in no room; /join #lobby")
    return ctx.session.current
