"""Logging in: sessions for passwords, new pairs for refresh tokens, service-auth tokens for sessions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fakes.atproto.formats import is_at_identifier
from fakes.atproto.jwt import service_token, signed_claims
from fakes.atproto.syntax import is_did
from fakes.pds.accounts import Account
from fakes.pds.errors import AuthRequiredError, BrokenError, InvalidRequestError
from fakes.pds.passwords import AppPassword, hash_password, matches, new_app_password
from fakes.pds.server import Pds
from fakes.pds.tokens import ACCESS, APP_PASSWORD, FULL, PRIVILEGED_APP_PASSWORD, TAKENDOWN, Claims

LONGEST_PASSWORD = 512
HOUR, MINUTE = 3600, 60

PROTECTED_METHODS = frozenset(
    {
        "com.atproto.admin.sendEmail",
        *(
            f"com.atproto.identity.{name}"
            for name in ("requestPlcOperationSignature", "signPlcOperation", "updateHandle")
        ),
        *(
            f"com.atproto.server.{name}"
            for name in (
                "activateAccount",
                "confirmEmail",
                "createAppPassword",
                "deactivateAccount",
                "getAccountInviteCodes",
                "getSession",
                "listAppPasswords",
                "requestAccountDelete",
                "requestEmailConfirmation",
                "requestEmailUpdate",
                "revokeAppPassword",
                "updateEmail",
            )
        ),
    }
)
"""No service-auth token is given for these: they are for the account's own client."""


@dataclass(frozen=True)
class LoggedIn:
    account: Account
    access: str
    refresh: str


def log_in(pds: Pds, form: Mapping[str, Any], at: float) -> LoggedIn:
    password = form["password"]
    if len(password) > LONGEST_PASSWORD:
        raise AuthRequiredError("Password too long. Consider resetting your password.", case="login failed")
    account = _identified(pds, form["identifier"].lower())
    taken_down = account is not None and account.takedown_ref is not None
    app_password = None
    if account is None or not matches(password, account.password):
        app_password = None if account is None or taken_down else _app_password(pds, account, password)
        if app_password is None:
            raise AuthRequiredError("Invalid identifier or password", case="login failed")
    assert account is not None, "nobody without an account has a matching password"
    if taken_down and not (form.get("allowTakendown") and pds.dialect.takendown_sessions):
        raise _taken_down(account)
    return _session(pds, account, _scope(app_password, taken_down), app_password, at)


def refresh(pds: Pds, claims: Claims, at: float) -> LoggedIn:
    account = pds.accounts.get(claims.did)
    if account is None:
        raise InvalidRequestError(
            f"Could not find user info for account: {claims.did}", case="session account unknown"
        )
    if account.takedown_ref is not None:
        raise _taken_down(account)
    session = pds.sessions.rotate(claims.token_id or "", at)
    if session is None:
        raise InvalidRequestError(
            "Token has been revoked", "ExpiredToken", case="revoked token", about=account.did
        )
    return LoggedIn(
        account,
        pds.tokens.access(account.did, session.scope, at),
        pds.tokens.refresh(account.did, session.token_id, at),
    )


def create_app_password(
    pds: Pds, did: str, name: str, privileged: bool, at: float
) -> tuple[AppPassword, str]:
    """The entry and the password itself, which is not kept."""
    held = pds.holdings[did].app_passwords
    if name in held:
        raise BrokenError(f"{did}: app password {name!r} exists")
    password = new_app_password(pds.entropy)
    held[name] = AppPassword(name, hash_password(password, pds.entropy), privileged, at)
    return held[name], password


def revoke_app_password(pds: Pds, did: str, name: str) -> None:
    pds.holdings[did].app_passwords.pop(name, None)
    pds.sessions.revoke_all(did, name)


def service_auth(pds: Pds, claims: Claims, params: Mapping[str, Any], at: float) -> str:
    """A token by which the account may call `lxm` at `aud`, signed with its repository's key."""
    audience, method, expires = params["aud"], params.get("lxm"), params.get("exp")
    ways = pds.dialect.service_auth
    if ways.judges_audience and not _is_audience(audience):
        raise InvalidRequestError("aud must be a valid atproto DID or did#serviceId reference")
    _check_scope(claims.scope, method)
    if expires or (expires == 0 and not ways.zero_is_none):
        _check_expiry(expires - at, method)
    if method in PROTECTED_METHODS - ways.unprotected:
        raise InvalidRequestError(
            f"cannot request a service auth token for the following protected method: {method}"
        )
    account = pds.accounts.get(claims.did)
    if account is None:
        raise BrokenError(f"{claims.did}: no such account")
    issued = int(at)
    token_id = pds.entropy(16).hex()
    ends = expires or issued + MINUTE
    if ways.bare:
        said = {"iss": claims.did, "aud": audience, "exp": ends, "lxm": method, "jti": token_id}
        return signed_claims(account.signing_key, said)
    return service_token(account.signing_key, claims.did, audience, method, issued, ends, token_id)


def _taken_down(account: Account) -> AuthRequiredError:
    return AuthRequiredError(
        "Account has been taken down", "AccountTakedown", case="account taken down", about=account.did
    )


def _identified(pds: Pds, identifier: str) -> Account | None:
    if "@" in identifier:
        return pds.accounts.by_email(identifier)
    return pds.accounts.get(identifier) if identifier and is_at_identifier(identifier) else None


def _app_password(pds: Pds, account: Account, password: str) -> AppPassword | None:
    held = pds.holdings[account.did].app_passwords.values()
    return next((each for each in held if matches(password, each.hashed)), None)


def _scope(app_password: AppPassword | None, taken_down: bool) -> str:
    if taken_down:
        return TAKENDOWN
    if app_password is None:
        return ACCESS
    return PRIVILEGED_APP_PASSWORD if app_password.privileged else APP_PASSWORD


def _session(pds: Pds, account: Account, scope: str, app_password: AppPassword | None, at: float) -> LoggedIn:
    session = pds.sessions.start(account.did, scope, at, None if app_password is None else app_password.name)
    if scope == TAKENDOWN:
        pds.sessions.revoke(session.token_id)
    return LoggedIn(
        account,
        pds.tokens.access(account.did, scope, at),
        pds.tokens.refresh(account.did, session.token_id, at),
    )


def _check_scope(scope: str, method: str | None) -> None:
    if scope == TAKENDOWN and method != "com.atproto.server.createAccount":
        raise InvalidRequestError("Bad token scope", "InvalidToken", case="bad token scope")
    privileged = method is not None and (
        method.startswith("chat.bsky.") or method == "com.atproto.server.createAccount"
    )
    if privileged and scope not in (*FULL, PRIVILEGED_APP_PASSWORD):
        raise InvalidRequestError(
            f"insufficient access to request a service auth token for the following method: {method}"
        )


def _check_expiry(left: float, method: str | None) -> None:
    if left < 0:
        raise InvalidRequestError("expiration is in past", "BadExpiration")
    if left > HOUR:
        raise InvalidRequestError(
            "cannot request a token with an expiration more than an hour in the future", "BadExpiration"
        )
    if method is None and left > MINUTE:
        raise InvalidRequestError(
            "cannot request a method-less token with an expiration more than a minute in the future",
            "BadExpiration",
        )


def _is_audience(audience: str) -> bool:
    """A did:plc or did:web without a bare port, perhaps with one fragment."""
    did, _, fragment = audience.partition("#")
    if "#" in audience and (not fragment or "#" in fragment):
        return False
    if did.startswith("did:plc:"):
        return len(did) == 32 and is_did(did)
    host = did.removeprefix("did:web:")
    return host != did and ":" not in host and is_did(did)
