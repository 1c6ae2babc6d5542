"""Keycast, as far as the bridge calls it: it keeps what state a user's AT Protocol account is in."""

from fastapi import FastAPI

from fakes.control import power_routes
from fakes.keycast.powers import KINDS
from fakes.keycast.routes import control_routes, sync_routes
from fakes.keycast.users import Users
from fakes.powers import Powers
from fakes.settings import Settings


def build(settings: Settings) -> FastAPI:
    options = settings.expect("token")
    users, powers = Users(), Powers(KINDS)
    app = FastAPI(openapi_url=None)
    app.include_router(power_routes(powers, settings.token))
    app.include_router(sync_routes(users, options["token"], powers))
    app.include_router(control_routes(users, settings.token))

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
