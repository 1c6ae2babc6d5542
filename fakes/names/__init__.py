"""The name service: names claimed by Nostr users, resolved as NIP-05 identifiers and AT Protocol handles."""

from fastapi import FastAPI

from fakes.control import power_routes
from fakes.names.powers import KINDS
from fakes.names.registry import Registry
from fakes.names.routes import control_routes, resolution_routes, sync_routes
from fakes.powers import Powers
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    options = settings.expect("sync_token", "domain")
    powers = Powers(KINDS, withdrawn=lambda power: registry.catch_up(power.on))
    registry = Registry(powers)
    app = FastAPI(openapi_url=None)
    app.include_router(power_routes(powers, settings.token))
    app.include_router(sync_routes(registry, options["sync_token"]))
    app.include_router(resolution_routes(registry, options["domain"]))
    app.include_router(control_routes(registry, settings.token))

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
