"""The load: a crowd of clients in a process of its own, which says at its end what it did and what was wrong.

    python -m bench.soak.load '{"port": 7976, "tls_port": 7977, "authority": "ca.pem", …}'

It ends when its standard input does, after everybody has quit, and prints one JSON object.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections import Counter, deque
from collections.abc import Coroutine
from functools import partial
from itertools import accumulate, count
from random import Random
from typing import Any

import msgspec

from bench.soak.acts import ACTS, RENEWING
from bench.soak.clients import Client
from bench.soak.json_client import JsonClient
from bench.soak.owner import Owner
from bench.soak.text_client import TextClient

__all__ = ["HURRY", "Load", "Plan", "nickname"]

HALLS = 6
ROOMS_REMEMBERED = 24
TICK = 0.02
"""Seconds from one round of acts to the next."""
REST = 0.25
"""Seconds that a client leaves between two acts: the answers to the one are there before the next."""
PASSERS_BY = 2.0
"""Connections in a second that never get as far as a nickname."""
OWNER = 1.0
"""Commands of the owner in a second."""
HURRY = 4.0
PATIENCE = 20.0
COMPLAINTS_KEPT = 50
CONSONANTS, VOWELS = "bdfgkpstvz", "aeu"
# What is said by who does not come to chat: nothing, a web browser, half a TLS hello, a line without an end.
OPENINGS = (
    b"",
    b"GET / HTTP/1.1\r\nHost: chat\r\n\r\n",
    b"\x16\x03\x01\x02",
    b"x" * 6000,
    b"\xff\xfb\x1f\xff",
)


class Plan(msgspec.Struct, frozen=True):
    """What the load is asked to do. Rates are of the whole crowd."""

    port: int
    tls_port: int
    control: str
    """The owner's socket."""
    authority: str
    """PEM file of the authority that TLS clients trust."""
    seed: int = 1
    text: int = 120
    json: int = 60
    tls: int = 40
    """TLS clients, one half of each dialect."""
    acts_per_second: float = 400.0
    hurry: float = 0.0
    """Seconds in the beginning in which names, rooms and addresses are renewed HURRY times as often."""


class Load(msgspec.Struct):
    """What the load did, and what was wrong (`complaints`: the first ones in words)."""

    counts: dict[str, int]
    complaints: list[str]
    complained: int


def nickname(number: int) -> str:
    """Return the nickname of that number: syllables, so that none looks like another; some not ASCII."""
    name, rest = "", number
    while rest or not name:
        rest, syllable = divmod(rest, len(CONSONANTS) * len(VOWELS))
        consonant, vowel = divmod(syllable, len(VOWELS))
        name += CONSONANTS[consonant] + VOWELS[vowel]
    return name.capitalize() + ("ö" if number % 8 == 0 else "")


class Crowd:
    """All clients. Who leaves is replaced at once by a new one, with a new name from a new address."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.random = Random(plan.seed)
        self.counts: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.complained = 0
        self.halls = [f"#hall{number}" for number in range(HALLS)]
        self._new_rooms: deque[str] = deque(["#first"], maxlen=ROOMS_REMEMBERED)
        self._numbers = count()
        self._clients: dict[Client, tuple[type[Client], bool]] = {}
        self._named: list[Client] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._empty = asyncio.Event()
        self._acts = list(ACTS)
        self._weights = list(accumulate(ACTS.values()))
        hurried = (weight * (HURRY if act in RENEWING else 1) for act, weight in ACTS.items())
        self._hurried = list(accumulate(hurried))
        self._trust = ssl.create_default_context(cafile=plan.authority)

    # acts.Company

    def new_nick(self) -> str:
        return nickname(next(self._numbers))

    def new_room(self, start: str) -> str:
        self._new_rooms.append(start + self.new_nick().lower())
        return self._new_rooms[-1]

    def some_new_room(self) -> str:
        return self.random.choice(self._new_rooms)

    def somebody(self) -> Client:
        return self.random.choice(self._named)

    def member(self, room: str, but: Client) -> Client | None:
        there = [client for client in self._named if client is not but and room in client.ledger.rooms]
        return self.random.choice(there) if there else None

    # clients.House

    def arrived(self, client: Client) -> None:
        self.counts["clients named"] += 1
        self._named.append(client)

    def gone(self, client: Client) -> None:
        kind = self._clients.pop(client)
        if client in self._named:
            self._named.remove(client)
        if not self._stopping:
            self._spawn(self._connect(*kind))
        elif not self._clients:
            self._empty.set()

    def complain(self, words: str) -> None:
        self.complained += 1
        if len(self.complaints) < COMPLAINTS_KEPT:
            self.complaints.append(words)

    # Coming and passing by

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.complain(f"could not connect or talk: {error!r}")

    def _address(self) -> tuple[str, int]:
        """Return where the next one comes from: any address of 127.0.0.0/8 but those of the first /16."""
        a, b, c = self.random.randint(1, 254), self.random.randint(0, 255), self.random.randint(1, 254)
        return f"127.{a}.{b}.{c}", 0

    async def _connect(self, kind: type[Client], tls: bool) -> None:
        client = kind(self, self.new_nick())
        self._clients[client] = (kind, tls)
        how: dict[str, Any] = {"ssl": self._trust, "server_hostname": "localhost"} if tls else {}
        port = self.plan.tls_port if tls else self.plan.port
        self.counts["connections"] += 1
        await asyncio.get_running_loop().create_connection(
            lambda: client, "127.0.0.1", port, local_addr=self._address(), **how
        )

    async def _pass_by(self) -> None:
        """Connect without ever being named; say something strange or nothing, and go by FIN or RST."""
        port = self.random.choice((self.plan.port, self.plan.tls_port))
        opening, reset = self.random.choice(OPENINGS), self.random.random() < 0.5
        self.counts["passers-by"] += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=self._address())
        try:
            writer.write(opening)
            await asyncio.wait_for(reader.read(4096), 1.0)
        except (TimeoutError, ConnectionError):
            pass  # the server closes on some, waits for others
        finally:
            if reset:
                writer.transport.abort()
            writer.close()

    # The run

    def _act(self, client: Client, now: float, *, hurry: bool) -> None:
        if client.leaving or now - client.acted < REST:
            return
        client.acted = now
        (act,) = self.random.choices(self._acts, cum_weights=self._hurried if hurry else self._weights)
        self.counts[f"act: {act.__name__.replace('_', ' ')}"] += 1
        act(client, self)

    async def _tick(self, stop: asyncio.Event, owner: Owner) -> None:
        """Let the crowd act at the rate of the plan until `stop`; what a late tick missed is made up for."""
        loop = asyncio.get_running_loop()
        clock = loop.time
        acted = passed = owned = 0.0
        before = clock()
        unhurried = before + self.plan.hurry
        while not stop.is_set():
            await asyncio.sleep(TICK)
            now = clock()
            # Not more than a second's worth: a pause of the machine is not answered by a flood.
            seconds, before = min(now - before, 1.0), now
            acted += seconds * self.plan.acts_per_second
            passed += seconds * PASSERS_BY
            owned += seconds * OWNER
            for _ in range(int(acted)):
                if self._named:
                    self._act(self.somebody(), now, hurry=now < unhurried)
            for _ in range(int(passed)):
                self._spawn(self._pass_by())
            for _ in range(int(owned)):
                if self._named:
                    owner.act(self)
            acted, passed, owned = acted % 1, passed % 1, owned % 1

    async def run(self, stop: asyncio.Event) -> Load:
        """Come, act until `stop`, leave; return how it went."""
        plan = self.plan
        kinds: list[tuple[type[Client], bool]] = [(TextClient, False)] * plan.text + [
            (JsonClient, False)
        ] * plan.json
        kinds += [((TextClient, JsonClient)[number % 2], True) for number in range(plan.tls)]
        for kind, tls in kinds:
            self._spawn(self._connect(kind, tls))
        loop = asyncio.get_running_loop()
        transport, owner = await loop.create_unix_connection(Owner, plan.control)
        await self._tick(stop, owner)
        await self._leave()
        transport.close()
        return Load(dict(sorted(self.counts.items())), self.complaints, self.complained)

    async def _leave(self) -> None:
        """Wait until everybody has what is due, and let everybody quit."""
        self._stopping = True
        await asyncio.sleep(2.0)
        while self._tasks:
            await asyncio.wait(self._tasks, timeout=PATIENCE)
        for client in self._named:
            if isinstance(client, JsonClient) and client.unanswered and not client.leaving:
                client.complain(f"{client.unanswered} requests were never answered")
            # Also who was to be thrown off: the owner may have named him by the nickname he had before.
            client.quit("the soak is over")
        try:
            if self._clients:
                await asyncio.wait_for(self._empty.wait(), PATIENCE)
        except TimeoutError:
            for client in self._clients:
                client.complain(f"was not closed {PATIENCE:.0f} s after its end was due; {client.state}")


async def main() -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_reader(sys.stdin, stop.set)
    crowd = Crowd(msgspec.json.decode(sys.argv[1], type=Plan))
    loop.set_exception_handler(partial(_report, crowd))
    load = await crowd.run(stop)
    loop.remove_reader(sys.stdin)
    sys.stdout.buffer.write(msgspec.json.encode(load) + b"\n")


def _report(crowd: Crowd, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception in a callback of a client, as for a line that cannot be read, is a complaint as well."""
    crowd.complain(f"{context.get('message')}: {context.get('exception')!r}")


if __name__ == "__main__":
    asyncio.run(main())
