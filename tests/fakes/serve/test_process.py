"""The process: its channel on stdin and stdout, its ends, a single fake in the foreground."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from fakes.serve import parse

ADD = {
    "op": "add",
    "network": "n1",
    "token": "t",
    "services": [{"name": "relay", "fake": "relay", "host": "127.0.0.1", "port": 0, "options": {}}],
}
READY = {"event": "ready", "network": "n1", "service": "relay"}


class Process:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def say(self, message: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def hang_up(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()

    def event(self) -> dict[str, Any]:
        assert self._process.stdout
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def status(self) -> int:
        return self._process.wait(10)


@contextmanager
def process(*arguments: str) -> Iterator[Process]:
    command = [sys.executable, "-m", "fakes.serve", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as running:
        try:
            yield Process(running)
        finally:
            running.kill()


def test_requests_are_lines_in_and_events_are_lines_out() -> None:
    with process() as fakes:
        fakes.say(ADD)
        assert fakes.event() == READY

        fakes.say({"op": "remove", "network": "n1"})
        assert fakes.event() == {"event": "removed", "network": "n1"}


def test_the_end_of_input_ends_the_process_at_once() -> None:
    with process() as fakes:
        fakes.say(ADD)
        fakes.event()

        fakes.hang_up()

        assert fakes.status() == 0


def test_a_termination_takes_the_networks_down_first() -> None:
    with process() as fakes:
        fakes.say(ADD)
        fakes.event()

        fakes.signal(signal.SIGTERM)

        assert fakes.event() == {"event": "removed", "network": "n1"}
        assert fakes.status() == 0


def test_an_interrupt_of_the_terminal_is_for_the_harness() -> None:
    with process() as fakes:
        fakes.say(ADD)
        fakes.event()

        fakes.signal(signal.SIGINT)

        fakes.say({"op": "remove", "network": "n1"})
        assert fakes.event()["event"] == "removed"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_single_fake_runs_until_a_signal(number: signal.Signals) -> None:
    with process("media", "--option", "public_url=http://media.test") as fake:
        ready = fake.event()
        assert (ready["event"], ready["service"]) == ("ready", "media")
        with build_opener(ProxyHandler({})).open(f"{ready['url']}/health") as answer:
            assert answer.status == 200

        fake.signal(number)

        assert fake.status() == 0


def test_a_single_fake_that_cannot_start_says_why() -> None:
    command = [sys.executable, "-m", "fakes.serve", "media", "--option", "url=x"]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)

    assert ended.returncode == 3
    assert "media did not start: media: unknown option url (known: public_url)" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_option_without_a_value_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["media", "--option", "public_url"])

    assert "KEY=VALUE" in capsys.readouterr().err
