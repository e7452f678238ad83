"""The figures of the server, read where they are kept when somebody asks, and shown as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from twisted.application.service import Service

from chatd import __version__
from chatd.core.ports import Delayed
from chatd.core.registry import Registry
from chatd.services.distribution import Distribution
from chatd.services.timeline import Timeline

__all__ = ["DROPS", "FIGURES", "Doors", "Figure", "Metrics"]

INTERVAL = 0.25
"""Seconds between two looks at how late the reactor is."""
FRESH = 1.0
"""Seconds for which all who ask are shown the same. With 5,000 connections reading it all took 13 ms."""
DELAYS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

DROPS = (
    "broke the rules of WebSocket",
    "ping timeout",
    "send queue exceeded",
    "sent a line without an end",
    "too many lines",
    "too many parts of messages",
    "too many pings",
    "too many pongs",
    "too much telnet",
    "took too long to choose a nickname",
)
"""Why connections are dropped. Other reasons are counted as OTHER."""
OTHER = "other"


class Talker(Protocol):
    """A session, as it is watched."""

    @property
    def lines_waiting(self) -> int:
        """Lines that wait for their turn."""

    @property
    def bytes_queued(self) -> int:
        """Bytes that wait for the other end to take them."""


class Doors(Protocol):
    """All doors together, as they are watched."""

    @property
    def talkers(self) -> Sequence[Talker]:
        """Who talks by a front end, or is about to."""

    @property
    def open_connections(self) -> int:
        """Connections that count for `limits.connections`."""

    def connections(self) -> dict[str, int]:
        """Return how many connections each door has."""

    def refused(self) -> Mapping[str, int]:
        """Return how many connections were not let in, by reason."""


class Tried(Protocol):
    """Who proves something."""

    @property
    def results(self) -> Mapping[str, int]:
        """How many tries came out in which way."""


class Figure(NamedTuple):
    """One metric: its kind, its labels, what it means."""

    kind: str
    labels: tuple[str, ...]
    meaning: str


def _gauge(meaning: str, *labels: str) -> Figure:
    return Figure("gauge", labels, meaning)


def _counter(meaning: str, *labels: str) -> Figure:
    return Figure("counter", labels, meaning)


def _histogram(meaning: str) -> Figure:
    return Figure("histogram", (), meaning)


FIGURES = {
    "chatd_version": _gauge("The version that runs. Always 1.", "version"),
    "chatd_connections": _gauge(
        "Connections with a session, named or not, by the door they came by; of `files` and `ssh`, all.",
        "door",
    ),
    "chatd_open_connections": _gauge(
        "Connections that count for `limits.connections`: besides those with a session, requests over HTTP and who is just coming in."
    ),
    "chatd_unnamed": _gauge("Sessions that have not chosen a nickname."),
    "chatd_users": _gauge("Users online."),
    "chatd_rooms": _gauge("Rooms that exist."),
    "chatd_messages_total": _counter("Messages taken, in rooms (`room`) and between two (`private`).", "to"),
    "chatd_deliveries_total": _counter(
        "Events written to connections: each event of a room once for each who is shown it, and private messages."
    ),
    "chatd_commit_seconds": _histogram(
        "Seconds from the beginning of a commit to its answer. With `storage.durability` other than `commit` nobody waits for one."
    ),
    "chatd_commit_events": _histogram("Events in one commit."),
    "chatd_waiting_events": _gauge("Events and answers that wait for their turn, most of them for a commit."),
    "chatd_storing": _gauge(
        "1: messages are stored before they are shown. 0: they cannot be, and are shown unstored."
    ),
    "chatd_send_queue_bytes": _gauge("Bytes that wait for connections to take them."),
    "chatd_send_queues": _gauge("Connections for which something waits."),
    "chatd_inbox_lines": _gauge("Lines of clients that wait for their turn."),
    "chatd_drops_total": _counter("Connections ended by the server for breaking a limit.", "reason"),
    "chatd_refused_total": _counter(
        "Connections not let in: `full`, `address` (too many open), `pace` (too many new ones).", "reason"
    ),
    "chatd_logins_total": _counter(
        "Proofs of who one is, by password, SCRAM, certificate or as an operator: `right`, `wrong`, `slowed` "
        "(after too many wrong ones), `failed` (could not be looked at).",
        "result",
    ),
    "chatd_reactor_delay_seconds": _histogram(
        f"How late a timer comes, looked at every {INTERVAL:g} s: for so long everybody waited."
    ),
}

KINDS = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}


class Metrics(Service, Collector):
    """`page` is what is shown. `draining` is set when the server goes down."""

    def __init__(
        self, registry: Registry, timeline: Timeline, tried: Tried, doors: Doors, reactor: Any
    ) -> None:
        self._registry = registry
        self._timeline = timeline
        self._tried = tried
        self._doors = doors
        self._reactor = reactor
        self._delays = Distribution(DELAYS)
        self._timer: Delayed | None = None
        self._due = 0.0
        self._page = b""
        self._read = 0.0
        self.draining = False
        self._all = CollectorRegistry(auto_describe=False)
        self._all.register(self)
        ProcessCollector(registry=self._all)

    def page(self) -> bytes:
        """Return all figures in Prometheus's text format, at most FRESH seconds old."""
        now = self._reactor.seconds()
        if not self._page or now >= self._read + FRESH:
            self._page, self._read = self.read(), now
        return self._page

    def read(self) -> bytes:
        """Return all figures of this moment."""
        return generate_latest(self._all)

    @property
    def unready(self) -> str:
        """Why nobody should be sent here now; empty: all is well."""
        if self.draining:
            return "the server is stopping"
        return "messages are not being stored" if self._timeline.stalled else ""

    # twisted.application.service.IService

    def startService(self) -> None:
        """Begin to look at how late the reactor is."""
        super().startService()
        self._wait()

    def stopService(self) -> None:
        """Look no more."""
        super().stopService()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _wait(self) -> None:
        self._due = self._reactor.seconds() + INTERVAL
        self._timer = self._reactor.callLater(INTERVAL, self._look)

    def _look(self) -> None:
        self._delays.add(max(0.0, self._reactor.seconds() - self._due))
        self._wait()

    # prometheus_client.registry.Collector

    def collect(self) -> Iterator[Metric]:
        """Return each figure with its values of this moment."""
        values = self._values()
        for name, (kind, labels, meaning) in FIGURES.items():
            value = values[name]
            if isinstance(value, Distribution):
                yield HistogramMetricFamily(name, meaning, buckets=value.buckets(), sum_value=value.total)
            else:
                family = KINDS[kind](name, meaning, labels=labels)
                for label, count in value.items() if labels else [("", value)]:
                    family.add_metric((label,) if labels else (), count)
                yield family

    def _values(self) -> dict[str, Any]:
        registry, timeline = self._registry, self._timeline
        talkers = self._doors.talkers
        queued = [size for each in talkers if (size := each.bytes_queued)]
        return {
            "chatd_version": {__version__: 1},
            "chatd_connections": self._doors.connections(),
            "chatd_open_connections": self._doors.open_connections,
            "chatd_unnamed": len(registry.census.strangers),
            "chatd_users": len(registry.users),
            "chatd_rooms": len(registry.rooms),
            "chatd_messages_total": {"room": registry.said, "private": registry.said_private},
            "chatd_deliveries_total": registry.world.turn.delivered,
            "chatd_commit_seconds": timeline.seconds,
            "chatd_commit_events": timeline.sizes,
            "chatd_waiting_events": len(timeline),
            "chatd_storing": int(not timeline.stalled),
            "chatd_send_queue_bytes": sum(queued),
            "chatd_send_queues": len(queued),
            "chatd_inbox_lines": sum([each.lines_waiting for each in talkers]),
            "chatd_drops_total": _by_reason(registry.census.drops),
            "chatd_refused_total": self._doors.refused(),
            "chatd_logins_total": self._tried.results,
            "chatd_reactor_delay_seconds": self._delays,
        }


def _by_reason(drops: Mapping[str, int]) -> dict[str, int]:
    """Return the known reasons, and what all others come to."""
    known = {reason: drops.get(reason, 0) for reason in DROPS}
    return {**known, OTHER: sum(drops.values()) - sum(known.values())}
