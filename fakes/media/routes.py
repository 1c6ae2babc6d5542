"""The media server on the network: upload, files by hash with byte ranges, health."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from fakes.media import powers as kinds
from fakes.media.blobs import LARGEST_UPLOAD, Blob, Blobs, UnauthorisedError, address, authorise
from fakes.powers import Power, Powers
from fakes.ranges import part
from fakes.settings import Clock

ANYONE = {"Access-Control-Allow-Origin": "*"}
ZEROS = bytes(64 * 1024)


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


def routes(blobs: Blobs, clock: Clock, public_url: str, powers: Powers) -> APIRouter:
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
        if refusal := kinds.refusal(powers, sha256):
            return _refused(refusal.error, refusal.status)
        if moved := powers.meets(kinds.MOVED, sha256):
            return Response(
                status_code=302, headers={"Location": moved.settings["location"] or str(request.url)}
            )
        blob = blobs.get(sha256)
        if blob is None:
            return _refused("Blob not found", 404)
        return _served(kinds.spoiled(powers, blob), request, powers)

    return router


def _served(blob: Blob, request: Request, powers: Powers) -> Response:
    headers = {"X-Sha256": blob.sha256, **ANYONE}
    if endless := powers.meets(kinds.ENDLESS, blob.sha256):
        announced = int(endless.settings["announced"])
        length = {"Content-Length": str(announced)} if announced else {}
        return StreamingResponse(_zeros(), headers={**headers, **length}, media_type=blob.mime)
    if dripping := powers.meets(kinds.DRIPS, blob.sha256):
        length = {"Content-Length": str(len(blob.data))}
        drops = _drops(blob.data, dripping, powers)
        return StreamingResponse(drops, headers={**headers, **length}, media_type=blob.mime)
    answer = part(blob.data, request.headers.get("range"))
    return Response(answer.body, answer.status, {**headers, **answer.headers}, media_type=blob.mime)


async def _zeros() -> AsyncIterator[bytes]:
    """Until the client has enough. Others get their turn between two pieces, also where nobody reads them."""
    while True:
        yield ZEROS
        await asyncio.sleep(0)


async def _drops(data: bytes, dripping: Power, powers: Powers) -> AsyncIterator[bytes]:
    """Piece by piece for as long as the power lasts, then the rest."""
    size = int(dripping.settings["bytes"])
    while data and dripping in powers:
        yield data[:size]
        data = data[size:]
        await asyncio.sleep(float(dripping.settings["seconds"]))
    yield data
