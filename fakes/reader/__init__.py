"""A strict reader on the Bluesky side: follows a firehose, believes only what it can verify, shows it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from fakes.reader.blob_client import Blobs
from fakes.reader.follower import Follower
from fakes.reader.http_client import HttpClient
from fakes.reader.identity_client import Identities
from fakes.reader.routes import routes
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    options = {
        name: url.rstrip("/") for name, url in settings.expect("pds_url", "plc_url", "names_url").items()
    }
    http = HttpClient()
    identities = Identities(http.get, options["plc_url"], options["names_url"])
    blobs = Blobs(http.get, identities)
    follower = Follower(options["pds_url"], {}, identities, blobs, settings.clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(follower.run())
        yield
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await follower.close()
        await blobs.close()
        await http.close()

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    app.include_router(routes(follower, identities, blobs))
    return app
