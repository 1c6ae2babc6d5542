"""Lexicons: what the official record types demand, in the words that clients of the reference server see.

`lexrpc`'s validator is the second opinion where it has one; where ours is meant to differ, the case says so.
"""

import copy
from typing import Any

import lexrpc.base  # type: ignore[import-untyped]
import pytest
from multiformats import CID

from fakes.atproto import lexicon
from fakes.atproto.cid import Cid
from fakes.atproto.lexicon import LexiconError

POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"
VIDEO = {
    "$type": "blob",
    "ref": {"$link": str(Cid.for_raw(b"video"))},
    "mimeType": "video/mp4",
    "size": 5,
}
VIDEO_POST: dict[str, Any] = {
    "$type": POST,
    "text": "loop #cat",
    "createdAt": "2024-01-01T00:00:00.000Z",
    "langs": ["en"],
    "facets": [
        {
            "index": {"byteStart": 5, "byteEnd": 9},
            "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "cat"}],
        }
    ],
    "embed": {
        "$type": "app.bsky.embed.video",
        "video": VIDEO,
        "alt": "a loop",
        "aspectRatio": {"width": 9, "height": 16},
        "captions": [{"lang": "en", "file": {**VIDEO, "mimeType": "text/vtt"}}],
    },
    "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "nudity"}]},
}
FAMILY = "👨‍👩‍👧‍👦"
REPLY = {"uri": "at://a.test/app.bsky.feed.post/3k", "cid": str(Cid.for_cbor(b"post"))}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The post with the value at the path (dots between keys and indexes) replaced, or removed if it is `...`."""
    post = copy.deepcopy(VIDEO_POST)
    place: Any = post
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return post


GOOD = {
    "the whole post": VIDEO_POST,
    "no embed": changed("embed", ...),
    "an empty text": changed("text", ""),
    "300 characters that take 25 bytes each three hundred times": changed("text", "x" * 300),
    "120 families, which are 3000 bytes": changed("text", FAMILY * 120),
    "fields nobody knows": changed("zzz", {"a": [1]}),
    "an embed of a type nobody knows": changed("embed", {"$type": "com.example.embed", "a": 1}),
    "facets past the end of the text": changed("facets.0.index", {"byteStart": 900, "byteEnd": 5}),
    "a reply": changed("reply", {"root": REPLY, "parent": REPLY}),
    "a whole number written with a point": changed("embed.aspectRatio.width", 9.0),
    "nanoseconds": changed("createdAt", "2024-01-01T00:00:00.123456789Z"),
}

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "without text": (changed("text", ...), 'Missing required key "text" at $.record'),
    "with text that is a number": (
        changed("text", 7),
        "Expected string value type (got 7) at $.record.text",
    ),
    "with 301 characters": (
        changed("text", "x" * 301),
        "grapheme too big (maximum 300, got 301) at $.record.text",
    ),
    "with 121 families": (
        changed("text", FAMILY * 121),
        "string too big (maximum 3000, got 3025) at $.record.text",
    ),
    "made yesterday": (
        changed("createdAt", "yesterday"),
        'Invalid datetime (got "yesterday") at $.record.createdAt',
    ),
    "in four languages": (
        changed("langs", ["en", "fr", "de", "es"]),
        "array too big (maximum 3, got 4) at $.record.langs",
    ),
    "in a language that is a sentence": (
        changed("langs", ["not a lang"]),
        'Invalid language (got "not a lang") at $.record.langs[0]',
    ),
    "in languages that are no list": (
        changed("langs", "en"),
        'Expected array value type (got "en") at $.record.langs',
    ),
    "with an embed that does not say its type": (
        changed("embed", {"a": 1}),
        'Expected an object which includes the "$type" property value type (got {"a": ...}) at $.record.embed',
    ),
    "with an embed whose type is a number": (
        changed("embed", {"$type": 7}),
        "Expected string value type (got 7) at $.record.embed.$type",
    ),
    "with a video embed without a video": (
        changed("embed.video", ...),
        'Missing required key "video" at $.record.embed',
    ),
    "with a video of no width": (
        changed("embed.aspectRatio.width", 0),
        "integer too small (minimum 1, got 0) at $.record.embed.aspectRatio.width",
    ),
    "with a width that is a truth": (
        changed("embed.aspectRatio.width", True),
        "Expected integer value type (got true) at $.record.embed.aspectRatio.width",
    ),
    "with an aspect ratio of one side": (
        changed("embed.aspectRatio", {"width": 1}),
        'Missing required key "height" at $.record.embed.aspectRatio',
    ),
    "with 21 captions": (
        changed("embed.captions", [{"lang": "en", "file": VIDEO}] * 21),
        "array too big (maximum 20, got 21) at $.record.embed.captions",
    ),
    "with a tag of 65 characters": (
        changed("facets.0.features.0.tag", "t" * 65),
        "grapheme too big (maximum 64, got 65) at $.record.facets[0].features[0].tag",
    ),
    "with a label of 129 bytes": (
        changed("labels.values.0.val", "v" * 129),
        "string too big (maximum 128, got 129) at $.record.labels.values[0].val",
    ),
    "in reply to nothing that could be": (
        changed("reply", {"root": {**REPLY, "uri": "x"}, "parent": REPLY}),
        'Invalid at-uri (got "x") at $.record.reply.root.uri',
    ),
    "with a part that is null": (
        changed("reply", None),
        "Expected object value type (got null) at $.record.reply",
    ),
    "of another type": (
        changed("$type", "app.bsky.feed.like"),
        'Expected "app.bsky.feed.post" (got "app.bsky.feed.like") at $.record.$type',
    ),
}

BAD_BLOBS: dict[str, tuple[dict[str, Any], str]] = {
    "is a quicktime film": (
        {**VIDEO, "mimeType": "video/quicktime"},
        'Expected "video/mp4" (got "video/quicktime") at $.record.embed.video.mimeType',
    ),
    "is larger than a video may be": (
        {**VIDEO, "size": 300_000_001},
        "blob too big (maximum 300000000, got 300000001) at $.record.embed.video",
    ),
    "has a size in text": ({**VIDEO, "size": "5"}, "Expected blob value type"),
    "has no size": ({k: v for k, v in VIDEO.items() if k != "size"}, "Expected blob value type"),
    "names nothing": ({**VIDEO, "ref": {"$link": ""}}, "Expected blob value type"),
    "does not say that it is a blob": (
        {k: v for k, v in VIDEO.items() if k != "$type"},
        "Expected blob value type",
    ),
}


def second_opinion(record: dict[str, Any]) -> bool:
    try:
        lexrpc.base.Base().validate(POST, "record", with_links(record))
    except (lexrpc.base.ValidationError, AttributeError):
        return False  # an AttributeError where it takes for granted what it should have checked
    return True


def with_links(value: Any) -> Any:
    match value:
        case {"$link": str(text)} if text:
            return CID.decode(text)
        case dict():
            return {key: with_links(item) for key, item in value.items()}
        case list():
            return [with_links(item) for item in value]
        case float():
            return int(value)
    return value


@pytest.mark.parametrize("record", GOOD.values(), ids=GOOD)
def test_a_post_is_valid_with(record: dict[str, Any]) -> None:
    lexicon.validate_record(POST, record)

    assert second_opinion(record)


@pytest.mark.parametrize(("record", "complaint"), BAD.values(), ids=BAD)
def test_a_post_is_refused(record: dict[str, Any], complaint: str) -> None:
    with pytest.raises(LexiconError) as refusal:
        lexicon.validate_record(POST, record)

    assert str(refusal.value) == f"Invalid {POST} record: {complaint}"
    # `lexrpc` leaves the record's own $type to its callers.
    assert not second_opinion(record) or record["$type"] != POST


@pytest.mark.parametrize(("blob", "complaint"), BAD_BLOBS.values(), ids=BAD_BLOBS)
def test_a_post_is_refused_whose_video(blob: dict[str, Any], complaint: str) -> None:
    with pytest.raises(LexiconError) as refusal:
        lexicon.validate_record(POST, changed("embed.video", blob))

    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    ("picture", "valid"), [("image/png", True), ("image/gif", False), ("text/plain", False)]
)
def test_a_picture_is_of_one_of_the_accepted_types(picture: str, valid: bool) -> None:
    record = {"$type": PROFILE, "avatar": {**VIDEO, "mimeType": picture}}

    if valid:
        lexicon.validate_record(PROFILE, record)
    else:
        with pytest.raises(LexiconError, match='Expected one of "image/png" or "image/jpeg"'):
            lexicon.validate_record(PROFILE, record)
