"""The bridge as a process: how it refuses to start, starts, and stops."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.bridge.town import ENVIRONMENT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def bridge(**changes: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT, **changes}
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge"],
        env={name: value for name, value in environment.items() if value},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answer(url: str, patience: float = 15.0) -> tuple[int, str]:
    """The first answer of a process that is starting."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def test_a_missing_setting_is_one_line_and_an_exit_code() -> None:
    with bridge(RELAY_URL="") as process:
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err) == (2, "", "bridge: RELAY_URL must be set\n")


def test_a_taken_port_is_found_before_the_database_is_touched() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with bridge(HEALTH_BIND_ADDR=address) as process:
            _, err = process.communicate(timeout=30)

    assert process.returncode == 1
    assert f"cannot listen on HEALTH_BIND_ADDR {address}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_it_starts_without_its_neighbours_says_what_is_missing_and_stops_when_told(
    database_url: str, number: signal.Signals
) -> None:
    port, nowhere = free_port(), f"127.0.0.1:{free_port()}"
    with bridge(
        DATABASE_URL=database_url, HEALTH_BIND_ADDR=f"127.0.0.1:{port}", RELAY_URL=f"ws://{nowhere}"
    ) as process:
        health = answer(f"http://127.0.0.1:{port}/health")
        ready = answer(f"http://127.0.0.1:{port}/health/ready")
        asked_at = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert health == (200, "")
    assert ready[0] == 503
    assert '"database":null' in ready[1]
    assert (process.returncode, err) == (0, "")
    assert time.monotonic() - asked_at < 5
    assert '"message": "stopped"' in out.splitlines()[-1]
    assert not any(secret in out for secret in ("admin-pass", "keycast-token", "operator-token"))
