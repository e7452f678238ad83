"""`twistd chatd`: its options, and the service they make."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.application.service import MultiService
from twisted.python import usage

from chatd import app, config
from chatd.frontends.doors import FRONTENDS
from chatd.services.logs import Log
from chatd.services.writer import Output

__all__ = ["Options", "command_line", "log_of", "makeService"]


class Options(usage.Options):
    """What can be typed after `twistd chatd`; all the rest is settings (docs/settings.md)."""

    synopsis = "[options]"
    longdesc = "A chat daemon. Without options every front end starts on 127.0.0.1."

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.assignments: list[str] = []
        self.file: str | None = None
        super().__init__()
        self["assignments"] = self.assignments

    def _several(self, key: str, value: str) -> None:
        self.settings[key] = (*self.settings.get(key, ()), value)

    def opt_config(self, file: str) -> None:
        """Read settings from this TOML file."""
        self.file = file

    def opt_data(self, folder: str) -> None:
        """Keep everything in this folder (chatd-data)."""
        self.settings["storage.data"] = folder

    def opt_name(self, host: str) -> None:
        """Name of this server, shown to everybody (localhost)."""
        self.settings["server.name"] = host

    def opt_set(self, assignment: str) -> None:
        """KEY=VALUE: set any setting, as limits.inbox_lines=128; can be repeated."""
        self.assignments.append(assignment)

    def opt_manhole(self, endpoint: str) -> None:
        """Serve the owner's SSH shell at this endpoint; can be repeated."""
        self._several("manhole.endpoints", endpoint)

    def opt_manhole_keys(self, file: str) -> None:
        """authorized_keys file of the owners."""
        self.settings["manhole.keys"] = file

    def opt_debug(self) -> None:
        """Log each event, secrets redacted."""
        self.settings["log.debug"] = True

    opt_d = opt_debug


def _option_of(name: str, option: str) -> Any:
    def opt(self: Options, endpoint: str) -> None:
        self._several(f"doors.{name}", endpoint)

    opt.__doc__ = f"Serve the {name} front end at this server endpoint; can be repeated."
    return opt


for _row in FRONTENDS:
    setattr(Options, f"opt_{_row.option}", _option_of(_row.name, _row.option))


def makeService(options: Options) -> MultiService:
    """Return the service for these options. Ends the process with one line if the settings are bad."""
    from twisted.internet import reactor

    # twistd may change the folder before the file is read again.
    file = None if options.file is None else Path(options.file).absolute()
    try:
        settings = config.load(options.file, options.settings, options.assignments)
    except config.ConfigError as error:
        raise SystemExit(f"chatd: {error}") from None
    return app.build(
        settings,
        reactor,
        lambda: config.load(file, options.settings, options.assignments),
        log_of(options.parent or {}),
    )


def log_of(twistd: Mapping[str, Any]) -> Log | None:
    """Return the log for twistd's own options, opened; None: they name another one (--logger, --syslog).

    As with twistd, a daemon that is given no --logfile writes twistd.log. Ends the process with one line
    if there is nothing to write to.
    """
    from twisted.internet import reactor

    if not twistd or twistd.get("logger") or twistd.get("syslog"):
        return None
    name = twistd["logfile"] or ("-" if twistd["nodaemon"] else "twistd.log")
    try:
        if name != "-":
            return Log(Output(Path(name)), reactor)
        if twistd["nodaemon"] and sys.stdout is not None:
            sys.stdout.flush()
            return Log(Output(None, sys.stdout.fileno()), reactor)
    except OSError as error:
        raise SystemExit(f"chatd: {name}: the log cannot be written: {error.strerror}") from None
    raise SystemExit("chatd: there is no stdout to log to; name a file: twistd --logfile=FILE")


def command_line() -> Mapping[str, Any]:
    """Return twistd's options as they were typed, for a .tac file, which is not told of them; else none."""
    from twisted.scripts.twistd import ServerOptions  # type: ignore[attr-defined]

    class Typed(ServerOptions):
        def opt_reactor(self, name: str) -> None:
            """The reactor is installed already."""

        opt_r = opt_reactor

    options = Typed()
    try:
        options.parseOptions(sys.argv[1:])
    except usage.UsageError:  # it was not twistd that was started
        return {}
    return dict(options)
