"""By way of the video service: each answer it has, and what becomes of the film, of the job and of the service's job."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bridge.context import Context
from bridge.database import Pool
from bridge.errors import Refused
from bridge.nostr.events import Event
from tests.bridge.publishing.test_worker import MP4, SHA256, failing, film, hurry, job, state, store, working
from tests.bridge.rows import link
from tests.bridge.running import RememberedPds, make_context, until

pytestmark = pytest.mark.anyio

BLOB = {"$type": "blob", "ref": {"$link": "cid-transcoded"}, "mimeType": "video/mp4", "size": 9}
AS_IT_IS = f"cid-{SHA256}"
CREATED = {"jobId": "j1", "did": "did:plc:x", "state": "JOB_STATE_CREATED"}
ENCODING = {"jobStatus": {**CREATED, "state": "JOB_STATE_ENCODING", "progress": 50}}
COMPLETED = {"jobStatus": {**CREATED, "state": "JOB_STATE_COMPLETED", "blob": BLOB}}
FAILED = {"jobStatus": {**CREATED, "state": "JOB_STATE_FAILED", "error": "broken", "message": "It broke"}}
KNOWN = {"did": "did:plc:y", "jobId": "j0", "state": "JOB_STATE_COMPLETED", "error": "already_exists"}
QUOTA = {"error": "daily_vid_limit_exceeded", "message": "User has exceeded daily upload videos limit"}

Answer = tuple[int, Any]


class Service:
    """Answers uploads and questions with what it is given, the last answer again and again; serves the film too."""

    def __init__(self, uploads: list[Answer], statuses: list[Answer]) -> None:
        self.uploads, self.statuses = uploads, statuses
        self.handed_in: list[httpx.Request] = []
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("uploadVideo"):
            self.handed_in.append(request)
            return self._next(self.uploads)
        if request.url.path.endswith("getJobStatus"):
            self.asked += 1
            assert request.url.params["jobId"] == "j1"
            return self._next(self.statuses)
        return httpx.Response(200, content=MP4)

    def _next(self, answers: list[Answer]) -> httpx.Response:
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body))


@pytest.fixture
def pds() -> RememberedPds:
    return RememberedPds()


@asynccontextmanager
async def handed_in(
    pool: Pool, pds: RememberedPds, service: Service, **settings: str
) -> AsyncIterator[tuple[Context, Event]]:
    """A film on its way, the bridge at work."""
    await link(pool)
    given = {
        "VIDEO_SERVICE_ENABLED": "true",
        "VIDEO_SERVICE_URL": "http://video.test/",
        "VIDEO_SERVICE_POLL_INTERVAL_MS": "1",
        "PUBLISH_MAX_ATTEMPTS": "2",
    }
    context = make_context(pool, pds, service, **given, **settings)
    event = film("a")
    async with working(context):
        await store(context, event)
        yield context, event


async def failed_after(context: Context, event: Event, service: Service, times: int) -> dict[str, Any]:
    """The job, once the film was handed in so many times and nobody is at it; then its pause is over."""

    async def is_so() -> bool:
        row = await job(context.pool, event)
        return len(service.handed_in) == times and row["state"] == "failed"

    await until(is_so)
    row = await job(context.pool, event)
    await hurry(context)
    return row


def embedded(pds: RememberedPds) -> str:
    [record] = [record for record in pds.records.values() if record["$type"] == "app.bsky.feed.post"]
    return str(record["embed"]["video"]["ref"]["$link"])


PUBLISHED: dict[str, tuple[list[Answer], list[Answer], str]] = {
    "a job that completes": ([(200, CREATED)], [(200, ENCODING), (200, COMPLETED)], "cid-transcoded"),
    "a job, told as the lexicon says": (
        [(200, {"jobStatus": CREATED})],
        [(200, COMPLETED)],
        "cid-transcoded",
    ),
    "a blob at once": ([(200, {**CREATED, "blob": BLOB})], [], "cid-transcoded"),
    "a failure that names a blob": (
        [(200, CREATED)],
        [(200, {"jobStatus": {**FAILED["jobStatus"], "blob": BLOB}})],
        "cid-transcoded",
    ),
    "a conflict that names a blob": ([(409, {**KNOWN, "blob": BLOB})], [], AS_IT_IS),
    "a conflict that names a job": ([(409, KNOWN)], [], AS_IT_IS),
    "a conflict that names nothing": ([(409, {})], [], AS_IT_IS),
    "a success that says it exists": ([(200, {**KNOWN, "jobId": "j1"})], [], AS_IT_IS),
    "a failure that says it exists": (
        [(200, CREATED)],
        [(200, {"jobStatus": {**KNOWN, "state": "JOB_STATE_FAILED", "blob": BLOB}})],
        AS_IT_IS,
    ),
}


@pytest.mark.parametrize(("uploads", "statuses", "cid"), PUBLISHED.values(), ids=PUBLISHED)
async def test_a_post_comes_of(
    pool: Pool, pds: RememberedPds, uploads: list[Answer], statuses: list[Answer], cid: str
) -> None:
    service = Service(uploads, statuses)
    async with handed_in(pool, pds, service) as (context, event):
        done = await state(context.pool, event, "published")

    assert embedded(pds) == cid
    assert (done["attempt"], len(service.handed_in)) == (1, 1)


async def test_it_is_handed_in_as_the_account_for_half_an_hour(pool: Pool, pds: RememberedPds) -> None:
    service = Service([(200, {**CREATED, "blob": BLOB})], [])
    async with handed_in(pool, pds, service) as (context, event):
        await state(context.pool, event, "published")

    [request] = service.handed_in
    did = request.url.params["did"]
    words = request.headers["authorization"].split()
    assert words[:-2] == f"Bearer token of {did} for com.atproto.repo.uploadBlob of did:web:pds.test".split()
    assert 1790 < int(words[-1]) - time.time() <= 1800
    assert request.content == MP4


@pytest.mark.parametrize(
    "uploads",
    [
        [(401, QUOTA)],
        [(401, {"jobStatus": QUOTA})],
        [(401, {**QUOTA, "error": "unauthorized", "message": QUOTA["error"]})],
    ],
)
async def test_a_quota_is_waited_for_and_costs_no_attempt(
    pool: Pool, pds: RememberedPds, uploads: list[Answer]
) -> None:
    service = Service(uploads, [])
    async with handed_in(pool, pds, service) as (context, event):
        for times in (1, 2, 3):
            waiting = await failed_after(context, event, service, times)

    assert (waiting["completed_at"], waiting["attempt"]) == (None, 0)
    assert "daily_vid_limit_exceeded" in waiting["error"]
    assert 3590 < waiting["pause"] <= 3600


async def test_a_quota_told_by_the_job_hands_the_film_in_again_later(pool: Pool, pds: RememberedPds) -> None:
    over = {"jobStatus": {**FAILED["jobStatus"], **QUOTA}}
    service = Service([(200, CREATED)], [(200, over), (200, COMPLETED)])
    async with handed_in(pool, pds, service) as (context, event):
        await state(context.pool, event, "failed")
        await hurry(context)
        done = await state(context.pool, event, "published")

    assert (done["attempt"], len(service.handed_in)) == (1, 2)


FAILURES: dict[str, tuple[list[Answer], list[Answer]]] = {
    "the job fails": ([(200, CREATED)], [(200, FAILED)]),
    "the job completes without a blob": (
        [(200, CREATED)],
        [(200, {"jobStatus": {**CREATED, "state": "JOB_STATE_COMPLETED"}})],
    ),
    "there is neither job nor blob": ([(200, {})], []),
    "it refuses": ([(401, {"error": "unauthorized", "message": "jwt expired"})], []),
}


@pytest.mark.parametrize(("uploads", "statuses"), FAILURES.values(), ids=FAILURES)
async def test_it_is_tried_so_many_times_and_given_up_when(
    pool: Pool, pds: RememberedPds, uploads: list[Answer], statuses: list[Answer]
) -> None:
    service = Service(uploads, statuses)
    async with handed_in(pool, pds, service) as (context, event):
        again = await failed_after(context, event, service, 1)
        given_up = await failed_after(context, event, service, 2)

    assert (again["completed_at"], again["attempt"], given_up["attempt"]) == (None, 1, 2)
    assert given_up["completed_at"] is not None
    assert pds.records == {}


@pytest.mark.parametrize("answer", [(502, {}), (200, b"<html>")], ids=["a broken answer", "a web page"])
async def test_an_outage_is_waited_for_however_often(pool: Pool, pds: RememberedPds, answer: Answer) -> None:
    service = Service([answer] * 3 + [(200, {**CREATED, "blob": BLOB})], [])
    async with handed_in(pool, pds, service) as (context, event):
        for times in (1, 2, 3):
            await failed_after(context, event, service, times)
        await state(context.pool, event, "published")


async def test_a_job_that_takes_long_is_asked_about_again_and_never_handed_in_twice(
    pool: Pool, pds: RememberedPds
) -> None:
    service = Service([(200, CREATED)], [(502, {}), (200, COMPLETED)])
    async with handed_in(pool, pds, service) as (context, event):
        failed = await state(context.pool, event, "failed")
        await hurry(context)
        await state(context.pool, event, "published")

    assert (failed["video_job"], len(service.handed_in), service.asked) == ("j1", 1, 2)


async def test_a_job_that_takes_too_long_counts_as_an_attempt(pool: Pool, pds: RememberedPds) -> None:
    service = Service([(200, CREATED)], [(200, ENCODING)])
    async with handed_in(pool, pds, service, VIDEO_SERVICE_POLL_TIMEOUT_SECS="1") as (context, event):
        failed = await state(context.pool, event, "failed")

    assert (failed["video_job"], failed["attempt"], len(service.handed_in)) == ("j1", 1, 1)


async def test_a_job_that_the_service_has_lost_is_handed_in_again(pool: Pool, pds: RememberedPds) -> None:
    service = Service([(200, CREATED)], [(404, {"error": "job_not_found"}), (200, COMPLETED)])
    async with handed_in(pool, pds, service) as (context, event):
        await state(context.pool, event, "failed")
        await hurry(context)
        await state(context.pool, event, "published")

    assert len(service.handed_in) == 2


async def test_who_has_no_profile_gets_one_at_once(pool: Pool, pds: RememberedPds) -> None:
    no_profile = (401, {"did": "", "error": "profile_not_found", "message": "User has no profile"})
    service = Service([no_profile, (200, {**CREATED, "blob": BLOB})], [])
    async with handed_in(pool, pds, service) as (context, event):
        done = await state(context.pool, event, "published")

    [profile] = [record for (_, rkey), record in pds.records.items() if rkey == "self"]
    assert profile == {"$type": "app.bsky.actor.profile", "displayName": "alice"}
    assert done["attempt"] == 1


async def test_a_transcoded_film_that_the_pds_has_lost_is_uploaded_as_it_is(
    pool: Pool, pds: RememberedPds
) -> None:
    pds.before = failing("create_record", Refused("no such blob", status=400, name="BlobNotFound"))
    service = Service([(200, CREATED)], [(200, COMPLETED)])
    async with handed_in(pool, pds, service) as (context, event):
        await state(context.pool, event, "failed")
        await hurry(context)
        await state(context.pool, event, "published")

    assert (embedded(pds), len(service.handed_in)) == (AS_IT_IS, 1)
    assert (await job(pool, event))["video_job"] == ""
