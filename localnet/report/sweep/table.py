"""What a sweep found: hop by mishap on the terminal, what broke under it, and everything as one JSON document."""

from typing import Any

from rich.table import Table
from rich.text import Text

from localnet.report.sweep.runner import Outcome, Sweep
from localnet.report.sweep.spots import Mishap

SIGNS = {
    "held": ("✓", "green"),
    "broken": ("✗", "bold red"),
    "not met": ("?", "yellow"),
    "undecided": ("U", "bold magenta"),
}


def table_of(sweep: Sweep) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("hop", *Mishap):
        table.add_column(heading, overflow="fold" if heading == "hop" else "ellipsis")
    verdicts = {(outcome.cell.spot, outcome.cell.mishap): outcome.verdict for outcome in sweep.outcomes}
    for spot in sweep.spots:
        cells = [verdicts.get((spot, mishap)) for mishap in Mishap]
        if any(cells):
            table.add_row(str(spot), *(Text(*SIGNS[cell]) if cell else Text("·", "dim") for cell in cells))
    return table


def summary_of(sweep: Sweep) -> str:
    counts = {verdict: sum(outcome.verdict == verdict for outcome in sweep.outcomes) for verdict in SIGNS}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    left = (
        f"; {sweep.left_out} more hops are the same in idle time and were left out" if sweep.left_out else ""
    )
    return f"{sweep.scenario}: {len(sweep.outcomes)} runs in {sweep.seconds:.0f} s: {told or 'none'}{left}"


def detail_of(sweep: Sweep, outcome: Outcome) -> str:
    again = f"localnet test --sweep {sweep.scenario} -k {str(outcome.cell)!r} --seed {sweep.seed}"
    evidence = "\n".join(f"    {line}" for line in outcome.evidence.splitlines())
    return f"{outcome.verdict}: {outcome.cell}\n{outcome.seen}\n{evidence}\nagain    {again}"


def document_of(sweep: Sweep) -> dict[str, Any]:
    return {
        "scenario": sweep.scenario,
        "seed": sweep.seed,
        "seconds": round(sweep.seconds, 3),
        "left_out": sweep.left_out,
        "hops": [
            {
                "hop": str(spot),
                "edge": spot.edge,
                "op": spot.op,
                "nth": spot.nth,
                "statement": spot.text or None,
            }
            for spot in sweep.spots
        ],
        "runs": [
            {
                "hop": str(outcome.cell.spot),
                "mishap": outcome.cell.mishap.value,
                "verdict": outcome.verdict,
                "seconds": round(outcome.seconds, 3),
                "seen": outcome.seen,
                "evidence": outcome.evidence,
            }
            for outcome in sweep.outcomes
        ],
    }
