"""`test --repeat N`: the same scenarios with the same seed several times, and where their stories were not the same."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from localnet.cli.output import console
from localnet.errors import UsageError
from localnet.report.repetition import Episode, first_change, kept

Play = Callable[[Path], int]
"""plays once, leaves each scenario's story in the directory, and returns the exit code"""
Stories = dict[str, list[Episode]]


def repeat(times: int, seed: int, play: Play) -> int:
    """The gravest exit code of all runs. A story that went another way is told and breaks no promise."""
    if times < 2:
        raise UsageError(f"--repeat {times} leaves nothing to compare", "--repeat 2, or more")
    runs: list[Stories] = []
    codes = []
    for number in range(1, times + 1):
        print(f"\nrun {number} of {times}, seed {seed}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="localnet-repeated-") as directory:
            codes.append(play(Path(directory)))
            runs.append(kept(Path(directory)))
    for line in compared(runs):
        console().print(line, soft_wrap=True, highlight=False)
    return 1 if 1 in codes else max(codes)


def compared(runs: Sequence[Stories]) -> list[str]:
    """A line for each scenario: the same each time, or the first run and hop that were not."""
    lines = []
    for scenario in dict.fromkeys(name for run in runs for name in run):
        stories = [run.get(scenario) for run in runs]
        changes = [
            f"run {number}: {'not played' if story is None else first_change(stories[0] or [], story)}"
            for number, story in enumerate(stories, 1)
            if story is None or first_change(stories[0] or [], story)
        ]
        said = f"not the same: {changes[0]}" if changes else f"the same {len(runs)} times"
        lines.append(f"{scenario.rpartition('::')[2]}: {said}")
    return lines
