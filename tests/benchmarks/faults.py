"""What faults cost those who do not meet them: the same conversations through the wire without any fault, and with one set, in turn, in one run.

    python -m tests.benchmarks.faults [--seconds 2] [--rounds 5]

Three places for the fault: on another edge; on this edge, about another operation; on this edge, about this operation of somebody else.
The first is what every run with faults pays everywhere, and must be nothing.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.wire import TALKS, Talk, Wire, callee, measure, postgres

PLACES: dict[str, dict[str, object]] = {
    "on another edge": {"edge": "a→idle-1", "op": "GET /"},
    "about another operation": {"op": "DELETE /nothing"},
    "about somebody else": {"op": "", "containing": ["did:plc:somebody-else"]},
}


def set_fault(wire: Wire, edge: str, place: dict[str, object]) -> None:
    fault = {"name": "one", "edge": edge, "action": "drop", **place}
    assert b"done" in wire.ask(op="fault", do="add", fault=fault)


async def compare(wire: Wire, talk: Talk, edge: str, address: str, arguments: argparse.Namespace) -> None:
    for name, place in PLACES.items():
        ratios, costs = [], []
        for _ in range(arguments.rounds):
            without, cost_without = await paid(wire, talk, address, arguments.seconds)
            set_fault(wire, edge, place)
            within, cost_within = await paid(wire, talk, address, arguments.seconds)
            assert b"done" in wire.ask(op="fault", do="remove", name="one")
            ratios.append(within / without)
            costs.append(cost_within - cost_without)
        print(
            f"{talk.name:34} a fault {name:24}  ratio {statistics.median(ratios):4.2f}"
            f"  CPU {statistics.median(costs):+5.1f} µs each",
            flush=True,
        )


async def paid(wire: Wire, talk: Talk, address: str, seconds: float) -> tuple[float, float]:
    """Turns a second, and the wire's CPU for one in µs."""
    before = wire.cpu_seconds()
    rate = await measure(address, talk, 16, seconds)
    return rate, (wire.cpu_seconds() - before) / (rate * seconds) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    shared_memory = Path("/dev/shm")
    directory = Path(tempfile.mkdtemp(prefix="lwb-", dir=shared_memory if shared_memory.is_dir() else None))
    directory.chmod(0o711)
    (directory / "logs").mkdir()
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, directory)
        http_server, database = undo.enter_context(callee()), undo.enter_context(postgres(directory))
        wire = Wire(directory)
        undo.callback(wire.close)
        through = wire.open({"a→http": http_server})["a→http"]
        sql = wire.open({"a→postgres": database}, "postgres")["a→postgres"]
        for talk in TALKS:
            edge, address = ("a→postgres", sql) if talk is TALKS[-1] else ("a→http", through)
            asyncio.run(compare(wire, talk, edge, address, arguments))


if __name__ == "__main__":
    main()
