"""Sizes as people read them."""

from __future__ import annotations

__all__ = ["show"]


def show(size: int) -> str:
    """Return a number of bytes in the unit that fits, a thousand of one being one of the next."""
    if size < 1000:
        return f"{size} bytes" if size != 1 else "1 byte"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        # What would be rounded to a thousand is one of the next.
        if value < 999.5 or unit == "GB":
            break
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
