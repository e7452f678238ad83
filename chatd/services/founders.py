"""Looks once a day for registered rooms whose founder has been absent for too long."""

from __future__ import annotations

from typing import Any

from twisted.application.internet import TimerService
from twisted.logger import Logger

from chatd.core.registry import Registry

__all__ = ["Founders"]

log = Logger(namespace="chatd.rooms")

LOOK_SECONDS = 86_400.0


class Founders(TimerService):
    """Applies the rule of core/succession.py."""

    def __init__(self, registry: Registry, clock: Any) -> None:
        super().__init__(LOOK_SECONDS, self._look)  # type: ignore[no-untyped-call]  # Twisted has not annotated it
        self.clock = clock
        self._registry = registry

    def _look(self) -> None:
        try:
            for room, founder, heir in self._registry.relieve_founders():
                log.info(
                    "{room}: {founder} was absent for too long; {heir} is founder now",
                    room=room.name.shown,
                    founder=founder.name,
                    heir=heir.name,
                )
        except Exception:  # noqa: BLE001 - the next day comes
            log.failure("absent founders were not looked for")
