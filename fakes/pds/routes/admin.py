"""Methods com.atproto.admin.*: what the server's operator does to accounts, records, blobs and invites."""

from typing import Any

from fakes.atproto.cid import Cid
from fakes.atproto.syntax import parse_at_uri
from fakes.pds import standing
from fakes.pds.accounts import Account
from fakes.pds.errors import InvalidRequestError
from fakes.pds.passwords import hash_password
from fakes.pds.routes import authorization as by
from fakes.pds.routes import views
from fakes.pds.routes.identity import change_handle
from fakes.pds.routes.xrpc import Call, Methods
from fakes.pds.sequencer import timestamp
from fakes.pds.server import Holding, Pds

methods = Methods()

_REPO = "com.atproto.admin.defs#repoRef"
_RECORD = "com.atproto.repo.strongRef"
_BLOB = "com.atproto.admin.defs#repoBlobRef"


@methods.add("com.atproto.admin.getAccountInfo", by.moderator)
async def get_account_info(call: Call) -> dict[str, Any]:
    account = call.service.pds.accounts.get(call.params["did"])
    if account is None:
        raise InvalidRequestError("Account not found", "NotFound")
    return _info(call.service.pds, account)


@methods.add("com.atproto.admin.getAccountInfos", by.moderator)
async def get_account_infos(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    found = (pds.accounts.get(did) for did in call.params["dids"])
    return {"infos": [_info(pds, account) for account in found if account is not None]}


@methods.add("com.atproto.admin.getInviteCodes", by.moderator)
async def get_invite_codes(call: Call) -> dict[str, Any]:
    codes = call.service.pds.invites.all()[: call.params["limit"]]
    cursor = {"cursor": f"{int(codes[-1].created_at * 1000)}::{codes[-1].code}"} if codes else {}
    return {**cursor, "codes": [views.invite(code) for code in codes]}


@methods.add("com.atproto.admin.disableInviteCodes", by.moderator)
async def disable_invite_codes(call: Call) -> None:
    invites = call.service.pds.invites
    accounts = set(call.input.get("accounts", ()))
    if "admin" in accounts:
        raise InvalidRequestError("cannot disable admin invite codes")
    of_accounts = [invite.code for invite in invites.all() if invite.for_account in accounts]
    for code in (*call.input.get("codes", ()), *of_accounts):
        invites.disable(code)


@methods.add("com.atproto.admin.enableAccountInvites", by.moderator)
async def enable_account_invites(call: Call) -> None:
    _set_invites(call, disabled=False)


@methods.add("com.atproto.admin.disableAccountInvites", by.moderator)
async def disable_account_invites(call: Call) -> None:
    _set_invites(call, disabled=True)


@methods.add("com.atproto.admin.updateAccountPassword", by.admin)
async def update_account_password(call: Call) -> None:
    pds, did = call.service.pds, call.input["did"]
    account = pds.accounts.get(did)
    if account is not None:
        pds.accounts.change(account, password=hash_password(call.input["password"], pds.entropy))
        pds.sessions.revoke_all(did)


@methods.add("com.atproto.admin.updateAccountEmail", by.admin)
async def update_account_email(call: Call) -> None:
    pds = call.service.pds
    account = pds.accounts.get(call.input["account"])
    if account is None:
        raise InvalidRequestError(f"Account does not exist: {call.input['account']}")
    pds.accounts.change(account, email=call.input["email"], email_confirmed=False)


@methods.add("com.atproto.admin.updateAccountHandle", by.admin)
async def update_account_handle(call: Call) -> None:
    await change_handle(call, call.input["did"], call.input["handle"], allow_reserved=True)


@methods.add("com.atproto.admin.sendEmail", by.moderator)
async def send_email(call: Call) -> dict[str, Any]:
    if call.service.pds.accounts.get(call.input["recipientDid"]) is None:
        raise InvalidRequestError("Recipient not found")
    return {"sent": True}


@methods.add("com.atproto.admin.deleteAccount", by.admin)
async def delete_account(call: Call) -> None:
    standing.delete(call.service.pds, call.input["did"], call.at)


@methods.add("com.atproto.admin.getSubjectStatus", by.moderator)
async def get_subject_status(call: Call) -> dict[str, Any]:
    pds, did = call.service.pds, call.params.get("did")
    if "uri" in call.params:
        return _record_status(pds, call.params["uri"])
    if "blob" in call.params:
        return _blob_status(pds, did, call.params["blob"])
    if did is None:
        raise InvalidRequestError("No provided subject")
    return _account_status(pds, did)


@methods.add("com.atproto.admin.updateSubjectStatus", by.moderator)
async def update_subject_status(call: Call) -> dict[str, Any]:
    subject, takedown = call.input["subject"], call.input.get("takedown")
    deactivated = call.input.get("deactivated")
    if takedown is not None:
        _take_down(call, subject, takedown)
    if deactivated is not None and subject["$type"] == _REPO:
        await _set_activity(call, subject["did"], deactivated["applied"])
    told = views.absent(call.service.pds, "takedown") if takedown is None else {"takedown": takedown}
    return {"subject": subject, **told}


def _take_down(call: Call, subject: dict[str, Any], takedown: dict[str, Any]) -> None:
    pds, applied = call.service.pds, takedown["applied"]
    if subject["$type"] == _REPO:
        standing.take_down(pds, subject["did"], applied, takedown.get("ref"), call.at)
    elif subject["$type"] == _RECORD:
        uri = parse_at_uri(subject["uri"])
        records = _holding(pds, uri.authority).taken_down_records
        path = f"{uri.collection}/{uri.rkey}"
        (records.add if applied else records.discard)(path)
    elif subject["$type"] == _BLOB:
        _holding(pds, subject["did"]).blobs.take_down(Cid.parse(subject["cid"]), applied)
    else:
        raise InvalidRequestError(f"Invalid subject ({subject['$type']})")


async def _set_activity(call: Call, did: str, deactivated: bool) -> None:
    pds = call.service.pds
    account = pds.accounts.get(did)
    if account is None:
        raise InvalidRequestError("Account not found")
    if deactivated:
        standing.deactivate(pds, did, None, call.at)
    else:
        standing.check_identity(pds, account, await call.service.directory.data(did))
        standing.activate(pds, did, call.at)


def _set_invites(call: Call, *, disabled: bool) -> None:
    pds = call.service.pds
    account = pds.accounts.get(call.input["account"])
    if account is not None:
        pds.accounts.change(account, invites_disabled=disabled)


def _info(pds: Pds, account: Account) -> dict[str, Any]:
    invited_by = pds.invites.used_by(account.did)
    fields = {
        "did": account.did,
        "handle": account.handle,
        "email": account.email,
        "indexedAt": timestamp(account.created_at),
        "invitesDisabled": account.invites_disabled,
        "invites": [views.invite(code) for code in pds.invites.of_account(account.did)],
        "deactivatedAt": account.deactivated_at and timestamp(account.deactivated_at),
        "invitedBy": invited_by and views.invite(invited_by),
    }
    told = {name: value for name, value in fields.items() if value is not None}
    return {**views.absent(pds, "emailConfirmedAt", "inviteNote", "invitedBy", "relatedRecords"), **told}


def _account_status(pds: Pds, did: str) -> dict[str, Any]:
    account = pds.accounts.get(did)
    if account is None:
        raise InvalidRequestError("Subject not found", "NotFound")
    return {
        "subject": {"$type": _REPO, "did": did},
        "takedown": _attribute(account.takedown_ref),
        "deactivated": {"applied": account.deactivated_at is not None},
    }


def _record_status(pds: Pds, text: str) -> dict[str, Any]:
    uri = parse_at_uri(text)
    holding = _holding(pds, uri.authority)
    path = f"{uri.collection}/{uri.rkey}"
    cid = holding.repository.cid_of(path)
    if cid is None:
        raise InvalidRequestError("Subject not found", "NotFound")
    return {
        "subject": {"$type": _RECORD, "uri": text, "cid": str(cid)},
        "takedown": {"applied": path in holding.taken_down_records},
    }


def _blob_status(pds: Pds, did: str | None, cid: str) -> dict[str, Any]:
    if did is None:
        raise InvalidRequestError("Must provide a did to request blob state")
    blob = _holding(pds, did).blobs.get(Cid.parse(cid))
    return {
        "subject": {"$type": _BLOB, "did": did, "cid": cid},
        "takedown": {"applied": blob is None},
    }


def _attribute(ref: str | None) -> dict[str, Any]:
    return {"applied": False} if ref is None else {"applied": True, "ref": ref}


def _holding(pds: Pds, did: str) -> Holding:
    holding = pds.holdings.get(did)
    if holding is None:
        raise InvalidRequestError("Subject not found", "NotFound")
    return holding
