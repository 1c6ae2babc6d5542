"""Methods com.atproto.identity.*: handles, and what the account's DID document should say."""

from typing import Any

from fakes.atproto.plc import cid_of, sign_operation
from fakes.pds import handles, standing
from fakes.pds.errors import InvalidRequestError
from fakes.pds.routes import authorization as by
from fakes.pds.routes.service import Service
from fakes.pds.routes.xrpc import Call, Methods
from fakes.pds.tokens import FULL, TAKENDOWN

methods = Methods()

_FIELDS = ("rotationKeys", "verificationMethods", "alsoKnownAs", "services")


@methods.add("com.atproto.identity.resolveHandle")
async def resolve_handle(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    handle = call.params["handle"]
    if pds.dialect.handle_folding:
        handle = handles.normalize(handle)
    account = pds.visible(handle)
    if account is not None:
        return {"did": account.did}
    domains = pds.configuration.handle_domains
    own = handles.service_domain(handle, domains) or f".{handle}" in domains
    raise InvalidRequestError("Unable to resolve handle", "HandleNotFound" if own else None)


@methods.add("com.atproto.identity.getRecommendedDidCredentials", by.access())
async def get_recommended_did_credentials(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    return standing.credentials(pds, pds.session_account(call.by.did))


@methods.add("com.atproto.identity.updateHandle", by.access())
async def update_handle(call: Call) -> None:
    await change_handle(call, call.by.did, call.input["handle"])


async def change_handle(call: Call, did: str, handle: str, *, allow_reserved: bool = False) -> None:
    """At the directory first, then here; what was written there stays if it fails here."""
    pds = call.service.pds
    folded = standing.new_handle(pds, did, handle, allow_reserved=allow_reserved)
    holder = pds.accounts.get(folded)
    if holder is None or pds.dialect.same_handle_is_sent:
        await _tell_directory(call.service, did, folded)
    standing.rename(pds, did, folded, call.at)


async def _tell_directory(service: Service, did: str, folded: str) -> None:
    latest = await service.directory.last_operation(did)
    names = [f"at://{folded}", *(name for name in latest["alsoKnownAs"] if not name.startswith("at://"))]
    await service.directory.send(did, _update(service, latest, {"alsoKnownAs": names}))


@methods.add("com.atproto.identity.requestPlcOperationSignature", by.access(FULL))
async def request_plc_operation_signature(call: Call) -> None:
    call.service.pds.session_account(call.by.did)


@methods.add("com.atproto.identity.signPlcOperation", by.access((*FULL, TAKENDOWN)))
async def sign_plc_operation(call: Call) -> None:
    """The token that this wants is e-mailed, and this server sends no mail."""
    if not call.input.get("token"):
        raise InvalidRequestError("email confirmation token required to sign PLC operations")
    raise InvalidRequestError("Token is invalid", "InvalidToken")


@methods.add("com.atproto.identity.submitPlcOperation", by.access())
async def submit_plc_operation(call: Call) -> None:
    pds, operation = call.service.pds, call.input["operation"]
    _check_operation(call, operation)
    await call.service.directory.send(call.by.did, operation)
    pds.sequencer.identity(call.by.did, None, call.at)
    await call.service.directory.resolve_if_possible(call.by.did)


def _update(service: Service, latest: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    if latest.get("type") != "plc_operation":
        raise InvalidRequestError("Did is tombstoned")
    kept = {name: latest[name] for name in _FIELDS}
    operation = {"type": "plc_operation", **kept, **changes, "prev": str(cid_of(latest))}
    return sign_operation(operation, service.pds.rotation_key)


def _check_operation(call: Call, operation: dict[str, Any]) -> None:
    pds = call.service.pds
    account = pds.session_account(call.by.did)
    if not {"type", "prev", "sig", *_FIELDS} <= operation.keys():
        raise _refused("Invalid operation")
    service = operation["services"].get("atproto_pds", {})
    wanted = account.signing_key if pds.dialect.rotates_by_signing_key else pds.rotation_key
    if wanted.did_key not in operation["rotationKeys"]:
        raise _refused("Rotation keys do not include server's rotation key")
    if service.get("type") != "AtprotoPersonalDataServer":
        raise _refused("Incorrect type on atproto_pds service")
    if service.get("endpoint") != pds.configuration.public_url:
        raise _refused("Incorrect endpoint on atproto_pds service")
    if operation["verificationMethods"].get("atproto") != account.signing_key.did_key:
        raise _refused("Incorrect signing key")
    if operation["alsoKnownAs"][:1] != [f"at://{account.handle}"]:
        raise _refused("Incorrect handle in alsoKnownAs")


def _refused(message: str) -> InvalidRequestError:
    return InvalidRequestError(message, case="operation refused")
