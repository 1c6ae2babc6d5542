"""Events from a file are Nostr events line by line, or the line that is none is named."""

import json
from pathlib import Path

import pytest

from fakes.nostr.keys import SecretKey, sign_event
from localnet.cli.people import read_events
from localnet.errors import UsageError

FIRST, SECOND = (sign_event(SecretKey.from_bytes(bytes([n]) * 32), 1, 7, [], "hello") for n in (1, 2))


def written(directory: Path, *lines: str) -> Path:
    file = directory / "events.jsonl"
    file.write_text("\n".join(lines))
    return file


def test_one_event_a_line_and_empty_lines_are_none(tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps(FIRST.to_json()), "", "  ", json.dumps(SECOND.to_json()))

    assert read_events(file) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "wrong",
    ["no JSON", "17", "null", "[]", "{}", json.dumps({**FIRST.to_json(), "kind": "one"})],
)
def test_a_line_that_is_no_event_is_named_by_its_number(tmp_path: Path, wrong: str) -> None:
    file = written(tmp_path, json.dumps(FIRST.to_json()), "", wrong)

    with pytest.raises(UsageError, match=r"events\.jsonl, line 3, is not a Nostr event"):
        read_events(file)
