"""Signing up: what is checked before a DID is minted, and what is put in place after.

Minting lies between `plan` and `complete` and is the routes' business, since it asks the PLC directory. Two
sign-ups for one handle can both be planned; the second to complete finds it taken, and its DID has to be
given back. Order and wording as the reference server's, with the differences of `dialects.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fakes.atproto import keys
from fakes.atproto.keys import PrivateKey
from fakes.atproto.plc import cid_of, did_of, sign_operation
from fakes.pds import emails, handles
from fakes.pds.accounts import Account
from fakes.pds.errors import AuthRequiredError, InvalidRequestError
from fakes.pds.passwords import hash_password
from fakes.pds.repository import Repository
from fakes.pds.sequencer import timestamp
from fakes.pds.server import Holding, Pds
from fakes.pds.tokens import ACCESS


@dataclass(frozen=True)
class Plan:
    """An account to be. `operation` mints its DID; None when the DID was brought along."""

    account: Account
    invite: str | None
    operation: Mapping[str, Any] | None


@dataclass(frozen=True)
class SignedUp:
    account: Account
    access: str
    refresh: str


def plan(pds: Pds, form: Mapping[str, Any], requester: str | None, admin: bool, at: float) -> Plan:
    """`requester` is the DID that proved itself with a service-auth token."""
    invite = _invite(form, pds)
    did = form.get("did")
    imports = admin and did is not None
    if form.get("plcOp"):
        raise InvalidRequestError('Unsupported input: "plcOp"')
    _check_password(form.get("password"), pds)
    if pds.configuration.invites_required and invite is None and not imports:
        raise InvalidRequestError("No invite code provided", "InvalidInviteCode", case="invite missing")
    email = _email(pds, form, imports)
    handle = registrable(pds, form["handle"], did)
    if pds.configuration.invites_required and invite is not None and not pds.dialect.late_invites:
        pds.invites.check(invite)
    _check_free(pds, handle, email)
    key = pds.new_signing_key()
    if did is not None and pds.dialect.proof_of_did and did != requester:
        raise AuthRequiredError(f"Missing auth to create account with did: {did}")
    operation = None if did is not None else _genesis(pds, handle, key, form.get("recoveryKey"))
    account = _account(pds, did or did_of(operation or {}), handle, email, key, form, at)
    if account.did in pds.holdings:
        raise InvalidRequestError("Repo already exists", "AlreadyExists")
    return Plan(account, invite, operation)


def complete(pds: Pds, planned: Plan, at: float) -> SignedUp:
    """The account with its repository and first session; told to the firehose unless it is not active yet."""
    account = planned.account
    if planned.invite is not None:
        pds.invites.check(planned.invite)
    pds.accounts.add(account)
    if planned.invite is not None:
        pds.invites.use(planned.invite, account.did, at)
    revisions = pds.new_revisions()
    repository = Repository(account.did, account.signing_key, revisions.next(at))
    pds.holdings[account.did] = Holding(repository, revisions)
    session = pds.sessions.start(account.did, ACCESS, at)
    if account.active:
        pds.sequencer.identity(account.did, account.handle, at)
        pds.sequencer.account(account.did, None, at)
        pds.sequencer.commit(repository.creation, at)
        pds.sequencer.sync(repository.commit, at)
    return SignedUp(
        account,
        pds.tokens.access(account.did, ACCESS, at),
        pds.tokens.refresh(account.did, session.token_id, at),
    )


def _account(
    pds: Pds, did: str, handle: str, email: str, key: PrivateKey, form: Mapping[str, Any], at: float
) -> Account:
    """Not active if the DID was brought along: it still points elsewhere."""
    password, brought = form.get("password"), "did" in form
    return Account(
        did,
        handle,
        email,
        password=hash_password(password, pds.entropy) if password else None,
        signing_key=key,
        created_at=at,
        deactivated_at=at if brought else None,
        delete_after=_deletion(pds, at) if brought else None,
    )


def registrable(pds: Pds, handle: str, did: str | None, *, allow_reserved: bool = False) -> str:
    """The handle in lower case, if the server would take it (taken or not) for this DID."""
    folded = handles.normalize(handle)
    handles.check_registrable(folded)
    domain = handles.service_domain(folded, pds.configuration.handle_domains)
    if domain is not None:
        handles.check_label(folded, domain, allow_reserved)
    elif did is None:
        raise InvalidRequestError(
            "Not a supported handle domain", "UnsupportedDomain", case="handle domain unsupported"
        )
    else:
        raise InvalidRequestError("External handle did not resolve to DID")
    return folded


def tombstone(pds: Pds, genesis: Mapping[str, Any]) -> dict[str, Any]:
    """The operation that gives back a DID minted for nothing."""
    return sign_operation({"type": "plc_tombstone", "prev": str(cid_of(genesis))}, pds.rotation_key)


def _check_password(password: str | None, pds: Pds) -> None:
    longest = pds.dialect.longest_password
    if password and longest is not None and len(password) > longest:
        raise InvalidRequestError(f"Password too long. Maximum length is {longest} characters.")
    if password is None and "password missing" in pds.dialect.answers:
        raise InvalidRequestError("Password is required", case="password missing")


def _invite(form: Mapping[str, Any], pds: Pds) -> str | None:
    """An empty one counts as none, except where invites are looked at late."""
    invite: str | None = form.get("inviteCode")
    return invite if pds.dialect.late_invites else invite or None


def _email(pds: Pds, form: Mapping[str, Any], imports: bool) -> str:
    email = form.get("email") or (f"noreply+{form['handle']}@divine.video" if imports else None)
    if not email:
        raise InvalidRequestError("Email is required", case="email missing")
    if not emails.is_acceptable(email, pds.dialect.plausible_emails):
        raise InvalidRequestError(
            "This email address is not supported, please use a different email.", case="email refused"
        )
    return str(email)


def _check_free(pds: Pds, handle: str, email: str) -> None:
    """As the server looks: an account that is not active is overlooked here, and found too late."""
    if pds.visible(handle) is not None:
        raise InvalidRequestError(f"Handle already taken: {handle}", case="handle taken")
    holder = pds.accounts.by_email(email)
    if holder is not None and holder.active:
        raise InvalidRequestError(f"Email already taken: {email}", case="email taken")


def _genesis(pds: Pds, handle: str, key: PrivateKey, recovery_key: str | None) -> dict[str, Any]:
    if recovery_key:
        _check_recovery_key(recovery_key)
    own = pds.rotation_key.did_key
    service = {"type": "AtprotoPersonalDataServer", "endpoint": pds.configuration.public_url}
    return sign_operation(
        {
            "type": "plc_operation",
            "verificationMethods": {"atproto": key.did_key},
            "rotationKeys": [recovery_key, own] if recovery_key else [own],
            "alsoKnownAs": [f"at://{handle}"],
            "services": {"atproto_pds": service},
            "prev": None,
        },
        pds.rotation_key,
    )


def _check_recovery_key(recovery_key: str) -> None:
    try:
        keys.curve(recovery_key)
    except ValueError:
        raise InvalidRequestError(f"Invalid rotationKey: {recovery_key}") from None


def _deletion(pds: Pds, at: float) -> str | None:
    life = pds.dialect.import_life
    return None if life is None else timestamp(at + life)
