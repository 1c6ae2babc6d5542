"""A record made ready to be written, and the writes of a client."""

from typing import Any

import pytest

from fakes.atproto.cbor import decode
from fakes.atproto.cid import Cid
from fakes.pds.errors import BrokenError, PdsError
from fakes.pds.writes import prepare

POST = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2024-01-01T00:00:00Z"}
TID = "3jzfcijpj2z2a"
THING = "com.example.thing"
CID = str(Cid.for_raw(b"x"))
BLOB = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "text/plain", "size": 1}

REFUSED: dict[str, tuple[dict[str, Any], str, dict[str, Any], str]] = {
    "a post without text": (
        {"$type": "app.bsky.feed.post", "createdAt": "2024-01-01T00:00:00Z"},
        TID,
        {},
        'Invalid app.bsky.feed.post record: Missing required key "text" at $.record',
    ),
    "a post under a key that is no TID": (
        POST,
        "divine-abc",
        {},
        'Invalid record key for app.bsky.feed.post: Invalid TID string (got "divine-abc") at $',
    ),
    "another type than the collection's": (
        {**POST, "$type": "app.bsky.feed.like"},
        TID,
        {},
        "Invalid $type: expected app.bsky.feed.post, got app.bsky.feed.like",
    ),
    "a video that was sniffed as QuickTime": (
        {
            **POST,
            "embed": {"$type": "app.bsky.embed.video", "video": {**BLOB, "mimeType": "video/quicktime"}},
        },
        TID,
        {},
        'Invalid app.bsky.feed.post record: Expected "video/mp4" (got "video/quicktime")'
        " at $.record.embed.video.mimeType",
    ),
    "the place in a list of writes": (
        {"$type": "app.bsky.feed.post"},
        TID,
        {"where": "writes[3].record"},
        'Invalid app.bsky.feed.post record: Missing required key "text" at $.writes[3].record',
    ),
}


@pytest.mark.parametrize(("record", "rkey", "how", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_the_lexicon_refuses(record: dict[str, Any], rkey: str, how: dict[str, Any], message: str) -> None:
    with pytest.raises(PdsError) as refusal:
        prepare("create", "app.bsky.feed.post", rkey, record, **how)

    assert refusal.value.message == message


def test_a_valid_record_of_a_known_type_is_valid() -> None:
    assert prepare("create", "app.bsky.feed.post", TID, POST).status == "valid"


def test_a_record_of_an_unknown_type_is_unknown_unless_it_must_be_judged() -> None:
    assert prepare("create", THING, "key", {"a": 1}).status == "unknown"
    with pytest.raises(PdsError, match=f"Unknown lexicon type: {THING}"):
        prepare("create", THING, "key", {"a": 1}, validate=True)


def test_nothing_is_judged_when_the_client_says_so() -> None:
    write = prepare("create", "app.bsky.feed.post", "nottid", {}, validate=False)

    assert write.status is None


def test_a_missing_type_is_filled_in() -> None:
    assert decode(prepare("create", THING, "key", {"a": 1}).block) == {"$type": THING, "a": 1}


def test_a_whole_float_is_an_integer_and_another_one_is_refused() -> None:
    assert decode(prepare("create", THING, "key", {"a": 1.0}).block)["a"] == 1
    with pytest.raises(PdsError, match="Invalid record"):
        prepare("create", THING, "key", {"a": 1.5})


@pytest.mark.parametrize(("number", "accepted"), [(2**53 - 1, True), (2**53, False), (-(2**53), False)])
def test_integers_end_where_javascript_s_do(number: int, accepted: bool) -> None:
    try:
        prepare("create", THING, "key", {"a": [{"b": number}]})
    except BrokenError:
        assert not accepted
    else:
        assert accepted


def test_links_and_bytes_are_data_and_what_only_looks_like_them_stays_a_map() -> None:
    record = {"link": {"$link": CID}, "bytes": {"$bytes": "AAEC"}, "junk": {"$link": "junk"}}

    value = decode(prepare("create", THING, "key", record).block)

    assert value["link"] == Cid.parse(CID)
    assert value["bytes"] == b"\0\1\2"
    assert value["junk"] == {"$link": "junk"}


NAMED: dict[str, tuple[Any, int]] = {
    "a blob": (BLOB, 1),
    "a blob deep inside": ([{"x": [BLOB]}], 1),
    "a blob without its size is not looked for": ({k: v for k, v in BLOB.items() if k != "size"}, 0),
    "a blob with something more is not looked for": ({**BLOB, "x": 1}, 0),
}


@pytest.mark.parametrize(("value", "count"), NAMED.values(), ids=NAMED.keys())
def test_a_record_names(value: Any, count: int) -> None:
    assert len(prepare("create", THING, "key", {"b": value}).blobs) == count


def test_a_blob_in_the_old_shape_is_refused() -> None:
    with pytest.raises(PdsError, match="Legacy blobs are not allowed"):
        prepare("create", THING, "key", {"b": {"cid": CID, "mimeType": "text/plain"}})
