"""`test --list`: every promise with its sentence, what it covers and who claims it; nothing is started."""

import json
from pathlib import Path

import pytest

from localnet.cli import run
from localnet.world.catalogue import load_catalogue


def test_every_promise_is_listed(runs_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", "--list"]) == 0

    said = capsys.readouterr().out
    assert [promise.id for promise in load_catalogue() if promise.id not in said] == []
    assert "replicas" in said
    assert not runs_home.exists()


def test_some_are_listed_by_historic_id_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", "--list", "B14", "--json", "-"]) == 0

    listed = {entry["promise"]: entry for entry in json.loads(capsys.readouterr().out)["promises"]}
    entry = listed["account-is-active"]
    assert "bridge-starts" not in listed
    assert entry["always_asked"] is True
    assert entry["covers"] == ["B14", "B15"]
    assert any(scenario.startswith("test_activation.py::") for scenario in entry["scenarios"])
