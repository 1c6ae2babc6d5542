"""Questions over a channel find their own answers, and what is said unasked finds who listens."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from localnet.backends.channel import Channel, Pipes
from localnet.errors import LocalnetError

ECHO = """
import json, sys
for line in sys.stdin:
    said = json.loads(line)
    if said["op"] == "die":
        sys.exit(7)
    if said["op"] == "wonder":
        print(json.dumps({"event": "asks", "network": "n1", "verb": "kill"}), flush=True)
    if said["op"] == "flush":
        print(json.dumps({"event": "lines", "network": "n1", "lines": "one\\ntwo\\n"}), flush=True)
    failed = {"error": "no such fault"} if said["op"] == "refuse" else {}
    print(json.dumps({"event": "failed" if failed else "done", **said, **failed}), flush=True)
"""


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    log = tmp_path / "echo.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    made = Channel("echo", Pipes(process), log)
    yield made
    made.close()


def test_each_question_gets_its_own_answer(channel: Channel) -> None:
    said: dict[int, object] = {}
    asking = [
        threading.Thread(
            target=lambda n=number: said.update({n: channel.ask("n1", {"op": "add", "n": n})["n"]})
        )
        for number in range(8)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert said == {number: number for number in range(8)}


def test_a_refusal_is_raised_as_it_was_said(channel: Channel) -> None:
    with pytest.raises(LocalnetError, match="no such fault"):
        channel.ask("n1", {"op": "refuse"})


def test_the_end_of_the_process_answers_what_is_still_asked(channel: Channel) -> None:
    with pytest.raises(LocalnetError, match="the echo process ended"):
        channel.ask("n1", {"op": "die"})
    with pytest.raises(LocalnetError, match="the echo process ended"):
        channel.ask("n1", {"op": "add"})


def test_what_is_said_unasked_reaches_who_listens_for_that_network(channel: Channel) -> None:
    heard: list[object] = []
    channel.listen("n1", lambda event: heard.append(event["verb"]))
    channel.listen("n2", lambda event: heard.append(f"wrong: {event}"))

    channel.ask("n1", {"op": "wonder"})

    assert heard == ["kill"]


def test_journal_lines_that_come_before_an_answer_are_kept_before_it_is_given(
    channel: Channel, tmp_path: Path
) -> None:
    channel.keep_journal("n1", tmp_path / "journal.jsonl")

    channel.ask("n1", {"op": "flush"})

    assert (tmp_path / "journal.jsonl").read_text() == "one\ntwo\n"
