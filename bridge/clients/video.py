"""The video service: takes a video with the account's service token, transcodes it, and stores the result on the account's PDS.

Its answers are statuses of jobs, flat or inside `jobStatus`. That it has processed the same bytes before is not an error, though it
says so with 409: whatever blob it then names may be somebody else's. Rules: the contract's chapter on blob upload.
"""

from dataclasses import dataclass
from urllib.parse import quote

import httpx

from bridge.clients.remote import Json, describe, exchange, json_object, refused, transient
from bridge.errors import Refused

QUOTA = "daily_vid_limit_exceeded"
"""Readers of a job's status look for it."""
_EXISTS = "already_exists"
_TIMEOUT = httpx.Timeout(300.0, connect=10.0)


@dataclass(frozen=True)
class Status:
    job: str | None
    blob: Json | None
    is_over: bool
    error: str

    @property
    def is_known(self) -> bool:
        return _EXISTS in self.error

    @property
    def is_over_quota(self) -> bool:
        return QUOTA in self.error


class VideoService:
    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http, self._url = http, f"{url}/xrpc/app.bsky.video"

    async def upload(self, did: str, token: str, data: bytes) -> Status:
        """Of the job that this has begun, or of what is known of these bytes."""
        request = self._http.build_request(
            "POST",
            f"{self._url}.uploadVideo?did={quote(did, safe=':')}&name=divine-video.mp4",
            content=data,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "video/mp4"},
            timeout=_TIMEOUT,
        )
        response = await exchange(self._http, "uploadVideo", request)
        if later := transient("uploadVideo", response):
            raise later
        status = _status(response)
        if response.status_code == 409:
            return Status(None, None, True, f"{_EXISTS} {status.error}")
        if response.is_success or status.is_known or status.is_over_quota:
            return status
        message = f"uploadVideo failed ({response.status_code}): {status.error}"
        raise Refused(message, status=response.status_code, name=status.error.partition(":")[0])

    async def status(self, job: str) -> Status:
        """Refused if there is no such job."""
        request = self._http.build_request("GET", f"{self._url}.getJobStatus?jobId={quote(job, safe='')}")
        response = await exchange(self._http, "getJobStatus", request)
        if not response.is_success:
            raise transient("getJobStatus", response) or refused("getJobStatus", response)
        return _status(response)


def _status(response: httpx.Response) -> Status:
    body = json_object("the video service", response)
    inner = body.get("jobStatus")
    told: Json = inner if isinstance(inner, dict) else body
    blob = told.get("blob")
    parts = [str(told[name]) for name in ("error", "message") if told.get(name)]
    return Status(
        job=str(told["jobId"]) if told.get("jobId") else None,
        blob=blob if isinstance(blob, dict) and isinstance(blob.get("ref"), dict) else None,
        is_over=told.get("state") in ("JOB_STATE_COMPLETED", "JOB_STATE_FAILED"),
        error=": ".join(parts) or ("" if response.is_success else describe("uploadVideo", response)),
    )
