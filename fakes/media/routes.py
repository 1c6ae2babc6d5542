"""The media server on the network: upload, files by hash with byte ranges, health."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from fakes.media.blobs import LARGEST_UPLOAD, Blob, Blobs, UnauthorisedError, address, authorise
from fakes.ranges import part
from fakes.settings import Clock

ANYONE = {"Access-Control-Allow-Origin": "*"}


def _refused(error: str, status: int) -> JSONResponse:
    return JSONResponse({"error": error}, status, headers={"X-Reason": error, **ANYONE})


def _descriptor(blob: Blob, public_url: str) -> dict[str, object]:
    return {
        "url": f"{public_url.rstrip('/')}/{blob.sha256}",
        "sha256": blob.sha256,
        "size": len(blob.data),
        "type": blob.mime,
        "uploaded": datetime.fromtimestamp(blob.uploaded, UTC).isoformat().replace("+00:00", "Z"),
    }


def routes(blobs: Blobs, clock: Clock, public_url: str) -> APIRouter:
    router = APIRouter()

    @router.put("/upload")
    async def upload(request: Request) -> Response:
        data = await request.body()
        if len(data) > LARGEST_UPLOAD:
            return _refused(f"File too large. Maximum size is {LARGEST_UPLOAD} bytes", 400)
        content_type = request.headers.get("content-type", "application/octet-stream")
        blob = Blob.of(data, content_type, clock.now())
        try:
            authorise(request.headers.get("authorization"), "upload", blob.sha256, clock.now())
        except UnauthorisedError as error:
            return _refused(str(error), 401)
        return JSONResponse(_descriptor(blobs.keep(blob), public_url), headers=ANYONE)

    @router.api_route("/{path}", methods=["GET", "HEAD"])
    async def download(path: str, request: Request) -> Response:
        sha256 = address(path)
        if sha256 is None:
            return _refused("Invalid hash in path", 400)
        blob = blobs.get(sha256)
        if blob is None:
            return _refused("Blob not found", 404)
        answer = part(blob.data, request.headers.get("range"))
        headers = {"X-Sha256": sha256, **answer.headers, **ANYONE}
        return Response(answer.body, answer.status, headers, media_type=blob.mime)

    return router
