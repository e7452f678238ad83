"""What is done to keep order, by whom, and what stands on record."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.core.bodies import RoomRank, Who
from chatd.core.events.base import Event, RoomEvent, because, masked, term
from chatd.core.masks import MaskList

__all__ = [
    "Audited",
    "Banned",
    "Invited",
    "Kicked",
    "Knocked",
    "MaskAdded",
    "MaskRemoved",
    "Muted",
    "Ranked",
    "Reported",
    "Unbanned",
    "Unmuted",
]


class Kicked(RoomEvent, kw_only=True, tag="kicked"):
    """A user was put out of a room."""

    keep = True

    who: Who
    by: Who
    reason: str = ""

    def sentence(self) -> str:
        return f"{self.who.nick} was kicked from {self.room} by {self.by.nick}" + because(self.reason)


class Banned(RoomEvent, kw_only=True, tag="banned"):
    """A mask was banned; `seconds` how long, none: for good."""

    keep = True

    by: Who
    mask: str
    seconds: int | None = None
    reason: str = ""
    name: Annotated[str, Meta(description="The name of the account, if one was banned.")] = ""

    def sentence(self) -> str:
        where = self.room or "this server"
        return (
            f"{self.by.nick} has banned {masked(self.mask, self.name)} from {where}"
            + term(self.seconds)
            + because(self.reason)
        )


class Unbanned(RoomEvent, kw_only=True, tag="unbanned"):
    """A ban was lifted."""

    keep = True

    by: Who
    mask: str
    name: str = ""

    def sentence(self) -> str:
        where = self.room or "this server"
        return f"{self.by.nick} has lifted the ban on {masked(self.mask, self.name)} from {where}"


class MaskAdded(RoomEvent, kw_only=True, tag="mask_added"):
    """A mask was put on one of the lists that a room keeps besides its bans."""

    keep = True

    by: Who
    list: MaskList
    mask: str
    name: Annotated[str, Meta(description="The name of the account, if it is one's mask.")] = ""

    def sentence(self) -> str:
        mask = masked(self.mask, self.name)
        what = {
            MaskList.EXCEPTION: f"exempted {mask} from the bans of {self.room}",
            MaskList.INVITATION: f"admitted {mask} to {self.room} uninvited",
            MaskList.MUTE: f"quieted {mask} in {self.room}",
        }
        return f"{self.by.nick} has {what[self.list]}"


class MaskRemoved(RoomEvent, kw_only=True, tag="mask_removed"):
    """A mask was taken off such a list."""

    keep = True

    by: Who
    list: MaskList
    mask: str
    name: str = ""

    def sentence(self) -> str:
        mask = masked(self.mask, self.name)
        what = {
            MaskList.EXCEPTION: f"exempts {mask} from the bans of {self.room}",
            MaskList.INVITATION: f"admits {mask} to {self.room} uninvited",
            MaskList.MUTE: f"quiets {mask} in {self.room}",
        }
        return f"{self.by.nick} no longer {what[self.list]}"


class Muted(RoomEvent, kw_only=True, tag="muted"):
    """A user may not speak in a room; `seconds` how long, none: for good."""

    keep = True

    who: Who
    by: Who
    seconds: int | None = None
    reason: str = ""

    def sentence(self) -> str:
        where = self.room or "this server"
        return (
            f"{self.who.nick} was muted in {where} by {self.by.nick}"
            + term(self.seconds)
            + because(self.reason)
        )


class Unmuted(RoomEvent, kw_only=True, tag="unmuted"):
    """A user may speak again."""

    keep = True

    who: Who
    by: Who

    def sentence(self) -> str:
        where = self.room or "this server"
        return f"{self.who.nick} may speak again in {where}, says {self.by.nick}"


class Ranked(RoomEvent, kw_only=True, tag="ranked"):
    """A user's rank in a room was changed."""

    keep = True

    who: Who
    by: Who
    rank: RoomRank
    was: RoomRank
    registered: Annotated[bool, Meta(description="Whether the room lasts with nobody in it.")] = False

    def sentence(self) -> str:
        if self.rank > self.was:
            return f"{self.who.nick} is now {self.rank.name.lower()} of {self.room}, by {self.by.nick}"
        return f"{self.who.nick} is no longer {self.was.name.lower()} of {self.room}, by {self.by.nick}"


class Invited(RoomEvent, kw_only=True, tag="invited"):
    """A user was invited into a room; he and the one who invited him are shown it.

    `admits`: an operator of the room invites, so that he comes in whatever key, ban, limit and privacy say."""

    who: Who
    by: Who
    admits: bool = True

    def sentence(self) -> str:
        return f"{self.by.nick} invites {self.who.nick} to {self.room}"


class Knocked(RoomEvent, kw_only=True, tag="knocked"):
    """A user asks to be let into a room; those in it who may let him in are shown it."""

    who: Who
    reason: str = ""

    def sentence(self) -> str:
        return f"{self.who.nick} asks to be let into {self.room}" + (
            f" ({self.reason})" if self.reason else ""
        )


class Reported(Event, kw_only=True, tag="reported"):
    """A user asks the operators of the server to look at another; they alone are shown it."""

    who: Who
    target: Who
    room: Annotated[str, Meta(description="Where who reports was at that moment.")] = ""
    reason: str

    def sentence(self) -> str:
        where = f" in {self.room}" if self.room else ""
        return f"{self.who.nick} reports {self.target.nick}{where}: {self.reason}"


class Audited(Event, kw_only=True, tag="audited"):
    """Somebody kept order, or steered the server. Nobody is shown it, and it is of no room's history.

    `door` is by what he came (`text`, `json`, `ssh`, `control`, `server`), `address` the real one, `line` what he
    typed, without secrets; `target` a nickname, an account or a mask, `room` a name; each empty if there is none.
    """

    keep = True

    by: Who
    door: str
    address: str
    line: str
    target: str = ""
    room: str = ""
