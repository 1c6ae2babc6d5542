"""What the engine refuses is told as what it means for a run, with the command that mends it."""

from dataclasses import dataclass

import pytest

from localnet.backends.containers.opening import published_at
from localnet.backends.containers.refusals import refusal
from localnet.errors import MachineError, ServiceError


@dataclass
class Refused(Exception):
    explanation: str
    status_code: int = 500


@pytest.mark.parametrize(
    ("said", "means", "mended"),
    [
        (
            "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
            "no addresses left for another network",
            "localnet clean",
        ),
        (
            "all predefined address pools have been fully subnetted",
            "no addresses left",
            "docker network prune",
        ),
        ("write /var/lib/docker/x: no space left on device", "disk is full", "docker system df"),
        (
            "driver failed programming external connectivity on endpoint x: "
            "Bind for 127.0.0.1:2589 failed: port is already allocated",
            "port 2589 is taken",
            "--ports auto",
        ),
        (
            "Error starting userland proxy: listen tcp4 127.0.0.1:2589: bind: address already in use",
            "port 2589 is taken",
            "--ports auto",
        ),
    ],
)
def test_what_the_machine_lacks(said: str, means: str, mended: str) -> None:
    error = refusal(Refused(said), "a container", None)

    assert isinstance(error, MachineError)
    assert means in error.message
    assert said in error.message
    assert mended in error.next_step
    assert error.exit_code == 3


def test_a_missing_image_is_named() -> None:
    error = refusal(Refused("No such image: localnet/bridge:1", 404), "the bridge", "localnet/bridge:1")

    assert isinstance(error, MachineError)
    assert "no image localnet/bridge:1" in error.message
    assert "make images" in error.next_step


def test_anything_else_is_quoted() -> None:
    error = refusal(Refused("exec: no such file"), "the bridge", None)

    assert isinstance(error, ServiceError)
    assert "refuses the bridge: exec: no such file" in error.message


@pytest.mark.parametrize(
    ("engine", "where"),
    [
        ("unix:///var/run/docker.sock", ("127.0.0.1", "127.0.0.1")),
        ("tcp://127.0.0.1:2375", ("127.0.0.1", "127.0.0.1")),
        ("ssh://ci@127.0.0.1", ("127.0.0.1", "127.0.0.1")),
        ("npipe:////./pipe/docker_engine", ("127.0.0.1", "127.0.0.1")),
    ],
)
def test_ports_are_published_where_the_engine_is_reached(engine: str, where: tuple[str, str]) -> None:
    assert published_at(engine) == where


def test_an_engine_on_a_machine_that_is_not_found() -> None:
    with pytest.raises(MachineError, match="is not found"):
        published_at("tcp://nowhere.invalid:2375")
