"""Whose page asks: what an Origin (RFC 6454) and a Host (RFC 9110 §7.2) say."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from chatd.core.addresses import numeric
from chatd.settings import Settings

__all__ = ["own_host", "same_host"]

USUAL = {"http": 80, "https": 443}


def _parts(url: str) -> tuple[SplitResult, int | None] | None:
    """Take an address apart, into what it says and its port; None: it is none."""
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        return None


def same_host(origin: str, host: str, *, secure: bool) -> bool:
    """Whether a page of `origin` came from the host and port that the request names; over TLS, if the request did."""
    page, named = _parts(origin), _parts(f"//{host}")
    if page is None or named is None:
        return False
    (parts, port), (asked, asked_port) = page, named
    usual = USUAL.get(parts.scheme)
    if usual is None or not parts.hostname or (secure and parts.scheme != "https"):
        return False
    return (parts.hostname, port or usual) == (asked.hostname, asked_port or usual)


def own_host(host: str, settings: Settings) -> bool:
    """Whether a request names this server: by an address, as this machine, or by a name that the settings have."""
    named = _parts(f"//{host}")
    name = "" if named is None else named[0].hostname or ""
    if name == "localhost" or name.endswith(".localhost") or numeric(name) is not None:
        return True
    known = [_parts(each) for each in (settings.web.url, *settings.web.origins)]
    hosts = {each[0].hostname for each in known if each is not None}
    return bool(name) and name in hosts | {settings.server.name.lower()}
