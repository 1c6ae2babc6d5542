"""What a failed build says: the step and the way out, by what went wrong."""

import io
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from localnet.backends.images.builder import KEPT, build, make_room
from localnet.errors import MachineError

STEPS: list[Mapping[str, Any]] = [{"stream": "Step 1/2 : FROM x\n"}, {"stream": "Step 2/2 : RUN make\n"}]
WRONG = {
    "a step": ("returned a non-zero code: 2", "correct that step"),
    "a full disk": ("write /layer: no space left on device", "make room on the engine's disk"),
    "BuildKit": ("the --mount option requires BuildKit", "--set bridge.image=NAME"),
}


def engine_that_says(events: list[Mapping[str, Any]], read: list[Mapping[str, Any]]) -> SimpleNamespace:
    def stream(**_request: object) -> Iterator[Mapping[str, Any]]:
        for event in events:
            read.append(event)
            yield event

    return SimpleNamespace(api=SimpleNamespace(build=stream))


@pytest.mark.parametrize(("error", "next_step"), WRONG.values(), ids=WRONG)
def test_a_build_that_fails_says_what_was_done_last_and_what_helps(error: str, next_step: str) -> None:
    events, read = [*STEPS, {"error": error}, {"stream": "\n"}], list[Mapping[str, Any]]()

    with pytest.raises(MachineError) as raised:
        build(engine_that_says(events, read), "localnet/x:1", io.BytesIO(), None)

    assert error in raised.value.message
    assert next_step in raised.value.next_step
    assert read == events, "an answer that is not read to its end costs the connection"


def test_a_step_that_failed_stands_below_those_before_it() -> None:
    with pytest.raises(MachineError, match="Step 2/2 : RUN make\nexit 2"):
        build(engine_that_says([*STEPS, {"error": "exit 2"}], []), "localnet/x:1", io.BytesIO(), None)


def test_old_images_of_a_name_make_room_but_never_the_one_just_made() -> None:
    """One that comes from the engine's cache is as old as what it comes from."""
    removed: list[str] = []
    images = [
        SimpleNamespace(id=str(age), tags=[f"localnet/x:{age}"], attrs={"Created": f"2030-01-{31 - age:02}"})
        for age in range(KEPT + 3)
    ]
    engine = SimpleNamespace(images=SimpleNamespace(list=lambda _name: images, remove=removed.append))

    make_room(engine, f"localnet/x:{KEPT + 1}")

    assert removed == [str(KEPT - 1), str(KEPT), str(KEPT + 2)]
