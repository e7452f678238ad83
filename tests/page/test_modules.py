"""The parts of the page that need no browser, tested where node is."""

from __future__ import annotations

import subprocess
from pathlib import Path
from unittest import TestCase

from tests.requirements import program

HERE = Path(__file__).parent


class ModuleTests(TestCase):
    def test_modules(self) -> None:
        """Each `*.test.mjs` beside this file passes."""
        files = sorted(map(str, HERE.glob("*.test.mjs")))
        done = subprocess.run(
            [program("node"), "--test", *files], capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout)
