"""The name service on the network: the bridge's sync route, resolution by Host, NIP-05, claims."""

from hmac import compare_digest
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from fakes.control import control_router
from fakes.names.powers import BROKEN, UNAUTHORIZED
from fakes.names.registry import InvalidError, Name, Registry, TakenError, UnknownNameError, label_of

ANYONE = {"Access-Control-Allow-Origin": "*"}
FOR_A_MINUTE = {"Cache-Control": "public, max-age=60", **ANYONE}


class Claim(BaseModel):
    name: str
    pubkey: str


def _refused(error: str, status: int) -> JSONResponse:
    return JSONResponse({"ok": False, "error": error}, status)


def _shown(name: Name) -> dict[str, object]:
    return {"name": name.name, "atproto_did": name.did, "atproto_state": name.state}


def sync_routes(registry: Registry, sync_token: str) -> APIRouter:
    router = APIRouter()

    def refusal(authorization: str) -> JSONResponse | None:
        if not sync_token:
            return _refused("ATProto sync token is not configured", 503)
        scheme, _, token = authorization.partition(" ")
        is_known = scheme == "Bearer" and compare_digest(token.encode(), sync_token.encode())
        if not is_known or registry.powers.meets(UNAUTHORIZED):
            return _refused("Unauthorized", 401)
        return None

    @router.post("/api/internal/username/set-atproto")
    async def set_atproto(request: Request) -> Response:
        refused = refusal(request.headers.get("authorization", ""))
        if refused is not None:
            return refused
        try:
            body: dict[str, Any] = await request.json()
            if registry.powers.meets(BROKEN, str(body.get("name"))):
                return _refused("Internal server error", 500)
            # An absent state is not the null that clears it.
            name = registry.publish(body.get("name"), body.get("atproto_did"), body.get("atproto_state", ""))
        except InvalidError as error:
            return _refused(str(error), 400)
        except UnknownNameError as error:
            return _refused(str(error), 404)
        except (ValueError, TypeError, AttributeError):
            return _refused("Internal server error", 500)
        return JSONResponse({"ok": True, **_shown(name)})

    return router


def resolution_routes(registry: Registry, domain: str) -> APIRouter:
    router = APIRouter()

    @router.get("/.well-known/atproto-did")
    async def atproto_did(request: Request) -> Response:
        label = label_of(request.headers.get("host", ""), domain)
        did = registry.did(label) if label else None
        if did is None:
            return PlainTextResponse("", 404)
        return PlainTextResponse(did, headers=ANYONE)

    @router.get("/.well-known/nostr.json")
    async def nostr_json(request: Request, name: str = "") -> Response:
        label = label_of(request.headers.get("host", ""), domain)
        if label is not None:
            owner = registry.owner(label)
            return JSONResponse({"names": {(name or label).lower(): owner} if owner else {}}, headers=ANYONE)
        if not name:
            return JSONResponse({"error": "Name is required."}, 400, headers=ANYONE)
        owner = registry.owner(name.strip())
        return JSONResponse({"names": {name.strip(): owner} if owner else {}}, headers=FOR_A_MINUTE)

    return router


def control_routes(registry: Registry, token: str) -> APIRouter:
    router = control_router(token)

    @router.post("/names")
    async def claim(wanted: Claim) -> dict[str, object]:
        try:
            name = registry.claim(wanted.name, wanted.pubkey)
        except InvalidError as error:
            raise HTTPException(400, str(error)) from None
        except TakenError as error:
            raise HTTPException(409, str(error)) from None
        return {**_shown(name), "pubkey": name.pubkey}

    return router
