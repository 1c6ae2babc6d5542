"""Records between JSON and the data model."""

from typing import Any

import pytest

from fakes.atproto import records
from fakes.atproto.cid import Cid

VIDEO = Cid.for_raw(b"video")
BLOB = {"$type": "blob", "ref": VIDEO, "mimeType": "video/mp4", "size": 5}

CASES: dict[str, tuple[Any, Any]] = {
    "a link": ({"$link": str(VIDEO)}, VIDEO),
    "bytes": ({"$bytes": "AAEC"}, b"\0\1\2"),
    "bytes without padding": ({"$bytes": "AA"}, b"\0"),
    "a link in a list in a map": ({"a": [{"$link": str(VIDEO)}]}, {"a": [VIDEO]}),
    "a whole number written with a point": (1.0, 1),
    "text": ("é👩‍👩‍👧", "é👩‍👩‍👧"),
    "a lone surrogate": ("a\ud800b", "a\ufffdb"),
    "a map that only looks like a link": ({"$link": "junk"}, {"$link": "junk"}),
    "a map that only looks like bytes": ({"$bytes": "!!"}, {"$bytes": "!!"}),
    "a link with company": ({"$link": str(VIDEO), "x": 1}, {"$link": str(VIDEO), "x": 1}),
    "an unknown form": ({"$foo": 1}, {"$foo": 1}),
    "true is not a number": ([True, False, None], [True, False, None]),
}

ROUND_TRIPS = ["a link", "bytes without padding", "a link in a list in a map", "text", "an unknown form"]


@pytest.mark.parametrize(("given", "meant"), CASES.values(), ids=CASES)
def test_json_stands_for(given: Any, meant: Any) -> None:
    assert records.from_json(given) == meant
    assert type(records.from_json(given)) is type(meant)


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_json_comes_back_as_it_was(name: str) -> None:
    given, _ = CASES[name]

    assert records.to_json(records.from_json(given)) == given


def test_a_fraction_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        records.from_json({"a": [1.5]})


def test_links_and_blobs_are_found_wherever_they_are() -> None:
    record = {"embed": {"video": BLOB, "captions": [{"file": {**BLOB, "size": 6}}]}, "reply": VIDEO}

    assert records.blobs(record) == [BLOB, {**BLOB, "size": 6}]
    assert records.links(record) == [VIDEO, VIDEO, VIDEO]
    assert records.blobs({"$type": "blob", "ref": "not a link"}) == []
