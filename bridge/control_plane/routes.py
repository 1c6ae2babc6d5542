"""The HTTP side of the account lifecycle: parse, ask, render. Routes, statuses and bodies: the contract's gateway
chapter and, for `/provision`, the bridge's."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from psycopg.rows import class_row
from pydantic import BaseModel

from bridge.accounts import AccountLink
from bridge.context import Context
from bridge.control_plane.crosspost_status import Job, account_status, rfc3339, video_status
from bridge.control_plane.handles import checked_pubkey, normal_handle
from bridge.control_plane.lifecycle import Lifecycle
from bridge.control_plane.requests import Rejected, bearer, body
from bridge.control_plane.syncs import Syncs
from bridge.provisioning.provisioner import Provisioner
from bridge.provisioning.worker import ProvisioningWorker

_EVENTS_AT_ONCE = 100
_JOBS = (
    "SELECT publish_jobs.nostr_event_id, state, error, lease_expires_at, completed_at, updated_at,"
    " status AS mapping_status, at_uri, cid FROM publish_jobs LEFT JOIN record_mappings USING (nostr_event_id)"
    " WHERE nostr_pubkey = %s AND publish_jobs.nostr_event_id = ANY(%s)"
)


class OptIn(BaseModel):
    nostr_pubkey: str
    handle: str
    crosspost_enabled: bool = True


class Provision(BaseModel):
    nostr_pubkey: str
    handle: str


class CrosspostStatus(BaseModel):
    nostr_event_ids: list[str]


class ControlPlane:
    def __init__(
        self, context: Context, provisioner: Provisioner, worker: ProvisioningWorker, syncs: Syncs
    ) -> None:
        self._context = context
        self._provisioner = provisioner
        self._worker = worker
        self._syncs = syncs
        self._lifecycle = Lifecycle(context.pool)

    def routers(self) -> list[APIRouter]:
        config = self._context.config
        links = APIRouter(prefix="/api/account-links", dependencies=[Depends(bearer(config.lifecycle_token))])
        links.add_api_route("/opt-in", self.opt_in, methods=["POST"])
        links.add_api_route("/{pubkey}/status", self.status, methods=["GET"])
        links.add_api_route("/{pubkey}/export", self.status, methods=["GET"])
        links.add_api_route("/{pubkey}/enable", self.enable, methods=["POST"])
        links.add_api_route("/{pubkey}/disable", self.disable, methods=["POST"])
        links.add_api_route("/{pubkey}/crosspost-status", self.crosspost_status, methods=["POST"])
        operator = APIRouter(dependencies=[Depends(bearer(config.provisioning_token))])
        operator.add_api_route("/provision", self.provision, methods=["POST"])
        return [links, operator]

    async def opt_in(self, request: Request) -> Response:
        asked = await body(request, OptIn)
        handle = normal_handle(asked.handle, self._context.config.handle_domain)
        pubkey = checked_pubkey(asked.nostr_pubkey)
        link = await self._lifecycle.opt_in(pubkey, handle, crosspost=asked.crosspost_enabled)
        self._worker.wake()
        self._syncs.wake()
        return JSONResponse(record(link), 202)

    async def status(self, pubkey: str) -> Response:
        return JSONResponse(record(_known(await self._context.accounts.by_pubkey(pubkey))))

    async def enable(self, pubkey: str) -> Response:
        link = _known(await self._lifecycle.enable(pubkey))
        self._worker.wake()
        return await self._told(link)

    async def disable(self, pubkey: str) -> Response:
        return await self._told(_known(await self._lifecycle.disable(pubkey)))

    async def crosspost_status(self, request: Request, pubkey: str) -> Response:
        events = (await body(request, CrosspostStatus)).nostr_event_ids
        if len(events) > _EVENTS_AT_ONCE:
            raise Rejected(400, f"at most {_EVENTS_AT_ONCE} nostr_event_ids")
        link = await self._context.accounts.by_pubkey(pubkey)
        async with (
            self._context.pool.connection() as connection,
            connection.cursor(row_factory=class_row(Job)) as cursor,
        ):
            await cursor.execute(_JOBS, [pubkey, events])
            jobs = {job.nostr_event_id: job for job in await cursor.fetchall()}
        videos = [video_status(event, link, jobs.get(event)) for event in events]
        return JSONResponse({"account": account_status(link), "videos": videos})

    async def provision(self, request: Request) -> Response:
        asked = await body(request, Provision)
        handle = normal_handle(asked.handle, self._context.config.handle_domain)
        await self._lifecycle.claim(checked_pubkey(asked.nostr_pubkey), handle)
        link = await self._provisioner.provision(asked.nostr_pubkey)
        return JSONResponse({"did": link.did, "handle": link.handle, "signing_key_id": link.signing_key_id})

    async def _told(self, link: AccountLink) -> Response:
        """The change stands either way; 502 says which neighbours do not know yet and will be told again."""
        behind = await self._syncs.tell(link)
        if behind:
            return JSONResponse(record(link) | {"sync_pending": behind}, 502)
        return JSONResponse(record(link))


def record(link: AccountLink) -> dict[str, Any]:
    return {
        "nostr_pubkey": link.nostr_pubkey,
        "handle": link.handle,
        "did": link.did,
        "crosspost_enabled": link.crosspost_enabled,
        "provisioning_state": link.state,
        "provisioning_error": link.provisioning_error,
        "disabled_at": rfc3339(link.disabled_at) if link.disabled_at else None,
        "created_at": rfc3339(link.created_at),
        "updated_at": rfc3339(link.updated_at),
    }


def _known(link: AccountLink | None) -> AccountLink:
    if link is None:
        raise Rejected(404)
    return link
