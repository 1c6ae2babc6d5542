"""A video service: takes an account's video, transcodes it, and stores the result on the account's PDS.

`jobs` and `tokens` decide and are pure; `routes` answers, and carries jobs out. What is known of the real service: the
lexicons app.bsky.video.*, answers that its clients reported, and the contract's chapter on it; what is inferred says so.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from fakes.control import power_routes
from fakes.powers import Powers
from fakes.settings import Settings
from fakes.video.jobs import Jobs
from fakes.video.powers import KINDS
from fakes.video.routes import VideoService, routes
from fakes.video.routes.upstream import Upstream
from fakes.video.routes.work import Work


def build(settings: Settings) -> FastAPI:
    return create_app(settings, httpx.AsyncClient(trust_env=False))


def create_app(settings: Settings, client: httpx.AsyncClient) -> FastAPI:
    options = settings.expect("pds_url", "plc_url", "service_did", daily_videos="25", seconds="0.2")
    upstream = Upstream(client, options["pds_url"].rstrip("/"), options["plc_url"].rstrip("/"))
    jobs = Jobs(settings.entropy, int(options["daily_videos"]), float(options["seconds"]))
    work = Work(jobs, upstream, settings.clock)
    powers = Powers(KINDS)
    service = VideoService(jobs, work, upstream, powers, settings.clock, options["service_did"])

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await work.stop()
        await client.aclose()

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    app.include_router(routes(service))
    app.include_router(power_routes(powers, settings.token))
    return app
