"""Several bridges side by side: which scenario came out how for each. Pure: results in, a Markdown table or a
document out.

Who comes first is the subject; the others are what it is compared with, or further subjects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localnet.report.verdicts import Verdict
from localnet.world.catalogue import Catalogue

MARKS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "**fail**",
    Verdict.BLOCKED: "blocked",
    Verdict.EXPECTED_FAILURE: "known",
    Verdict.NOT_APPLICABLE: "n/a",
    Verdict.UNDECIDED: "**?**",
}
NOT_PLAYED = ""


@dataclass(frozen=True)
class Played:
    """One bridge's results as `localnet test --json` writes them, and the exit code of that run."""

    bridge: str
    results: Sequence[Mapping[str, Any]]
    exit_code: int


def markdown(runs: Sequence[Played], catalogue: Catalogue) -> str:
    """One row a scenario, one column a bridge; then what each broke first."""
    rows = [["scenario", *(run.bridge for run in runs)], ["---"] * (len(runs) + 1)]
    for scenario in _scenarios(runs):
        rows.append([_short(scenario), *(_cell(_result(run, scenario)) for run in runs)])
    rows.append(["first broken promise", *(first_broken(run, catalogue) or "none" for run in runs)])
    rows.append(["in all", *(_totals(run) for run in runs)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + f"\n{LEGEND}\n"


LEGEND = (
    "known: broken as its adapter says it is · blocked ← the promise that broke on the way · "
    "n/a: its adapter says it cannot · **?**: undecided"
)


def document(runs: Sequence[Played], catalogue: Catalogue) -> dict[str, Any]:
    return {
        "bridges": {
            run.bridge: {"exit_code": run.exit_code, "first_broken_promise": first_broken(run, catalogue)}
            for run in runs
        },
        "results": [
            {
                "scenario": scenario,
                "verdicts": {
                    run.bridge: {key: found[key] for key in ("verdict", "broken", "blocked_by")}
                    for run in runs
                    if (found := _result(run, scenario))
                },
            }
            for scenario in _scenarios(runs)
        ],
    }


def first_broken(run: Played, catalogue: Catalogue) -> str | None:
    """Of the promises broken in a run, the first in the catalogue that needs none of the others."""
    broken = {result["blocked_by"] or result["broken"] for result in run.results} - {None}
    return next(
        (
            promise.id
            for promise in catalogue
            if promise.id in broken and not catalogue.without(promise.id) & broken
        ),
        None,
    )


def _scenarios(runs: Sequence[Played]) -> list[str]:
    return list(dict.fromkeys(result["scenario"] for run in runs for result in run.results))


def _result(run: Played, scenario: str) -> Mapping[str, Any] | None:
    return next((result for result in run.results if result["scenario"] == scenario), None)


def _cell(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return NOT_PLAYED
    mark = MARKS[Verdict(result["verdict"])]
    if result["blocked_by"]:
        return f"{mark} ← {result['blocked_by']}"
    return f"{mark}: {result['broken']}" if result["broken"] else mark


def _totals(run: Played) -> str:
    verdicts = [result["verdict"] for result in run.results]
    counted = ", ".join(f"{verdicts.count(v.value)} {v.value}" for v in Verdict if v.value in verdicts)
    return f"{counted or 'nothing played'} (exit code {run.exit_code})"


def _short(scenario: str) -> str:
    """`test_opt_in.py::test_x` as a row is headed: what it is called, without folders."""
    file, _, name = scenario.rpartition("/")[2].partition("::")
    return f"{file.removeprefix('test_').removesuffix('.py')}: {name.removeprefix('test_').replace('_', ' ')}"
