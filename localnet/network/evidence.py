"""What is kept of a run that went wrong, where it survives the run's own directory."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

KEPT = 10
"""runs; older ones make room"""


def evidence_root() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "localnet" / "evidence"


def keep(run: str, reason: str, files: Iterable[Path]) -> Path:
    """Copies of the files and the reason, in a directory named after the run; kept again, the newer copies stay."""
    target = evidence_root() / run
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (target / "reasons.txt").open("a") as reasons:
        reasons.write(f"{reason}\n")
    for source in files:
        if source.exists():
            shutil.copy(source, target)
    newest_first = sorted(target.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return target
