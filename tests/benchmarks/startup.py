"""What a start costs, beside what Python charges anybody who imports a web framework: `.venv/bin/python tests/benchmarks/startup.py`.

Prints medians of several runs: a bare import (the yardstick), `localnet up` to ready with its parts, a further network in the same process
without its bridge, and the memory (PSS) of fakes, wire and PostgreSQL when idle. Unset PYTHONDONTWRITEBYTECODE first.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from localnet.backends.process_table import family
from localnet.network import Network, NetworkSpec, open_backend, start_network
from localnet.network.progress import silent

RUNS = 7
YARDSTICK = "import fastapi, uvicorn, httpx"
LOCALNET = Path(sys.executable).parent / "localnet"
FURTHER = ("postgres", "plc", "pds", "relay", "media", "names", "keycast", "reader")
LIMITS = {"up": 1.5, "further": 0.100, "memory": 150.0}


def bare_import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", YARDSTICK], check=True)
    return time.perf_counter() - began


def up() -> tuple[float, dict[str, float]]:
    """Seconds from the command's start to its being ready, and those of each service."""
    began = time.perf_counter()
    done = subprocess.run([LOCALNET, "up", "--detach", "--json"], check=True, capture_output=True, text=True)
    took = time.perf_counter() - began
    document = json.loads(done.stdout)
    subprocess.run([LOCALNET, "down", "--run", document["run"]], check=True, capture_output=True)
    parts = {name: service["seconds"] for name, service in document["services"].items()}
    return took, {"network": document["seconds"], **parts}


def further_networks() -> tuple[list[float], float]:
    """Seconds of each network after the first, and the MB that all of them and what they share take."""
    spec = NetworkSpec(services=FURTHER)
    with open_backend("processes", silent) as backend, start_network(spec, backend, silent) as first:
        memory = idle_memory(first)
        seconds = []
        for _ in range(RUNS):
            with start_network(spec, backend, silent) as network:
                seconds.append(network.seconds)
    return seconds, memory


def idle_memory(network: Network) -> float:
    """MB of PSS of fakes, wire and PostgreSQL."""
    leaders = {network.services[name].pid for name in ("plc", "wire", "postgres") if name in network.services}
    return sum(pss(process.pid) for leader in leaders if leader for process in family(leader))


def pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


def main() -> None:
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        print("PYTHONDONTWRITEBYTECODE is set: what is not compiled is compiled at every start")
    up()
    yardstick = statistics.median(bare_import() for _ in range(RUNS))
    starts = [up() for _ in range(RUNS)]
    took = statistics.median(seconds for seconds, _ in starts)
    further, memory = further_networks()
    print(f"{'bare ' + YARDSTICK:<44} {yardstick:6.3f} s   1.0")
    print(
        f"{'localnet up, command to ready':<44} {took:6.3f} s   {took / yardstick:.1f}   (limit {LIMITS['up']} s)"
    )
    for part in starts[0][1]:
        seconds = statistics.median(parts[part] for _, parts in starts)
        print(f"{'    ' + part:<44} {seconds:6.3f} s   {seconds / yardstick:.1f}")
    other = statistics.median(further)
    print(
        f"{'a further network, its bridge not counted':<44} {other:6.3f} s   {other / yardstick:.1f}   (limit {LIMITS['further']} s)"
    )
    print(
        f"{'fakes, wire and PostgreSQL, idle (PSS)':<44} {memory:6.1f} MB        (limit {LIMITS['memory']} MB)"
    )


if __name__ == "__main__":
    main()
