"""`localnet test --sweep` on the bundled bridge: the hop is found again, what goes wrong there goes wrong, and the promise is kept."""

import json
from pathlib import Path

import pytest

from localnet.cli import run

WRITE = "answer lost bridge→pds POST /xrpc/com.atproto.repo.createRecord"
SCENARIO = "test_a_video_appears_once_however_often_its_event_arrives"


def test_one_hop_and_one_mishap(
    runs_home: Path,  # noqa: ARG001, where its runs are kept
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "sweep.json"

    code = run(["test", "--sweep", SCENARIO, "-k", WRITE, "--seed", "7", "--json", str(file)])

    said = capsys.readouterr()
    assert code == 0, said.err
    assert "1/1  ✓" in said.err
    assert "1 runs" in said.out
    document = json.loads(file.read_text())
    assert [(one["mishap"], one["verdict"]) for one in document["runs"]] == [("answer lost", "held")]
    hops = [hop["hop"] for hop in document["hops"]]
    assert "bridge→postgres INSERT publish_jobs" in hops
    assert hops.index("bridge→pds POST /xrpc/com.atproto.repo.uploadBlob") < hops.index(WRITE[12:])


@pytest.mark.parametrize(
    ("words", "says"),
    [([], "--sweep is for one scenario"), (["test_of_nothing"], "there is no scenario 'test_of_nothing'")],
)
def test_what_cannot_be_swept_is_said(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["test", "--sweep", *words]) == 3
    assert says in capsys.readouterr().err
