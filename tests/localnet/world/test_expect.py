"""The one place that waits, against a clock that only moves when somebody sleeps."""

from collections.abc import Callable, Sequence

from localnet.world.expect import Final, Matcher, Waiting, wait_for, wrong_now


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def saying(reasons: Sequence[str | None]) -> Matcher:
    """Says each of these in turn, and the last one from then on."""
    left = list(reasons)
    says: Callable[[], str | None] = lambda: left.pop(0) if len(left) > 1 else left[0]  # noqa: E731
    return Matcher("something", says)


def waiting(within: float = 1.0) -> tuple[Waiting, Clock]:
    clock = Clock()
    return Waiting(within=within, pause=0.125, now=clock.now, sleep=clock.sleep), clock


def test_what_holds_at_once_costs_one_look_and_no_time() -> None:
    how, clock = waiting()

    assert wait_for([saying([None]), saying([None])], how) is None
    assert (how.looks, clock.at) == (1, 0.0)


def test_what_comes_later_is_waited_for() -> None:
    how, clock = waiting()

    assert wait_for([saying(["not yet", "nearly", None])], how) is None
    assert how.looks == 3
    assert clock.at == 0.25


def test_all_must_be_content_in_the_same_look() -> None:
    flickering = saying([None, "gone again", None])
    how, _ = waiting()

    assert wait_for([flickering, saying(["not yet", "not yet", None])], how) is None
    assert how.looks == 3


def test_on_timeout_the_last_reasons_of_all_are_told() -> None:
    how, clock = waiting(within=1.0)

    wrong = wait_for([saying(["first", "last"]), saying([None]), saying(["another"])], how)

    assert wrong == "last\nanother\n(after 1 s)"
    assert clock.at == 1.0


def test_a_final_reason_is_not_waited_for() -> None:
    how, clock = waiting()

    assert wait_for([saying([Final("two posts")]), saying(["not yet"])], how) == "two posts\nnot yet"
    assert clock.at == 0.0


def test_there_is_a_last_look_when_the_time_is_up() -> None:
    how, _ = waiting(within=0.1)

    assert wait_for([saying(["not yet", None])], how) is None


def test_wrong_now_does_not_wait() -> None:
    assert wrong_now([saying(["one", None]), saying([None]), saying(["two"])]) == ["one", "two"]
