"""Methods com.atproto.sync.*: repositories and blobs as others fetch them. The firehose is `firehose.py`."""

import re
from typing import Any

from starlette.responses import Response

from fakes.atproto import car
from fakes.atproto.cid import Cid
from fakes.pds.accounts import Account
from fakes.pds.errors import InvalidRequestError
from fakes.pds.repository import Repository
from fakes.pds.routes import authorization as by
from fakes.pds.routes import views
from fakes.pds.routes.xrpc import Call, Methods
from fakes.pds.tokens import STANDARD, TAKENDOWN

methods = Methods()

CAR = "application/vnd.ipld.car"
_READER = by.owner_or_admin_if_any((*STANDARD, TAKENDOWN))
_CURSOR = re.compile(r"(\d+)::(.+)")


@methods.add("com.atproto.sync.getRepo", _READER)
async def get_repo(call: Call) -> Response:
    repository = _repository(call)
    return _car([repository.commit.cid], repository.blocks(call.params.get("since")))


@methods.add("com.atproto.sync.getCheckout", _READER)
async def get_checkout(call: Call) -> Response:
    repository = _repository(call)
    return _car([repository.commit.cid], repository.blocks())


@methods.add("com.atproto.sync.getRecord", by.owner_or_admin_if_any())
async def get_record(call: Call) -> Response:
    repository = _repository(call)
    proof = repository.proof(f"{call.params['collection']}/{call.params['rkey']}")
    return _car([repository.commit.cid], proof.items())


@methods.add("com.atproto.sync.getBlocks", _READER)
async def get_blocks(call: Call) -> Response:
    repository = _repository(call)
    cids = [_cid(text) for text in call.params["cids"]]
    blocks = {cid: repository.block(cid) for cid in cids}
    missing = [str(cid) for cid, block in blocks.items() if block is None]
    if missing:
        raise InvalidRequestError(f"Could not find cids: {','.join(missing)}")
    return _car([], [(cid, block) for cid, block in blocks.items() if block is not None])


@methods.add("com.atproto.sync.getLatestCommit", _READER)
async def get_latest_commit(call: Call) -> dict[str, Any]:
    commit = _repository(call).commit
    return {"cid": str(commit.cid), "rev": commit.rev}


@methods.add("com.atproto.sync.getHead", _READER)
async def get_head(call: Call) -> dict[str, Any]:
    return {"root": str(_repository(call).commit.cid)}


@methods.add("com.atproto.sync.getRepoStatus")
async def get_repo_status(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    account = pds.readable(call.params["did"], owner=True)
    rev = {"rev": pds.holdings[account.did].repository.commit.rev} if account.active else {}
    fields = views.status_fields(account)
    if account.status is not None:
        fields["status"] = pds.dialect.standings.get(account.status, account.status)
    return {"did": account.did, **fields, **rev}


@methods.add("com.atproto.sync.listRepos")
async def list_repos(call: Call) -> dict[str, Any]:
    """Oldest account first; the cursor is the last one's creation in milliseconds and its DID."""
    after = _parse_cursor(call.params.get("cursor"))
    accounts = sorted(call.service.pds.accounts, key=_position)
    page = [account for account in accounts if _position(account) > after][: call.params["limit"]]
    cursor = {"cursor": "{}::{}".format(*_position(page[-1]))} if page else {}
    return {**cursor, "repos": [_listed(call, account) for account in page]}


@methods.add("com.atproto.sync.getBlob", _READER)
async def get_blob(call: Call) -> Response:
    account = call.service.pds.readable(call.params["did"], call.owns(call.params["did"]))
    blobs, cid = call.service.pds.holdings[account.did].blobs, _cid(call.params["cid"])
    blob = blobs.get(cid)
    if blob is None:
        case = "blob missing" if blobs.size_of(cid) is None else "blob not served"
        raise InvalidRequestError("Blob not found", case=case)
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="{blob.cid}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(blob.data, headers=headers, media_type=blob.kind)


@methods.add("com.atproto.sync.listBlobs", _READER)
async def list_blobs(call: Call) -> dict[str, Any]:
    params = call.params
    account = call.service.pds.readable(params["did"], call.owns(params["did"]))
    blobs = call.service.pds.holdings[account.did].blobs
    cids = blobs.listed(params.get("since"), params.get("cursor"), params["limit"])
    return {**({"cursor": cids[-1]} if cids else {}), "cids": cids}


def _cid(text: str) -> Cid:
    try:
        return Cid.parse(text)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None


def _repository(call: Call) -> Repository:
    did = call.params["did"]
    if not did.startswith("did:"):
        raise InvalidRequestError(f"Could not find repo for DID: {did}", "RepoNotFound")
    account = call.service.pds.readable(did, call.owns(did))
    return call.service.pds.holdings[account.did].repository


def _car(roots: list[Cid], blocks: Any) -> Response:
    return Response(car.write(roots, blocks), media_type=CAR)


def _listed(call: Call, account: Account) -> dict[str, Any]:
    commit = call.service.pds.holdings[account.did].repository.commit
    return {
        "did": account.did,
        "head": str(commit.cid),
        "rev": commit.rev,
        **views.status_fields(account),
    }


def _position(account: Account) -> tuple[int, str]:
    return int(account.created_at * 1000), account.did


def _parse_cursor(cursor: str | None) -> tuple[int, str]:
    if cursor is None:
        return -1, ""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise InvalidRequestError("Malformed cursor")
    return int(found[1]), found[2]
