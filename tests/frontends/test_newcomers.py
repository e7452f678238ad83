"""Many newcomers at once: they wait their turn, and nobody who is in waits for all of them."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from chatd.frontends.doors import endpoint_from
from tests.authority import IssuedFiles
from tests.frontends.porch_house import House, RecordingFactory

PLACES = 28
"""Where `struct tcp_info` of a listening socket has how many newcomers may wait (its u32 tcpi_sacked)."""


class Newcomers(IssuedFiles, TestCase):
    async def listen(self, description: str) -> Any:
        self.home = House(new_connections_per_address=0, connections_per_address=0)
        self.recorders = RecordingFactory()
        endpoint = endpoint_from(reactor, description, self.home.guard)
        port = await endpoint.listen(self.recorders)
        self.addCleanup(port.stopListening)
        return port

    async def test_places_to_wait(self) -> None:
        """Also where the description says how many."""
        most = int(Path("/proc/sys/net/core/somaxconn").read_text())
        tcp = "tcp:0:interface=127.0.0.1"
        for description, places in ((tcp, 1024), (self.description(), 1024), (f"{tcp}:backlog=7", 7)):
            port = await self.listen(description)
            info = port.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, PLACES + 4)
            self.assertEqual(struct.unpack_from("I", info, PLACES)[0], min(places, most), description)

    async def test_some_at_a_time(self) -> None:
        port = await self.listen("tcp:0:interface=127.0.0.1")
        for _ in range(100):
            client = socket.create_connection(("127.0.0.1", port.getHost().port))
            self.addCleanup(client.close)
        for _ in range(2):
            before = len(self.recorders.made)
            port.doRead()
            self.assertGreater(len(self.recorders.made), before)
            self.assertLessEqual(len(self.recorders.made), before + 36)
