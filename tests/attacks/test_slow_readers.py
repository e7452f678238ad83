"""Promise 1: who does not read is dropped; the process stays small and nobody else notices."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from tests.attacks.house import AttackCase, Gauge, pour
from tests.authority import IssuedFiles
from tests.process.server import ANY_PORT

pytestmark = pytest.mark.attack

MEGABYTE = 1_000_000
PUSHED = 30 * MEGABYTE
GROWTH = 8_000_000 / 2**20
"""MiB that the process may grow by."""
LINE = b"x" * 4000 + b"\n"
SPEAKERS = "127.0.0.3"


class NeverReads(IssuedFiles, AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(
            "--set", f'limits.bots=["127.0.0.2", "{SPEAKERS}"]', "--set", "limits.bot_lines_per_second=0",
            listen=(ANY_PORT, self.description()),
        )  # fmt: skip
        self.tls = ssl.create_default_context(cadata=self.authority.root.cert_pem.bytes().decode())

    def push_past(self, **how: Any) -> None:
        """Two speakers push 30 MB through the lobby, where the canaries are and a client made by `how`."""
        gauge = Gauge(self.server)
        speakers = [self.member(self.server, nick, SPEAKERS) for nick in ("Ada", "Bea")]
        # What the same takes while everybody reads: the database's pages, lines that wait for their commit.
        pour(speakers, LINE, 60, until_sent=PUSHED // 2)
        with self.canary(self.server, "1") as canary:
            self.member(self.server, "Mute", receive_buffer=4096, **how)
            before = gauge.peak
            gauge.reset_peak()
            flows = pour(speakers, LINE, 60, until_sent=PUSHED // 2)
            line = self.server.heard("send queue exceeded")
            peak, after = gauge.peak, gauge.memory
        self.assertIn("Mute at 127.0.0.1", line)
        self.assertGreaterEqual(sum(flow.sent for flow in flows.values()), PUSHED)
        self.assertFalse(any(flow.closed for flow in flows.values()))
        self.assertLessEqual(max(peak, after) - before, GROWTH)
        canary.check(
            f"{sum(flow.sent for flow in flows.values()) / MEGABYTE:.0f} MB pushed past: "
            f"the process took {peak - before:+.1f} MiB beside what it takes while everybody reads, {after - before:+.1f} MiB in the end"
        )

    def test_over_tcp(self) -> None:
        """A member that never reads, over TCP."""
        self.push_past()

    def test_over_tls(self) -> None:
        """A member that never reads, over TLS."""
        self.push_past(port=self.server.port("tls"), tls=self.tls)
