"""The video service as a client meets it: who may upload, what becomes of it, what is said of what is known, and its bad days."""

from typing import Any

import pytest

from fakes.atproto.cid import Cid
from fakes.atproto.keys import PrivateKey
from fakes.video.jobs import transcoded
from tests.fakes.pds.stack import NOW, Newcomer
from tests.fakes.video.studio import FILM, VIDEO_DID, Studio

pytestmark = pytest.mark.anyio


async def test_a_video_becomes_a_blob_of_its_author(studio: Studio) -> None:
    alice = await studio.star()

    answer = await studio.submit(alice)

    assert (answer.status_code, answer.json()["state"]) == (200, "JOB_STATE_CREATED")
    status = await studio.ended(answer.json()["jobId"])
    blob = status["blob"]
    assert (status["state"], status["did"], blob["mimeType"]) == (
        "JOB_STATE_COMPLETED",
        alice.did,
        "video/mp4",
    )
    assert Cid.parse(blob["ref"]["$link"]).matches(transcoded(FILM))


async def test_the_token_must_live_until_the_film_is_stored(studio: Studio) -> None:
    alice = await studio.star()
    answer = await studio.submit(alice, token=await studio.token(alice, seconds=5))

    status = await studio.ended(answer.json()["jobId"])

    assert status["state"] == "JOB_STATE_FAILED"
    assert "JwtExpired" in status["message"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a token for another server": ({"aud": VIDEO_DID}, "jwt audience must be did:web:pds.localnet.test"),
    "a token for another method": ({"lxm": "com.atproto.repo.createRecord"}, "jwt lexicon method must be"),
    "a token for any method": ({"lxm": None, "seconds": 50}, "jwt lexicon method must be"),
}


@pytest.mark.parametrize(("wish", "why"), REFUSED.values(), ids=REFUSED)
async def test_it_refuses(studio: Studio, wish: dict[str, Any], why: str) -> None:
    alice = await studio.star()

    answer = await studio.submit(alice, token=await studio.token(alice, **wish))

    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert why in answer.json()["message"]


@pytest.mark.parametrize(
    ("token", "why"), [("Basic x", "missing jwt"), ("Bearer x.y", "poorly formatted jwt")]
)
async def test_it_refuses_what_is_no_token(studio: Studio, token: str, why: str) -> None:
    answer = await studio.submit(await studio.star(), token=token)

    assert (answer.status_code, answer.json()["message"]) == (401, why)


async def test_it_refuses_an_expired_token(studio: Studio) -> None:
    alice = await studio.star()
    token = await studio.token(alice)
    studio.clock.advance(1801)

    assert (await studio.submit(alice, token=token)).json()["message"] == "jwt expired"


async def test_it_refuses_a_token_that_somebody_else_signed(studio: Studio) -> None:
    newcomer = Newcomer(studio, "bob.localnet.test")
    await newcomer.register()
    forged = newcomer.token(
        PrivateKey.generate(studio.entropy), lxm="com.atproto.repo.uploadBlob", exp=NOW + 600
    )

    answer = await studio.submit(await studio.star(), token=forged)

    assert answer.json()["message"] == "jwt signature does not match jwt issuer"


async def test_it_refuses_a_did_that_is_not_the_callers(studio: Studio) -> None:
    alice, bob = await studio.star(), await studio.star("bob")

    assert (await studio.submit(alice, did=bob.did)).status_code == 401


async def test_it_refuses_who_has_no_profile(studio: Studio) -> None:
    answer = await studio.submit(await studio.sign_up())

    assert (answer.status_code, answer.json()["error"]) == (401, "profile_not_found")


@pytest.mark.parametrize(
    ("data", "kind", "why"),
    [(FILM, "image/png", "Wrong request encoding"), (b"", "video/mp4", "Request body is empty")],
)
async def test_it_refuses_what_is_no_video(studio: Studio, data: bytes, kind: str, why: str) -> None:
    answer = await studio.submit(await studio.star(), data, kind=kind)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(why)


async def test_what_only_claims_to_be_a_video_fails_in_processing(studio: Studio) -> None:
    answer = await studio.submit(await studio.star(), b"<html>not found</html>")

    status = await studio.ended(answer.json()["jobId"])

    assert (status["state"], status["message"]) == ("JOB_STATE_FAILED", "Failed to process video")


@pytest.mark.parametrize("by", ["blob", "job", "nothing"])
async def test_bytes_that_are_known_are_a_conflict_for_everybody(studio: Studio, by: str) -> None:
    alice, bob = await studio.star(), await studio.star("bob")
    job = (await studio.submit(alice)).json()["jobId"]
    blob = (await studio.ended(job))["blob"]
    if by != "job":
        await studio.grant("known", on=bob.did, by=by)

    answer = await studio.submit(bob)

    body = answer.json()
    assert (answer.status_code, body["error"]) == (409, "already_exists")
    assert body["jobId"] == ("" if by == "nothing" else job)
    assert body.get("blob") == (blob if by == "blob" else None)


async def test_a_day_has_so_many_uploads() -> None:
    studio = Studio(daily_videos="1")
    alice = await studio.star()
    await studio.submit(alice)

    refused = await studio.submit(alice, FILM + b"2")
    studio.clock.advance(86_400)
    tomorrow = await studio.submit(await studio.logs_in(alice), FILM + b"2")

    assert (refused.status_code, refused.json()["error"]) == (401, "daily_vid_limit_exceeded")
    assert tomorrow.status_code == 200


async def test_limits_are_told_to_whoever_asks_for_themselves(studio: Studio) -> None:
    alice = await studio.star()
    token = await studio.token(alice, aud=VIDEO_DID, lxm="app.bsky.video.getUploadLimits")
    ask = {"Authorization": f"Bearer {token}"}
    await studio.submit(alice)

    told = (await studio.video.get("/xrpc/app.bsky.video.getUploadLimits", headers=ask)).json()
    await studio.grant("over-quota", on=alice.did)
    over = (await studio.video.get("/xrpc/app.bsky.video.getUploadLimits", headers=ask)).json()

    assert (told["canUpload"], told["remainingDailyVideos"]) == (True, 24)
    assert (over["canUpload"], over["error"]) == (False, "daily_vid_limit_exceeded")
    assert (await studio.video.get("/xrpc/app.bsky.video.getUploadLimits")).status_code == 401


@pytest.mark.parametrize("query", [{}, {"jobId": "nobody's"}])
async def test_a_job_that_nobody_knows(studio: Studio, query: dict[str, str]) -> None:
    answer = await studio.video.get("/xrpc/app.bsky.video.getJobStatus", params=query)

    assert answer.status_code == (404 if query else 400)


async def test_an_ordinary_path_is_unknown(studio: Studio) -> None:
    assert (await studio.video.post("/xrpc/app.bsky.video.getJobStatus")).status_code == 405
    assert (await studio.video.get("/")).status_code == 404


ENDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a failure": (
        "fails",
        {},
        {"state": "JOB_STATE_FAILED", "error": "video processing error", "blob": None},
    ),
    "a failure that names a blob": (
        "fails",
        {"error": "already_exists", "blob": {"size": 1}},
        {"blob": {"size": 1}},
    ),
    "a quota told by the job": ("over-quota", {"by": "job"}, {"error": "daily_vid_limit_exceeded"}),
    "no blob": ("no-blob", {}, {"state": "JOB_STATE_COMPLETED", "blob": None}),
}


@pytest.mark.parametrize(("power", "settings", "seen"), ENDS.values(), ids=ENDS)
async def test_a_job_can_be_made_to_end_with(
    studio: Studio, power: str, settings: dict[str, Any], seen: dict[str, Any]
) -> None:
    alice = await studio.star()
    await studio.grant(power, on=alice.did, **settings)

    status = await studio.ended((await studio.submit(alice)).json()["jobId"])

    assert {name: status.get(name) for name in seen} == seen


@pytest.mark.parametrize(
    ("by", "error"), [("error", "daily_vid_limit_exceeded"), ("message", "unauthorized")]
)
async def test_a_quota_can_be_told_in_two_places(studio: Studio, by: str, error: str) -> None:
    alice = await studio.star()
    await studio.grant("over-quota", on=alice.did, by=by)

    answer = await studio.submit(alice)

    assert (answer.status_code, answer.json()["error"]) == (401, error)
    assert "daily_vid_limit_exceeded" in answer.text


async def test_a_slow_job_is_not_done_when_others_are(studio: Studio) -> None:
    alice = await studio.star()
    await studio.grant("slow", on=alice.did, seconds=100.0)
    job = (await studio.submit(alice)).json()["jobId"]

    studio.clock.advance(50)

    assert (await studio.status(job))["progress"] == 50


async def test_it_can_answer_as_the_lexicon_says_and_forget_its_jobs(studio: Studio) -> None:
    alice = await studio.star()
    await studio.grant("wraps", times=1)
    job = (await studio.submit(alice)).json()["jobStatus"]["jobId"]
    await studio.grant("forgets", on=alice.did)

    answer = await studio.video.get("/xrpc/app.bsky.video.getJobStatus", params={"jobId": job})

    assert answer.status_code == 404
