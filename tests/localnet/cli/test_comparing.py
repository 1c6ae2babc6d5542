"""Several bridges: each is played once, and whose exit code counts."""

import json
from pathlib import Path

import pytest

from localnet.cli.comparing import compare, names_of
from tests.localnet.network.little import little_adapter

ENDED = {"bundled": 0, "divine-atbridge": 1}


def play(option: str, file: Path) -> int:
    bridge = option.partition("=")[2]
    verdict = "pass" if ENDED[bridge] == 0 else "fail"
    result = {"scenario": "test_a.py::test_one", "verdict": verdict, "broken": None, "blocked_by": None}
    file.write_text(json.dumps({"results": [result]}))
    return ENDED[bridge]


@pytest.mark.parametrize(
    ("subjects", "against", "code"),
    [
        (["bundled"], ["divine-atbridge"], 0),
        (["divine-atbridge"], ["bundled"], 1),
        (["bundled", "divine-atbridge"], [], 1),
    ],
)
def test_the_exit_code_is_the_subjects(
    subjects: list[str], against: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(subjects, against, play, None) == code
    assert capsys.readouterr().out.splitlines()[0] == f"| scenario | {' | '.join([*subjects, *against])} |"


def test_the_document_goes_to_a_file_or_alone_to_the_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare(["bundled"], ["divine-atbridge"], play, tmp_path / "compared.json")
    capsys.readouterr()
    compare(["bundled"], ["divine-atbridge"], play, Path("-"))

    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((tmp_path / "compared.json").read_text())
    assert said["bridges"]["divine-atbridge"] == {"exit_code": 1, "first_broken_promise": None}


def test_the_table_stands_at_the_end_of_the_summary_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")

    compare(["bundled"], ["divine-atbridge"], play, None, summary)

    assert summary.read_text() == f"before\n{capsys.readouterr().out[:-1]}"


def test_who_cannot_be_played_has_an_empty_column(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(["bundled"], ["divine-atbridge"], lambda _option, _file: 3, None) == 3
    assert "nothing played (exit code 3)" in capsys.readouterr().out


def test_two_that_call_themselves_the_same_are_named_as_they_were_asked_for(tmp_path: Path) -> None:
    one = str(little_adapter(tmp_path))
    (tmp_path / "other").mkdir()
    two = str(little_adapter(tmp_path / "other"))

    assert names_of([one, "bundled"]) == ["little", "bundled"]
    assert names_of([one, two]) == [one, two]
