"""The edge of the fake: HTTP, WebSocket, the PLC directory. Decides nothing that the core can decide."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, FastAPI

from fakes.pds.routes import admin, forwarding, identity, repo, server, sessions, sync
from fakes.pds.routes.firehose import PATH, Firehose
from fakes.pds.routes.pages import Pages
from fakes.pds.routes.service import Service
from fakes.pds.routes.xrpc import Endpoint, Methods

METHODS = Methods(
    server.methods, sessions.methods, identity.methods, repo.methods, sync.methods, admin.methods
)

_VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def create_app(service: Service, client: httpx.AsyncClient, control: APIRouter | None = None) -> FastAPI:
    """`client` is what the service's directory calls with; it is closed with the app."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()

    pages = Pages(service)
    app = FastAPI(
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        exception_handlers={404: pages.not_found, 405: pages.not_found},
    )
    if control is not None:
        app.include_router(control)
    app.router.routes.extend(pages.routes)
    app.router.add_websocket_route(PATH, Firehose(service).serve)
    app.add_route("/xrpc/{nsid:path}", Endpoint(service, METHODS, forwarding.METHOD).answer, methods=_VERBS)
    app.add_route("/{path:path}", pages.preflight, methods=["OPTIONS"])
    return app
