"""`test --sweep`: one scenario, played again for each of its hops and whatever can go wrong there."""

import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from localnet.cli.output import console
from localnet.network import NetworkSpec
from localnet.network.catalogue import load
from localnet.report.sweep.runner import Outcome, sweep
from localnet.report.sweep.scenario import Scenario, scenario_named
from localnet.report.sweep.table import SIGNS, detail_of, document_of, summary_of, table_of
from localnet.world.catalogue import load_catalogue

STDOUT = Path("-")


def play_sweep(
    name: str, spec: NetworkSpec, keyword: str | None, side_by_side: int, as_json: Path | None
) -> int:
    """The exit code: 1 where a promise was broken, 2 where a hop was not met again."""
    scenario = scenario_named(name)
    swept = sweep(
        scenario,
        _hurried(spec, scenario),
        load_catalogue([scenario.directory]),
        wanted=lambda cell: not keyword or any(part in str(cell) for part in keyword.split(" or ")),
        side_by_side=side_by_side,
        tell=_tell,
    )
    if as_json is not None:
        text = json.dumps(document_of(swept), indent=2, ensure_ascii=False)
        print(text) if as_json == STDOUT else as_json.write_text(text + "\n", "utf-8")
    if as_json != STDOUT:
        console().print(table_of(swept))
        for outcome in swept.outcomes:
            if outcome.verdict != "held":
                console().print(f"\n{detail_of(swept, outcome)}", markup=False)
        console().print(f"\n{summary_of(swept)}", markup=False)
    return swept.exit_code


def _hurried(spec: NetworkSpec, scenario: Scenario) -> NetworkSpec:
    """As the scenario wants its network, and with a bridge that waits no longer than it must."""
    wish = scenario.wish
    hurried: Mapping[str, str] = load(spec).adapter.adapter.hurried
    database = scenario.directory / "schemas" / f"{wish.schema}.sql" if wish.schema else spec.database
    seed = spec.seed if spec.seed is not None else secrets.randbits(32)
    env = {**hurried, **spec.env, **wish.env}
    return replace(spec, env=env, database=database, replicas=wish.replicas, seed=seed)


def _tell(outcome: Outcome, number: int, of: int) -> None:
    sign, _ = SIGNS[outcome.verdict]
    print(f"{number:4}/{of}  {sign}  {outcome.seconds:5.1f} s  {outcome.cell}", file=sys.stderr, flush=True)
