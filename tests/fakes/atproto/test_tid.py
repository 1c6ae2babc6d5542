"""Timestamp identifiers: their text, and a clock that only goes forward."""

import pytest

from fakes.atproto import tid
from fakes.atproto.tid import TidClock, is_tid

TIDS = {
    "3jzfcijpj2z2a": True,
    "7777777777777": True,
    "2222222222222": True,
    "jzzzzzzzzzzzz": True,
    "zzzzzzzzzzzzz": False,
    "kjzfcijpj2z2a": False,
    "3jzfcijpj2z2": False,
    "3jzfcijpj2z2aa": False,
    "3JZFCIJPJ2Z2A": False,
    "3jzfcijpj2z21": False,
    "3jzfcijpj2z2a\n": False,
    "": False,
}


@pytest.mark.parametrize(("text", "valid"), TIDS.items())
def test_what_a_tid_looks_like(text: str, valid: bool) -> None:
    assert is_tid(text) is valid


def test_a_tid_says_when_and_by_which_clock() -> None:
    assert tid.decode(TidClock(5).next(1_700_000_000.5)) == (1_700_000_000_500_000, 5)
    assert tid.encode(*tid.decode("3jzfcijpj2z2a")) == "3jzfcijpj2z2a"
    with pytest.raises(ValueError, match="not a TID"):
        tid.decode("zzzzzzzzzzzzz")


def test_tids_increase_also_when_time_stands_still_or_steps_back() -> None:
    clock = TidClock(1023)

    given = [clock.next(at) for at in (1000.0, 1000.0, 999.0, 1000.0000015, 2000.0)]

    assert given == sorted(set(given))
    assert tid.decode(given[-1]) == (2_000_000_000, 1023)


@pytest.mark.parametrize("clock_id", [-1, 1024])
def test_a_clock_id_has_ten_bits(clock_id: int) -> None:
    with pytest.raises(ValueError, match="clock id"):
        TidClock(clock_id)
