"""The bridge put together: what its parts share, the parts themselves under supervision, and its HTTP routes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from httpx_aiohttp import AiohttpTransport

from bridge import ingest
from bridge.accounts import Accounts
from bridge.clients.keycast import Keycast
from bridge.clients.names import NameServer
from bridge.clients.pds import PdsClient
from bridge.clients.plc import PlcDirectory
from bridge.config import Config
from bridge.context import Context
from bridge.control_plane.requests import status_of
from bridge.control_plane.routes import ControlPlane
from bridge.control_plane.syncs import Syncs
from bridge.database import migrate, open_pool
from bridge.errors import BridgeError, chain, redact
from bridge.health import Health
from bridge.metrics import Metrics
from bridge.provisioning.keys import KeyStore
from bridge.provisioning.provisioner import Provisioner
from bridge.provisioning.steps import Tools
from bridge.provisioning.worker import ProvisioningWorker
from bridge.publishing.worker import run as publish
from bridge.sessions import Sessions
from bridge.supervision import supervise
from bridge.vault import Vault

log = logging.getLogger(__name__)

_DATABASE_PATIENCE = 2.0


@dataclass(frozen=True)
class Bridge:
    context: Context
    control_plane: ControlPlane
    provisioner: Provisioner
    parts: dict[str, Callable[[], Awaitable[None]]]


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[tuple[FastAPI, Context]]:
    """The bridge at work, its database up to date; on leaving, what is under way is finished or released."""
    async with AsyncExitStack() as stack:
        bridge = await _assemble(config, stack)
        context = bridge.context
        for part in bridge.parts:
            context.health.announce(part)
        tasks = [
            asyncio.create_task(supervise(context, part, run), name=part)
            for part, run in bridge.parts.items()
        ]
        try:
            yield create_app(bridge), context
        finally:
            context.stopping.set()
            await _wind_up(tasks, config.stop_seconds)


def create_app(bridge: Bridge) -> FastAPI:
    app = FastAPI(title="Nostr to AT Protocol bridge", openapi_url=None)
    for router in bridge.control_plane.routers():
        app.include_router(router)
    app.add_exception_handler(Exception, _unexpected)
    app.add_exception_handler(BridgeError, _refuse)
    _add_operator_routes(app, bridge.context)
    return app


async def _assemble(config: Config, stack: AsyncExitStack) -> Bridge:
    pool = await open_pool(config.database_url, size=config.database_pool)
    stack.push_async_callback(pool.close)
    applied = await migrate(config.database_url)
    log.info("database is up to date", extra={"applied": applied})
    if not config.video_service_enabled:
        log.warning(
            "VIDEO_SERVICE_ENABLED is not true: films are uploaded as they are, and may not play everywhere"
        )
    http = await stack.enter_async_context(
        httpx.AsyncClient(
            transport=AiohttpTransport(),
            mounts=config.proxies.mounts(),
            timeout=httpx.Timeout(config.http_seconds, connect=5.0),
        )
    )
    metrics = Metrics()
    vault = Vault(config.encryption_key)
    pds = PdsClient(http, config.pds_url, config.pds_admin_password, config.pds_dialect)
    sessions = Sessions(pool, pds, vault, lambda how: metrics.sessions.labels(how).inc())
    context = Context(config, pool, http, pds, sessions, Accounts(pool), Health(), metrics)
    bridge = _parts(context, KeyStore(vault))
    stack.push_async_callback(bridge.provisioner.stop)
    return bridge


def _parts(context: Context, keys: KeyStore) -> Bridge:
    config, http = context.config, context.http
    syncs = Syncs(
        context,
        Keycast(http, config.keycast_sync_url, config.lifecycle_token),
        NameServer(
            http,
            config.name_server_sync_url,
            config.name_server_sync_token,
            config.pds_public_host,
            config.entryway_host,
        ),
    )
    tools = Tools(config, context.pds, PlcDirectory(http, config.plc_url), context.sessions, keys)
    provisioner = Provisioner(tools, context.metrics, changed=lambda _: syncs.wake())
    worker = ProvisioningWorker(context, provisioner)
    return Bridge(
        context,
        ControlPlane(context, provisioner, worker, syncs),
        provisioner,
        {
            "provisioning": worker.run,
            "syncs": syncs.run,
            "ingest": lambda: ingest.run(context),
            "publishing": lambda: publish(context),
        },
    )


async def _wind_up(tasks: list[asyncio.Task[None]], grace: float) -> None:
    _, late = await asyncio.wait(tasks, timeout=grace)
    for task in late:
        log.warning("%s did not finish in time", task.get_name())
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _add_operator_routes(app: FastAPI, context: Context) -> None:
    @app.get("/health")
    async def health() -> Response:
        """Answered by the event loop, so it answers only while that turns."""
        return Response()

    @app.get("/health/ready")
    async def ready() -> Response:
        parts = {"database": await _database_problem(context), **context.health.report()}
        is_ready = not any(parts.values())
        return JSONResponse({"ready": is_ready, "parts": parts}, 200 if is_ready else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        text = await context.metrics.render(context.pool)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _database_problem(context: Context) -> str | None:
    try:
        async with (
            asyncio.timeout(_DATABASE_PATIENCE),
            context.pool.connection(timeout=_DATABASE_PATIENCE) as connection,
        ):
            await connection.execute("SELECT 1")
    except Exception as error:
        return chain(error)
    return None


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, BridgeError)
    status = status_of(error)
    text = chain(error) if status == 500 else redact(str(error))
    if status == 500:
        log.warning("%s %s failed", request.method, request.url.path, exc_info=error)
    return Response(text or None, status, media_type="text/plain")


async def _unexpected(request: Request, error: Exception) -> Response:
    """Logged by the server; the caller learns no more than that it was not their doing."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return Response(None, 500)
