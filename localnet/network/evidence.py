"""What is kept of something that went wrong on a network, where it survives the network's own directory: journal, output, who ran where.

One directory for each, under one of the run. Nothing in it is secret: the journal is redacted when it is written, the rest here.
"""

import json
import os
import re
import shutil
from dataclasses import asdict
from pathlib import Path

from localnet.journal.discretion import Discretion
from localnet.network.record import RECORD, RunRecord

KEPT = 10
"""runs; older ones make room"""
JOURNAL = "journal.jsonl"
LOGS = "logs"
LONGEST = 100
SHOWN = ("id", "backend", "seed", "started_at", "seconds", "edges", "database_name", "adapter", "clock")
"""of a run's record; the rest is secret, or says where on this machine it was"""


def evidence_root() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "localnet" / "evidence"


def keep(record: RunRecord, what: str, why: str, since: int = 0) -> Path:
    """A new directory for `what` (a scenario); of the journal what was written from that offset on."""
    run = evidence_root() / record.id
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = _free(run / _name(what))
    target.mkdir()
    (target / JOURNAL).write_bytes(_journal(record)[since:])
    discretion = keep_logs(record, target / LOGS)
    (target / "why.txt").write_text(discretion.of(f"{what}\n{why}".rstrip()) + "\n")
    (target / RECORD).write_text(discretion.of(json.dumps(_shown(record), default=str, indent=2)) + "\n")
    _make_room(run.parent)
    return target


def keep_logs(record: RunRecord, directory: Path) -> Discretion:
    """What the services printed, and what knows the secrets that are not in it any more."""
    directory.mkdir(parents=True, exist_ok=True)
    discretion = Discretion(record.secrets, _journal(record))
    printed = {service.log for service in record.services.values() if service.log}
    for log in sorted({*printed, *(record.directory / LOGS).glob("*.log")}):
        if log.exists():
            (directory / log.name).write_text(discretion.of(log.read_text(errors="replace")))
    return discretion


def _journal(record: RunRecord) -> bytes:
    journal = record.directory / JOURNAL
    return journal.read_bytes() if journal.exists() else b""


def _name(what: str) -> str:
    """Of a scenario's node id: its file and its name."""
    return re.sub(r"[^\w.-]+", "-", what.rpartition("/")[2]).strip("-.")[:LONGEST] or "run"


def _free(wanted: Path) -> Path:
    taken = sum(1 for path in wanted.parent.iterdir() if path.name.partition("~")[0] == wanted.name)
    return wanted.with_name(f"{wanted.name}~{taken + 1}") if taken else wanted


def _shown(record: RunRecord) -> dict[str, object]:
    whole = asdict(record)
    services = {
        name: {"state": service.state, "seconds": service.seconds}
        for name, service in record.services.items()
    }
    return {**{key: whole[key] for key in SHOWN}, "services": services}


def _make_room(root: Path) -> None:
    newest_first = sorted(root.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
