"""The barrier opens when nothing is left and nothing moves, and says which part did not come true."""

import pytest

from localnet.world.barrier import Barrier, Looks, NotSettled
from localnet.world.expect import Waiting
from localnet.world.promises import BrokenPromise

AT_ONCE = Waiting(within=0.0)


def looks(*seen: tuple[list[str], list[str]]) -> list[str | None]:
    """What is said at each look, given what is left and what moved before it."""
    left = iter([part for part, _ in seen])
    moved = iter([part for _, part in seen])
    looking = Looks(lambda: next(left), lambda: next(moved))
    return [looking.unrest() for _ in seen]


IDLE: tuple[list[str], list[str]] = ([], [])


def test_one_idle_look_is_not_rest() -> None:
    assert looks(IDLE) == ["the bridge was idle in one look only"]


def test_two_idle_looks_with_nothing_between_are_rest() -> None:
    assert looks(IDLE, IDLE)[1] is None


def test_what_moved_before_the_first_look_does_not_matter() -> None:
    assert looks(([], ["bridge→pds POST /x"]), IDLE)[1] is None


def test_something_between_two_idle_looks_is_unrest() -> None:
    said = looks(IDLE, ([], ["bridge→pds POST /x"]), IDLE)

    assert said[1] == "the wire is not quiet: bridge→pds POST /x"
    assert said[2] is None


def test_work_that_came_back_starts_the_wait_anew() -> None:
    said = looks(IDLE, (["job e1"], []), IDLE, IDLE)

    assert said[1] == "the bridge has 1 things left to do: job e1"
    assert said[2] == "the bridge was idle in one look only"
    assert said[3] is None


def test_it_opens() -> None:
    calls: list[str] = []

    def left() -> list[str]:
        calls.append("left")
        return []

    barrier = Barrier(lambda: calls.append("sentinel"), left, list)

    barrier.settle(Waiting(within=1.0, pause=0.0))

    assert calls == ["sentinel", "left", "left"]


def test_it_says_what_is_left() -> None:
    barrier = Barrier(lambda: None, lambda: ["job e1: 500"], list)

    with pytest.raises(NotSettled, match="1 things left to do: job e1: 500"):
        barrier.settle(AT_ONCE)


def test_a_sentinel_that_is_not_seen_is_a_broken_promise() -> None:
    def unseen() -> None:
        raise BrokenPromise("video-appears", "no post")

    with pytest.raises(BrokenPromise, match="video-appears"):
        Barrier(unseen, list, list).settle(AT_ONCE)
