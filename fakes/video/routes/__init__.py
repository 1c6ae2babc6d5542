"""The video service on the network: app.bsky.video.uploadVideo, getJobStatus, getUploadLimits.

`uploadVideo` answers with the status itself, where the lexicon has it inside `jobStatus`, as the real service does; a refusal is a
status too, with empty ids. `getJobStatus` answers as the lexicon says.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from fakes.powers import Powers
from fakes.settings import Clock
from fakes.video import powers as can
from fakes.video.jobs import LARGEST, Failure, Job, Jobs
from fakes.video.routes.upstream import MIME, Upstream
from fakes.video.routes.work import Plan, Work
from fakes.video.tokens import UPLOAD, Bearer, UnauthorisedError, judge

LIMITS = "app.bsky.video.getUploadLimits"
QUOTA, QUOTA_TEXT = "daily_vid_limit_exceeded", "User has exceeded daily upload videos limit"
NO_ONE: dict[str, Any] = {"did": "", "jobId": "", "state": ""}


class RefusedError(Exception):
    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {**NO_ONE, "error": error, "message": message}


@dataclass(frozen=True)
class VideoService:
    jobs: Jobs
    work: Work
    upstream: Upstream
    powers: Powers
    clock: Clock
    service_did: str

    async def upload(self, request: Request) -> tuple[int, dict[str, Any]]:
        bearer = await self.caller(request, await self.upstream.pds_did(), UPLOAD)
        did = bearer.issuer
        if request.query_params.get("did") != did:
            raise RefusedError(401, "unauthorized", "the did is not the one that signed the jwt")
        data = await _video(request)
        if not await self.upstream.has_profile(did):
            raise RefusedError(401, "profile_not_found", "User has no profile")
        if known := self._known(did, data):
            return 409, known
        plan = self._plan(did)
        at, slow = self.clock.now(), self.powers.meets(can.SLOW, did)
        seconds = float(slow.settings["seconds"]) if slow else None
        job = self.jobs.create(did, hashlib.sha256(data).hexdigest(), at, seconds)
        self.work.begin(job, data, bearer.text, plan)
        return 200, _without(job.status(at), "progress")

    async def caller(self, request: Request, audience: str | None, method: str) -> Bearer:
        try:
            bearer = judge(request.headers.get("authorization"), audience, method, self.clock.now())
            bearer.must_be_signed(await self.upstream.document(bearer.issuer))
        except UnauthorisedError as error:
            raise RefusedError(401, "unauthorized", str(error)) from None
        return bearer

    def limits(self, did: str) -> dict[str, Any]:
        left = 0 if self.powers.meets(can.OVER_QUOTA, did) else self.jobs.remaining(did, self.clock.now())
        found: dict[str, Any] = {
            "canUpload": left > 0,
            "remainingDailyVideos": left,
            "remainingDailyBytes": left * LARGEST,
        }
        return found if left else {**found, "error": QUOTA, "message": QUOTA_TEXT}

    def job(self, identifier: str) -> Job | None:
        job = self.jobs.get(identifier)
        return None if job is None or self.powers.meets(can.FORGETS, job.did) else job

    def _known(self, did: str, data: bytes) -> dict[str, Any] | None:
        """What is said of bytes that were processed before, for whomever."""
        job = self.jobs.known(hashlib.sha256(data).hexdigest())
        power = self.powers.meets(can.KNOWN, did)
        if job is None and power is None:
            return None
        said = {"error": "already_exists", "message": "Video already processed"}
        shape = power.settings["by"] if power else "job"
        if shape == "nothing":
            return {**NO_ONE, **said}
        status = _without(job.status(self.clock.now()), "progress") if job else {**NO_ONE, "did": did}
        if shape == "blob" and power:
            return {**status, "blob": power.settings["blob"] or status.get("blob"), **said}
        return {**_without(status, "blob"), **said}

    def _plan(self, did: str) -> Plan:
        """How the job ends; RefusedError where none is made."""
        if power := self.powers.meets(can.OVER_QUOTA, did):
            return _over_quota(power.settings["by"])
        if not self.jobs.remaining(did, self.clock.now()):
            return _over_quota("error")
        if power := self.powers.meets(can.FAILS, did):
            return Plan(Failure(**power.settings))
        return Plan(names_blob=self.powers.meets(can.NO_BLOB, did) is None)


def _over_quota(by: str) -> Plan:
    if by == "job":
        return Plan(Failure(QUOTA, QUOTA_TEXT))
    if by == "message":
        raise RefusedError(401, "unauthorized", f"{QUOTA}: {QUOTA_TEXT}")
    raise RefusedError(401, QUOTA, QUOTA_TEXT)


def routes(service: VideoService) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post("/xrpc/app.bsky.video.uploadVideo")
    async def upload_video(request: Request) -> JSONResponse:
        try:
            status, body = await service.upload(request)
        except RefusedError as error:
            status, body = error.status, error.body
        wraps = service.powers.meets(can.WRAPS, str(request.query_params.get("did")))
        return JSONResponse({"jobStatus": body} if wraps else body, status)

    @router.get("/xrpc/app.bsky.video.getJobStatus")
    async def get_job_status(request: Request) -> JSONResponse:
        identifier = request.query_params.get("jobId")
        if identifier is None:
            return JSONResponse(
                {"error": "InvalidRequest", "message": 'Params must have the property "jobId"'}, 400
            )
        job = service.job(identifier)
        if job is None:
            return JSONResponse({"error": "job_not_found", "message": f"Job not found: {identifier}"}, 404)
        return JSONResponse({"jobStatus": job.status(service.clock.now())})

    @router.get(f"/xrpc/{LIMITS}")
    async def get_upload_limits(request: Request) -> JSONResponse:
        try:
            bearer = await service.caller(request, service.service_did, LIMITS)
        except RefusedError as error:
            return JSONResponse({"error": error.body["error"], "message": str(error)}, error.status)
        return JSONResponse(service.limits(bearer.issuer))

    return router


async def _video(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip() != MIME:
        raise RefusedError(
            400, "InvalidRequest", f"Wrong request encoding (Content-Type): {MIME} is expected"
        )
    data = await request.body()
    if not data:
        raise RefusedError(400, "InvalidRequest", "Request body is empty")
    if len(data) > LARGEST:
        text = f"file size ({len(data)} bytes) is larger than the maximum allowed size ({LARGEST} bytes)"
        raise RefusedError(400, "file_too_large", text)
    return data


def _without(status: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in status.items() if key != name}
