"""From defaults, a TOML file and options to settings. The only reader of configuration files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
from msgspec.structs import replace

from chatd.core import names
from chatd.core.addresses import Networks
from chatd.core.errors import ChatError
from chatd.core.text import MESSAGE_BYTES, line, visible
from chatd.services.passwords import check_hash, is_hash
from chatd.settings import DOORS, Settings, restarts

__all__ = ["ConfigError", "Renewal", "load", "renewed"]


class ConfigError(ValueError):
    """Settings that cannot be used; the text is one line with file (or option), key and reason."""

    def __init__(self, text: str) -> None:
        super().__init__(visible(text))


def load(
    file: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
    assignments: Iterable[str] = (),
) -> Settings:
    """Return the settings: defaults, over them the file, over it `options` (dotted key → value) and
    `assignments` ("key=value" as typed after --set, the value in TOML or plain).

    Raises ConfigError.
    """
    tree: dict[str, Any] = {}
    if file is not None:
        tree = _read(Path(file))
        _convert(tree, str(file))
    for key, value in (options or {}).items():
        _put(tree, key, value)
    for assignment in assignments:
        key, equals, value = (part.strip() for part in assignment.partition("="))
        # The value may be a password: it is shown in no error.
        if not equals or not key:
            raise ConfigError(f"--set {key}: write KEY=VALUE")
        _assign(tree, key, value)
    settings = _convert(tree, "options")
    _check(settings, "options" if file is None else str(file))
    return settings


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a second look at the settings has brought: the settings to use now, the keys that changed, and
    those whose new value has to wait for a start."""

    settings: Settings
    changed: list[str]
    waiting: list[str]


def renewed(old: Settings, new: Settings) -> Renewal:
    """Compare settings in use with those just loaded."""
    changed: list[str] = []
    waiting: list[str] = []
    sections = {}
    for section, kind in get_type_hints(Settings, include_extras=True).items():
        before, after = getattr(old, section), getattr(new, section)
        if not isinstance(after, msgspec.Struct):
            keeps = restarts(kind)
            sections[section] = before if keeps else after
            if before != after:
                (waiting if keeps else changed).append(section)
            continue
        values = {}
        for key, hint in get_type_hints(kind, include_extras=True).items():
            if getattr(before, key) != getattr(after, key):
                keeps = restarts(hint)
                (waiting if keeps else changed).append(f"{section}.{key}")
                values[key] = getattr(before if keeps else after, key)
        sections[section] = replace(before, **values)
    return Renewal(Settings(**sections), changed, waiting)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None


def _assign(tree: dict[str, Any], key: str, typed: str) -> None:
    """Set one key to a value as TOML reads it; words that are no TOML, and a number for a text, as typed."""
    try:
        value = tomllib.loads(f"value = {typed}")["value"]
    except tomllib.TOMLDecodeError:
        value = typed
    _put(tree, key, value)
    try:
        _convert(tree, f"--set {key}")
    except ConfigError:
        if isinstance(value, str | list | dict):
            raise
        _put(tree, key, typed)
        try:
            _convert(tree, f"--set {key}")
        except ConfigError:
            _put(tree, key, value)
            _convert(tree, f"--set {key}")


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    for name in path:
        branch = tree.setdefault(name, {})
        if not isinstance(branch, dict):
            raise ConfigError(f"{key}: {name} is no table")
        tree = branch
    tree[last] = value


def _convert(tree: dict[str, Any], where: str) -> Settings:
    try:
        return msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        key = path.rstrip("`").lstrip(".").replace("[...]", "")
        unknown = re.fullmatch(r"Object contains unknown field `(.*)`", reason)
        if unknown is not None:
            key, reason = f"{key}.{unknown[1]}".lstrip("."), "there is no such setting"
        raise ConfigError(f"{where}: {key}: {reason}") from None


def _check(settings: Settings, where: str) -> None:
    """Check what types cannot say."""
    for door in settings.doors:
        if door not in DOORS:
            raise ConfigError(
                f"{where}: doors.{door}: there is no such front end, only {', '.join(sorted(DOORS))}"
            )
    for name in settings.names.reserved:
        try:
            names.nickname(name)
        except ChatError as error:
            raise ConfigError(f"{where}: names.reserved: {name!r}: {error.text}") from None
    lists = {
        "server.proxies": settings.server.proxies,
        "web.proxies": settings.web.proxies,
        "web.metrics": settings.web.metrics,
        "limits.bots": settings.limits.bots,
        "limits.exempt": settings.limits.exempt,
    }
    for key, addresses in lists.items():
        try:
            Networks(addresses)
        except ValueError as error:
            raise ConfigError(f"{where}: {key}: {error}") from None
    for key in ("motd", "rules"):
        for number, words in enumerate(getattr(settings.server, key), 1):
            try:
                line(words, MESSAGE_BYTES)
            except ChatError as error:
                raise ConfigError(f"{where}: server.{key}: line {number}: {error.text}") from None
    for name, password in settings.operators.items():
        reason = _bad_operator(name, password)
        if reason:
            raise ConfigError(f"{where}: operators.{name}: {reason}")
    manhole = settings.manhole
    if manhole.endpoints and not (manhole.keys or manhole.operator_keys):
        raise ConfigError(f"{where}: manhole.endpoints: the shell stays off until manhole.keys names a file")


def _bad_operator(name: str, password: str) -> str:
    """Return what is wrong with an operator, without the password; empty: nothing."""
    if len(name.split()) != 1 or name != name.strip():
        return "a name is one word"
    if not password or len(password.split()) != 1 or password != password.strip():
        return "a password has no spaces and is not empty"
    if is_hash(password):
        try:
            check_hash(password)
        except ValueError as error:
            return str(error)
    return ""
