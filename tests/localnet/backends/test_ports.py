"""Numbers that are held without being used, so that their service can use them and nobody else gets them."""

import os
import socket
from collections.abc import Iterator

import pytest

from localnet.backends.ports import HOST, Ports, is_listening
from localnet.errors import MachineError


@pytest.fixture
def ports() -> Iterator[Ports]:
    held = Ports()
    yield held
    held.release()


def listener(number: int) -> socket.socket:
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((HOST, number))
    opened.listen()
    return opened


def test_a_service_can_listen_on_a_number_that_is_held_for_it(ports: Ports) -> None:
    number = ports.any()
    assert not is_listening(number)

    with listener(number):
        assert is_listening(number)


def test_the_kernel_gives_a_held_number_to_nobody_else(ports: Ports) -> None:
    numbers = [ports.any() for _ in range(500)]

    assert len(set(numbers)) == 500


def test_a_fixed_number_that_is_free_is_held(ports: Ports) -> None:
    with listener(0) as probe:
        number: int = probe.getsockname()[1]

    assert ports.exactly(number, "harness→pds") == number


def test_a_taken_number_is_named_with_who_has_it(ports: Ports) -> None:
    with listener(0) as taken:
        number: int = taken.getsockname()[1]

        with pytest.raises(MachineError) as caught:
            ports.exactly(number, "harness→pds")

    assert f"port {number}, wanted for harness→pds, is taken" in caught.value.message
    assert f"(pid {os.getpid()}) listens on it" in caught.value.message
    assert "--ports auto" in caught.value.next_step
    assert caught.value.exit_code == 3


def test_released_numbers_are_anybodys(ports: Ports) -> None:
    number = ports.any()
    ports.release()

    with socket.socket() as stranger:
        stranger.bind((HOST, number))
