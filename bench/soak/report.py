"""The page of a soak: its verdicts in words, its course as one picture."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.soak.house import SETTINGS, Sample
from bench.soak.judge import JUDGED_FROM, MB, Run, Verdict, percentile, second_half, slope, verdicts
from bench.soak.load import HURRY

__all__ = ["write"]

WINDOWS = 10
BLUE, ORANGE, GREEN, RED, GREY = "#0067a5", "#d95f02", "#1b7837", "#b2182b", "#777777"


def write(run: Run, folder: Path) -> list[Path]:
    """Write `soak.md` and `soak.png` into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    page, picture = folder / "soak.md", folder / "soak.png"
    page.write_text(_page(run), encoding="utf-8")
    _picture(run).savefig(picture, dpi=110)
    return [page, picture]


# ---------------------------------------------------------------- the picture


def _picture(run: Run) -> Figure:
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    figure = Figure(figsize=(10, 9), layout="constrained")
    memory, open_, delay = figure.subplots(3, 1, sharex=True)
    figure.suptitle(
        f"chatd, a soak of {run.minutes:g} minutes, {run.begun} UTC", x=0.01, ha="left", weight="bold"
    )
    _draw_memory(memory, run)
    _draw_descriptors(open_, run)
    _draw_delay(delay, run)
    delay.set_xlabel("minutes since the load began")
    delay.set_xlim(0, run.minutes)
    for axes in (memory, open_, delay):
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure


def _draw_memory(axes: Axes, run: Run) -> None:
    axes.plot(
        [s.at / 60 for s in run.samples], [s.memory / MB for s in run.samples], color=BLUE, linewidth=1.2
    )
    half = second_half(run)
    found = slope(half)
    middle = sum(s.at for s in half) / len(half)
    mean = sum(s.memory for s in half) / len(half) / MB
    ends = [half[0].at, half[-1].at]
    label = f"second half: {found.per_hour:+.2f} ± {found.error:.2f} MB an hour"
    axes.plot(
        [at / 60 for at in ends],
        [mean + found.per_hour * (at - middle) / 3600 for at in ends],
        color=RED,
        linewidth=1.6,
        label=label,
    )
    sizes = [s.memory / MB for s in run.samples]
    # As long as it stays within 10 MB the picture shows 10 MB, so that noise does not look like growth.
    axes.set_ylim(min(sizes) - 1, max(max(sizes) + 1, min(sizes) + 9))
    axes.set_ylabel("MB")
    axes.set_title("Resident memory of the server (VmRSS)", loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False)


def _draw_descriptors(axes: Axes, run: Run) -> None:
    minutes = [s.at / 60 for s in run.samples]
    lines = (
        ("descriptors", [s.descriptors for s in run.samples], BLUE),
        ("connections", [s.connections for s in run.samples], ORANGE),
        ("rooms", [s.rooms for s in run.samples], GREEN),
    )
    for label, values, color in lines:
        axes.plot(minutes, values, color=color, linewidth=1.0, label=label)
    axes.axhline(run.before.descriptors, color=GREY, linewidth=0.8, linestyle="--")
    note = f"{run.before.descriptors} descriptors before, {run.after.descriptors} after"
    axes.annotate(
        note,
        (0.99, run.before.descriptors),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        color=GREY,
        textcoords="offset points",
        ha="right",
    )
    axes.set_ylim(bottom=0)
    axes.set_ylabel("number")
    axes.set_title("Descriptors, connections and rooms", loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False, ncols=3)


def _draw_delay(axes: Axes, run: Run) -> None:
    size = max(20.0, run.minutes)
    groups = list(_grouped(run.probes, size, run.minutes * 60))
    minutes = [(start + size / 2) / 60 for start, _ in groups]
    for share, label, color in ((1.0, "worst", RED), (0.99, "p99", ORANGE), (0.5, "p50", BLUE)):
        values = [percentile(delays, share) * 1e3 for _, delays in groups]
        axes.plot(minutes, values, color=color, linewidth=1.2, marker=".", markersize=3, label=label)
    axes.axhline(100, color=GREY, linewidth=0.8, linestyle="--")
    axes.annotate(
        "promised for p99: 100 ms",
        (0.99, 100),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        color=GREY,
        textcoords="offset points",
        ha="right",
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_ylabel("ms")
    axes.set_title(f"Reactor delay: round trip of /version, by windows of {size:.0f} s", loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False, ncols=3)


def _grouped(
    probes: list[tuple[float, float]], size: float, end: float
) -> Iterator[tuple[float, list[float]]]:
    """Yield the delays of each window with its begin."""
    start = 0.0
    while start < end:
        delays = [delay for at, delay in probes if start <= at < start + size]
        if delays:
            yield start, delays
        start += size


# ---------------------------------------------------------------- the page


def _page(run: Run) -> str:
    words = {"kept": "kept", "broken": "**broken**", "open": "not judged"}
    rows = "\n".join(f"| {each.what} | {words[each.outcome]} | {_cell(each)} |" for each in verdicts(run))
    machine = ", ".join(f"{name} {value}" for name, value in run.machine.items())
    settings = ", ".join(f"`{setting}`" for setting in SETTINGS)
    plan, counts = run.plan, run.load.counts
    return f"""# Soak

Written by `make soak MINUTES={run.minutes:g}`. Begun {run.begun} UTC on {machine}.

![memory, descriptors and reactor delay](soak.png)

| Promise | | Measured |
|---|---|---|
{rows}

## The course

{_course(run)}

Memory: VmRSS at the window's end, MB of 1,000,000 bytes. Waited: the share of the time in which the server could have run but
other processes had the processor; what the machine adds to the delay.

## The load

A real `twistd -n chatd` on its defaults but {settings}. {plan.text} text clients, {plan.json} JSON clients and {plan.tls} over TLS (one half of each
dialect), on random addresses of 127.0.0.0/8, in one process of their own, do {plan.acts_per_second:g} things a second by a seeded generator (seed {plan.seed}; what is drawn
is the same each time, what it meets depends on time). In the first tenth of the run names, rooms and addresses are renewed {HURRY:g} times as often. Who leaves is replaced at once, under a name never used before. Besides, two connections a second never
get as far as a name (silence, HTTP, half a TLS hello, a line without an end), and once a second the owner throws somebody off, bans a network or lifts that.

{_table(("Done", "Times"), [(name.removeprefix("act: "), f"{n:,}") for name, n in counts.items() if name.startswith("act: ")])}

In all {_listed(counts)}.

Refused as they should be: {_refused(counts)}.

## How it is measured and judged

- Every 2 s: VmRSS, CPU and the open descriptors from `/proc`, users, rooms and connections from `/stats` on the control socket.
- Reactor delay: a client that is in no busy room asks `/version` every 200 ms. A probe that had to wait for the one before counts from when it was due.
- Slope: least squares over the second half. Its standard error allows for neighbouring samples being alike (n(1-r)/(1+r) independent ones).
  Broken: the slope less 2 standard errors is over 1 MB an hour. Kept: the slope and 2 standard errors are under it. Otherwise, and in a
  run of less than {JUDGED_FROM:.0f} minutes, it is not judged: the server's bounded caches (of names, look-alike keys, cloaks, addresses, 4,096 each) are filling then.
- Order: each line said carries a key and a count; under one key nobody may see a gap, a repetition or another order. JSON clients check that the
  numbers of each room follow each other, and that answers come once each and in order. Nobody may be closed by the server.
- In the end everybody quits; then descriptors, users and rooms have to be what they were before, and the log is searched for errors.

A promise that is broken ends the run with status 1.
"""


def _cell(verdict: Verdict) -> str:
    return verdict.figure.replace("|", "\\|").replace("\n", " ")


def _course(run: Run) -> str:
    """Return a table of WINDOWS rows."""
    size = run.minutes * 60 / WINDOWS
    first = run.before
    ends = [first, *(_last(run.samples, size * (n + 1)) for n in range(WINDOWS))]
    delays = dict(_grouped(run.probes, size, run.minutes * 60))
    rows = []
    for start, (before, now) in zip(_starts(size), pairwise(ends), strict=False):
        seconds = max(now.at - before.at, 1e-9)
        seen = delays.get(start, [])
        milliseconds = (f"{percentile(seen, share) * 1e3:.1f}" for share in (0.5, 0.99, 1.0))
        rows.append(
            (
                f"{start / 60:g} to {(start + size) / 60:g}",
                f"{now.memory / MB:.1f}",
                str(now.descriptors),
                str(now.users),
                str(now.rooms),
                f"{(now.cpu - before.cpu) / seconds:.0%}",
                f"{(now.waited - before.waited) / seconds:.1%}",
                *milliseconds,
            )
        )
    head = (
        "Minutes",
        "Memory, MB",
        "Descriptors",
        "Users",
        "Rooms",
        "CPU",
        "Waited",
        "Delay p50, ms",
        "p99",
        "worst",
    )
    return _table(head, rows)


def _starts(size: float) -> Iterator[float]:
    start = 0.0
    while True:
        yield start
        start += size


def _last(samples: list[Sample], at: float) -> Sample:
    return next((sample for sample in reversed(samples) if sample.at <= at), samples[0])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    line = "|" + "---|" + "--:|" * (len(head) - 1)
    return "\n".join(["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)])


def _listed(counts: dict[str, int]) -> str:
    names = ("connections", "clients named", "passers-by", "lines sent", "lines received", "bytes received")
    return ", ".join(f"{counts.get(name, 0):,} {name}" for name in names)


def _refused(counts: dict[str, int]) -> str:
    found = sorted(
        ((n, name.removeprefix("refused: ")) for name, n in counts.items() if name.startswith("refused: ")),
        reverse=True,
    )
    return ", ".join(f"{name} ({n:,})" for n, name in found[:12])
