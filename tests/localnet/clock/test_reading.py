"""What a clock shows at which moment, and durations in both directions."""

import pytest

from localnet.clock.reading import REAL, Reading, in_words, seconds_in
from localnet.errors import UsageError

HOUR = 3600


def test_the_real_time_is_shown_as_it_is() -> None:
    assert REAL.at(1000.5) == 1000.5


def test_an_advance_adds_and_goes_on_at_the_same_pace() -> None:
    twice_as_fast = Reading(real=100, shown=500, rate=2)

    later = twice_as_fast.advanced(HOUR, real=110)

    assert (later.at(110), later.at(111)) == (520 + HOUR, 522 + HOUR)


def test_a_frozen_clock_stands_still_and_can_still_be_advanced() -> None:
    frozen = REAL.running(0, real=100)

    assert (frozen.at(100), frozen.at(900)) == (100, 100)
    assert frozen.advanced(HOUR, real=900).at(1000) == 100 + HOUR


def test_another_pace_goes_on_from_where_the_clock_stands() -> None:
    frozen = REAL.running(0, real=100)

    assert frozen.running(20, real=300).at(301) == 120


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("3h", 3 * HOUR),
        ("7d", 168 * HOUR),
        ("1h30m", 1.5 * HOUR),
        ("1.5h", 1.5 * HOUR),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "h", "3 h", "-3h", "3hours", "3w"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no duration"):
        seconds_in(text)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0s"), (90, "1m30s"), (73 * HOUR, "3d1h"), (7 * 86400, "7d")]
)
def test_durations_are_written(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (REAL, "2001-09-09 01:46:40 UTC, the real time, running"),
        (REAL.advanced(73 * HOUR, 0), "2001-09-12 02:46:40 UTC, 3d1h ahead, running"),
        (Reading(1e9, 1e9 - 90, 0), "2001-09-09 01:45:10 UTC, 1m30s behind, standing still"),
        (Reading(1e9, 1e9, 20), "2001-09-09 01:46:40 UTC, the real time, running 20 times as fast"),
    ],
)
def test_a_reading_can_be_described(reading: Reading, said: str) -> None:
    assert reading.described(1e9) == said
