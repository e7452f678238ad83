"""Files that people share."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.settings.section import Section

__all__ = ["Files"]

MOST = 1 << 40


class Files(Section, frozen=True):
    """Files that people share, and how much of them."""

    max_bytes: Annotated[
        int, Meta(description="Largest file, bytes; 0: nobody shares files.", ge=0, le=MOST)
    ] = 52_428_800
    total_bytes: Annotated[
        int,
        Meta(description="Bytes of all files together; each counts as 64 KiB at least.", ge=0, le=MOST),
    ] = 5_368_709_120
    account_quota_bytes: Annotated[
        int, Meta(description="Bytes of the files of one account.", ge=0, le=MOST)
    ] = 524_288_000
    guests: Annotated[bool, Meta(description="Let guests share files, too.")] = True
    guest_quota_bytes: Annotated[
        int,
        Meta(
            description="Bytes of the files of all guests of one address (IPv6: of one /64).", ge=0, le=MOST
        ),
    ] = 104_857_600
    keep_days: Annotated[int, Meta(description="Days that a file is kept.", ge=1, le=36500)] = 30
    token_minutes: Annotated[
        int,
        Meta(
            description="Minutes in which a file that was announced, or asked for, is to be sent or fetched.",
            ge=1,
            le=1440,
        ),
    ] = 15
    offers: Annotated[
        int, Meta(description="Files of one user that may be expected at once.", ge=1, le=1000)
    ] = 10
    transfers: Annotated[
        int, Meta(description="Files that may be sent and fetched at once, by all.", ge=1, le=10000)
    ] = 64
    transfers_each: Annotated[
        int,
        Meta(
            description="Files that may be sent and fetched at once by one account, or by all guests of one address (IPv6: "
            "of one /64).",
            ge=1,
            le=10000,
        ),
    ] = 8
    stall_seconds: Annotated[
        float,
        Meta(
            description="Seconds in which 64 KiB of a file, or the rest of it, have to come or be taken.",
            gt=0,
            le=86400,
        ),
    ] = 60.0
