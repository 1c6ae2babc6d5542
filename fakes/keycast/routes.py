"""Keycast on the network: the state sync route for the bridge, users by control route."""

from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException
from pydantic import BaseModel, StrictBool

from fakes.control import control_router
from fakes.keycast.powers import BROKEN, UNAUTHORIZED, UNKNOWN
from fakes.keycast.users import InvalidStateError, UnknownUserError, User, Users
from fakes.powers import Powers


class State(BaseModel):
    nostr_pubkey: str
    enabled: StrictBool
    state: str | None = None
    did: str | None = None
    error: str | None = None


class Registration(BaseModel):
    pubkey: str
    username: str


def _shown(user: User) -> dict[str, object]:
    return {
        "enabled": user.enabled,
        "state": user.state,
        "did": user.did,
        "error": user.error,
        "username": user.username,
    }


def sync_routes(users: Users, token: str, powers: Powers) -> APIRouter:
    def check(authorization: Annotated[str, Header()] = "") -> None:
        if not token:
            raise HTTPException(503, "the token of this route is not configured")
        is_known = compare_digest(authorization.encode(), f"Bearer {token}".encode())
        if not is_known or powers.meets(UNAUTHORIZED):
            raise HTTPException(401, "unauthorized")

    router = APIRouter(dependencies=[Depends(check)])

    @router.post("/api/internal/atproto/state")
    async def state(wanted: State) -> dict[str, object]:
        if powers.meets(BROKEN, wanted.nostr_pubkey):
            raise HTTPException(500, "internal server error")
        try:
            if powers.meets(UNKNOWN, wanted.nostr_pubkey):
                raise UnknownUserError
            user = users.sync(wanted.nostr_pubkey, wanted.enabled, wanted.state, wanted.did, wanted.error)
        except InvalidStateError as error:
            raise HTTPException(400, f"unknown state {error}") from None
        except UnknownUserError:
            raise HTTPException(404, "user not found") from None
        return _shown(user)

    return router


def control_routes(users: Users, token: str) -> APIRouter:
    router = control_router(token)

    @router.post("/users")
    async def register(wanted: Registration) -> dict[str, object]:
        return {"pubkey": wanted.pubkey, **_shown(users.register(wanted.pubkey, wanted.username))}

    @router.get("/users/{pubkey}")
    async def user(pubkey: str) -> dict[str, object]:
        try:
            found = users.get(pubkey)
        except UnknownUserError:
            raise HTTPException(404, "user not found") from None
        return {"pubkey": pubkey, **_shown(found), "sessions_revoked": found.sessions_revoked}

    return router
