"""The canary pair with nobody attacking: what the other figures are to be compared with."""

from __future__ import annotations

import pytest

from tests.attacks.house import AttackCase

pytestmark = pytest.mark.attack


class Baseline(AttackCase):
    def test_quiet(self) -> None:
        """Nobody attacks: the base line."""
        server = self.start()
        with self.canary(server, "0") as canary:
            canary.sing_for(5)
        canary.check()
