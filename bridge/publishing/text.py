"""A post's text and facets: paragraphs, then hashtags, within the limits of app.bsky.feed.post. Pure.

Limits count extended grapheme clusters and UTF-8 bytes; facets count UTF-8 bytes. Text is cut at the limit,
hashtags are added whole or not at all. Rules: the lexicons app.bsky.feed.post and app.bsky.richtext.facet.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grapheme  # type: ignore[import-untyped]

POST_GRAPHEMES, POST_BYTES = 300, 3000
TAG_GRAPHEMES, TAG_BYTES = 64, 640
_TYPED = re.compile(r"(?:^|(?<=\s))#([^\s#]+)")
_KEYCAP = "\ufe0f"


@dataclass
class RichText:
    text: str
    facets: list[dict[str, Any]] = field(default_factory=list)

    def mark(self, start: int, end: int, tag: str) -> None:
        """Make the characters from start to end a hashtag."""
        begin = len(self.text[:start].encode())
        index = {"byteStart": begin, "byteEnd": begin + len(self.text[start:end].encode())}
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
        self.facets.append({"$type": "app.bsky.richtext.facet", "index": index, "features": [feature]})


def compose(paragraphs: Iterable[str], hashtags: Iterable[str]) -> RichText:
    whole = "\n\n".join(stripped for text in paragraphs if (stripped := clean(text).strip()))
    shown = fit(whole, POST_GRAPHEMES, POST_BYTES)
    cut_inside_word = len(shown) < len(whole) and not whole[len(shown)].isspace()
    rich = RichText(shown.rstrip())
    for start, end, tag in _typed(rich.text):
        if not (cut_inside_word and end == len(shown)):
            rich.mark(start, end, tag)
    _append(rich, _distinct(hashtags))
    return rich


def clean(text: str) -> str:
    """Without NUL, which AT Protocol implementations do not agree on."""
    return text.replace("\0", "")


def fit(text: str, graphemes: int, size: int) -> str:
    """The longest beginning of whole grapheme clusters within both limits."""
    if len(text) <= graphemes and len(text.encode()) <= size:
        return text
    length, bytes_left = 0, size
    for count, cluster in enumerate(grapheme.graphemes(text[: size + 1])):
        bytes_left -= len(cluster.encode())
        if count == graphemes or bytes_left < 0:
            break
        length += len(cluster)
    return text[:length]


def fits(text: str, graphemes: int, size: int) -> bool:
    return fit(text, graphemes, size) == text


def _typed(text: str) -> Iterator[tuple[int, int, str]]:
    """Hashtags somebody wrote into the text, without the punctuation that ends a sentence after them."""
    for found in _TYPED.finditer(text):
        tag = found[1]
        while tag and unicodedata.category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        wordlike = any(not unicodedata.category(letter).startswith(("P", "N")) for letter in tag)
        if wordlike and not tag.startswith(_KEYCAP) and fits(tag, TAG_GRAPHEMES, TAG_BYTES):
            yield found.start(), found.start() + 1 + len(tag), tag


def _distinct(hashtags: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for written in hashtags:
        tag = "".join(clean(written).split()).lstrip("#")
        if tag and tag.casefold() not in seen and fits(tag, TAG_GRAPHEMES, TAG_BYTES):
            seen.add(tag.casefold())
            yield tag


def _append(rich: RichText, hashtags: Iterable[str]) -> None:
    gap = "\n\n" if rich.text else ""
    for tag in hashtags:
        longer = f"{rich.text}{gap}#{tag}"
        if fits(longer, POST_GRAPHEMES, POST_BYTES):
            rich.text = longer
            rich.mark(len(longer) - len(tag) - 1, len(longer), tag)
            gap = " "
