"""The control routes of a fake: what the harness asks of it that no client of the real server could.

They live under `/_control/` and do not exist for whoever lacks the network's token: the answer is then the
same 404 as for any unknown route.
"""

from hmac import compare_digest
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException
from pydantic import BaseModel, Field, PositiveInt, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fakes.powers import EVERYTHING, Power, Powers, UnknownPowerError
from fakes.settings import Clock, Settings

CLOCK = "/_control/clock"
TOKEN = "x-localnet-token"


def control_router(token: str) -> APIRouter:
    """A router whose routes answer only to `X-Localnet-Token: <token>`; an empty token answers to nobody."""

    def check(x_localnet_token: Annotated[str, Header()] = "") -> None:
        if not opens(x_localnet_token, token):
            raise HTTPException(404)

    return APIRouter(prefix="/_control", dependencies=[Depends(check)], include_in_schema=False)


def opens(given: str, token: str) -> bool:
    return bool(token) and compare_digest(given.encode(), token.encode())


class Reading(BaseModel):
    """What `Clock.set` takes."""

    real: float
    shown: float
    rate: float


class Clocked:
    """A fake with the clock of its network: `PUT /_control/clock` moves it, `GET` says what it shows.

    Put around every fake where it is loaded, so that none can lack it. Whoever lacks the token asks the fake itself.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._clock, self._token = app, settings.clock, settings.token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == CLOCK:
            request = Request(scope, receive)
            if opens(request.headers.get(TOKEN, ""), self._token):
                answer = await _answered(request, self._clock)
                return await answer(scope, receive, send)
        return await self._app(scope, receive, send)


async def _answered(request: Request, clock: Clock) -> Response:
    if request.method == "PUT":
        try:
            reading = Reading.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 400)
        clock.set(reading.real, reading.shown, reading.rate)
    return JSONResponse({"shown": clock.now()})


class PowerWish(BaseModel):
    name: str
    on: str = EVERYTHING
    times: PositiveInt | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


def power_routes(powers: Powers, token: str) -> APIRouter:
    """Grant, list with what each has met, withdraw."""
    router = control_router(token)

    @router.post("/powers")
    async def grant(wish: PowerWish) -> dict[str, object]:
        try:
            return _shown(powers.grant(wish.name, wish.on, wish.times, wish.settings))
        except UnknownPowerError as error:
            raise HTTPException(400, str(error)) from None

    @router.get("/powers")
    async def listed() -> dict[str, object]:
        return {
            "powers": [_shown(power) for power in powers],
            "known": {name: kind.says for name, kind in powers.kinds.items()},
        }

    @router.delete("/powers/{identifier}")
    async def withdraw(identifier: str) -> dict[str, object]:
        power = powers.withdraw(identifier)
        if power is None:
            raise HTTPException(404, "no such power")
        return _shown(power)

    return router


def _shown(power: Power) -> dict[str, object]:
    return {"id": power.id, "name": power.name, "on": power.on, "times": power.times, "met": power.met}
