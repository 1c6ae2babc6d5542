"""JSON views of core values that several methods answer with."""

from typing import Any

from fakes.pds.accounts import Account
from fakes.pds.dialects import Dialect
from fakes.pds.invites import Invite
from fakes.pds.sequencer import timestamp
from fakes.pds.server import Pds
from fakes.pds.writes import Write


def status_fields(account: Account) -> dict[str, Any]:
    """`active`, and `status` when it is not."""
    return {"active": account.active} | ({"status": account.status} if account.status else {})


def absent(pds: Pds, *names: str) -> dict[str, Any]:
    """What stands in an answer for what there is not."""
    return dict.fromkeys(names) if pds.dialect.nulls else {}


def session(account: Account, dialect: Dialect, *, renewed: bool = False) -> dict[str, Any]:
    fields: dict[str, Any] = {"did": account.did, "handle": account.handle}
    if renewed and not dialect.names_renewed:
        return fields
    if account.email is not None:
        fields["email"] = account.email
    fields["emailConfirmed"] = account.email_confirmed
    return fields | (status_fields(account) if dialect.session_status else {})


def invite(entry: Invite) -> dict[str, Any]:
    return {
        "code": entry.code,
        "available": entry.available,
        "disabled": entry.disabled,
        "forAccount": entry.for_account,
        "createdBy": entry.created_by,
        "createdAt": timestamp(entry.created_at),
        "uses": [{"usedBy": did, "usedAt": timestamp(at)} for did, at in entry.uses],
    }


def write_result(write: Write, did: str, dialect: Dialect) -> dict[str, Any]:
    fields = {"uri": f"at://{did}/{write.path}", "cid": str(write.cid)}
    return fields | ({"validationStatus": write.status} if write.status and dialect.lexical else {})
