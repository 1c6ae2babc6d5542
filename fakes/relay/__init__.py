"""A Nostr relay: NIP-01 over WebSocket and a REST view of the videos, over one store."""

from fastapi import FastAPI

from fakes.relay.routes import Relay, routes
from fakes.relay.session import Limits
from fakes.relay.store import Store
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    settings.expect()
    app = FastAPI(openapi_url=None)
    app.include_router(routes(Relay(Store(), Limits(), settings.clock)))
    return app
