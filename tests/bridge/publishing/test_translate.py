"""Every video event becomes a record the official lexicon accepts, whatever its author wrote into it."""

from collections.abc import Iterator
from typing import Any

import pytest
from lexrpc.client import Client  # type: ignore[import-untyped]

from bridge.publishing.reference import Reference
from bridge.publishing.translate import post
from tests.bridge.signing import signed

BLOB = {
    "$type": "blob",
    "ref": {"$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
    "mimeType": "video/mp4",
    "size": 4,
}
Tag = tuple[str, ...]


def record(*tags: Tag, content: str = "", dimensions: tuple[int, int] | None = None) -> dict[str, Any]:
    return post(
        signed(34236, *tags, content=content), Reference(("http://m.test",), "a" * 64, dimensions), BLOB
    )


def test_a_full_event() -> None:
    made = record(
        ("title", "Sunset"),
        ("t", "sky"),
        ("l", "en", "ISO-639-1"),
        ("alt", "The sun goes down"),
        ("content-warning", "nudity"),
        ("proofmode", "x"),
        content="Over the sea",
        dimensions=(1080, 1920),
    )

    assert made == {
        "$type": "app.bsky.feed.post",
        "text": "Sunset\n\nOver the sea\n\n#sky",
        "createdAt": "2026-05-28T20:26:40Z",
        "facets": [
            {
                "$type": "app.bsky.richtext.facet",
                "index": {"byteStart": 22, "byteEnd": 26},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "sky"}],
            }
        ],
        "langs": ["en"],
        "embed": {
            "$type": "app.bsky.embed.video",
            "video": BLOB,
            "alt": "The sun goes down",
            "aspectRatio": {"width": 9, "height": 16},
        },
        "labels": {
            "$type": "com.atproto.label.defs#selfLabels",
            "values": [{"val": "nudity"}, {"val": "source-verified"}],
        },
    }


def test_an_empty_event_has_a_text_and_a_video_and_nothing_empty_else() -> None:
    made = record()

    assert set(made) == {"$type", "text", "createdAt", "embed"}
    assert made["text"] == ""
    assert set(made["embed"]) == {"$type", "video"}


LANGUAGES: dict[str, tuple[list[Tag], list[str] | None]] = {
    "at most three": ([("l", code, "ISO-639-1") for code in ("en", "de", "fr", "es")], ["en", "de", "fr"]),
    "each once, in lower case": ([("l", "EN", "ISO-639-1"), ("l", "en", "ISO-639-1")], ["en"]),
    "only well-formed ones": ([("l", "english", "ISO-639-1"), ("l", "", "ISO-639-1")], None),
    "only of that vocabulary": ([("l", "en"), ("l", "en", "other")], None),
}


@pytest.mark.parametrize(("tags", "langs"), LANGUAGES.values(), ids=LANGUAGES)
def test_languages(tags: list[Tag], langs: list[str] | None) -> None:
    assert record(*tags).get("langs") == langs


LABELS: dict[str, tuple[list[Tag], list[str]]] = {
    "a label as it stands": ([("content-warning", "porn")], ["porn"]),
    "written large": ([("content-warning", " Nudity ")], ["nudity"]),
    "no reason given": ([("content-warning",)], ["graphic-media"]),
    "an empty reason": ([("content-warning", "")], ["graphic-media"]),
    "prose": ([("content-warning", "There is blood in it!")], ["graphic-media"]),
    "too long to be a label": ([("content-warning", "x" * 200)], ["graphic-media"]),
    "not more than ten": ([("content-warning", f"w{n}") for n in range(12)], [f"w{n}" for n in range(10)]),
}


@pytest.mark.parametrize(("tags", "labels"), LABELS.values(), ids=LABELS)
def test_labels(tags: list[Tag], labels: list[str]) -> None:
    assert [value["val"] for value in record(*tags)["labels"]["values"]] == labels


ALT: dict[str, tuple[list[Tag], str | None]] = {
    "alt before summary": ([("summary", "s"), ("alt", "a")], "a"),
    "summary where alt is empty": ([("alt", " "), ("summary", "s")], "s"),
    "neither": ([("alt", "")], None),
    "cut at a thousand graphemes": ([("alt", "é" * 1001)], "é" * 1000),
}


@pytest.mark.parametrize(("tags", "alt"), ALT.values(), ids=ALT)
def test_alt(tags: list[Tag], alt: str | None) -> None:
    assert record(*tags)["embed"].get("alt") == alt


def awkward() -> Iterator[tuple[str, dict[str, Any]]]:
    family = "👨‍👩‍👧‍👦"
    yield "nothing", record()
    yield "long text in bytes", record(content=family * 299)
    yield "long text in graphemes", record(("title", "x" * 400), content="y" * 400)
    yield "many tags", record(*[("t", f"tag{n}") for n in range(500)])
    yield "long tags", record(("t", "x" * 700), ("t", family * 26), content="#" + family * 26)
    yield "many languages", record(*[("l", code, "ISO-639-1") for code in ("en", "de", "fr", "es", "it")])
    yield "odd languages", record(("l", "e!", "ISO-639-1"), ("l", "xx-yy", "ISO-639-1"))
    yield "labels", record(*[("content-warning", "w" * n) for n in range(200)])
    yield "alt in bytes", record(("alt", family * 1000))
    yield "huge dimensions", record(dimensions=(999_999_999, 1))
    yield "NUL", record(("title", "\0"), ("t", "\0"), ("alt", "\0"), content="a\0#b\0")


AWKWARD = dict(awkward())


@pytest.fixture(scope="module")
def lexicons() -> Client:
    return Client("https://unused.test")


@pytest.mark.parametrize("made", AWKWARD.values(), ids=AWKWARD)
def test_the_lexicon_accepts(made: dict[str, Any], lexicons: Client) -> None:
    lexicons.validate("app.bsky.feed.post", "record", made)


def test_the_lexicon_check_refuses_what_it_should(lexicons: Client) -> None:
    with pytest.raises(ValueError, match="text"):
        lexicons.validate("app.bsky.feed.post", "record", {**record(), "text": "x" * 3001})
