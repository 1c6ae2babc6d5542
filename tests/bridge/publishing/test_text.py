"""A post's text stays within the lexicon's limits and its hashtags are where the facets say."""

import grapheme  # type: ignore[import-untyped]
import pytest

from bridge.publishing.text import RichText, compose, fit

FAMILY = "👨‍👩‍👧‍👦"


def hashtags(rich: RichText) -> list[tuple[str, str]]:
    """What each facet covers in the text, and the tag it stands for."""
    data = rich.text.encode()
    spans = [(facet["index"]["byteStart"], facet["index"]["byteEnd"]) for facet in rich.facets]
    tags = [facet["features"][0]["tag"] for facet in rich.facets]
    return [(data[start:end].decode(), tag) for (start, end), tag in zip(spans, tags, strict=True)]


TEXTS = {
    "title, description and tags are paragraphs": (
        ["A title", "a text"],
        ["one", "two"],
        "A title\n\na text\n\n#one #two",
    ),
    "nothing at all": (["", ""], [], ""),
    "only tags": (["", " "], ["one"], "#one"),
    "spaces around paragraphs go": ([" A \n", "\tb "], [], "A\n\nb"),
    "NUL goes": (["a\0b"], ["c\0d"], "ab\n\n#cd"),
    "repeated tags once": (["x"], ["Art", "art", "ART"], "x\n\n#Art"),
    "a tag written with its sign": (["x"], ["#art"], "x\n\n#art"),
    "a tag of two words becomes one": (["x"], ["street art"], "x\n\n#streetart"),
    "empty tags are no tags": (["x"], ["", " ", "#"], "x"),
    "a tag over 64 graphemes is left out": (["x"], ["t" * 65, "ok"], "x\n\n#ok"),
    "a tag over 640 bytes is left out": (["x"], [FAMILY * 30, "ok"], "x\n\n#ok"),
}


@pytest.mark.parametrize(("paragraphs", "tags", "text"), TEXTS.values(), ids=TEXTS)
def test_text(paragraphs: list[str], tags: list[str], text: str) -> None:
    assert compose(paragraphs, tags).text == text


FACETS = {
    "appended tags": (["é📼 x"], ["kunst", "2024"], [("#kunst", "kunst"), ("#2024", "2024")]),
    "written tags": (["#start and #end"], [], [("#start", "start"), ("#end", "end")]),
    "after any white space": (["a\n#b\t#c"], [], [("#b", "b"), ("#c", "c")]),
    "without the punctuation after it": (
        ["See #this, (#that) and #those!?"],
        [],
        [("#this", "this"), ("#those", "those")],
    ),
    "up to the next sign": (["#one#two"], [], [("#one", "one")]),
    "inner punctuation stays": (["#rock-n-roll."], [], [("#rock-n-roll", "rock-n-roll")]),
    "emoji": (["#🎬"], [], [("#🎬", "🎬")]),
    "numbers alone are no tag": (["we are #1"], [], []),
    "a keycap is no tag": (["#\ufe0f\u20e3"], [], []),
    "inside a word is no tag": (["a#b"], [], []),
    "too long": (["#" + "t" * 65], [], []),
}


@pytest.mark.parametrize(("paragraphs", "tags", "expected"), FACETS.values(), ids=FACETS)
def test_facets(paragraphs: list[str], tags: list[str], expected: list[tuple[str, str]]) -> None:
    assert hashtags(compose(paragraphs, tags)) == expected


LONG = {
    "300 graphemes of one letter": "x" * 301,
    "families of 25 bytes hit the byte limit first": FAMILY * 301,
    "combining marks without end are one grapheme": "e" + "\u0301" * 5000,
    "flags are not cut in half": "🇩🇪" * 301,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_text_is_cut_between_graphemes(text: str) -> None:
    shown = compose([text], []).text

    assert grapheme.length(shown) <= 300
    assert len(shown.encode()) <= 3000
    assert text.startswith(shown)
    assert shown == "".join(list(grapheme.graphemes(text))[: grapheme.length(shown)])


def test_exactly_300_graphemes_stay() -> None:
    assert compose(["é" * 300], []).text == "é" * 300


def test_a_hashtag_cut_by_the_limit_is_no_link() -> None:
    rich = compose(["#whole " + "x" * 287 + " #broken"], [])

    assert rich.text.endswith("#brok")
    assert hashtags(rich) == [("#whole", "whole")]


def test_a_hashtag_that_ends_at_the_limit_is_one() -> None:
    rich = compose(["x" * 294 + " #five more"], [])

    assert hashtags(rich) == [("#five", "five")]


def test_appended_hashtags_are_whole_or_absent_and_a_shorter_one_may_still_fit() -> None:
    rich = compose(["x" * 290], ["toolongtofit", "short", "ok"])

    assert rich.text == "x" * 290 + "\n\n#short"


def test_a_cluster_larger_than_the_limit_leaves_nothing() -> None:
    assert fit("e" + "\u0301" * 20, 5, 10) == ""
