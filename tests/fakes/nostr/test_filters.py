"""Filters: which events they match, which are refused."""

from typing import Any

import pytest

from fakes.nostr.filters import Filter, UnknownConditionError, matches
from fakes.nostr.keys import SecretKey, sign_event

ALICE = SecretKey.from_bytes(bytes(31) + b"\x03")
OTHER = "a" * 64
EVENT = sign_event(ALICE, 34236, 1000, [["d", "x"], ["t", "cats"], ["t", "dogs"], ["e"]], "")

CASES: dict[str, tuple[dict[str, Any], bool]] = {
    "no condition": ({}, True),
    "its id": ({"ids": [OTHER, EVENT.id]}, True),
    "another id": ({"ids": [OTHER]}, False),
    "no id": ({"ids": []}, False),
    "its author": ({"authors": [ALICE.public_key]}, True),
    "another author": ({"authors": [OTHER]}, False),
    "its kind": ({"kinds": [1, 34236]}, True),
    "another kind": ({"kinds": [34235]}, False),
    "one of its tags": ({"#t": ["birds", "dogs"]}, True),
    "a tag that it has with another value": ({"#t": ["birds"]}, False),
    "a tag that it has without a value": ({"#e": [""]}, False),
    "the same letter in upper case is another tag": ({"#T": ["cats"]}, False),
    "two tags, both there": ({"#t": ["cats"], "#d": ["x"]}, True),
    "two tags, one not there": ({"#t": ["cats"], "#d": ["y"]}, False),
    "since its second": ({"since": 1000}, True),
    "since the next second": ({"since": 1001}, False),
    "until its second": ({"until": 1000}, True),
    "until the second before": ({"until": 999}, False),
    "a limit does not matter to one event": ({"limit": 0}, True),
    "all conditions but one": ({"kinds": [34236], "authors": [OTHER]}, False),
}


@pytest.mark.parametrize(("wanted", "expected"), CASES.values(), ids=CASES)
def test_an_event_matches_if_every_condition_holds(wanted: dict[str, Any], expected: bool) -> None:
    assert matches(Filter.parse(wanted), EVENT) is expected


REFUSED: dict[str, Any] = {
    "not an object": [],
    "an id that is a prefix": {"ids": ["abcd"]},
    "an author in upper case": {"authors": [OTHER.upper()]},
    "authors that are text": {"authors": OTHER},
    "a kind that is text": {"kinds": ["1"]},
    "a kind too large": {"kinds": [65536]},
    "kinds that are a number": {"kinds": 1},
    "a negative time": {"since": -1},
    "a time with a fraction": {"until": 1.5},
    "a limit that is a truth value": {"limit": True},
    "a tag condition that is text": {"#t": "cats"},
    "a tag condition with a number": {"#t": [1]},
}


@pytest.mark.parametrize("wanted", REFUSED.values(), ids=REFUSED)
def test_a_filter_of_the_wrong_shape_is_refused(wanted: object) -> None:
    with pytest.raises(ValueError, match=r"filter|ids|authors|kinds|since|until|limit|#t"):
        Filter.parse(wanted)


@pytest.mark.parametrize("name", ["search", "tags", "#tag", "#1", "t", "#"])
def test_a_condition_that_nip_01_does_not_define_is_refused_as_such(name: str) -> None:
    with pytest.raises(UnknownConditionError, match=name):
        Filter.parse({name: ["x"], "#t": ["x"]})
