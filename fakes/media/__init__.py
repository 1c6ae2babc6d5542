"""The media server: a Blossom server for the files that video events point at."""

from fastapi import FastAPI

from fakes.control import power_routes
from fakes.media.blobs import Blobs
from fakes.media.powers import KINDS
from fakes.media.routes import routes
from fakes.powers import Powers
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    options = settings.expect("public_url")
    app = FastAPI(openapi_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    powers = Powers(KINDS)
    app.include_router(power_routes(powers, settings.token))
    app.include_router(routes(Blobs(), settings.clock, options["public_url"], powers))
    return app
