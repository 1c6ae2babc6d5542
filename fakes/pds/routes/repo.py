"""Methods com.atproto.repo.*: writing and reading records, uploading blobs."""

from itertools import islice
from typing import Any

from fakes.atproto import did as did_document
from fakes.atproto.cid import Cid
from fakes.atproto.records import to_json
from fakes.pds import publishing
from fakes.pds.errors import BrokenError, InvalidRequestError
from fakes.pds.importing import import_repository
from fakes.pds.repository import Change
from fakes.pds.routes import authorization as by
from fakes.pds.routes import views
from fakes.pds.routes.body import media_type, read_bytes
from fakes.pds.routes.xrpc import Call, Methods
from fakes.pds.sequencer import timestamp
from fakes.pds.tokens import FULL

methods = Methods()

LARGE_BODY = 1_000_000
LONGEST_PAGE = 100


@methods.add("com.atproto.repo.createRecord", by.access(writing=True), LARGE_BODY)
async def create_record(call: Call) -> dict[str, Any]:
    return _reply(call, publishing.create(call.service.pds, call.input, call.by.did, call.at))


@methods.add("com.atproto.repo.putRecord", by.access(writing=True), LARGE_BODY)
async def put_record(call: Call) -> dict[str, Any]:
    return _reply(call, publishing.put(call.service.pds, call.input, call.by.did, call.at))


@methods.add("com.atproto.repo.deleteRecord", by.access(writing=True))
async def delete_record(call: Call) -> dict[str, Any] | None:
    written = publishing.delete(call.service.pds, call.input, call.by.did, call.at)
    return None if call.service.pds.dialect.bare_deletions else _commit(call, written.change)


@methods.add("com.atproto.repo.applyWrites", by.access(writing=True), LARGE_BODY)
async def apply_writes(call: Call) -> dict[str, Any] | None:
    writes, change = publishing.apply_writes(call.service.pds, call.input, call.by.did, call.at)
    dialect = call.service.pds.dialect
    if dialect.bare_deletions:
        return None
    results = [
        {"$type": f"com.atproto.repo.applyWrites#{write.action}Result"}
        | ({} if write.cid is None else views.write_result(write, call.by.did, dialect))
        for write in writes
    ]
    return {**_commit(call, change), "results": results}


@methods.add("com.atproto.repo.getRecord")
async def get_record(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    account = pds.visible(call.params["repo"])
    if account is None:
        raise InvalidRequestError("Could not locate record", case="record missing")
    holding = pds.holdings[account.did]
    path = f"{call.params['collection']}/{call.params['rkey']}"
    found = holding.repository.get(path)
    wanted = call.params.get("cid")
    uri = f"at://{account.did}/{path}"
    if found is None or path in holding.taken_down_records or wanted not in (None, str(found[0])):
        raise InvalidRequestError(f"Could not locate record: {uri}", "RecordNotFound", case="record missing")
    return {"uri": uri, "cid": str(found[0]), "value": to_json(found[1])}


@methods.add("com.atproto.repo.listRecords")
async def list_records(call: Call) -> dict[str, Any]:
    pds, params = call.service.pds, call.params
    account = pds.visible(params["repo"])
    if account is None:
        raise InvalidRequestError(f"Could not find repo: {params['repo']}")
    if params["limit"] > LONGEST_PAGE:
        raise InvalidRequestError(f"No more than {LONGEST_PAGE} records at once")
    holding = pds.holdings[account.did]
    newest_first = not params.get("reverse", False)
    found = holding.repository.records(params["collection"], params.get("cursor"), reverse=newest_first)
    shown = ((path, cid) for path, cid in found if path not in holding.taken_down_records)
    records = [
        {
            "uri": f"at://{account.did}/{path}",
            "cid": str(cid),
            "value": _listed(call, account.did, path, cid),
        }
        for path, cid in islice(shown, params["limit"])
    ]
    cursor = {"cursor": records[-1]["uri"].rpartition("/")[2]} if records else {}
    return {**views.absent(pds, "cursor"), "records": records, **cursor}


@methods.add("com.atproto.repo.describeRepo")
async def describe_repo(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    account = pds.readable(call.params["repo"])
    try:
        document = await call.service.directory.resolve(account.did)
    except BrokenError as error:
        raise InvalidRequestError(f"Could not resolve DID: {error.reason}") from None
    if document is None:
        raise InvalidRequestError(f"Could not resolve DID: {account.did}")
    return {
        "handle": account.handle,
        "did": account.did,
        "didDoc": document,
        "collections": pds.holdings[account.did].repository.collections,
        "handleIsCorrect": did_document.handle(document) == account.handle,
    }


@methods.add("com.atproto.repo.uploadBlob", by.uploader())
async def upload_blob(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    account = pds.writable(call.by.did, deactivated=True)
    kind = media_type(call.request, whole=pds.dialect.literal_uploads)
    data = await _blob_bytes(call, pds.configuration.blob_limit)
    uploaded = pds.holdings[account.did].blobs.upload(data, kind, pds.dialect.kinds)
    return {
        "blob": {
            "$type": "blob",
            "ref": {"$link": str(uploaded.cid)},
            "mimeType": uploaded.kind,
            "size": uploaded.size,
        }
    }


@methods.add("com.atproto.repo.importRepo", by.access(FULL, standing=True))
async def import_repo(call: Call) -> None:
    archive = await read_bytes(call.request, None)
    import_repository(call.service.pds.holdings[call.by.did], archive, call.at)


@methods.add("com.atproto.repo.listMissingBlobs", by.access())
async def list_missing_blobs(call: Call) -> dict[str, Any]:
    account = call.service.pds.session_account(call.by.did)
    missing = call.service.pds.holdings[account.did].blobs.missing()
    return {"blobs": [{"cid": cid, "recordUri": f"at://{account.did}/{path}"} for cid, path in missing]}


async def _blob_bytes(call: Call, limit: int) -> bytes:
    dialect = call.service.pds.dialect
    if dialect.truncates_blobs:
        return (await read_bytes(call.request, None, literally=dialect.literal_uploads))[:limit]
    return await read_bytes(call.request, limit)


def _listed(call: Call, did: str, path: str, cid: Cid) -> Any:
    repository = call.service.pds.holdings[did].repository
    if not call.service.pds.dialect.rows_as_values:
        return to_json(repository.value(cid))
    collection, _, rkey = path.partition("/")
    return {
        "uri": f"at://{did}/{path}",
        "cid": str(cid),
        "did": did,
        "collection": collection,
        "rkey": rkey,
        "repoRev": repository.commit.rev,
        "indexedAt": timestamp(call.at),
        "takedownRef": None,
    }


def _reply(call: Call, written: publishing.Written) -> dict[str, Any]:
    result = views.write_result(written.write, written.account.did, call.service.pds.dialect)
    return {**result, **_commit(call, written.change)}


def _commit(call: Call, change: Change | None) -> dict[str, Any]:
    if change is None or not call.service.pds.dialect.lexical:
        return {}
    return {"commit": {"cid": str(change.commit.cid), "rev": change.commit.rev}}
