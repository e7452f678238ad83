"""A soak: a real server under joins, parts, talk, quits and reconnects, watched for what grows or stalls.

    python -m bench.soak [--minutes 30] [--out docs]        writes soak.md and soak.png; `make soak MINUTES=30`
    python -m bench.soak --again build/soak/run.json        writes them again from what was measured

Without --out, a run that is long enough to be judged writes into docs/, a shorter one into build/soak/.
"""

from __future__ import annotations

import argparse
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import twisted
from bench.soak import report
from bench.soak.house import ROOT, House, Line, Sample, house, issue_certificates
from bench.soak.judge import JUDGED_FROM, MB, Run, percentile, verdicts
from bench.soak.load import Load, Plan
from chatd import __version__

SAMPLE_SECONDS = 2.0
PROBE_SECONDS = 0.2
NEWS_SECONDS = 60.0
HURRIED = 0.1
"""Share of the run in which names change more often, so that the server's bounded caches are full early."""
PATIENCE = 60.0
KEPT = ROOT / "build" / "soak"
ERRORS = ("Traceback", "Unhandled", "#error]", "#critical]")
"""What a line of the log holds that should not be there."""


class Watch:
    """Probes and samples the server as long as the load runs."""

    def __init__(self, server: House) -> None:
        self.server = server
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.probe = Line(connection)
        # Somewhere quiet, so that the answer is all that is sent to it.
        for line in ("/nick Canary", "/join #quiet", "/part #lobby"):
            self.probe.ask(line)
        self.samples: list[Sample] = []
        self.probes: list[tuple[float, float]] = []

    def run(self, begun: float, seconds: float, load: subprocess.Popen[bytes]) -> None:
        """Watch for `seconds`, or until the load or the server dies."""
        due = answered = begun
        while due < begun + seconds and load.poll() is None and self.server.process.poll() is None:
            time.sleep(max(0.0, due - time.monotonic()))
            # One that had to wait for the answer before it counts from when it was due.
            since = due if answered > due else time.monotonic()
            self.probe.ask("/version")
            answered = time.monotonic()
            self.probes.append((since - begun, answered - since))
            if not self.samples or answered - begun >= self.samples[-1].at + SAMPLE_SECONDS:
                self._sample(begun)
            due += PROBE_SECONDS

    def _sample(self, begun: float) -> None:
        self.samples.append(now := self.server.sample(begun))
        before = self.samples[-2].at if len(self.samples) > 1 else -1.0
        if now.at // NEWS_SECONDS > before // NEWS_SECONDS:
            delays = [delay for at, delay in self.probes if at > now.at - NEWS_SECONDS]
            print(
                f"{now.at / 60:5.1f} min  {now.memory / MB:6.1f} MB  {now.descriptors} descriptors,"
                f" {now.users} users, {now.rooms} rooms  delay p99 {percentile(delays, 0.99) * 1e3:.1f} ms",
                flush=True,
            )


def soak(minutes: float, plan: dict[str, float]) -> Run:
    """Run one soak and return what was measured."""
    with tempfile.TemporaryDirectory(prefix="chatd-soak-") as name:
        folder = Path(name)
        authority, key, certificate = issue_certificates(folder)
        with house(folder, key, certificate) as server:
            doors = {"port": server.port, "tls_port": server.tls_port, "control": str(server.control)}
            more = {"authority": str(authority), "hurry": minutes * 60 * HURRIED}
            asked = msgspec.convert({**doors, **more, **plan}, Plan)
            try:
                run = _watched(server, asked, minutes)
            except OSError as error:
                raise SystemExit(f"the server no longer answers: {error}\n{server.log[-4000:]}") from None
            server.process.terminate()
            status = server.process.wait(PATIENCE)
            log = server.log
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "server.log").write_text(log, encoding="utf-8")
    errors = [line for line in log.splitlines() if any(word in line for word in ERRORS)]
    return msgspec.structs.replace(run, errors_logged=errors, exit_status=status)


def _watched(server: House, plan: Plan, minutes: float) -> Run:
    watch = Watch(server)
    open_before = Counter(server.descriptors())
    begun, utc = time.monotonic(), f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    before = server.sample(begun)
    load = subprocess.Popen(
        [sys.executable, "-m", "bench.soak.load", msgspec.json.encode(plan).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        watch.run(begun, minutes * 60, load)
        done = _outcome(load)
    finally:
        load.kill()
        load.wait()
    after = _emptied(server, before, begun)
    return Run(
        begun=utc,
        minutes=minutes,
        machine=_machine(),
        plan=plan,
        samples=watch.samples,
        probes=watch.probes,
        before=before,
        after=after,
        left_open=sorted((Counter(server.descriptors()) - open_before).elements()),
        load=done,
        errors_logged=[],
        exit_status=None,
    )


def _outcome(process: subprocess.Popen[bytes]) -> Load:
    """Tell the load to end, and return what it says of itself."""
    try:
        said, _ = process.communicate(timeout=PATIENCE)
        return msgspec.json.decode(said, type=Load)
    except (subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        return Load({}, [f"the load did not come to its end: {error}"], 1)


def _emptied(server: House, before: Sample, begun: float) -> Sample:
    """Wait until the server has nothing open that was not open before, or for PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        after = server.sample(begun)
        if after.descriptors <= before.descriptors or time.monotonic() > deadline:
            return after
        time.sleep(0.2)


def _machine() -> dict[str, str]:
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return {
        f"{len(models)} cores of": model,
        "Linux": platform.release(),
        "Python": platform.python_version(),
        "Twisted": twisted.__version__,
        "chatd": __version__,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--out", type=Path, help="folder for soak.md and soak.png")
    parser.add_argument("--again", type=Path, help="write the page of a run that was kept")
    for name, kind in (("seed", int), ("text", int), ("json", int), ("tls", int), ("acts-per-second", float)):
        parser.add_argument(f"--{name}", type=kind, help="of the load")
    options = parser.parse_args()
    plan = {
        name: each for name in Plan.__struct_fields__ if (each := getattr(options, name, None)) is not None
    }
    if options.again:
        run = msgspec.json.decode(options.again.read_bytes(), type=Run)
    else:
        run = soak(options.minutes, plan)
        (KEPT / "run.json").write_bytes(msgspec.json.encode(run))
    folder = options.out or (ROOT / "docs" if run.minutes >= JUDGED_FROM else KEPT)
    found = verdicts(run)
    for each in found:
        print(f"{each.outcome:6} {each.what}: {each.figure}")
    print("written:", *report.write(run, folder))
    return int(any(each.outcome == "broken" for each in found))


if __name__ == "__main__":
    sys.exit(main())
