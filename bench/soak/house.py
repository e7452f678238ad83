"""The server under test as a process of its own, and what the operating system and its owner know of it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import trustme

__all__ = ["ROOT", "House", "Line", "Sample", "house", "issue_certificates"]

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 30.0
SETTINGS = (
    # The load counts as what it is: bots, on many addresses, none of which is exempt from being counted.
    'limits.bots=["127.0.0.0/8"]',
    "limits.exempt=[]",
    # So that the windows in which new connections are counted end within the run, many times over.
    "limits.new_connections_seconds=30.0",
)
PORTS = (r"nc 127\.0\.0\.1 (\d+)\s", r"openssl s_client -quiet -connect 127\.0\.0\.1:(\d+)\s")


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """The server at one moment. `at` in seconds since the load began."""

    at: float
    memory: int
    """Resident set (VmRSS), bytes."""
    descriptors: int
    cpu: float
    """Seconds of processor used so far."""
    waited: float
    """Seconds so far in which it could have run, but others had the processor."""
    users: int
    rooms: int
    connections: int


class Line:
    """A conversation in JSON lines, one request at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.settimeout(PATIENCE)
        self._lines = connection.makefile("rb")
        self._ref = 0

    def ask(self, line: str) -> dict[str, Any]:
        """Run a command and return the answer to it. Raises OSError: none within PATIENCE seconds."""
        self._ref += 1
        self._connection.sendall(
            msgspec.json.encode({"type": "command", "line": line, "ref": self._ref}) + b"\n"
        )
        for said in self._lines:
            # The greeting is made for people; the first object ends their prompt.
            answer = msgspec.json.decode(said[said.find(b"{") :]) if b"{" in said else {}
            if answer.get("ref") == self._ref:
                return dict(answer)
        raise ConnectionError("the server has closed the connection")

    def close(self) -> None:
        self._lines.close()
        self._connection.close()


class House:
    """A running server: its ports, its figures, its log."""

    def __init__(self, process: subprocess.Popen[bytes], data: Path, log: Path) -> None:
        self.process = process
        self._log = log
        self._proc = Path(f"/proc/{process.pid}")
        self.port, self.tls_port = self._wait_for_ports()
        self.control = data / "control.sock"
        owner = socket.socket(socket.AF_UNIX)
        owner.connect(str(self.control))
        self.owner = Line(owner)

    @property
    def log(self) -> str:
        """What the server has logged so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _wait_for_ports(self) -> list[int]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            found = [re.search(pattern, self.log) for pattern in PORTS]
            if all(found) and "control.sock open" in self.log:
                return [int(match[1]) for match in found if match]
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.log}")

    def descriptors(self) -> list[str]:
        """Return what the server has open, one entry a descriptor."""
        targets = []
        for entry in (self._proc / "fd").iterdir():
            try:
                targets.append(str(entry.readlink()))
            except FileNotFoundError:  # closed since it was listed
                continue
        return sorted(targets)

    def sample(self, begun: float) -> Sample:
        """Measure the server now; `begun` is the monotonic second at which the load began."""
        figures = self.owner.ask("/stats")["figures"]
        status = (self._proc / "status").read_text()
        resident = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert resident is not None, status
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return Sample(
            at=time.monotonic() - begun,
            memory=int(resident[1]) * 1024,
            descriptors=len(self.descriptors()),
            cpu=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
            waited=int((self._proc / "schedstat").read_text().split()[1]) / 1e9,
            users=figures["users"],
            rooms=figures["rooms"],
            connections=figures["connections"],
        )


def issue_certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Write an authority, and a certificate of it for localhost; return (authority, key, certificate)."""
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost")
    paths = folder / "authority.pem", folder / "key.pem", folder / "certificate.pem"
    authority.cert_pem.write_to_path(str(paths[0]))
    leaf.private_key_pem.write_to_path(str(paths[1]))
    for part in leaf.cert_chain_pems:
        part.write_to_path(str(paths[2]), append=True)
    return paths


@contextmanager
def house(folder: Path, key: Path, certificate: Path) -> Iterator[House]:
    """Start `twistd -n chatd` with a plain and a TLS port and its data in `folder`; end it in the end."""
    data, log = folder / "data", folder / "log"
    run = "from twisted.scripts.twistd import run; run()"
    words = ["-n", "--pidfile=", "chatd", "--data", str(data), "--listen", "tcp:0:interface=127.0.0.1"]
    words += ["--listen", f"ssl:0:interface=127.0.0.1:privateKey={key}:certKey={certificate}"]
    for setting in SETTINGS:
        words += ["--set", setting]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", run, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        yield House(process, data, log)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
