"""A Nostr relay: NIP-01 over WebSocket and a REST view of the videos, over one store."""

from fastapi import FastAPI

from fakes.relay.history import history
from fakes.relay.routes import Relay, routes
from fakes.relay.session import Limits
from fakes.relay.store import Store
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    options = settings.expect(history="none")
    store = Store()
    for event in history(options["history"]):
        store.add(event)
    app = FastAPI(openapi_url=None)
    app.include_router(routes(Relay(store, Limits(), settings.clock)))
    return app
