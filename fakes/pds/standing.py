"""What befalls an account: activated, deactivated, taken down, renamed, deleted; told to the firehose."""

from collections.abc import Mapping
from typing import Any

from fakes.pds.accounts import Account
from fakes.pds.errors import InvalidRequestError
from fakes.pds.registration import registrable
from fakes.pds.sequencer import timestamp
from fakes.pds.server import Pds


def check_identity(pds: Pds, account: Account, data: Mapping[str, Any]) -> None:
    """That the directory's data of the account point to this server: rotation key, endpoint, signing key."""
    endpoint = data.get("services", {}).get("atproto_pds", {}).get("endpoint")
    if pds.rotation_key.did_key not in data.get("rotationKeys", ()):
        raise InvalidRequestError("Server rotation key not included in PLC DID data")
    if endpoint != pds.configuration.public_url:
        raise InvalidRequestError("DID document atproto_pds service endpoint does not match PDS public url")
    if data.get("verificationMethods", {}).get("atproto") != account.signing_key.did_key:
        raise InvalidRequestError("DID document verification method does not match expected signing key")


def activate(pds: Pds, did: str, at: float) -> None:
    account = pds.standing(did)
    if account is None:
        raise InvalidRequestError("user not found", "AccountNotFound")
    account = pds.accounts.change(account, deactivated_at=None, delete_after=None)
    pds.sequencer.account(did, account.status, at)
    pds.sequencer.identity(did, account.handle, at)
    pds.sequencer.sync(pds.holdings[did].repository.commit, at)


def deactivate(pds: Pds, did: str, delete_after: str | None, at: float, *, announced: bool = True) -> None:
    account = _known(pds, did)
    changed = pds.accounts.change(
        account, deactivated_at=account.deactivated_at or at, delete_after=delete_after
    )
    if announced:
        pds.sequencer.account(did, changed.status, at)


def take_down(pds: Pds, did: str, applied: bool, ref: str | None, at: float) -> None:
    account = _known(pds, did)
    changed = pds.accounts.change(account, takedown_ref=(ref or timestamp(at)) if applied else None)
    pds.sessions.revoke_all(did)
    pds.sequencer.account(did, changed.status, at)


def delete(pds: Pds, did: str, at: float) -> None:
    pds.accounts.remove(did)
    pds.holdings.pop(did, None)
    pds.sessions.revoke_all(did)
    pds.sequencer.deletion(did, at)


def new_handle(pds: Pds, did: str, handle: str, *, allow_reserved: bool = False) -> str:
    """The handle as it would be registered for this account; the PLC directory is told before `rename`."""
    if pds.standing(did) is None:
        raise InvalidRequestError("Account not found")
    folded = registrable(pds, handle, did, allow_reserved=allow_reserved)
    holder = pds.accounts.get(folded)
    if holder is not None and holder.did != did:
        raise InvalidRequestError(
            f"Handle already taken: {folded}", "HandleNotAvailable", case="handle taken"
        )
    return folded


def rename(pds: Pds, did: str, handle: str, at: float) -> None:
    account = pds.accounts.get(did)
    if account is not None:
        pds.accounts.change(account, handle=handle)
        pds.sequencer.identity(did, handle, at)


def credentials(pds: Pds, account: Account) -> dict[str, Any]:
    """What the account's DID document should say while it lives here."""
    service = {"type": "AtprotoPersonalDataServer", "endpoint": pds.configuration.public_url}
    return {
        "alsoKnownAs": [f"at://{account.handle}"],
        "verificationMethods": {"atproto": account.signing_key.did_key},
        "rotationKeys": [pds.rotation_key.did_key],
        "services": {"atproto_pds": service},
    }


def _known(pds: Pds, did: str) -> Account:
    account = pds.accounts.get(did)
    if account is None:
        raise InvalidRequestError("Account not found")
    return account
