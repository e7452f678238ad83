"""Figures that tests measure, kept for docs/reliability.md (report.py makes it).

Where the environment variable CHATD_FIGURES names a folder, each record becomes a line of JSON in a file of
this process there: {"promise", "test", "says", "figure", "canary"}.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from unittest import TestCase

__all__ = ["FIGURES", "record"]

FIGURES = "CHATD_FIGURES"


def record(case: TestCase, promise: str, figure: str = "", canary: dict[str, Any] | None = None) -> None:
    """Keep that the running test has shown a promise to hold; call it last, behind every assertion.

    `promise` is its number ("5", "19b"), `figure` what was measured with its unit, empty if there is nothing
    but yes or no. What the test shows is the first line of its docstring.
    """
    if figure:
        print(f"promise {promise}: {figure}")
    folder = os.environ.get(FIGURES)
    if not folder:
        return
    test = os.environ["PYTEST_CURRENT_TEST"].removesuffix(" (call)")
    row = {
        "promise": promise,
        "test": test,
        "says": case.shortDescription() or "",
        "figure": figure,
        "canary": canary,
    }
    with Path(folder, f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        print(json.dumps(row, ensure_ascii=False), file=file)
