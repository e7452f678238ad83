"""Browsers end with the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.house import close_browsers


@pytest.fixture(scope="session", autouse=True)
def _browsers() -> Iterator[None]:
    yield
    close_browsers()
