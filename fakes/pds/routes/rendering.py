"""How answers look on the wire: JSON, errors, and the headers and compression that all of them share."""

import gzip
from collections.abc import Mapping
from math import ceil
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from fakes.pds.dialects import Pages
from fakes.pds.limits import Usage

SMALLEST_COMPRESSED = 1024


def rendered(reply: Mapping[str, Any] | None) -> Response:
    if reply is None:
        return Response()
    return Response(orjson.dumps(reply), media_type="application/json")


def refusal(status: int, name: str, message: str) -> Response:
    body = orjson.dumps({"error": name, "message": message.encode("utf-8", "replace").decode()})
    return Response(body, status, media_type="application/json")


def finished(request: Request, response: Response, pages: Pages, *, private: bool) -> Response:
    """The response with what every answer carries; `private` if it depends on who asked."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    if headers.get("content-type") == "application/json":
        headers["Content-Type"] = pages.json_type
    if not pages.varies:
        return response
    headers["Vary"] = "Authorization, Accept-Encoding" if private else "Accept-Encoding"
    if private:
        headers["Cache-Control"] = "private"
    if len(response.body) > SMALLEST_COMPRESSED and _compressible(request, response):
        response.body = gzip.compress(response.body, 1)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(response.body))
    return response


def limited(response: Response, usage: Usage, at: float) -> Response:
    """The response with what is left of the caller's rate limit; when to come back, if nothing is."""
    limit = usage.limit
    response.headers["RateLimit-Limit"] = str(limit.points)
    response.headers["RateLimit-Remaining"] = str(usage.remaining)
    response.headers["RateLimit-Reset"] = str(int(usage.resets_at))
    response.headers["RateLimit-Policy"] = f"{limit.points};w={limit.seconds}"
    if response.status_code == 429:
        response.headers["Retry-After"] = str(max(ceil(usage.resets_at - at), 1))
    return response


def _compressible(request: Request, response: Response) -> bool:
    kind = response.headers.get("content-type", "")
    return (
        "gzip" in request.headers.get("accept-encoding", "")
        and kind.startswith(("application/json", "text/"))
        and "content-disposition" not in response.headers
    )
