"""What the media server does to a file on request: refuse it, send its reader away, serve something else, or without end."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fakes import media
from fakes.listener import Listener
from fakes.media.blobs import Blob
from fakes.media.powers import KINDS, refusal, spoiled
from fakes.nostr.keys import SecretKey
from fakes.powers import Powers
from fakes.settings import Clock, Settings
from localnet.world.events import upload_permit

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000
FILM = bytes(range(200))
SHA256 = hashlib.sha256(FILM).hexdigest()
BLOB = Blob.of(FILM, "video/mp4", NOW)
OTHER = "0" * 64
TOKEN = {"X-Localnet-Token": "secret"}


@pytest.mark.parametrize(
    ("name", "status", "error"), [("missing", 404, "Blob not found"), ("gated", 401, "age_restricted")]
)
def test_a_file_is_refused_as_often_as_asked_for(name: str, status: int, error: str) -> None:
    powers = Powers(KINDS)
    powers.grant(name, on=SHA256, times=1)

    assert refusal(powers, OTHER) is None
    refused = refusal(powers, SHA256)
    assert refused is not None
    assert (refused.status, refused.error) == (status, error)
    assert refusal(powers, SHA256) is None


def test_swapped_bytes_are_as_many_and_others() -> None:
    powers = Powers(KINDS)
    powers.grant("swapped")

    served = spoiled(powers, BLOB)

    assert (len(served.data), served.sha256, served.mime) == (len(FILM), SHA256, "video/mp4")
    assert served.data != FILM
    assert spoiled(powers, Blob.of(b"", "video/mp4", NOW)).data == b""


def test_half_a_file_is_its_beginning() -> None:
    powers = Powers(KINDS)
    powers.grant("truncated")

    assert spoiled(powers, BLOB).data == FILM[:100]


def test_another_type_changes_no_byte() -> None:
    powers = Powers(KINDS)
    powers.grant("mistyped", settings={"type": "text/plain"})

    served = spoiled(powers, BLOB)

    assert (served.mime, served.data) == ("text/plain", FILM)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A running media server that has the film."""
    app = media.build(
        Settings("media", {"public_url": "http://media"}, token="secret", clock=Clock(lambda: NOW))
    )
    listener = Listener(app, "127.0.0.1", 0)
    await listener.start()
    permit = upload_permit(SecretKey.from_bytes(bytes(31) + b"\1"), NOW, FILM)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.port}", trust_env=False) as client:
        uploaded = await client.put(
            "/upload", content=FILM, headers={"Authorization": permit, "Content-Type": "video/mp4"}
        )
        assert uploaded.status_code == 200
        yield client
    await listener.close()


async def grant(http: httpx.AsyncClient, name: str, **settings: Any) -> str:
    wish = {"name": name, "on": SHA256, "settings": settings}
    answer = await http.post("/_control/powers", json=wish, headers=TOKEN)
    return str(answer.json()["id"])


async def test_a_refusal_looks_like_the_servers_own(http: httpx.AsyncClient) -> None:
    await grant(http, "gated")

    answer = await http.get(f"/{SHA256}")

    assert (answer.status_code, answer.json()) == (401, {"error": "age_restricted"})


@pytest.mark.parametrize("location", ["http://elsewhere.invalid/film", ""])
async def test_a_reader_is_sent_elsewhere_or_in_circles(http: httpx.AsyncClient, location: str) -> None:
    await grant(http, "moved", location=location)

    answer = await http.get(f"/{SHA256}.mp4")

    assert answer.status_code == 302
    assert answer.headers["location"] == (location or str(http.base_url.join(f"/{SHA256}.mp4")))


async def test_a_file_without_end_ends_with_its_reader_and_holds_up_nobody(http: httpx.AsyncClient) -> None:
    await grant(http, "endless", announced=10**12)

    async with http.stream("GET", f"/{SHA256}") as answer:
        assert answer.headers["content-length"] == str(10**12)
        async for piece in answer.aiter_bytes():
            assert not any(piece[:100])
            break

    for _ in range(3):
        health = await asyncio.wait_for(http.get("/health"), 5)
        assert health.status_code == 200


async def test_a_file_drips_until_the_power_ends(http: httpx.AsyncClient) -> None:
    power = await grant(http, "drips", bytes=10, seconds=0.01)

    async with http.stream("GET", f"/{SHA256}") as answer:
        pieces = answer.aiter_raw()
        first = await anext(pieces)
        await http.delete(f"/_control/powers/{power}", headers=TOKEN)
        rest = b"".join([piece async for piece in pieces])

    assert answer.headers["content-length"] == str(len(FILM))
    assert len(first) == 10
    assert first + rest == FILM
