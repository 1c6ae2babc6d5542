"""The directory over HTTP: the routes it has, those it does not have, and its answers to the letter."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fakes import plc
from fakes.settings import Clock, Settings
from tests.fakes.plc.people import HOUR, NOW, Person

pytestmark = pytest.mark.anyio

ALICE = Person()
JSON = {"content-type": "application/json"}
MISSING = "did:plc:" + "a" * 24


@pytest.fixture
def clock() -> Clock:
    return Clock(lambda: NOW)


@pytest.fixture
async def http(clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(plc.build(Settings("plc", clock=clock)))
    async with httpx.AsyncClient(transport=transport, base_url="http://plc") as client:
        yield client


async def register(http: httpx.AsyncClient, person: Person = ALICE) -> None:
    assert (await http.post(f"/{person.did}", json=person.genesis)).status_code == 200


NOWHERE = [
    ("POST", "/"),
    ("PUT", f"/{MISSING}"),
    ("PATCH", f"/{MISSING}"),
    ("DELETE", f"/{MISSING}"),
    ("GET", f"/{MISSING}/nope"),
    ("GET", f"/{MISSING}/log/nope"),
    ("POST", f"/{MISSING}/data"),
    ("GET", "/_control/anything"),
]


@pytest.mark.parametrize(("method", "path"), NOWHERE)
async def test_there_is_no_such_route(http: httpx.AsyncClient, method: str, path: str) -> None:
    response = await http.request(method, path, json=ALICE.genesis)

    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<pre>Cannot {method} {path}</pre>" in response.text


@pytest.mark.parametrize("path", ["", "/data", "/log", "/log/audit", "/log/last"])
async def test_what_is_not_registered_is_not_found_whatever_it_is(http: httpx.AsyncClient, path: str) -> None:
    for name in (MISSING, "foo", "did:web:a.test", MISSING.upper()):
        response = await http.get(f"/{name}{path}")

        assert response.status_code == 404
        assert response.json() == {"message": f"DID not registered: {name}"}


async def test_an_operation_is_taken_and_read_back(http: httpx.AsyncClient) -> None:
    response = await http.post(f"/{ALICE.did}", json=ALICE.genesis)

    assert (response.status_code, response.text) == (200, "OK")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert (await http.get(f"/{ALICE.did}/log")).json() == [ALICE.genesis]
    assert (await http.get(f"/{ALICE.did}/log/last")).json() == ALICE.genesis
    assert (await http.get(f"/{ALICE.did}/log/audit")).json()[0]["createdAt"] == "2023-11-14T22:13:20.000Z"
    assert (await http.get(f"/{ALICE.did}/data")).json()["did"] == ALICE.did


async def test_the_document_is_found_under_every_spelling_of_its_address(http: httpx.AsyncClient) -> None:
    await register(http)

    for path in (ALICE.did, ALICE.did.replace(":", "%3A"), f"{ALICE.did}/"):
        response = await http.get(f"/{path}", headers={"accept": "application/did+json"})

        assert response.json()["id"] == ALICE.did
        assert response.headers["content-type"] == "application/did+ld+json; charset=utf-8"
        assert response.headers["access-control-allow-origin"] == "*"


async def test_a_post_under_the_escaped_spelling_counts_too(http: httpx.AsyncClient) -> None:
    assert (await http.post(f"/{ALICE.did.replace(':', '%3A')}", json=ALICE.genesis)).status_code == 200


async def test_a_client_that_has_the_document_is_told_so(http: httpx.AsyncClient) -> None:
    await register(http)
    first = await http.get(f"/{ALICE.did}")

    again = await http.get(f"/{ALICE.did}", headers={"if-none-match": first.headers["etag"]})
    other = await http.get(f"/{ALICE.did}", headers={"if-none-match": 'W/"other"'})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


async def test_head_answers_as_get_does(http: httpx.AsyncClient) -> None:
    await register(http)

    response = await http.head(f"/{ALICE.did}")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/did+ld+json")


REFUSALS: dict[str, tuple[dict[str, Any], int, str]] = {
    "a shapeless operation": ({}, 400, "Not a valid operation: {}"),
    "an undecodable signature": ({**ALICE.genesis, "sig": "!"}, 500, "Internal Server Error"),
}


@pytest.mark.parametrize(("operation", "status", "message"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refusal_is_a_message_and_nothing_else(
    http: httpx.AsyncClient, operation: dict[str, Any], status: int, message: str
) -> None:
    response = await http.post(f"/{ALICE.did}", json=operation)

    assert (response.status_code, response.json()) == (status, {"message": message})


async def test_an_update_dated_before_its_prev_is_a_conflict(http: httpx.AsyncClient, clock: Clock) -> None:
    await register(http)
    clock.advance(-HOUR)

    response = await http.post(f"/{ALICE.did}", json=ALICE.update(ALICE.genesis))

    assert response.status_code == 409


NOT_READ: dict[str, tuple[bytes | None, dict[str, str]]] = {
    "no body": (None, {}),
    "an empty body": (b"", JSON),
    "text": (json.dumps(ALICE.genesis).encode(), {"content-type": "text/plain"}),
    "no content type": (json.dumps(ALICE.genesis).encode(), {}),
}


@pytest.mark.parametrize(("body", "headers"), NOT_READ.values(), ids=NOT_READ)
async def test_a_body_that_is_not_json_is_not_read(
    http: httpx.AsyncClient, body: bytes | None, headers: dict[str, str]
) -> None:
    response = await http.post(f"/{ALICE.did}", content=body, headers=headers)

    assert (response.status_code, response.json()) == (400, {"message": "Not a valid operation: {}"})


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "half a map": (b'{"a":', "application/json"),
    "null": (b"null", "application/json"),
    "a word": (b'"x"', "application/json"),
    "NaN": (b'{"a": NaN}', "application/json"),
    "more than 100 kB": (json.dumps({"a": "x" * 110_000}).encode(), "application/json"),
    "nested beyond measure": (b"[" * 50_000 + b"]" * 50_000, "application/json"),
    "another charset": (b"{}", "application/json; charset=latin1"),
}


@pytest.mark.parametrize(("body", "kind"), UNREADABLE.values(), ids=UNREADABLE)
async def test_a_body_that_cannot_be_parsed_ends_in_an_error_page(
    http: httpx.AsyncClient, body: bytes, kind: str
) -> None:
    response = await http.post(f"/{ALICE.did}", content=body, headers={"content-type": kind})

    assert response.status_code == 500
    assert response.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_charset_and_a_body_in_pieces_are_fine(http: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    body = json.dumps(ALICE.genesis).encode()

    response = await http.post(
        f"/{ALICE.did}", content=pieces(), headers={"content-type": "application/json; charset=utf-8"}
    )

    assert response.status_code == 200


async def test_the_fixed_routes(http: httpx.AsyncClient) -> None:
    home = await http.get("/")
    admin = await http.post("/admin/removeInvalidOps", json={"adminSecret": "x"})
    preflight = await http.options(f"/{MISSING}", headers={"access-control-request-headers": "x-a"})

    assert (home.status_code, home.headers["location"]) == (302, "https://web.plc.directory")
    assert (await http.get("/_health")).json() == {"version": "0.0.0"}
    assert (admin.status_code, admin.json()) == (401, {"message": "invalid admin secret"})
    assert (preflight.status_code, preflight.headers["access-control-allow-headers"]) == (204, "x-a")
    assert preflight.headers["access-control-allow-origin"] == "*"


EXPORTS: dict[str, tuple[str, int | str]] = {
    "everything": ("", 3),
    "a count": ("count=2", 2),
    "a count beyond the cap": ("count=5000", 3),
    "an empty count": ("count=", 3),
    "a count with a tail": ("count=2x", 2),
    "two counts": ("count=1&count=2", 3),
    "a count of nothing": ("count=0", "Invalid count parameter"),
    "a negative count": ("count=-1", "Invalid count parameter"),
    "a count in words": ("count=abc", "Invalid count parameter"),
    "after a date": ("after=2020-01-01T00:00:00.000Z", 3),
    "after a date without zone": ("after=2020-01-01", 3),
    "after the first": ("after=2023-11-14T22:13:20.000Z", 2),
    "after the future": ("after=2999-01-01T00:00:00.000Z", 0),
    "after nothing": ("after=", 3),
    "after junk": ("after=junk", "Invalid after parameter"),
    "after a number": ("after=1", 2),
    "after a huge number": ("after=999999999", 0),
}


@pytest.mark.parametrize(("query", "expected"), EXPORTS.values(), ids=EXPORTS)
async def test_the_export_with(
    http: httpx.AsyncClient, clock: Clock, query: str, expected: int | str
) -> None:
    for name in ("alice", "bob", "carol"):
        await register(http, Person(name))
        clock.advance(1)

    response = await http.get(f"/export?{query}")

    if isinstance(expected, str):
        assert (response.status_code, response.json()) == (400, {"message": expected})
    else:
        assert response.headers["content-type"].startswith("application/jsonlines")
        assert not response.text.endswith("\n")
        assert [json.loads(line)["operation"]["type"] for line in response.text.splitlines()] == [
            "plc_operation"
        ] * expected


def test_the_directory_takes_no_options() -> None:
    with pytest.raises(ValueError, match="unknown option colour"):
        plc.build(Settings("plc", {"colour": "blue"}))
