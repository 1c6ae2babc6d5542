"""The directory's HTTP and WebSocket surface: parse, ask, render.

Which status a refusal has is decided here and nowhere else.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request, Response, WebSocket
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp

from fakes.atproto import plc
from fakes.plc.directory import Directory
from fakes.plc.errors import DirectoryError, NotFoundError, OvertakenError, RefusedError, UndecodableError
from fakes.plc.operations import as_json
from fakes.plc.routes import express
from fakes.plc.routes.express import Express, UnreadableBodyError, json_answer, text_answer
from fakes.plc.routes.stream import Stream

MAX_EXPORT = 1000
GET = ["GET", "HEAD"]

STATUSES: dict[type[Exception], HTTPStatus] = {
    RefusedError: HTTPStatus.BAD_REQUEST,
    OvertakenError: HTTPStatus.CONFLICT,
    NotFoundError: HTTPStatus.NOT_FOUND,
    UndecodableError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def create_app(now: Callable[[], float]) -> ASGIApp:
    """An app with an empty directory of its own; `now` gives unix seconds."""
    directory = Directory()
    stream = Stream(directory, now)
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.add_exception_handler(DirectoryError, _render_refusal)
    app.add_exception_handler(UnreadableBodyError, _render_unreadable_body)
    app.include_router(_fixed_routes())
    app.include_router(_export_routes(directory, stream))
    app.include_router(_read_routes(directory))
    app.include_router(_write_routes(directory, stream, now))
    app.add_api_route("/{path:path}", express.no_route, methods=express.METHODS)
    return Express(app)


def _fixed_routes() -> APIRouter:
    router = APIRouter()

    @router.api_route("/", methods=GET)
    async def home() -> Response:
        return RedirectResponse("https://web.plc.directory", HTTPStatus.FOUND)

    @router.api_route("/_health", methods=GET)
    async def health() -> Response:
        return json_answer({"version": "0.0.0"})

    @router.post("/admin/removeInvalidOps")
    async def remove_invalid_operations() -> Response:
        return _message(HTTPStatus.UNAUTHORIZED, "invalid admin secret")

    return router


def _export_routes(directory: Directory, stream: Stream) -> APIRouter:
    router = APIRouter()

    @router.api_route("/export", methods=GET)
    async def export(request: Request) -> Response:
        count = _count(_parameter(request.query_params.getlist("count")))
        after = _parameter(request.query_params.getlist("after"))
        if after is not None and re.fullmatch("[0-9]+", after):
            lines = directory.export_sequence(count, int(after))
        else:
            lines = directory.export(count, None if after is None else _moment(after))
        return Response("\n".join(map(as_json, lines)), media_type="application/jsonlines")

    @router.api_route("/export/stream", methods=GET)
    async def upgrade_required() -> Response:
        return _message(HTTPStatus.UPGRADE_REQUIRED, "upgrade required")

    @router.websocket("/export/stream")
    async def follow(socket: WebSocket) -> None:
        text = _parameter(socket.query_params.getlist("cursor"))
        cursor = None if text is None else _leading_integer(text)
        if text is not None and (cursor is None or cursor < 0):
            refusal = _message(HTTPStatus.BAD_REQUEST, "Invalid cursor parameter")
            return await socket.send_denial_response(refusal)
        return await stream.serve(socket, cursor)

    return router


def _read_routes(directory: Directory) -> APIRouter:
    router = APIRouter()

    @router.api_route("/{did}", methods=GET)
    async def document(did: str, request: Request) -> Response:
        value = plc.document(did, directory.state(did))
        return json_answer(value, request, media_type="application/did+ld+json")

    @router.api_route("/{did}/data", methods=GET)
    async def data(did: str, request: Request) -> Response:
        return json_answer(directory.state(did), request)

    @router.api_route("/{did}/log", methods=GET)
    async def log(did: str, request: Request) -> Response:
        return json_answer(directory.log(did), request)

    @router.api_route("/{did}/log/audit", methods=GET)
    async def audit_log(did: str, request: Request) -> Response:
        return json_answer(directory.audit_log(did), request)

    @router.api_route("/{did}/log/last", methods=GET)
    async def last(did: str, request: Request) -> Response:
        return json_answer(directory.last(did), request)

    return router


def _write_routes(directory: Directory, stream: Stream, now: Callable[[], float]) -> APIRouter:
    router = APIRouter()

    @router.post("/{did}")
    async def submit(did: str, request: Request) -> Response:
        operation = await express.read_json(request)
        directory.submit(did, operation, now())
        stream.grown()
        return text_answer("OK")

    return router


def _count(text: str | None) -> int:
    count = MAX_EXPORT if text is None else _leading_integer(text)
    if count is None or count < 1:
        raise RefusedError("Invalid count parameter")
    return min(count, MAX_EXPORT)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError("Invalid after parameter") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parameter(values: list[str]) -> str | None:
    """A query parameter counts if it is given once and not empty."""
    return values[0] if len(values) == 1 and values[0] else None


def _leading_integer(text: str) -> int | None:
    """What JavaScript's parseInt makes of it."""
    found = re.match(r"\s*([+-]?[0-9]+)", text)
    return int(found[1]) if found else None


def _message(status: HTTPStatus, message: str) -> Response:
    return json_answer({"message": message}, status=status)


async def _render_refusal(_request: Request, refusal: Exception) -> Response:
    return _message(STATUSES[type(refusal)], str(refusal))


async def _render_unreadable_body(_request: Request, error: Exception) -> Response:
    return express.page(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
