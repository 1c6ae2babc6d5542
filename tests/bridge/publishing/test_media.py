"""Fetching a video: what is taken, what is refused for good, what is asked for again."""

import hashlib
from collections.abc import Callable

import httpx
import pytest
import respx

from bridge.clients.media import MediaClient
from bridge.errors import BridgeError, Transient
from bridge.publishing.errors import Missing, Unpublishable

pytestmark = pytest.mark.anyio
FILM = b"\0\0\0\x18ftypmp42" + b"film" * 50
URL = "http://media.test/film.mp4"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def client(router: respx.Router, *hosts: str, most: int = 1000) -> MediaClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(router.async_handler))
    return MediaClient(http, hosts or ("media.test",), most)


@pytest.fixture
def router() -> respx.Router:
    return respx.Router(assert_all_called=False)


async def test_the_file_that_was_signed_is_taken(router: respx.Router) -> None:
    router.get(URL).respond(200, content=FILM)

    assert await client(router).fetch_first([URL], sha256(FILM)) == FILM


def too_long_without_saying_so() -> httpx.Response:
    async def parts() -> object:
        for _ in range(1000):
            yield b"x" * 100

    return httpx.Response(200, content=parts())  # type: ignore[arg-type]


ANSWERS: dict[str, tuple[Callable[[], httpx.Response], bytes, type[BridgeError], str]] = {
    "other bytes": (lambda: httpx.Response(200, content=b"other"), FILM, Unpublishable, "SHA-256 mismatch"),
    "WebM": (
        lambda: httpx.Response(200, content=b"\x1a\x45\xdf\xa3webm"),
        b"\x1a\x45\xdf\xa3webm",
        Unpublishable,
        "must be MP4",
    ),
    "QuickTime": (
        lambda: httpx.Response(200, content=b"\0\0\0\x14ftypqt  "),
        b"\0\0\0\x14ftypqt  ",
        Unpublishable,
        "must be MP4",
    ),
    "nothing": (lambda: httpx.Response(200), b"", Unpublishable, "must be MP4"),
    "too long by its own account": (
        lambda: httpx.Response(200, content=b"x" * 1001),
        FILM,
        Unpublishable,
        "exceeds 1000 bytes",
    ),
    "too long without saying so": (too_long_without_saying_so, FILM, Unpublishable, "exceeds 1000 bytes"),
    "an age gate": (lambda: httpx.Response(401), FILM, Unpublishable, "HTTP 401"),
    "legal reasons": (lambda: httpx.Response(451), FILM, Unpublishable, "HTTP 451"),
    "not found": (lambda: httpx.Response(404), FILM, Missing, "HTTP 404"),
    "busy": (lambda: httpx.Response(429), FILM, Transient, "HTTP 429"),
    "broken": (lambda: httpx.Response(503), FILM, Transient, "HTTP 503"),
}


@pytest.mark.parametrize(("answer", "signed", "error", "says"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_that_is(
    answer: Callable[[], httpx.Response],
    signed: bytes,
    error: type[BridgeError],
    says: str,
    router: respx.Router,
) -> None:
    router.get(URL).mock(return_value=answer())

    with pytest.raises(error, match=says):
        await client(router).fetch_first([URL], sha256(signed))


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError])
async def test_no_answer_is_asked_for_again(failure: type[httpx.HTTPError], router: respx.Router) -> None:
    router.get(URL).mock(side_effect=failure)

    with pytest.raises(Transient):
        await client(router).fetch_first([URL], sha256(FILM))


REFUSED = {
    "a host that is not named": ("http://other.test/film.mp4", ("media.test",)),
    "another port than the named one": ("http://media.test:8080/film.mp4", ("media.test:80",)),
    "the metadata service": ("http://169.254.169.254/latest/meta-data", ()),
    "this machine": ("http://127.0.0.1:2583/xrpc/x", ()),
    "this machine in another notation": ("http://[::ffff:127.0.0.1]/", ()),
    "a private network": ("http://10.0.0.7/film.mp4", ()),
    "no web address": ("file:///etc/passwd", ("media.test",)),
    "no address at all": ("film.mp4", ("media.test",)),
    "a port that is none": ("http://media.test:port/", ("media.test",)),
}


@pytest.mark.parametrize(("url", "hosts"), REFUSED.values(), ids=REFUSED)
async def test_is_never_asked(url: str, hosts: tuple[str, ...], router: respx.Router) -> None:
    everything = router.route().respond(200, content=FILM)
    http = httpx.AsyncClient(transport=httpx.MockTransport(router.async_handler))

    with pytest.raises(Unpublishable):
        await MediaClient(http, hosts, 1000).fetch_first([url], sha256(FILM))

    assert not everything.called


async def test_a_redirect_is_followed_and_judged_like_the_first_address(router: respx.Router) -> None:
    router.get(URL).respond(302, headers={"Location": "/moved.mp4"})
    router.get("http://media.test/moved.mp4").respond(200, content=FILM)
    router.get("http://media.test/out").respond(302, headers={"Location": "http://127.0.0.1/"})
    inside = router.get("http://127.0.0.1/").respond(200, content=FILM)

    assert await client(router).fetch_first([URL], sha256(FILM)) == FILM
    with pytest.raises(Unpublishable, match="not allowed"):
        await client(router).fetch_first(["http://media.test/out"], sha256(FILM))
    assert not inside.called


async def test_redirects_in_a_circle_end(router: respx.Router) -> None:
    loop = router.get(URL).respond(302, headers={"Location": URL})

    with pytest.raises(Unpublishable, match="redirects more than"):
        await client(router).fetch_first([URL], sha256(FILM))

    assert loop.call_count == 4


FALLBACKS: dict[str, tuple[list[int], type[BridgeError] | None]] = {
    "the second has it": ([404, 200], None),
    "one may work later": ([503, 404], Transient),
    "the other may work later": ([404, 503], Transient),
    "neither has it": ([401, 404], Missing),
}


@pytest.mark.parametrize(("statuses", "error"), FALLBACKS.values(), ids=FALLBACKS)
async def test_of_several_addresses(
    statuses: list[int], error: type[BridgeError] | None, router: respx.Router
) -> None:
    urls = [f"http://media.test/{number}" for number in range(len(statuses))]
    for url, status in zip(urls, statuses, strict=True):
        router.get(url).respond(status, content=FILM if status == 200 else b"")

    if error is None:
        assert await client(router).fetch_first(urls, sha256(FILM)) == FILM
    else:
        with pytest.raises(error):
            await client(router).fetch_first(urls, sha256(FILM))
