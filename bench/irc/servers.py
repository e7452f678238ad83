"""The servers that are compared: how each is configured, started and stopped.

All of them: loopback, plain TCP, no limits on floods and on connections, no history, no look-ups of hosts, no
cloaks, no pings within a run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "SERVERS", "Kind", "running"]

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 30.0

INSPIRCD = """
<config format="xml">
<server name="bench.example" description="bench" network="bench" id="001">
<admin name="bench" nick="bench" email="bench@bench.example">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="main" allow="*" timeout="60" pingfreq="3600" hardsendq="64M" softsendq="64M" recvq="1M"
         threshold="1000000000" commandrate="2000000000" fakelag="no" localmax="100000" globalmax="100000"
         maxconnwarn="no" maxchans="100" limit="100000" resolvehostnames="no" useident="no">
<performance netbuffersize="10240" somaxconn="4096" softlimit="100000" quietbursts="yes">
<options defaultbind="ipv4">
<log method="file" type="*" level="sparse" target="{folder}/log">
<pid file="{folder}/pid">
"""
NGIRCD = """
[Global]
Name = bench.example
Info = bench
AdminEMail = bench@bench.example
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
"""
CHATD = {
    "limits.lines_per_second": 0,
    "limits.inbox_lines": 100_000,
    "limits.inbox_bytes": 1 << 30,
    "limits.send_queue_bytes": 64 << 20,
    "limits.rooms": 0,
    "limits.ping_seconds": 3600,
    "history.on_join": 0,
}


@dataclass(frozen=True)
class Kind:
    """A server that can be measured, and how."""

    name: str
    found: Callable[[], str | None]
    """Returns its version, or None if it is not installed."""
    command: Callable[[int, Path], list[str]]
    """Returns the command that starts it on a port, with a folder of its own."""
    welcomes_slowly: int = 0
    """How many connections may wait to be welcomed; 0: any number. For one with a short listen queue."""


def _output(*command: str) -> str:
    """Return the first line that a program says, or nothing if it is not there."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    program = shutil.which(command[0], path=path)
    if not program:
        return ""
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    return f"{program}\n{done.stdout}"


def _inspircd() -> str | None:
    said = re.search(r"InspIRCd-([\d.]+)", _output("inspircd", "--version"))
    return f"InspIRCd {said[1]}" if said else None


def _inspircd_command(port: int, folder: Path) -> list[str]:
    (folder / "conf").write_text(INSPIRCD.format(port=port, folder=folder))
    program = _output("inspircd", "--version").split("\n")[0]
    return [program, "--nofork", "--config", f"{folder}/conf"]


def _ngircd() -> str | None:
    said = re.search(r"ngIRCd ([\d.]+)", _output("ngircd", "--version"))
    return f"ngIRCd {said[1]}" if said else None


def _ngircd_command(port: int, folder: Path) -> list[str]:
    (folder / "conf").write_text(NGIRCD.format(port=port))
    return [_output("ngircd", "--version").split("\n")[0], "--nodaemon", "--config", f"{folder}/conf"]


def _chatd() -> str | None:
    """Return the version, if this chatd speaks IRC."""
    said = subprocess.run(
        [*_twistd(), "--help"], capture_output=True, text=True, cwd=ROOT, check=False, env=_environment()
    ).stdout
    if "--irc" not in said:
        return None
    from chatd import __version__  # noqa: PLC0415 - only a chatd that is there can say

    return f"chatd {__version__}"


def _twistd() -> list[str]:
    return [
        sys.executable,
        "-c",
        "from twisted.scripts.twistd import run; run()",
        "-n",
        "--pidfile=",
        "chatd",
    ]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _chatd_command(durability: str) -> Callable[[int, Path], list[str]]:
    settings = {**CHATD, "storage.durability": durability}

    def command(port: int, folder: Path) -> list[str]:
        asked = [f"--set={name}={json.dumps(value).strip(chr(34))}" for name, value in settings.items()]
        door = ["--irc", f"tcp:{port}:interface=127.0.0.1"]
        return [*_twistd(), *door, "--name", "bench.example", "--data", f"{folder}/data", *asked]

    return command


SERVERS = {
    "inspircd": Kind("InspIRCd", _inspircd, _inspircd_command),
    "ngircd": Kind("ngIRCd", _ngircd, _ngircd_command, welcomes_slowly=8),
    "chatd": Kind("chatd", _chatd, _chatd_command("off")),
    "durable": Kind("chatd, durable", _chatd, _chatd_command("commit")),
}


@contextmanager
def running(kind: Kind, core: int) -> Iterator[tuple[int, int]]:
    """Start a server on one core, as an unprivileged user; yield its process id and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="chatd-irc-") as name:
        folder = Path(name)
        command = ["taskset", "-c", str(core), *kind.command(port, folder)]
        # InspIRCd and ngIRCd refuse to be root; what chatd is run from may be root's alone.
        lesser = {}
        if os.geteuid() == 0 and kind.found is not _chatd:
            lesser = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for each in (folder, *folder.iterdir()):
                shutil.chown(each, "nobody", "nogroup")
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=output, cwd=ROOT, env=_environment(), **lesser
            )
        try:
            _wait_for(port, process, folder / "output")
            yield process.pid, port
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    """Wait until the server answers. Raises RuntimeError, with what it said, if it does not."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise RuntimeError(f"the server did not start:\n{output.read_text(errors='replace')[-4000:]}")
