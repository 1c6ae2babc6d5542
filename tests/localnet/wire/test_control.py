"""Control routes are for the harness: whichever way a request spells one, it is recognised, and nothing else is."""

import pytest

from localnet.wire.control import may_hide_control, reaches_for_control, refusal
from localnet.wire.http import Exchange

REACHING = [
    "/_control/names",
    "/_control",
    "/_CONTROL/names",
    "//_control/names",
    "/a/../_control/names",
    "/%5fcontrol/names",
    "/%5F%63%6F%6E%74%72%6F%6C/names",
    "/%255fcontrol/names",
    "/%25255fcontrol/names",
    "/_control%2Fnames",
    "/_control;v=1/names",
    "/_control?x=1",
    "\\_control\\names",
    "http://names.test/_control/names",
    "http://names.test/%5Fcontrol",
]
ORDINARY = [
    "/",
    "/xrpc/com.atproto.repo.createRecord?repo=did%3Aplc%3Aabc",
    "/search?q=/_control/names",
    "/controls",
    "/my_control/a",
    "/_controlled",
    "/100%25",
]


@pytest.mark.parametrize("target", REACHING)
def test_it_reaches_for_control(target: str) -> None:
    assert reaches_for_control(target)


@pytest.mark.parametrize("target", ORDINARY)
def test_it_is_an_ordinary_request(target: str) -> None:
    assert not reaches_for_control(target)


@pytest.mark.parametrize(
    ("unread", "hides"),
    [
        (b"GET /_control/names HTTP/1.1\n\n", True),
        (b"GET\t/%5fcontrol/names HTTP/9\r\n", True),
        (b"\x16\x03\x01 hello", False),
        (b"GET / HTTP/1.1\n\n", False),
    ],
)
def test_bytes_that_are_no_HTTP_are_searched_for_the_word(unread: bytes, hides: bool) -> None:  # noqa: N802
    assert may_hide_control(unread) is hides


def test_the_refusal_to_a_HEAD_has_no_body() -> None:  # noqa: N802
    whole, bare = (refusal(Exchange(method, "/_control", [])) for method in ("GET", "HEAD"))

    assert whole.startswith(bare)
    assert bare.endswith(b"\r\n\r\n")
    assert len(whole) > len(bare)
