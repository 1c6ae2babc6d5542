"""The edge of the fake: HTTP, WebSocket, the PLC directory. Decides nothing that the core can decide."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fakes.pds.routes import admin, identity, repo, server, sessions, sync
from fakes.pds.routes.firehose import PATH, Firehose
from fakes.pds.routes.pages import Pages, not_found
from fakes.pds.routes.service import Service
from fakes.pds.routes.xrpc import Endpoint, Methods

METHODS = Methods(
    server.methods, sessions.methods, identity.methods, repo.methods, sync.methods, admin.methods
)

_VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def create_app(service: Service, client: httpx.AsyncClient, control: APIRouter | None = None) -> FastAPI:
    """`client` is what the service's directory calls with; it is closed with the app."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()

    app = FastAPI(
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        exception_handlers={404: not_found, 405: not_found},
    )
    if control is not None:
        app.include_router(control)
    app.router.routes.extend(Pages(service).routes)
    app.router.add_websocket_route(PATH, Firehose(service).serve)
    app.add_route("/xrpc/{nsid:path}", Endpoint(service, METHODS).answer, methods=_VERBS)
    app.add_route("/{path:path}", _preflight, methods=["OPTIONS"])
    return app


async def _preflight(_request: Request) -> Response:
    return Response(status_code=204, headers=_PREFLIGHT)
