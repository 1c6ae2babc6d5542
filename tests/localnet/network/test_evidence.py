"""What is kept of a failure is one folder that needs nothing else and holds no secret; old ones make room."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from localnet.network.evidence import JOURNAL, KEPT, evidence_root, keep, keep_logs
from localnet.network.record import RECORD, RunRecord, Service
from tests.localnet.journal.telling import CROSSPOST, write

TOKEN = "t0ken-of-the-run-and-secret"


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunRecord:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    directory = tmp_path / "run-abcdef"
    (directory / "logs").mkdir(parents=True)
    log = directory / "logs" / "bridge.log"
    log.write_text(f"ready\ntoken {TOKEN}\n")
    write(directory / JOURNAL, CROSSPOST)
    return RunRecord(
        id="run-abcdef", backend="processes", seed=7, token=TOKEN, directory=directory, owner_pid=1, started_at=1.0, seconds=0.5,
        services={"bridge": Service("bridge", f"http://127.0.0.1:1/{TOKEN}", 0.1, 17, log, "ready")}, edges={"bridge→pds": "http://127.0.0.1:2"},
        exports={"pds": {"admin_password": TOKEN}}, environments={"bridge": {"TOKEN": TOKEN}}, database_name="bridge", adapter=None,
        secrets={"the run's token": TOKEN},
    )  # fmt: skip


def test_it_holds_journal_output_reason_and_who_ran(record: RunRecord) -> None:
    folder = keep(record, "scenarios/test_a.py::test_b[c d]", "it broke")

    assert folder == evidence_root() / "run-abcdef" / "test_a.py-test_b-c-d"
    assert (folder / JOURNAL).read_bytes() == (record.directory / JOURNAL).read_bytes()
    assert (folder / "logs" / "bridge.log").read_text().startswith("ready\n")
    assert (folder / "why.txt").read_text() == "scenarios/test_a.py::test_b[c d]\nit broke\n"
    shown = json.loads((folder / RECORD).read_text())
    assert (shown["seed"], shown["edges"], shown["services"]) == (
        7,
        record.edges,
        {"bridge": {"state": "ready", "seconds": 0.1}},
    )


def test_nothing_in_it_is_secret(record: RunRecord) -> None:
    folder = keep(record, "start", f"the bridge said {TOKEN}")

    assert [path for path in folder.rglob("*") if path.is_file() and TOKEN in path.read_text()] == []


def test_of_the_journal_only_what_came_since_is_kept(record: RunRecord) -> None:
    size = (record.directory / JOURNAL).stat().st_size
    write(record.directory / JOURNAL, CROSSPOST[:1])

    assert (keep(record, "later", "", since=size) / JOURNAL).read_bytes().count(b"\n") == 1


def test_the_same_again_has_a_folder_of_its_own(record: RunRecord) -> None:
    assert [keep(record, "again", "").name for _ in range(3)] == ["again", "again~2", "again~3"]


def test_old_runs_make_room(record: RunRecord) -> None:
    for number in range(KEPT + 3):
        keep(replace(record, id=f"run-{number:06x}"), "start", "")

    assert len(list(evidence_root().iterdir())) == KEPT
    assert (evidence_root() / f"run-{KEPT + 2:06x}").is_dir()


def test_logs_can_be_kept_alone_and_what_is_not_there_is_no_matter(record: RunRecord, tmp_path: Path) -> None:
    (record.directory / JOURNAL).unlink()
    (record.directory / "logs" / "bridge-2.log").write_text("a replica\n")

    keep_logs(record, tmp_path / "kept")

    assert (tmp_path / "kept" / "bridge-2.log").read_text() == "a replica\n"
    assert TOKEN not in (tmp_path / "kept" / "bridge.log").read_text()
