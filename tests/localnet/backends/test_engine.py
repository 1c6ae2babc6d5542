"""An engine that is not there, not running or gives no sign, each told apart and with its next step."""

import socket
from pathlib import Path

import pytest

from localnet.backends.engine import answered, connect, reach
from localnet.errors import MachineError


def test_where_there_is_none_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    with pytest.raises(MachineError, match=f"no container engine at unix://{tmp_path}") as raised:
        connect()

    assert "docker.io" in raised.value.next_step
    assert "--backend processes" in raised.value.next_step
    assert raised.value.exit_code == 3


def test_one_that_does_not_run_is_to_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "docker.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    with pytest.raises(MachineError, match="does not answer: Connection refused") as raised:
        reach()

    assert raised.value.next_step.startswith("start it")


def test_one_that_may_not_be_used_says_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("DOCKER_HOST", raising=False)

    with pytest.raises(MachineError, match="may not be used by this user") as raised:
        reach()

    assert "usermod -aG docker" in raised.value.next_step


def test_what_the_client_raises_becomes_an_error_that_says_what_was_asked() -> None:
    from docker.errors import APIError

    with pytest.raises(MachineError, match="did not make images"), answered("make images"):
        raise APIError("500 Server Error")
