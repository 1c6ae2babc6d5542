"""The reader on the network: feeds as JSON and as pages, the verified bytes of blobs, health."""

import orjson
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from fakes.atproto.syntax import is_did
from fakes.ranges import part
from fakes.reader.blob_client import Blobs
from fakes.reader.follower import Follower
from fakes.reader.identity_client import Identities
from fakes.reader.page import people_page, person_page
from fakes.reader.person import Person

People = dict[str, Person]


def health_routes(follower: Follower) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> JSONResponse:
        status = {"connected": follower.connected, "cursor": follower.cursor, "refused": follower.refused}
        return JSONResponse(status, 200 if follower.connected else 503)

    return router


def feed_routes(people: People, identities: Identities, blobs: Blobs) -> APIRouter:
    router = APIRouter()

    async def feed_of(did: str) -> tuple[Person, dict[str, object]]:
        if not is_did(did):
            raise HTTPException(400, "not a DID")
        person = people.get(did) or Person(did)
        blobs.check_again(person)
        return person, person.feed(await identities.identity(did))

    @router.get("/people/{did}/feed")
    async def feed(did: str) -> Response:
        _, found = await feed_of(did)
        return Response(orjson.dumps(found), media_type="application/json")

    @router.get("/people/{did}")
    async def page(did: str) -> HTMLResponse:
        person, found = await feed_of(did)
        return HTMLResponse(person_page(person, found, orjson.dumps(found)))

    @router.get("/")
    async def everybody(request: Request) -> Response:
        feeds = [(await feed_of(did))[1] for did in list(people)]
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(people_page(feeds))
        return JSONResponse([{name: found[name] for name in ("did", "handle", "active")} for found in feeds])

    return router


def blob_routes(people: People, blobs: Blobs) -> APIRouter:
    router = APIRouter()

    @router.get("/blobs/{did}/{cid}")
    async def blob(did: str, cid: str, request: Request) -> Response:
        person = people.get(did) or Person(did)
        named = (blob for entry in person.entries.values() for blob in entry.blobs)
        wanted = next((blob for blob in named if blob.cid == cid), None)
        data = await blobs.verified(person, wanted) if wanted else None
        if wanted is None or data is None:
            raise HTTPException(404, "no record here names such a blob, or its bytes are not verified")
        answer = part(data, request.headers.get("range"))
        return Response(answer.body, answer.status, answer.headers, media_type=wanted.mime)

    return router
