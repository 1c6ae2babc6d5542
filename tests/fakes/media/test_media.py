"""The media server: who may upload, what is served, in which parts."""

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest

from fakes import media
from fakes.nostr.keys import SecretKey, sign_event
from fakes.ranges import part
from fakes.settings import Clock, Settings

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000
ALICE = SecretKey.from_bytes(hashlib.sha256(b"alice").digest())
FILM = b"0123456789"
SHA256 = hashlib.sha256(FILM).hexdigest()
TAGS = {"t": "upload", "x": SHA256, "expiration": str(NOW + 60)}


def authorisation(kind: int = 24242, at: int = NOW, **changes: str | None) -> dict[str, Any]:
    tags = {name: value for name, value in {**TAGS, **changes}.items() if value is not None}
    return sign_event(ALICE, kind, at, tags.items(), "").to_json()


def header(event: object, scheme: str = "Nostr") -> dict[str, str]:
    return {"Authorization": f"{scheme} {base64.b64encode(json.dumps(event).encode()).decode()}"}


@pytest.fixture
def http() -> httpx.AsyncClient:
    app = media.build(Settings("media", {"public_url": "http://media.test/"}, clock=Clock(lambda: NOW)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://media")


async def upload(http: httpx.AsyncClient, headers: dict[str, str], data: bytes = FILM) -> httpx.Response:
    return await http.put("/upload", content=data, headers={"Content-Type": "video/mp4", **headers})


@pytest.mark.parametrize("scheme", ["Nostr", "nostr"])
async def test_an_authorised_upload_is_described(http: httpx.AsyncClient, scheme: str) -> None:
    answer = await upload(http, header(authorisation(), scheme))

    assert answer.status_code == 200
    assert answer.json() == {
        "url": f"http://media.test/{SHA256}",
        "sha256": SHA256,
        "size": 10,
        "type": "video/mp4",
        "uploaded": "2023-11-14T22:13:20Z",
    }


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no authorisation": ({}, "header required"),
    "another scheme": ({"Authorization": "Bearer x"}, "must start with"),
    "no base64": ({"Authorization": "Nostr ???"}, "base64"),
    "no event": (header({"kind": 24242}), "Invalid event JSON"),
    "another kind": (header(authorisation(kind=27235)), "kind"),
    "no action": (header(authorisation(t=None)), "Action"),
    "another action": (header(authorisation(t="get")), "Action"),
    "no hash": (header(authorisation(x=None)), "Hash"),
    "another hash": (header(authorisation(x="0" * 64)), "Hash"),
    "no expiration": (header(authorisation(expiration=None)), "expiration"),
    "expired": (header(authorisation(expiration=str(NOW - 1))), "expired"),
    "dated in the future": (header(authorisation(at=NOW + 10)), "future"),
    "forged": (header({**authorisation(), "sig": "0" * 128}), "signature"),
}


@pytest.mark.parametrize(("headers", "reason"), REFUSED.values(), ids=REFUSED)
async def test_an_upload_without_authority_is_refused_and_not_kept(
    http: httpx.AsyncClient, headers: dict[str, str], reason: str
) -> None:
    answer = await upload(http, headers)

    assert answer.status_code == 401
    assert reason in answer.json()["error"]
    assert answer.headers["x-reason"] == answer.json()["error"]
    assert (await http.get(f"/{SHA256}")).status_code == 404


@pytest.mark.parametrize("path", [SHA256, f"{SHA256}.mp4", SHA256.upper()])
async def test_a_file_is_served_to_anyone_by_its_hash_with_its_type(
    http: httpx.AsyncClient, path: str
) -> None:
    await upload(http, header(authorisation()))

    answer = await http.get(f"/{path}")

    assert (answer.status_code, answer.content) == (200, FILM)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-sha256"] == SHA256


async def test_the_first_upload_of_the_same_bytes_counts(http: httpx.AsyncClient) -> None:
    await upload(http, header(authorisation()))

    again = await upload(http, {**header(authorisation()), "Content-Type": "text/plain"})

    assert again.json()["type"] == "video/mp4"


async def test_head_tells_of_a_file_without_sending_it(http: httpx.AsyncClient) -> None:
    await upload(http, header(authorisation()))

    answer = await http.head(f"/{SHA256}")

    assert (answer.status_code, answer.headers["content-length"]) == (200, "10")
    assert answer.headers["accept-ranges"] == "bytes"


MISSING = {
    "an unknown hash": ("/" + "0" * 64, 404, "Blob not found"),
    "a short hash": ("/abc", 400, "Invalid hash in path"),
    "a word": ("/index.html", 400, "Invalid hash in path"),
}


@pytest.mark.parametrize(("path", "status", "error"), MISSING.values(), ids=MISSING)
async def test_what_is_not_there_is_said_in_json(
    http: httpx.AsyncClient, path: str, status: int, error: str
) -> None:
    answer = await http.get(path)

    assert (answer.status_code, answer.json()) == (status, {"error": error})


async def test_a_range_is_served_as_a_part(http: httpx.AsyncClient) -> None:
    await upload(http, header(authorisation()))

    answer = await http.get(f"/{SHA256}", headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["content-range"] == "bytes 2-4/10"
    assert answer.headers["content-type"] == "video/mp4"


RANGES = {
    "no range": (None, 200, None, FILM),
    "from the start": ("bytes=0-0", 206, "bytes 0-0/10", b"0"),
    "open at the end": ("bytes=7-", 206, "bytes 7-9/10", b"789"),
    "past the end": ("bytes=8-100", 206, "bytes 8-9/10", b"89"),
    "the last bytes": ("bytes=-3", 206, "bytes 7-9/10", b"789"),
    "more last bytes than there are": ("bytes=-30", 206, "bytes 0-9/10", FILM),
    "beginning past the end": ("bytes=10-", 416, "bytes */10", b""),
    "no last bytes": ("bytes=-0", 416, "bytes */10", b""),
    "end before start": ("bytes=4-2", 416, "bytes */10", b""),
    "neither end": ("bytes=-", 200, None, FILM),
    "two ranges": ("bytes=0-1,3-4", 200, None, FILM),
    "another unit": ("lines=0-1", 200, None, FILM),
}


@pytest.mark.parametrize(("wanted", "status", "where", "body"), RANGES.values(), ids=RANGES)
def test_ranges(wanted: str | None, status: int, where: str | None, body: bytes) -> None:
    answer = part(FILM, wanted)

    assert (answer.status, answer.headers.get("Content-Range"), answer.body) == (status, where, body)


def test_an_empty_file_has_no_range() -> None:
    assert part(b"", "bytes=0-").status == 416


def test_the_address_that_descriptors_carry_must_be_given() -> None:
    with pytest.raises(ValueError, match="missing option public_url"):
        media.build(Settings("media"))
