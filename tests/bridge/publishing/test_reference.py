"""Which file an event means: URL and hash always of one variant."""

import pytest

from bridge.publishing.errors import Unpublishable
from bridge.publishing.reference import Reference, choose
from tests.bridge.signing import signed

A, B = "a" * 64, "b" * 64
ONE, TWO = "http://media.test/one", "http://media.test/two"
Tag = tuple[str, ...]


def imeta(*items: str) -> Tag:
    return ("imeta", *items)


CHOSEN: dict[str, tuple[list[Tag], Reference]] = {
    "one imeta": ([imeta(f"url {ONE}", f"x {A}", "dim 4x3")], Reference((ONE,), A, (4, 3))),
    "top-level tags": ([("url", ONE), ("x", A), ("dim", "4x3")], Reference((ONE,), A, (4, 3))),
    "upper-case hash": ([imeta(f"url {ONE}", f"x {A.upper()}")], Reference((ONE,), A)),
    "MP4 before HLS": (
        [
            imeta(f"url {ONE}", f"x {A}", "m application/x-mpegURL"),
            imeta(f"url {TWO}", f"x {B}", "m video/mp4"),
        ],
        Reference((TWO,), B),
    ),
    "a better imeta before top-level tags": (
        [
            ("url", ONE),
            ("x", A),
            ("m", "video/webm"),
            imeta(f"url {TWO}", f"x {B}", "m video/mp4; codecs=avc1"),
        ],
        Reference((TWO,), B),
    ),
    "MP4 by name before no name": (
        [imeta(f"url {ONE}", f"x {A}"), imeta(f"url {TWO}.mp4?v=1", f"x {B}")],
        Reference((f"{TWO}.mp4?v=1",), B),
    ),
    "one that fits before a larger one": (
        [
            imeta(f"url {ONE}", f"x {A}", "m video/mp4", "size 100000001"),
            imeta(f"url {TWO}", f"x {B}", "m video/mp4", "size 100000000"),
        ],
        Reference((TWO,), B),
    ),
    "the first of equals": (
        [imeta(f"url {ONE}", f"x {A}"), imeta(f"url {TWO}", f"x {B}")],
        Reference((ONE,), A),
    ),
    "a variant without hash is passed over": (
        [imeta(f"url {ONE}", "m video/mp4"), imeta(f"url {TWO}", f"x {B}")],
        Reference((TWO,), B),
    ),
    "fallback URLs follow": (
        [imeta(f"url {ONE}", f"fallback {TWO}", f"x {A}")],
        Reference((ONE, TWO), A),
    ),
    "imeta without hash, the only hash at top level": (
        [imeta(f"url {ONE}", "dim 2x2"), ("x", A)],
        Reference((ONE,), A, (2, 2)),
    ),
    "dimensions that are none": ([imeta(f"url {ONE}", f"x {A}", "dim 0x3")], Reference((ONE,), A)),
    "a size that is no number": ([imeta(f"url {ONE}", f"x {A}", "size ²")], Reference((ONE,), A)),
}


@pytest.mark.parametrize(("tags", "expected"), CHOSEN.values(), ids=CHOSEN)
def test_chooses(tags: list[Tag], expected: Reference) -> None:
    assert choose(signed(34236, *tags)) == expected


REFUSED: dict[str, tuple[list[Tag], str]] = {
    "no URL": ([("x", A)], "no video URL"),
    "no hash": ([imeta(f"url {ONE}")], "no source hash"),
    "empty tags": ([("url",), ("x", ""), ("imeta",)], "no video URL"),
    "hash of another length": ([imeta(f"url {ONE}", "x abc")], "not a SHA-256"),
    "hashes that belong to nothing": (
        [imeta(f"url {ONE}"), imeta(f"x {A}"), imeta(f"x {B}")],
        "several source hashes",
    ),
}


@pytest.mark.parametrize(("tags", "reason"), REFUSED.values(), ids=REFUSED)
def test_refuses(tags: list[Tag], reason: str) -> None:
    with pytest.raises(Unpublishable, match=f"unsupported: .*{reason}"):
        choose(signed(34236, *tags))
