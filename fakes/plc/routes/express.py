"""What the directory's web framework does around its routes, where a client can tell.

Request bodies are read as Express reads them (only `application/json` is looked at, 100 kB at most),
answers carry its headers, and what no route answers gets its HTML page. Knows nothing of PLC.
"""

import base64
import hashlib
import json
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 100 * 1024
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>{}</pre>
</body>
</html>
"""


class UnreadableBodyError(Exception):
    """The body parser failed; its error reaches the client as a page, before any route is asked."""


class Express:
    """Wraps an app: trailing slashes do not matter, every answer allows every origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"].endswith("/") and scope["path"] != "/":
            scope["path"] = scope["path"][:-1]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-powered-by"] = "Express"
                headers["access-control-allow-origin"] = "*"
            await send(message)

        if scope["method"] == "OPTIONS":
            return await _preflight(Headers(scope=scope))(scope, receive, send_with_headers)
        return await self._app(scope, receive, send_with_headers)


async def read_json(request: Request) -> Any:
    """The body; `{}` where there is none or it is of another type."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != "application/json":
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise UnreadableBodyError("PayloadTooLargeError: request entity too large")
    if not body:
        return {}
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise UnreadableBodyError("UnsupportedMediaTypeError: unsupported charset")
    return _parse(body.decode("utf-8-sig", "replace"))


def json_answer(
    value: Any, request: Request | None = None, media_type: str = "application/json", status: int = 200
) -> Response:
    """JSON as Express sends it; 304 in its place if the request says that it is known."""
    response = _answer(_stringify(value), media_type, status)
    known = request.headers.get("if-none-match") if request else None
    if known is not None and known in ("*", response.headers["etag"]):
        return Response(None, HTTPStatus.NOT_MODIFIED, {"etag": response.headers["etag"]})
    return response


def text_answer(text: str) -> Response:
    return _answer(text.encode(), "text/plain", HTTPStatus.OK)


def page(status: int, text: str) -> Response:
    headers = {"content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff"}
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return Response(_PAGE.format(escaped), status, headers, "text/html; charset=utf-8")


async def no_route(request: Request) -> Response:
    return page(HTTPStatus.NOT_FOUND, f"Cannot {request.method} {request.url.path}")


def _answer(body: bytes, media_type: str, status: int) -> Response:
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()[:27]
    headers = {"content-type": f"{media_type}; charset=utf-8", "etag": f'W/"{len(body):x}-{digest}"'}
    return Response(body, status, headers)


def _stringify(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _parse(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        raise UnreadableBodyError("SyntaxError: Unexpected token in JSON")
    try:
        return json.loads(text, parse_int=_number, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableBodyError(f"SyntaxError: {error}") from None


def _number(digits: str) -> int | float:
    """A JavaScript number: whole ones are exact up to 2^53 only."""
    number = int(digits)
    return number if abs(number) < 2**53 else float(number)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"Unexpected token {name}")


def _preflight(headers: Headers) -> Response:
    allow = {"access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE", "content-length": "0"}
    asked = headers.get("access-control-request-headers")
    if asked is not None:
        allow["access-control-allow-headers"] = asked
    return Response(None, HTTPStatus.NO_CONTENT, {**allow, "vary": "Access-Control-Request-Headers"})
