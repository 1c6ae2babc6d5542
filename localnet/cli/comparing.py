"""`test` with several bridges: each is played, then one table says what came out for whom."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from localnet.network import NetworkSpec
from localnet.network.catalogue import load
from localnet.report.comparison import Played, document, markdown
from localnet.world.catalogue import load_catalogue

BROKEN = 1
STDOUT = Path("-")

Play = Callable[[str, Path], int]
"""plays one bridge, given as the plugin's option, leaves its JSON in the file, and returns its exit code"""


def compare(
    subjects: Sequence[str],
    against: Sequence[str],
    play: Play,
    as_json: Path | None,
    summary: Path | None = None,
) -> int:
    """The table on standard output, Markdown unless JSON is asked for there, and at the end of the summary's file; the exit
    code is the subjects'.
    """
    runs = list(_played([*subjects, *against], play))
    catalogue = load_catalogue()
    compared = json.dumps(document(runs, catalogue), indent=2, ensure_ascii=False)
    if as_json == STDOUT:
        print(compared)
    else:
        print(markdown(runs, catalogue))
    if summary is not None:
        with summary.open("a", encoding="utf-8") as file:
            file.write(markdown(runs, catalogue))
    if as_json not in (None, STDOUT):
        as_json.write_text(compared + "\n", "utf-8")
    codes = [run.exit_code for run in runs[: len(subjects)]]
    return BROKEN if BROKEN in codes else max(codes)


def _played(bridges: Sequence[str], play: Play) -> Iterator[Played]:
    names = names_of(bridges)
    for bridge, name in zip(bridges, names, strict=True):
        print(f"\n{name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="localnet-compared-") as directory:
            file = Path(directory) / "results.json"
            code = play(f"--localnet-bridge={bridge}", file)
            results = json.loads(file.read_text("utf-8"))["results"] if file.exists() else []
        yield Played(name, results, code)


def names_of(bridges: Sequence[str]) -> list[str]:
    """What the adapters call themselves; as they were asked for where two call themselves the same."""
    names = [load(NetworkSpec(bridge=bridge)).adapter.adapter.name for bridge in bridges]
    return [bridge if names.count(name) > 1 else name for bridge, name in zip(bridges, names, strict=True)]
