"""Finding what was said by its words."""

from __future__ import annotations

from typing import cast

from chatd.commands.accounts import require_account
from chatd.commands.arguments import Rest, account_at
from chatd.commands.context import Context
from chatd.commands.reading import readable, require_readable
from chatd.commands.table import command
from chatd.core import queries, text
from chatd.core.events import Event, RoomEvent
from chatd.core.ports import Scope, Searcher
from chatd.core.queries import Query
from chatd.core.results import Found, Hit

__all__ = ["Search"]

QUERY_BYTES = 1024


class Search:
    """Asks the index of words."""

    title = "History"

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    @command(
        "search",
        usage='WORDS "A PHRASE" -WORD from:NICK in:ROOM|@USER before:TIME after:TIME has:link',
        example='/search "release notes" from:bob in:#dev after:7d',
        menu="Search what was said",
        weight=5,
        shell=True,
    )
    async def search(self, ctx: Context, words: Rest) -> None:
        """Find what was said in the rooms you may read and in your private talk, newest first; give what is to be
        in it, in any order."""
        query = queries.parse(text.line(words, QUERY_BYTES), ctx.registry.time())
        scope = _scope(ctx, query)
        await ctx.session.settled()
        hits = await self._searcher.find(query, scope)
        ctx.session.require_alive()
        events = [event for event in hits.events if _still_readable(ctx, event)]
        ctx.reply(
            Found(query=query.text, events=cast("list[Hit]", events), before=hits.rest, hasty=hits.hasty)
        )


def _scope(ctx: Context, query: Query) -> Scope:
    """Return what who asks may read of what he asks for; raise ChatError for a room he named and may not."""
    registry, user = ctx.registry, ctx.user
    ignoring = frozenset(() if user is None else user.ignoring)
    if query.places:
        others = frozenset(account_at(ctx, raw).id for raw in query.places if raw.startswith("@"))
        named = [registry.find_room(raw, user) for raw in query.places if not raw.startswith("@")]
        for room in named:
            require_readable(ctx, room)
        rooms = frozenset(room.id for room in named)
        return Scope(
            rooms, account=require_account(ctx).id if others else "", others=others, ignoring=ignoring
        )
    open_: list[str] = []
    closed: list[str] = []
    for room in registry.rooms.values():
        (open_ if readable(registry, room, user) else closed).append(room.id)
    account = "" if user is None else user.who.account or ""
    return Scope(frozenset(open_), frozenset(closed), account, ignoring=ignoring)


def _still_readable(ctx: Context, event: Event) -> bool:
    """Whether nothing has changed while it was searched for."""
    if not isinstance(event, RoomEvent):
        return True
    room = ctx.registry.rooms_by_id.get(event.room_id)
    return room is not None and readable(ctx.registry, room, ctx.user)
