"""The owner of the server, at the control socket."""

from __future__ import annotations

import asyncio
from typing import cast

import msgspec

from bench.soak.acts import Company

__all__ = ["Owner"]


class Owner(asyncio.Protocol):
    """Throws off, bans from the server, tells everybody something."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._network = ""

    def act(self, company: Company) -> None:
        """Run one command."""
        drawn = company.random.random()
        if drawn < 0.3:
            client = company.somebody()
            client.leaving = True
            self.command(f"/kick {client.nick} for the soak")
        elif drawn < 0.85:
            # Whom no ban meets is looked at for each of them all the same.
            self._network = (
                f"address:10.{company.random.randint(0, 255)}.{company.random.randint(0, 255)}.0/24"
            )
            self.command(f"/ban {self._network} {company.random.choice(('1s', '10s', '10s'))}")
        elif drawn < 0.98:
            self.command(f"/unban {self._network or 'address:10.0.0.1'}")
        else:
            self.command("/broadcast this is a soak")

    def command(self, line: str) -> None:
        self._transport.write(msgspec.json.encode({"type": "command", "line": line}) + b"\n")
