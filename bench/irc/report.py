"""The tables of a run, and the page they stand on."""

from __future__ import annotations

import platform
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import twisted

__all__ = ["WORKLOADS", "Run", "page", "tables"]

BASE = "inspircd"
WORKLOADS = {
    "f100w1": "one room of 100, one sender; the next line when the last member has the one before",
    "f100": "the same, 16 lines ahead of the slowest member",
    "f1000": "one room of 1,000, 4 senders, each 4 lines ahead",
    "r100": "100 rooms of 10, a sender in each, 4 lines ahead",
    "pm500": "500 pairs, private messages one way, 4 lines ahead",
    "newcomers": "2,000 connections, one after the other; then each joins a room of its own",
    "paced": "500 lines a second in all over 100 rooms of 10, room after room",
}
FIGURES = (
    ("newcomers", "cpu", "connect, register and join, CPU µs", "{:,.0f}"),
    ("newcomers", "memory", "memory of a registered connection, bytes", "{:,.0f}"),
    ("paced", "p50", "500 lines/s: p50, µs", "{:,.0f}"),
    ("paced", "p99", "500 lines/s: p99, µs", "{:,.0f}"),
)


@dataclass(frozen=True)
class Run:
    """What was asked for and what came of it."""

    command: str
    rounds: int
    seconds: float
    servers: dict[str, tuple[str, str]]
    """Name and version of each."""
    results: dict[tuple[str, str], list[dict[str, Any]]]
    """For each workload and server, a row of figures a round."""
    broken: list[str]

    def of(self, workload: str, server: str, figure: str) -> list[float]:
        """Return a figure of each round."""
        return sorted(row[figure] for row in self.results.get((workload, server), ()))

    @property
    def waited(self) -> float:
        """The share of the time in which others had the server's processor, of all runs."""
        return statistics.mean(
            [row["waited"] for rows in self.results.values() for row in rows if "waited" in row]
        )

    def median(self, workload: str, server: str, figure: str) -> float | None:
        """Return the median of a figure, if it was measured."""
        found = self.of(workload, server, figure)
        return statistics.median(found) if found else None


def tables(run: Run) -> str:
    """Return all figures, and beside InspIRCd's those of the others as a multiple of them."""
    cpu = [(workload, "cpu", f"**{workload}**", "{:.2f}") for workload in WORKLOADS]
    deliveries = [row for row in cpu if row[0] not in {"newcomers", "paced"}]
    parts = [
        "CPU µs per delivered message: median, and least to most of the rounds.\n",
        _table(run, deliveries),
    ]
    if BASE in run.servers and len(run.servers) > 1:
        parts += ["\nThe medians as multiples of InspIRCd's.\n", _ratios(run, deliveries)]
    parts += ["\nConnections, and how long a message takes.\n", _table(run, FIGURES)]
    return "\n".join(parts)


def _table(run: Run, rows: Any) -> str:
    names = [name for name, _ in run.servers.values()]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    for workload, figure, title, form in rows:
        cells = []
        for server in run.servers:
            found = run.of(workload, server, figure)
            spread = f"{form} ({form} to {form})"
            cells.append(spread.format(statistics.median(found), found[0], found[-1]) if found else "")
        if any(cells):
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _ratios(run: Run, rows: Any) -> str:
    others = [server for server in run.servers if server != BASE]
    lines = ["| | " + " | ".join(run.servers[server][0] for server in others) + " |"]
    lines.append("|---|" + "--:|" * len(others))
    for workload, figure, title, _ in rows:
        base = run.median(workload, BASE, figure)
        mine = [run.median(workload, server, figure) for server in others]
        if base:
            lines.append(
                f"| {title} | " + " | ".join(f"{each / base:.2f}" if each else "" for each in mine) + " |"
            )
    return "\n".join(lines)


def machine() -> str:
    """Return what the figures depend on beside the servers."""
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return (
        f"{len(models)} cores of {model}, Linux {platform.release()}, Python {platform.python_version()}, "
        f"Twisted {twisted.__version__}"
    )


def page(run: Run) -> str:
    """Return docs/performance.md."""
    versions = ", ".join(sorted({version for _, version in run.servers.values()}))
    broken = "".join(f"\n- {each}" for each in run.broken)
    return PAGE.format(
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=machine(),
        versions=versions,
        rounds=run.rounds,
        seconds=f"{run.seconds:g}",
        waited=f"{run.waited:.1%}",
        command=run.command,
        tables=tables(run),
        workloads="\n".join(f"| **{name}** | {text} |" for name, text in WORKLOADS.items()),
        checked=f"Not so in these runs, which have no figures:\n{broken}"
        if broken
        else "Nothing was, in any run.",
    )


PAGE = """# Performance

Written by `{command}`, {date}, on {machine}. Servers: {versions}.

{tables}

`chatd` is with `storage.durability` off: nothing said is stored, as with the other servers. `chatd, durable` is with
`commit`: what is shown is on the disk.

## What is measured

| Workload | |
|---|---|
{workloads}

- CPU: what all threads of the server used of the processor, user and system (`/proc/PID/stat`), from when the talk is warm
  until everybody has heard everything, divided by the messages delivered: one line in a room of 100 is 99. The kernel's
  part of sending and receiving is in it. Such a run lasts {seconds} s.
- The server has the first core, the load the second; other processes had the server's for {waited} of the time. A message's payload is 64 bytes, plain TCP over loopback.
- {rounds} rounds; in each, every workload is run on one server after the other, each time a new one. Medians are compared
  within one run only: another machine, or this one at another time, gives other figures.
- All servers: no limits on floods and on connections, large send queues, no history, no look-ups of hosts or users, no
  cloaks but chatd's own. `bench/irc/servers.py` has their settings.
- Memory: what the server has more of resident after 2,000 connections have registered, 200 others having done so before,
  divided by 2,000. The kernel's part of a connection is not in it.
- CPU to connect, register and join: of the same 2,000, each in a room of its own. InspIRCd completes registrations once a
  second, many at once.
- 500 lines a second: from before the sender's write until a member has read it, of all members. The load spins.
- Lines are sent ahead (all but f100w1): who writes several lines to a member at once gains by it. f100w1 is nearest to ordinary talk.
- Each line carries its sender and a count; nobody may lose, get twice or get out of order any line, or get anything
  else. {checked}

## Where the time goes

- A message to a room is encoded once and written to each member, once a turn of the reactor for all that was said in it: what
  a delivery takes there is for the most part the kernel's. So rooms are near InspIRCd, and large ones ahead of it.
- A line is read, checked, numbered and given its time and identifier whoever hears it, 33 calls of
  chatd's functions for a private message (`tests/irc/test_plain.py` counts them). It is divided by the members of a
  room, by nobody in private talk: pm500 is this, r100 a ninth of it, and there chatd is well behind InspIRCd.
- What took the most has gone: the objects of a request that needs none (26 calls), talk of guests noted for nobody, asking per
  line what waits for the store, a timeline around the timeline. Before, it was 85 calls and twice the time.
- Durable, a line waits for its commit, alone if nobody else talks: f100w1 pays a transaction a line.

## To repeat it

    apt-get install inspircd ngircd      # those compared with; they need not run
    make peers

A round takes about two minutes. `python -m bench.irc --help` tells how to measure a part.
"""
