"""CPU of IRC servers per delivered message, memory and CPU of a connection, and how long a message takes.

Each workload is measured on one server after the other, and that over again for each round, so that what the
machine does meanwhile meets all alike. The server has one core, the load another. Servers that are not
installed are left out (Debian: apt-get install inspircd ngircd).

    python -m bench.irc [--rounds 5] [--seconds 2] [--servers inspircd,chatd] [--workloads f100w1,r100]
    python -m bench.irc --write docs/performance.md        `make peers` does this
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.irc import report
from bench.irc.servers import ROOT, SERVERS, Kind, running

SERVER_CORE, LOAD_CORE = 0, 1


def measure(kind: Kind, workload: str, seconds: float) -> dict[str, Any]:
    """Return what one run of one workload on a new server has shown."""
    with running(kind, SERVER_CORE) as (pid, port):
        plan = {"workload": workload, "pid": pid, "port": port}
        plan |= {"seconds": seconds, "at_once": kind.welcomes_slowly}
        done = subprocess.run(
            ["taskset", "-c", str(LOAD_CORE), sys.executable, "-m", "bench.irc.load", json.dumps(plan)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each run, beside its warming up")
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--workloads", default=",".join(report.WORKLOADS))
    parser.add_argument("--write", type=Path, help="write the page there, too")
    options = parser.parse_args()

    asked = {name: SERVERS[name] for name in options.servers.split(",")}
    versions = {name: kind.found() for name, kind in asked.items()}
    kinds = {name: kind for name, kind in asked.items() if versions[name]}
    for name in asked.keys() - kinds.keys():
        print(f"{name} is not here and is left out", flush=True)
    results: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    broken = []
    for number in range(options.rounds):
        for workload in options.workloads.split(","):
            for name, kind in kinds.items():
                found = measure(kind, workload, options.seconds)
                if "broken" in found:
                    broken.append(f"{kind.name}, {workload}: {found['broken']}")
                    print(broken[-1], flush=True)
                else:
                    results[workload, name].append(found)
                    said = ", ".join(f"{key} {value:,.2f}" for key, value in found.items())
                    print(f"round {number + 1}: {workload:9} {kind.name:15} {said}", flush=True)
    run = report.Run(
        command="python -m bench.irc " + " ".join(sys.argv[1:]),
        rounds=options.rounds,
        seconds=options.seconds,
        servers={name: (kind.name, versions[name] or "") for name, kind in kinds.items()},
        results=results,
        broken=broken,
    )
    print(report.tables(run))
    if options.write:
        options.write.write_text(report.page(run), encoding="utf-8")
    return int(bool(broken))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
