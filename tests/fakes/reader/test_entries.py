"""A record as it is taken from a commit: its problems, its blobs, its highlighted text."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes.atproto import cbor, records
from fakes.atproto.cid import Cid
from fakes.reader.entries import BlobReference, Entry, facet_problems, moment, read, segments
from tests.fakes.reader.author import FILM, NOTE, POST, film_post

SEEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def entry(record: dict[str, Any], path: str = POST) -> Entry:
    block = cbor.encode(records.from_json(record))
    return read(path, Cid.for_cbor(block), block, 7, SEEN)


def facet(start: object, end: object, tag: str = "cats") -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def test_a_good_post_has_no_problems() -> None:
    found = entry(NOTE)

    assert (found.value, found.problems, found.collection, found.rkey) == (NOTE, (), *POST.split("/"))
    assert (found.blobs, found.video) == ((), None)


def test_a_video_is_found_with_what_the_record_says_of_it() -> None:
    found = entry(film_post())

    assert found.problems == ()
    assert found.video == BlobReference(str(Cid.for_raw(FILM)), "video/mp4", len(FILM))
    assert found.blobs == (found.video,)


BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "no text": ({**NOTE, "text": None}, POST, "text"),
    "a date without a zone": ({**NOTE, "createdAt": "2023-11-14T22:00:00"}, POST, "createdAt"),
    "too long a text": ({**NOTE, "text": "x" * 301}, POST, "text"),
    "another type": ({**NOTE, "$type": "app.bsky.feed.like"}, POST, "type"),
    "a key that is no TID": (NOTE, "app.bsky.feed.post/first", "record key"),
    "a video of another kind": (film_post(mimeType="video/quicktime"), POST, "video"),
    "a profile under another key": (
        {"$type": "app.bsky.actor.profile"},
        "app.bsky.actor.profile/me",
        "record key",
    ),
}


@pytest.mark.parametrize(("record", "path", "named"), BROKEN.values(), ids=BROKEN)
def test_a_record_that_breaks_its_lexicon_is_kept_with_the_problem(
    record: dict[str, Any], path: str, named: str
) -> None:
    found = entry(record, path)

    assert found.value == record
    assert named in found.problems[0]


@pytest.mark.parametrize("block", [b"", b"\xff", cbor.encode([1]), cbor.encode({"a": 1}) + b"\xf6"])
def test_what_cannot_be_decoded_is_an_entry_that_says_so(block: bytes) -> None:
    found = read(POST, Cid.for_cbor(block), block, 7, SEEN)

    assert found.value == {}
    assert "cannot be decoded" in found.problems[0]


def test_a_record_of_an_unknown_type_has_no_rules() -> None:
    assert entry({"$type": "com.example.thing"}, "com.example.thing/any").problems == ()


TEXT = "é #cats ☃"
FACETS: dict[str, tuple[list[Any], list[str], list[tuple[str, bool]]]] = {
    "on the tag": ([facet(3, 8)], [], [("é ", False), ("#cats", True), (" ☃", False)]),
    "on the tag without its sign": ([facet(4, 8)], [], [("é #", False), ("cats", True), (" ☃", False)]),
    "counted in characters": (
        [facet(2, 7)],
        ["covers ' #cat'"],
        [("é", False), (" #cat", True), ("s ☃", False)],
    ),
    "inside a character": ([facet(1, 8)], ["does not fit"], [(TEXT, False)]),
    "past the end": ([facet(9, 40)], ["does not fit"], [(TEXT, False)]),
    "end before start": ([facet(8, 3)], ["does not fit"], [(TEXT, False)]),
    "before the start": ([facet(-1, 3)], ["does not fit"], [(TEXT, False)]),
    "no numbers": ([facet("3", "8")], ["does not fit"], [(TEXT, False)]),
    "text": (["cats"], ["does not fit"], [(TEXT, False)]),
    "twice the same": (
        [facet(3, 8), facet(3, 8)],
        [],
        [("é ", False), ("#cats", True), (" ☃", False)],
    ),
    "none": ([], [], [(TEXT, False)]),
}


@pytest.mark.parametrize(("facets", "problems", "pieces"), FACETS.values(), ids=FACETS)
def test_facets_that_fit_highlight_and_others_are_problems(
    facets: list[Any], problems: list[str], pieces: list[tuple[str, bool]]
) -> None:
    value = {"text": TEXT, "facets": facets}

    found = list(facet_problems(value))
    assert len(found) == len(problems)
    assert all(part in problem for part, problem in zip(problems, found, strict=True))
    assert segments(value) == pieces


ODD = [None, 1, "x", [], [1], {}, {"$link": "x"}, {"index": 1}, {"video": {"ref": 1}}, [{"features": 1}]]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["text", "facets", "embed", "createdAt"])
def test_whatever_stands_in_a_record_it_is_read(name: str, odd: object) -> None:
    found = entry({**NOTE, name: odd})

    assert found.video is None
    text = found.value["text"]
    assert "".join(piece for piece, _ in segments(found.value)) == (text if isinstance(text, str) else "")
    assert found.sort_time <= SEEN


def test_a_blob_without_a_size_cannot_fit() -> None:
    found = entry(film_post(size="large"))

    assert found.blobs[0].size == -1
    assert found.problems


@pytest.mark.parametrize("value", [{}, {"text": 1, "facets": 1}, {"text": "", "facets": None}])
def test_a_record_without_text_has_nothing_to_show(value: dict[str, Any]) -> None:
    assert segments(value) == []
    assert list(facet_problems(value)) == []


def test_a_post_is_sorted_by_its_date_but_not_after_it_was_seen() -> None:
    later = (SEEN + timedelta(days=1)).isoformat()

    assert entry(NOTE).sort_time == datetime(2023, 11, 14, 22, tzinfo=UTC)
    assert entry({**NOTE, "createdAt": later}).sort_time == SEEN
    assert entry({**NOTE, "createdAt": "yesterday"}).sort_time == SEEN


@pytest.mark.parametrize("text", [None, 1, "", "yesterday", "2023-13-01T00:00:00Z"])
def test_what_is_no_date_is_none(text: object) -> None:
    assert moment(text) is None
