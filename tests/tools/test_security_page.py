"""docs/security.md names tests and settings that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_type_hints

from twisted.trial.unittest import SynchronousTestCase

from chatd.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


class SecurityPageTests(SynchronousTestCase):
    def test_tests(self) -> None:
        """Each test that is said to show a promise exists under that name."""
        named = re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", PAGE)
        self.assertGreater(len(named), 20)
        for path, name in named:
            self.assertTrue((ROOT / path).exists(), path)
            if name:
                source = (ROOT / path).read_text(encoding="utf-8")
                self.assertRegex(source, rf"(?m)^\s*(class|(async )?def) {name}\b", f"{path}::{name}")

    def test_settings(self) -> None:
        """Each setting that is named exists."""
        sections = get_type_hints(Settings)
        named = re.findall(r"`(server|names|limits|storage|manhole|log)\.(\w+)`", PAGE)
        self.assertGreater(len(named), 10)
        for section, key in named:
            self.assertIn(key, get_type_hints(sections[section]), f"{section}.{key}")
