"""Methods com.atproto.server.*: the server itself, invites, sign-up, and an account's coming and going."""

from typing import Any

from fakes.atproto.keys import PrivateKey
from fakes.pds import registration, standing
from fakes.pds.errors import AuthRequiredError, InvalidRequestError, PdsError
from fakes.pds.invites import Invite
from fakes.pds.passwords import matches
from fakes.pds.routes import authorization as by
from fakes.pds.routes import views
from fakes.pds.routes.service import Service
from fakes.pds.routes.xrpc import Call, Methods
from fakes.pds.tokens import FULL, TAKENDOWN

methods = Methods()


@methods.add("com.atproto.server.describeServer")
async def describe_server(call: Call) -> dict[str, Any]:
    configuration = call.service.pds.configuration
    described = {
        "did": configuration.service_did,
        "availableUserDomains": list(configuration.handle_domains),
        "inviteCodeRequired": configuration.invites_required,
        "links": {},
        "contact": {},
    }
    if configuration.dialect.describes_blob_limit:
        described["blobUploadLimit"] = configuration.blob_limit
    return described


@methods.add("com.atproto.server.createInviteCode", by.admin)
async def create_invite_code(call: Call) -> dict[str, Any]:
    account = call.input.get("forAccount", "admin")
    return {"code": _new_invite(call, account, call.input["useCount"])}


@methods.add("com.atproto.server.createInviteCodes", by.admin)
async def create_invite_codes(call: Call) -> dict[str, Any]:
    count, uses = call.input.get("codeCount", 1), call.input["useCount"]
    accounts = call.input.get("forAccounts", ["admin"])
    return {
        "codes": [
            {"account": account, "codes": [_new_invite(call, account, uses) for _ in range(count)]}
            for account in accounts
        ]
    }


@methods.add("com.atproto.server.getAccountInviteCodes", by.access(FULL))
async def get_account_invite_codes(call: Call) -> dict[str, Any]:
    codes = call.service.pds.invites.of_account(call.by.did)
    wanted = [code for code in codes if code.usable or call.params.get("includeUsed", True)]
    return {"codes": [views.invite(code) for code in wanted]}


@methods.add("com.atproto.server.createAccount", by.new_account)
async def create_account(call: Call) -> dict[str, Any]:
    service = call.service
    planned = registration.plan(service.pds, call.input, call.by.did, call.by.kind == "admin", call.at)
    if planned.operation is not None:
        await service.directory.send(planned.account.did, planned.operation)
    document = await service.directory.resolve_if_possible(planned.account.did)
    try:
        signed_up = registration.complete(service.pds, planned, call.at)
    except PdsError:
        await _give_back(service, planned)
        raise
    reply: dict[str, Any] = {
        "handle": signed_up.account.handle,
        "did": signed_up.account.did,
        "accessJwt": signed_up.access,
        "refreshJwt": signed_up.refresh,
    }
    return reply if document is None else {**reply, "didDoc": document}


@methods.add("com.atproto.server.activateAccount", by.access(FULL))
async def activate_account(call: Call) -> None:
    pds = call.service.pds
    account = pds.accounts.get(call.by.did)
    if account is None:
        raise InvalidRequestError("user not found", "AccountNotFound")
    standing.check_identity(pds, account, await call.service.directory.data(account.did))
    standing.activate(pds, account.did, call.at)


@methods.add("com.atproto.server.deactivateAccount", by.access((*FULL, TAKENDOWN)))
async def deactivate_account(call: Call) -> None:
    pds, after = call.service.pds, call.input.get("deleteAfter")
    announced = pds.dialect.announces_deactivation
    standing.deactivate(pds, call.by.did, after, call.at, announced=announced)


@methods.add("com.atproto.server.checkAccountStatus", by.access())
async def check_account_status(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    account = pds.session_account(call.by.did)
    holding = pds.holdings[account.did]
    return {
        "activated": account.deactivated_at is None,
        "validDid": await _is_valid(call),
        "repoCommit": str(holding.repository.commit.cid),
        "repoRev": holding.repository.commit.rev,
        "repoBlocks": holding.repository.block_count,
        "indexedRecords": holding.repository.record_count,
        "privateStateValues": 0,
        "expectedBlobs": holding.blobs.named,
        "importedBlobs": holding.blobs.stored,
    }


@methods.add("com.atproto.server.reserveSigningKey")
async def reserve_signing_key(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    key = PrivateKey.generate(pds.entropy)
    if "did" in call.input:
        key = pds.reserved_keys.setdefault(call.input["did"], key)
    return {"signingKey": key.did_key}


@methods.add("com.atproto.server.requestAccountDelete", by.access((*FULL, TAKENDOWN)))
async def request_account_delete(call: Call) -> None:
    call.service.pds.session_account(call.by.did)


@methods.add("com.atproto.server.deleteAccount")
async def delete_account(call: Call) -> None:
    """Deletion by the account itself wants an e-mailed token, and this server sends no mail."""
    account = call.service.pds.accounts.get(call.input["did"])
    if account is None:
        raise InvalidRequestError("account not found")
    if not matches(call.input["password"], account.password):
        raise AuthRequiredError("Invalid did or password")
    raise InvalidRequestError("Token is invalid", "InvalidToken")


def _new_invite(call: Call, account: str, uses: int) -> str:
    pds = call.service.pds
    code = pds.new_invite_code()
    pds.invites.add(Invite(code, uses, account, "admin", call.at))
    return code


async def _give_back(service: Service, planned: registration.Plan) -> None:
    if planned.operation is not None and service.pds.dialect.tombstones:
        operation = registration.tombstone(service.pds, planned.operation)
        await service.directory.send(planned.account.did, operation)


async def _is_valid(call: Call) -> bool:
    pds = call.service.pds
    try:
        data = await call.service.directory.data(call.by.did)
        standing.check_identity(pds, pds.session_account(call.by.did), data)
    except PdsError:
        return False
    return True
