"""The media server: a Blossom server for the files that video events point at."""

from fastapi import FastAPI

from fakes.media.blobs import Blobs
from fakes.media.routes import routes
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    options = settings.expect("public_url")
    app = FastAPI(openapi_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    app.include_router(routes(Blobs(), settings.clock, options["public_url"]))
    return app
