"""`test --list`: the catalogue of promises, with who claims each."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.table import Table

from localnet.cli.output import console
from localnet.report.claims import always_asked, claimed
from localnet.world.catalogue import Catalogue, Promise, load_catalogue, shipped_scenarios

STDOUT = Path("-")


def list_promises(names: list[str], as_json: Path | None) -> None:
    """All of them, or those that the names (of promises or of historic ids) speak of."""
    catalogue = load_catalogue()
    wanted = catalogue.named(names)
    entries = list(
        _entries(catalogue, (promise for promise in catalogue if wanted is None or promise.id in wanted))
    )
    if as_json is None:
        console().print(_table(entries))
        return
    text = json.dumps({"promises": entries}, indent=2, ensure_ascii=False)
    if as_json == STDOUT:
        print(text)
    else:
        as_json.write_text(text + "\n", "utf-8")


def _entries(catalogue: Catalogue, promises: Iterable[Promise]) -> Iterable[dict[str, Any]]:
    scenarios, always = claimed(shipped_scenarios()), always_asked(catalogue)
    for promise in promises:
        yield {
            "promise": promise.id,
            "sentence": promise.sentence,
            "covers": list(promise.covers),
            "needs": list(promise.needs),
            "capability": promise.capability,
            "scenarios": scenarios.get(promise.id, []),
            "always_asked": promise.id in always,
        }


def _table(entries: Iterable[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("promise", "scenarios", "covers", "capability", "sentence"):
        table.add_column(heading, justify="right" if heading == "scenarios" else "left", overflow="fold")
    for entry in entries:
        number = f"{len(entry['scenarios'])}{' + always' if entry['always_asked'] else ''}"
        covers, capability = " ".join(entry["covers"]), entry["capability"] or ""
        table.add_row(entry["promise"], number, covers, capability, entry["sentence"])
    return table
