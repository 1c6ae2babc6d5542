"""The reader on the network, following the PDS, PLC and names fakes over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from fakes.listener import Listener
from fakes.serve import load
from fakes.settings import Settings
from tests.fakes.reader.author import FILM, NOTE, film_post

pytestmark = pytest.mark.anyio

TOKEN = {"X-Localnet-Token": "control"}
FACET = {
    "index": {"byteStart": 6, "byteEnd": 11},
    "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "cats"}],
}
POST = {**film_post(), "text": "<b>é #cats", "facets": [FACET]}


class Alice:
    """A person with an account, a handle and a session, and what the reader shows of her."""

    def __init__(self, pds: httpx.AsyncClient, names: httpx.AsyncClient, reader: httpx.AsyncClient) -> None:
        self.pds, self.names, self.reader = pds, names, reader
        self.did = ""

    async def xrpc(self, name: str, **body: Any) -> Any:
        answer = await self.pds.post(f"/xrpc/com.atproto.{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None

    async def join(self) -> None:
        form = {"handle": "alice.localnet.test", "email": "alice@example.com", "password": "secret"}
        session = await self.xrpc("server.createAccount", **form)
        self.did = session["did"]
        self.pds.headers["Authorization"] = f"Bearer {session['accessJwt']}"
        claim = {"name": "alice", "pubkey": "a" * 64}
        assert (await self.names.post("/_control/names", json=claim, headers=TOKEN)).status_code == 200

    async def publish_name(self, state: str) -> None:
        body = {"name": "alice", "atproto_did": self.did, "atproto_state": state}
        headers = {"Authorization": "Bearer sync"}
        answer = await self.names.post("/api/internal/username/set-atproto", json=body, headers=headers)
        assert answer.status_code == 200

    async def post(self, record: dict[str, Any]) -> Any:
        return await self.xrpc("repo.createRecord", repo=self.did, collection=record["$type"], record=record)

    async def feed(self, until: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The feed once it is as wanted."""
        async with asyncio.timeout(10):
            while True:
                feed: dict[str, Any] = (await self.reader.get(f"/people/{self.did}/feed")).json()
                if until(feed):
                    return feed


def reserved() -> socket.socket:
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    return reservation


@asynccontextmanager
async def network() -> AsyncIterator[Alice]:
    """plc, names, pds and reader, started in the wrong order: the reader finds its PDS when it is there."""
    async with AsyncExitStack() as stack:
        fakes = ("reader", "plc", "names", "pds")
        ports = {name: stack.enter_context(reserved()).getsockname()[1] for name in fakes}
        url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        options: dict[str, dict[str, str]] = {
            "reader": {"pds_url": url["pds"], "plc_url": url["plc"], "names_url": url["names"]},
            "plc": {},
            "names": {"sync_token": "sync", "domain": "localnet.test"},
            "pds": {
                "public_url": url["pds"],
                "plc_url": url["plc"],
                "service_did": "did:web:pds.localnet.test",
                "handle_domains": ".localnet.test",
                "admin_password": "admin",
                "jwt_secret": "secret",
                "invites": "open",
            },
        }
        for name in fakes:
            listener = Listener(
                load(name, Settings(name, options[name], "control")), "127.0.0.1", ports[name]
            )
            await listener.start()
            stack.push_async_callback(listener.close)
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=url[name], trust_env=False))
            for name in ("pds", "names", "reader")
        ]
        yield Alice(*clients)


@pytest.fixture
async def alice() -> AsyncIterator[Alice]:
    async with network() as alice:
        async with asyncio.timeout(10):
            while (await alice.reader.get("/health")).status_code != 200:
                await asyncio.sleep(0)
        await alice.join()
        yield alice


async def upload_and_post(alice: Alice) -> Any:
    headers = {"Content-Type": "video/mp4"}
    answer = await alice.pds.post("/xrpc/com.atproto.repo.uploadBlob", content=FILM, headers=headers)
    assert answer.status_code == 200, answer.text
    return await alice.post({**POST, "embed": {**POST["embed"], "video": answer.json()["blob"]}})


async def test_a_post_with_a_video_is_seen_verified_and_later_deleted(alice: Alice) -> None:
    await alice.publish_name("ready")
    written = await upload_and_post(alice)

    feed = await alice.feed(lambda feed: feed["posts"] and feed["posts"][0]["video"]["verified"])

    (post,) = feed.pop("posts")
    assert feed == {
        "did": alice.did,
        "handle": "alice.localnet.test",
        "handle_verified": True,
        "active": True,
        "status": None,
        "deleted": [],
        "profile": {"name": None, "about": None, "avatar": None},
        "refused": [],
        "problems": [],
    }
    assert (post["uri"], post["cid"]) == (written["uri"], written["cid"])
    assert (post["record"]["text"], post["problems"]) == (POST["text"], [])

    await alice.xrpc("repo.deleteRecord", repo=alice.did, collection=POST["$type"], rkey=post["rkey"])
    gone = await alice.feed(lambda feed: not feed["posts"])
    assert gone["deleted"] == [{"uri": written["uri"]}]
    assert gone["problems"] == []


async def test_a_handle_is_verified_once_it_resolves_and_not_any_more_when_withdrawn(alice: Alice) -> None:
    feed = await alice.feed(lambda feed: feed["handle"])
    assert feed["handle_verified"] is False
    assert "does not resolve" in feed["problems"][0]

    await alice.publish_name("ready")
    assert (await alice.feed(lambda feed: feed["handle_verified"]))["problems"] == []

    await alice.publish_name("disabled")
    assert "does not resolve" in (await alice.feed(lambda feed: not feed["handle_verified"]))["problems"][0]


async def test_a_deactivated_account_shows_nothing(alice: Alice) -> None:
    await alice.post(NOTE)
    await alice.feed(lambda feed: feed["posts"])

    await alice.xrpc("server.deactivateAccount")

    feed = await alice.feed(lambda feed: feed["active"] is False)
    assert (feed["status"], feed["posts"]) == ("deactivated", [])


async def test_the_page_shows_the_feed_and_plays_the_verified_bytes(alice: Alice) -> None:
    await alice.publish_name("ready")
    written = await upload_and_post(alice)
    feed = await alice.feed(lambda feed: feed["posts"] and feed["posts"][0]["video"]["verified"])

    page = (await alice.reader.get(f"/people/{alice.did}")).text

    source = f"/blobs/{alice.did}/{feed['posts'][0]['video']['cid']}"
    for shown in (
        "@alice.localnet.test",
        "✓ verified",
        "✓ blob verified",
        ">active<",
        alice.did,
        "&lt;b&gt;é <em>#cats</em>",
        f'src="{source}"',
        written["uri"],
    ):
        assert shown in page
    assert '<ul class="problems">' not in page
    assert "//" not in page.replace("at://", "").replace("// A change", "")

    whole = await alice.reader.get(source)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, FILM, "video/mp4")
    some = await alice.reader.get(source, headers={"Range": "bytes=4-7"})
    assert (some.status_code, some.content) == (206, b"ftyp")


async def test_problems_stand_on_the_page(alice: Alice) -> None:
    page = (await alice.reader.get(f"/people/{alice.did}")).text

    assert "not verified" in page
    assert '<ul class="problems"><li>handle alice.localnet.test does not resolve' in page
    assert "No posts yet" in page


async def test_everybody_seen_is_listed(alice: Alice) -> None:
    await alice.feed(lambda feed: feed["active"])

    assert (await alice.reader.get("/")).json() == [
        {"did": alice.did, "handle": "alice.localnet.test", "active": True}
    ]
    assert (
        f'href="/people/{alice.did}"' in (await alice.reader.get("/", headers={"Accept": "text/html"})).text
    )


NOT_THERE = {
    "a feed of what is no DID": ("/people/alice/feed", 400),
    "a page of what is no DID": ("/people/alice", 400),
    "a blob of a stranger": ("/blobs/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/x", 404),
}


@pytest.mark.parametrize(("path", "status"), NOT_THERE.values(), ids=NOT_THERE)
async def test_what_is_not_there_is_not_found(alice: Alice, path: str, status: int) -> None:
    assert (await alice.reader.get(path)).status_code == status


async def test_a_reader_without_its_pds_is_not_ready() -> None:
    nowhere = "http://127.0.0.1:9"
    options = {"pds_url": nowhere, "plc_url": nowhere, "names_url": nowhere}
    listener = Listener(load("reader", Settings("reader", options)), "127.0.0.1", 0)
    await listener.start()
    try:
        url = f"http://127.0.0.1:{listener.port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            assert (await http.get("/health")).status_code == 503
            feed = (await http.get("/people/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/feed")).json()
            assert "cannot be reached" in feed["problems"][0]
    finally:
        await listener.close()
