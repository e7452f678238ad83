"""Promises 2 and 12: TLS records that carry nothing, or next to nothing, cost the others nothing."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable

import pytest

from tests.attacks.floods import pour
from tests.attacks.house import AttackCase, Gauge
from tests.attacks.keyupdates import Renewer
from tests.authority import IssuedFiles
from tests.process.server import ANY_PORT

pytestmark = pytest.mark.attack

CLIENTS = 16
RENEWALS = 10_000


class Records(IssuedFiles, AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(listen=(ANY_PORT, self.description()))
        self.gauge = Gauge(self.server)

    def test_renewed_keys(self) -> None:
        """16 clients renew their TLS 1.3 keys as fast as they can: cut off after some."""
        sockets = [self.connect(self.server, port=self.server.port("tls")) for _ in range(CLIENTS)]
        renewers = [Renewer(self, each) for each in sockets]
        for number, each in enumerate(renewers):
            each.say(b"Flo%d\n" % number)
        floods = [each.renewals(RENEWALS) for each in renewers]
        cut_off = []

        def send(number: int) -> None:
            try:
                sockets[number].sendall(floods[number])
                while sockets[number].recv(65536):
                    pass
            except OSError:
                pass
            cut_off.append(number)

        before = self.gauge.cpu
        with self.canary(self.server, "12") as canary:
            _together(threading.Thread(target=send, args=(number,)) for number in range(CLIENTS))
            canary.sing_for(5)
        self.assertEqual(len(cut_off), CLIENTS)
        canary.check(f"{CLIENTS} × {RENEWALS:,} renewals sent: {self.gauge.cpu - before:.2f} s of CPU")

    def test_records_of_one_byte(self) -> None:
        """16 clients send lines in TLS records of one byte each, 64 KiB at a time."""
        tls = ssl.create_default_context(cadata=self.authority.root.cert_pem.bytes().decode())
        members = [
            self.member(self.server, f"Flo{number}", port=self.server.port("tls"), tls=tls)
            for number in range(CLIENTS)
        ]
        with self.canary(self.server, "2") as canary:
            flows = pour(members, b"x", 5)
        sent = sum(flow.sent for flow in flows.values())
        canary.check(f"{sent:,} records in 5 s")


def _together(threads: Iterable[threading.Thread]) -> None:
    started = list(threads)
    for each in started:
        each.start()
    for each in started:
        each.join()
