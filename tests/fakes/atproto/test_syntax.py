"""Identifiers: what passes, what does not."""

import pytest

from fakes.atproto import formats, syntax
from fakes.atproto.syntax import AtUri

CASES: dict[str, tuple[list[str], list[str]]] = {
    "did": (
        ["did:plc:abc", "did:web:pds.test", "did:web:localhost%3A2583", "did:a:b:c", "did:m:v_-."],
        ["", "did", "did:", "did:plc", "did:plc:", "DID:plc:a", "did:UP:a", "did:m:v:", "did:m:a b", "did:m:" + "v" * 2050],
    ),
    "handle": (
        ["a.test", "alice.localnet.test", "A.Test", "x-y.test", "1.2.com", "xn--ls8h.test", "a." * 60 + "test"],
        ["", "a", "a.", ".a", "-a.test", "a-.test", "a_b.test", "a.1com", "a..b", "é.test", "a.test\n", "a." * 127 + "com"],
    ),
    "nsid": (
        ["app.bsky.feed.post", "com.example.fooBar", "a.b.c", "a-0.b-1.c"],
        ["", "a.b", "a.b.", "a.b.3", "a.b.c-d", "-a.b.c", "a.b.c#d", "a.b." + "c" * 64, ".".join(["a" * 60] * 6)],
    ),
    "record-key": (
        ["self", "3jzfcijpj2z2a", "my-key_1.2:3~", "...", "k" * 512],
        ["", ".", "..", "a/b", "a b", "a#b", "a@b", "é", "k" * 513, "a\n"],
    ),
    "at-uri": (
        ["at://did:plc:abc", "at://a.test/app.bsky.feed.post", "at://did:plc:abc/app.bsky.feed.post/3k"],
        ["", "x", "at://", "http://a.test", "at://a", "at://a.test/", "at://a.test/nope", "at://a.test/a.b.c/", "at://a.test/a.b.c/d/e"],
    ),
    "at-identifier": (["did:plc:abc", "a.test"], ["did:plc:", "a"]),
    "datetime": (
        [
            "1985-04-12T23:20:50Z", "1985-04-12T23:20:50.123456789Z", "1985-04-12T23:20:50+02:00", "0000-01-01T00:00:00Z",
            "2024-02-30T00:00:00Z",
        ],
        [
            "", "1985-04-12", "1985-04-12T23:20:50", "1985-04-12 23:20:50Z", "1985-04-12T23:20:50z", "1985-13-12T23:20:50Z",
            "1985-04-12T23:20:50-00:00", "1985-04-12T23:20:60Z", "1985-04-12T24:00:01Z", "-001-01-01T00:00:00Z", "1985-04-12T23:20:50.Z",
        ],
    ),
    "language": (
        ["en", "pt-BR", "zh-Hant-TW", "x-private", "de-CH-1996", "en-u-islamcal"],
        ["", "not a lang", "e", "en-", "en--us", "en_US"],
    ),
    "uri": (["https://a.test/b", "at://a.test", "mailto:a@b.test", "did:plc:abc"], ["", "a", "a:", "http://", "a: b"]),
    "cid": (["bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"], ["", "bafy", "cid"]),
    "tid": (["3jzfcijpj2z2a"], ["zzzzzzzzzzzzz", "3jz"]),
}  # fmt: skip


def test_every_format_has_cases() -> None:
    assert set(CASES) == set(formats.FORMATS)


@pytest.mark.parametrize("name", CASES)
def test_the_format(name: str) -> None:
    good, bad = CASES[name]
    _, matches = formats.FORMATS[name]

    assert [text for text in good if not matches(text)] == []
    assert [text for text in bad if matches(text)] == []


def test_an_at_uri_is_taken_apart() -> None:
    assert syntax.parse_at_uri("at://a.test/a.b.c/self") == AtUri("a.test", "a.b.c", "self")
    assert syntax.parse_at_uri("at://did:plc:abc") == AtUri("did:plc:abc", None, None)
    with pytest.raises(ValueError, match="NSID"):
        syntax.parse_at_uri("at://a.test/nope/self")
