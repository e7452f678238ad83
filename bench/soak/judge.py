"""What the figures of a soak are worth: slope of the memory with its error, percentiles, verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Literal, NamedTuple

import msgspec

from bench.soak.house import Sample
from bench.soak.load import Load, Plan

__all__ = ["MB", "Run", "Slope", "Verdict", "percentile", "second_half", "slope", "verdicts"]

MB = 1e6
MEMORY_PROMISED = 1.0
"""MB an hour."""
DELAY_PROMISED = 0.1
"""Seconds, of 99 in 100 probes."""
JUDGED_FROM = 20.0
"""Minutes from which on the slope is judged: in a shorter run the server's bounded caches still fill in its second half."""
SURE = 2.0
"""Standard errors within which a slope may be by chance."""


class Run(msgspec.Struct, frozen=True):
    """Everything measured in one soak, as it is kept for drawing it again."""

    begun: str
    """UTC."""
    minutes: float
    machine: dict[str, str]
    plan: Plan
    samples: list[Sample]
    probes: list[tuple[float, float]]
    """When (seconds since the load began) and how long (seconds)."""
    before: Sample
    after: Sample
    left_open: list[str]
    """Descriptors open afterwards that were not open before."""
    load: Load
    errors_logged: list[str]
    exit_status: int | None


class Slope(NamedTuple):
    """A least-squares line. `per_hour` and `error` (standard) in MB an hour; `worth`: how many
    independent samples those measured are worth."""

    per_hour: float
    error: float
    worth: float


class Verdict(NamedTuple):
    """One thing promised: `kept`, `broken`, or why it cannot be said."""

    what: str
    outcome: Literal["kept", "broken", "open"]
    figure: str


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all do not exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def second_half(run: Run) -> list[Sample]:
    """Return the samples of the second half of the run."""
    return [sample for sample in run.samples if sample.at >= run.minutes * 30]


def slope(samples: Sequence[Sample]) -> Slope:
    """Fit a line to the memory. Samples that follow each other closely say the same thing twice: the error
    counts them as n(1-r)/(1+r) independent ones, r being the correlation of neighbouring residuals
    (Santer et al., Journal of Geophysical Research 105, 2000, eq. 6)."""
    hours = [sample.at / 3600 for sample in samples]
    sizes = [sample.memory / MB for sample in samples]
    if len(samples) < 3:
        return Slope(math.nan, math.inf, len(samples))
    middle, mean = fmean(hours), fmean(sizes)
    spread = sum((hour - middle) ** 2 for hour in hours)
    per_hour = sum((hour - middle) * (size - mean) for hour, size in zip(hours, sizes, strict=True)) / spread
    rests = [size - mean - per_hour * (hour - middle) for hour, size in zip(hours, sizes, strict=True)]
    squares = sum(rest * rest for rest in rests)
    if not squares:
        return Slope(per_hour, 0.0, len(samples))
    neighbours = sum(first * second for first, second in pairwise(rests))
    alike = max(0.0, neighbours / squares)
    worth = len(samples) * (1 - alike) / (1 + alike)
    error = math.sqrt(squares / (worth - 2) / spread) if worth > 2 else math.inf
    return Slope(per_hour, error, worth)


def verdicts(run: Run) -> list[Verdict]:
    """Return what was promised and how it went."""
    delays = [delay for _, delay in run.probes]
    p99 = percentile(delays, 0.99)
    waited = (run.samples[-1].waited - run.before.waited) / (run.samples[-1].at - run.before.at)
    return [
        _memory(run),
        _verdict(
            "Descriptors return to what they were before the load",
            run.after.descriptors == run.before.descriptors,
            f"{run.before.descriptors} before, {max(s.descriptors for s in run.samples)} at most,"
            f" {run.after.descriptors} after" + "".join(f"; {name}" for name in run.left_open[:5]),
        ),
        _verdict(
            "Nobody and nothing is left",
            (run.after.users, run.after.rooms) == (run.before.users, run.before.rooms),
            f"users {run.after.users}, rooms {run.after.rooms}, as before: {run.before.users}, {run.before.rooms}",
        ),
        _verdict(
            "Each client is shown everything once and in order, and each request is answered once and in order",
            not run.load.complained,
            f"{run.load.complained} complaints in {run.load.counts.get('lines received', 0):,} lines"
            + "".join(f"; {words}" for words in run.load.complaints[:5]),
        ),
        _verdict(
            "Reactor delay: 99 of 100 probes are answered within 100 ms",
            p99 <= DELAY_PROMISED,
            f"p50 {percentile(delays, 0.5) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms,"
            f" worst {max(delays) * 1e3:.0f} ms of {len(delays):,} (other processes kept the server waiting for"
            f" {waited:.0%} of the time)",
        ),
        _verdict(
            "The server logs no error and ends when told to",
            not run.errors_logged and run.exit_status is not None,
            f"{len(run.errors_logged)} errors, exit status {run.exit_status}"
            + "".join(f"; {line}" for line in run.errors_logged[:5]),
        ),
    ]


def _verdict(what: str, kept: bool, figure: str) -> Verdict:
    return Verdict(what, "kept" if kept else "broken", figure)


def _memory(run: Run) -> Verdict:
    found = slope(second_half(run))
    what = f"Memory grows by less than {MEMORY_PROMISED:g} MB an hour"
    figure = f"{found.per_hour:+.2f} ± {found.error:.2f} MB an hour in the second half"
    if run.minutes < JUDGED_FROM:
        return Verdict(what, "open", f"{figure}; judged from {JUDGED_FROM:.0f} minutes on")
    if found.per_hour - SURE * found.error > MEMORY_PROMISED:
        return Verdict(what, "broken", figure)
    if found.per_hour + SURE * found.error < MEMORY_PROMISED:
        return Verdict(what, "kept", figure)
    return Verdict(what, "open", f"{figure}: a longer run would tell")
