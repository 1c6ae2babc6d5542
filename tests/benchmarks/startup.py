"""What a start costs: `python tests/benchmarks/startup.py`, medians of several runs beside a bare import.

    up               a new `localnet up --json` until it prints its document, everything installed and compiled
    further network  another network without its bridge in a process that has one
    idle             proportional memory (PSS) of fakes, wire and PostgreSQL once nothing happens

The machine's mood is in every figure, so each stands beside `import fastapi, uvicorn, httpx`, which any Python server pays.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from localnet.backends.process_table import family
from localnet.network import Network, NetworkSpec, open_backend, start_network
from localnet.network.progress import silent

BARE = "import fastapi, uvicorn, httpx"
LIMITS = {"up": 1.5, "further network": 0.1, "idle": 150.0}
"""seconds, seconds, MB on two cores"""
LOCALNET = Path(sys.executable).with_name("localnet")


def bare_import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", BARE], check=True)
    return time.perf_counter() - began


def up() -> tuple[float, dict[str, float]]:
    """Seconds from nothing to ready, and what each service took."""
    began = time.perf_counter()
    process = subprocess.Popen([LOCALNET, "up", "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    document = ""
    while not _is_whole(document):
        document += process.stdout.readline()
    took = time.perf_counter() - began
    process.send_signal(signal.SIGINT)
    process.communicate()
    services = json.loads(document)["services"]
    return took, {name: service["seconds"] for name, service in services.items()}


def _is_whole(document: str) -> bool:
    try:
        return bool(json.loads(document))
    except ValueError:
        return False


def further_networks(times: int) -> tuple[list[float], float]:
    """Seconds of each further network, and the idle MB of what all of them share."""
    with (
        open_backend("processes", silent) as backend,
        start_network(NetworkSpec(bridge=None), backend, silent) as first,
    ):
        idle = shared_megabytes(first)
        took = []
        for _ in range(times):
            with start_network(NetworkSpec(bridge=None), backend, silent) as network:
                took.append(network.seconds)
    return took, idle


def shared_megabytes(network: Network) -> float:
    leaders = {network.service(name).pid for name in ("wire", "pds", "postgres")}
    members = {process.pid for leader in leaders if leader for process in family(leader)}
    return sum(map(pss_kilobytes, members)) / 1024


def pss_kilobytes(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def repeated(measure: Callable[[], float], times: int) -> float:
    return statistics.median(measure() for _ in range(times))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7, help="of which the median is taken")
    runs = parser.parse_args().runs
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    bare_import(), up()  # compiled, initialised, in the page cache

    bare = repeated(bare_import, runs)
    ups = [up() for _ in range(runs)]
    further, idle = further_networks(runs)
    seconds, parts = sorted(ups, key=lambda pair: pair[0])[runs // 2]
    figures = {"up": seconds, "further network": statistics.median(further), "idle": idle}

    print(f"{BARE:<32} {bare:6.2f} s")
    print(f"{'up':<32} {seconds:6.2f} s   {seconds / bare:4.1f} x   limit {LIMITS['up']} s")
    for name, part in parts.items():
        print(f"    {name:<28} {part:6.2f} s")
    print(
        f"{'further network':<32} {figures['further network']:6.3f} s            limit {LIMITS['further network']} s"
    )
    print(f"{'idle: fakes, wire, PostgreSQL':<32} {idle:6.1f} MB           limit {LIMITS['idle']:g} MB")
    over = [name for name, figure in figures.items() if figure > LIMITS[name]]
    if over:
        print(f"over its limit: {', '.join(over)}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
