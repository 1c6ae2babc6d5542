"""The frame around all methods: order of checks, refusals, headers, limits, pages."""

import gzip
import json
from typing import Any

import httpx
import pytest

from fakes.atproto import car
from fakes.pds import build
from fakes.settings import Settings
from tests.fakes.pds.stack import NOW, POST, Stack, configuration, told

pytestmark = pytest.mark.anyio

LOGIN = "/xrpc/com.atproto.server.createSession"
JSON = {"content-type": "application/json"}

REFUSED: dict[str, tuple[str, str, dict[str, Any], tuple[int, str, str]]] = {
    "a method that is not there": (
        "GET",
        "/xrpc/com.example.nothing",
        {},
        (400, "InvalidRequest", "No service configured for com.example.nothing"),
    ),
    "a path that is no method": ("GET", "/xrpc/a..b", {}, (400, "InvalidRequest", "invalid xrpc path")),
    "a procedure that is asked": (
        "GET",
        LOGIN,
        {},
        (400, "InvalidRequest", "Incorrect HTTP method (GET) expected POST"),
    ),
    "another verb": (
        "DELETE",
        "/xrpc/com.atproto.server.describeServer",
        {},
        (400, "InvalidRequest", "XRPC requests only supports GET and POST"),
    ),
    "a body without a type": (
        "POST",
        LOGIN,
        {"content": b"{}"},
        (400, "InvalidRequest", "Request encoding (Content-Type) required but not provided"),
    ),
    "a form": (
        "POST",
        LOGIN,
        {"content": b"a=b", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        (
            400,
            "InvalidRequest",
            "Wrong request encoding (Content-Type): application/x-www-form-urlencoded",
        ),
    ),
    "another charset": (
        "POST",
        LOGIN,
        {"content": b"{}", "headers": {"content-type": "application/json; charset=latin1"}},
        (415, "UnsupportedMediaTypeError", 'unsupported charset "LATIN1"'),
    ),
    "a body that lacks a field": (
        "POST",
        LOGIN,
        {"json": {"identifier": "a"}},
        (400, "InvalidRequest", 'Missing required key "password" at $'),
    ),
    "a body for a method that takes none, before looking at it but after the token": (
        "POST",
        "/xrpc/com.atproto.server.refreshSession",
        {"json": {}},
        (401, "AuthMissing", "Authentication Required"),
    ),
    "bad parameters before a missing token": (
        "GET",
        "/xrpc/com.atproto.server.getServiceAuth?exp=1",
        {},
        (
            400,
            "InvalidRequest",
            'Invalid com.atproto.server.getServiceAuth params: Missing required key "aud"',
        ),
    ),
    "a missing token before a bad body": (
        "POST",
        "/xrpc/com.atproto.repo.createRecord",
        {"content": b"x", "headers": {"content-type": "text/plain"}},
        (401, "AuthMissing", "Authentication Required"),
    ),
    "a number that is out of range": (
        "GET",
        "/xrpc/com.atproto.sync.listRepos?limit=0",
        {},
        (
            400,
            "InvalidRequest",
            "Invalid com.atproto.sync.listRepos params: integer too small (minimum 1, got 0)",
        ),
    ),
    "a number that is none": (
        "GET",
        "/xrpc/com.atproto.sync.listRepos?limit=1.5",
        {},
        (
            400,
            "InvalidRequest",
            'Invalid com.atproto.sync.listRepos params: Expected integer value type (got "1.5")',
        ),
    ),
}


@pytest.mark.parametrize(("verb", "path", "how", "refusal"), REFUSED.values(), ids=REFUSED.keys())
async def test_is_refused(
    verb: str, path: str, how: dict[str, Any], refusal: tuple[int, str, str], stack: Stack
) -> None:
    assert told(await stack.http.request(verb, path, **how)) == refusal


@pytest.mark.parametrize("body", ['{"a":', '"x"', "null", "", '{"a": NaN}'])
async def test_what_is_no_json_object_is_a_syntax_error(body: str, stack: Stack) -> None:
    answer = await stack.http.post(LOGIN, content=body or " ", headers=JSON)

    assert told(answer)[:2] == (400, "SyntaxError")


async def test_a_body_of_more_than_a_megabyte_is_too_large_and_150_kilobytes_elsewhere(stack: Stack) -> None:
    alice = await stack.sign_up()

    large = await stack.post(alice, {"$type": "com.example.thing", "a": "x" * 1_000_001})
    small = await stack.procedure(LOGIN.removeprefix("/xrpc/"), {"identifier": "x" * 154_000, "password": ""})

    assert told(large)[:2] == (413, "PayloadTooLargeError")
    assert told(small)[:2] == (413, "PayloadTooLargeError")


async def test_answers_may_be_read_from_anywhere_and_depend_on_who_asks(stack: Stack) -> None:
    alice = await stack.sign_up()

    answer = await stack.query("com.atproto.server.getSession", alice.access)

    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "private"
    assert answer.headers["vary"] == "Authorization, Accept-Encoding"


async def test_long_answers_are_compressed_and_blobs_are_not(stack: Stack) -> None:
    alice = await stack.sign_up()
    blob = (await stack.upload(b"x" * 5000, "text/plain", alice.access)).json()["blob"]
    await stack.post(alice, {"$type": "com.example.thing", "b": blob, "a": "x" * 2000})

    where = {"repo": alice.did, "collection": "com.example.thing"}
    listed = await stack.query("com.atproto.repo.listRecords", None, **where)
    served = await stack.query("com.atproto.sync.getBlob", None, did=alice.did, cid=blob["ref"]["$link"])

    assert listed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in served.headers
    assert served.headers["content-disposition"].startswith("attachment")


async def test_a_compressed_upload_is_hashed_as_what_it_holds(stack: Stack) -> None:
    alice = await stack.sign_up()
    headers = {
        "content-type": "text/plain",
        "content-encoding": "gzip",
        "authorization": f"Bearer {alice.access}",
    }

    packed = gzip.compress(b"some text")
    answer = await stack.http.post("/xrpc/com.atproto.repo.uploadBlob", content=packed, headers=headers)

    assert answer.json()["blob"]["size"] == len(b"some text")


async def test_a_repository_is_exported_listed_and_imported(stack: Stack) -> None:
    alice, bob = await stack.sign_up(), await stack.sign_up("bobby")
    written = (await stack.post(alice)).json()
    exported = await stack.query("com.atproto.sync.getRepo", None, did=alice.did)
    headers = {"content-type": "application/vnd.ipld.car", "authorization": f"Bearer {bob.access}"}

    imported = await stack.http.post(
        "/xrpc/com.atproto.repo.importRepo", content=exported.content, headers=headers
    )

    roots, blocks = car.read(exported.content)
    assert [str(root) for root in roots] == [written["commit"]["cid"]]
    assert written["cid"] in {str(cid) for cid in blocks}
    assert imported.status_code == 200
    where = {"repo": bob.did, "collection": POST["$type"]}
    (record,) = (await stack.query("com.atproto.repo.listRecords", None, **where)).json()["records"]
    assert record["cid"] == written["cid"]
    truncated = await stack.http.post(
        "/xrpc/com.atproto.repo.importRepo", content=exported.content[:-20], headers=headers
    )
    assert told(truncated)[0] == 500


async def test_repositories_are_listed_page_by_page(stack: Stack) -> None:
    people = [await stack.sign_up(name) for name in ("anna", "bert", "cleo")]
    listed: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while page := (await stack.query("com.atproto.sync.listRepos", None, **params)).json()["repos"]:
        listed += [entry["did"] for entry in page]
        params["cursor"] = f"{int(NOW * 1000)}::{listed[-1]}"

    assert sorted(listed) == sorted(person.did for person in people)


async def test_the_thirty_first_login_within_five_minutes_is_refused_and_the_next_window_is_free() -> None:
    stack = Stack(rate_limits="on")
    alice = await stack.sign_up()

    async def log_in() -> httpx.Response:
        form = {"identifier": alice.handle, "password": "pw-alice"}
        return await stack.procedure("com.atproto.server.createSession", form)

    first, *_, last = [await log_in() for _ in range(30)]
    refused = await log_in()
    stack.clock.advance(301)

    assert first.headers["ratelimit-remaining"] == "29"
    assert last.status_code == 200
    assert told(refused) == (429, "RateLimitExceeded", "Rate Limit Exceeded")
    assert refused.headers["retry-after"] == "300"
    assert refused.headers["ratelimit-policy"] == "30;w=300"
    assert (await log_in()).status_code == 200


async def test_without_rate_limits_nothing_is_said_of_them(stack: Stack) -> None:
    answer = await stack.query("com.atproto.server.describeServer")

    assert not [name for name in answer.headers if name.startswith("ratelimit")]


async def test_health_and_other_pages(stack: Stack) -> None:
    assert json.loads((await stack.http.get("/xrpc/_health")).text).keys() == {"version"}
    assert (await stack.http.get("/nope")).status_code == 404
    preflight = await stack.http.options("/xrpc/com.atproto.repo.createRecord")
    assert preflight.headers["access-control-allow-origin"] == "*"


UNUSABLE = {
    "dialect": ("klingon", "option dialect is 'klingon', not one of reference, rsky"),
    "invites": ("maybe", "option invites is 'maybe', not one of open, required"),
    "blob_limit": ("much", "option blob_limit is 'much', not a number of bytes"),
    "handle_domains": ("localnet.test", "option handle_domains is 'localnet.test', not a list of .domain"),
}


@pytest.mark.parametrize("option", UNUSABLE)
def test_an_option_that_cannot_be_used_is_named(option: str) -> None:
    given, message = UNUSABLE[option]

    with pytest.raises(ValueError, match=message):
        configuration(**{option: given})


def test_a_missing_option_is_named() -> None:
    with pytest.raises(ValueError, match="pds: missing option admin_password"):
        build(Settings("pds", {}))
