"""`localnet trace` on what was kept of a run: the story in order, or as JSON; what it cannot find it says."""

import json
from pathlib import Path

import pytest

from localnet.cli import run
from localnet.network.evidence import evidence_root
from tests.localnet.journal.telling import CROSSPOST, POST, VIDEO, write


@pytest.fixture
def kept(runs_home: Path) -> Path:  # noqa: ARG001, what sets the environment
    directory = evidence_root() / "run-abcdef"
    directory.mkdir(parents=True)
    write(directory / "journal.jsonl", CROSSPOST)
    return directory


def test_the_story_of_an_event_from_what_was_kept(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in (str(kept), str(kept / "journal.jsonl"), kept.name):
        assert run(["trace", VIDEO[:6], "--evidence", place]) == 0
        said = capsys.readouterr().out.splitlines()
        assert max(map(len, said)) <= 80
        assert f"uri     {POST}" in said
        assert "14 hops in 131 ms" in said
        edges = [line.split()[2] for line in said if line.startswith("  +")]
        assert (edges[0], edges[-1]) == ("harness→media", "harness→reader")


def test_as_json_it_has_whole_hops(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", VIDEO, "--evidence", str(kept), "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["ids"]["uri"] == [POST]
    assert [hop["op"] for hop in document["hops"]] == [line.op for line in CROSSPOST]
    assert document["hops"][3]["by"] == "transaction"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["trace", "carol", "--evidence", "run-abcdef"], "no hop mentions 'carol'"),
        (["trace", VIDEO, "--evidence", "run-abcde"], "did you mean 'run-abcdef'?"),
        (["trace", VIDEO], "no network is up"),
    ],
)
def test_what_is_not_there_is_said(
    kept: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept.is_dir()
    assert run(arguments) == 3
    assert says in capsys.readouterr().err


def test_all_hops_as_a_page(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"

    assert run(["trace", "--html", str(page), "--evidence", str(kept)]) == 0
    assert run(["trace", POST, "--html", str(page), "--evidence", str(kept)]) == 0

    assert "any browser opens it" in capsys.readouterr().out
    assert "all hops of run-abcdef" in page.read_text()


def test_one_of_several_scenarios_has_to_be_named(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept / "journal.jsonl").unlink()
    for name in ("first", "second"):
        (kept / name).mkdir()
        write(kept / name / "journal.jsonl", CROSSPOST)

    assert run(["trace", VIDEO, "--evidence", kept.name]) == 3
    assert "holds several" in capsys.readouterr().err
    assert run(["trace", VIDEO, "--evidence", f"{kept.name}/second"]) == 0


def test_without_an_id_there_is_nothing_to_tell(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "--evidence", str(kept)]) == 3
    assert "`trace` needs an id" in capsys.readouterr().err
