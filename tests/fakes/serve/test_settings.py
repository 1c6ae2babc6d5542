"""What a fake is given: complete options or an error that names the one at fault; a clock that can be moved."""

import pytest

from fakes.settings import Clock, Settings


def test_options_come_with_their_defaults() -> None:
    settings = Settings("pds", {"url": "http://x", "mode": "odd"})

    assert settings.expect("url", mode="even", size="1") == {"url": "http://x", "mode": "odd", "size": "1"}


def test_a_missing_option_is_named() -> None:
    with pytest.raises(ValueError, match="pds: missing option key, url"):
        Settings("pds").expect("url", "key", mode="even")


def test_an_unknown_option_is_named_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r"pds: unknown option ulr \(known: mode, url\)"):
        Settings("pds", {"ulr": "http://x"}).expect("url", mode="even")


def test_a_clock_runs_with_its_source_and_keeps_what_it_was_moved_by() -> None:
    source = iter([100.0, 101.0, 102.0])
    clock = Clock(lambda: next(source))

    assert clock.now() == 100.0
    clock.advance(10)
    clock.advance(-4)
    assert (clock.now(), clock.now()) == (107.0, 108.0)
