"""A Nostr relay: NIP-01 over WebSocket and a REST view of the videos, over one store."""

from fastapi import FastAPI

from fakes.control import power_routes
from fakes.powers import Power, Powers
from fakes.relay.archive import Archive
from fakes.relay.history import history
from fakes.relay.powers import KINDS, STRAY
from fakes.relay.routes import Relay, control_routes, routes
from fakes.relay.session import Limits
from fakes.relay.store import Store
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    options = settings.expect(history="none")
    store = Store()
    for event in history(options["history"]):
        store.add(event)

    def granted(power: Power) -> None:
        if power.name == STRAY:
            relay.broadcast_stray(power)

    powers = Powers(KINDS, granted)
    relay = Relay(Archive(powers, store), Limits(), settings.clock, settings.entropy)
    app = FastAPI(openapi_url=None)
    app.include_router(routes(relay))
    app.include_router(control_routes(relay, settings.token))
    app.include_router(power_routes(powers, settings.token))
    return app
