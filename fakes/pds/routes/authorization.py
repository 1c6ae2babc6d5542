"""Who calls: the kinds of authorization that methods ask for, and how each is refused.

An authorizer takes a call and returns credentials. Session tokens are judged by `tokens.py`; service-auth
tokens here, since the issuer's key has to be asked of the PLC directory. The refusals are the reference
server's.
"""

import base64
from collections.abc import Iterable
from hmac import compare_digest
from typing import Any

from fakes.atproto import did as did_document
from fakes.atproto.jwt import Token, decode
from fakes.atproto.keys import verify
from fakes.atproto.syntax import is_did
from fakes.pds.errors import AuthRequiredError, BrokenError, InvalidRequestError
from fakes.pds.routes.xrpc import NOBODY, Authorizer, Call, Credentials
from fakes.pds.tokens import STANDARD

_KINDS = ("basic", "bearer", "dpop")
_TYPES_OF_OTHERS = ("at+jwt", "refresh+jwt", "dpop+jwt")


def header(call: Call) -> tuple[str | None, str]:
    """Kind (lower case) and content of the authorization header; None without one."""
    text = call.request.headers.get("authorization", "").strip()
    if not text:
        return None, ""
    if call.service.pds.dialect.exact_schemes:
        scheme, _, content = text.partition(" ")
        return (scheme.lower(), content) if scheme in ("Basic", "Bearer") and content else (None, "")
    parts = text.split(" ")
    if len(parts) != 2:
        raise InvalidRequestError("Malformed authorization header", "InvalidToken", case="bad token")
    if parts[0].lower() not in _KINDS:
        raise InvalidRequestError(
            f"Unsupported authorization type: {parts[0]}", "InvalidToken", case="bad token"
        )
    return parts[0].lower(), parts[1]


def access(scopes: Iterable[str] = STANDARD, *, standing: bool = False, writing: bool = False) -> Authorizer:
    """A session's access token; `standing` refuses accounts that were taken down or do not exist.

    `writing` does so, and refuses deactivated ones, in dialects that look at writers first.
    """
    allowed = tuple(scopes)

    async def authorize(call: Call) -> Credentials:
        kind, token = header(call)
        if kind is None:
            raise AuthRequiredError(name="AuthMissing", case="no token")
        if kind == "dpop":
            raise AuthRequiredError("Malformed token", "invalid_token", case="no token")
        if kind != "bearer":
            exact = call.service.pds.dialect.exact_schemes
            case = "no token" if exact else "bad token"
            raise InvalidRequestError("Unexpected authorization type", "InvalidToken", case=case)
        claims = call.service.pds.tokens.judge_access(token, allowed, call.at)
        if writing and call.service.pds.dialect.guards_writers:
            call.service.pds.writable(claims.did)
        elif standing:
            call.service.pds.writable(claims.did, deactivated=True)
        return Credentials("access", claims.did, claims.scope)

    return authorize


def refresh(*, allow_expired: bool = False) -> Authorizer:
    async def authorize(call: Call) -> Credentials:
        kind, token = header(call)
        if kind != "bearer":
            raise AuthRequiredError(name="AuthMissing", case="no token")
        claims = call.service.pds.tokens.judge_refresh(token, call.at, allow_expired)
        return Credentials("refresh", claims.did, claims.scope, claims.token_id)

    return authorize


async def admin(call: Call) -> Credentials:
    text = call.request.headers.get("authorization", "")
    kind, _, encoded = text.partition(" ")
    if kind.lower() != "basic":
        raise AuthRequiredError(case="no admin authorization")
    expected = f"admin:{call.service.pds.configuration.admin_password}"
    if not compare_digest(_decoded(encoded), expected.encode()):
        raise AuthRequiredError(case="wrong admin password")
    return Credentials("admin")


async def moderator(call: Call) -> Credentials:
    """The admin: no moderation service is configured, so its tokens are nobody's."""
    kind = header(call)[0]
    if kind == "bearer":
        raise AuthRequiredError("Untrusted issuer", "UntrustedIss", case="untrusted moderator")
    if kind != "basic":
        raise AuthRequiredError(case="no moderator authorization")
    return await admin(call)


def owner_or_admin_if_any(scopes: Iterable[str] = STANDARD) -> Authorizer:
    by_session = access(scopes)

    async def authorize(call: Call) -> Credentials:
        kind, _ = header(call)
        if kind in ("bearer", "dpop"):
            return await by_session(call)
        return NOBODY if kind is None else await admin(call)

    return authorize


async def new_account(call: Call) -> Credentials:
    """createAccount: a service-auth token of the DID that is brought along, nothing, or rsky's admin."""
    kind, token = header(call)
    dialect = call.service.pds.dialect
    if kind is None:
        return NOBODY
    if kind == "basic" and dialect.admin_signs_up:
        return await admin(call)
    if kind != "bearer":
        raise AuthRequiredError("Invalid authorization header")
    if not dialect.proof_of_did:
        return await access()(call)
    return Credentials("service", await service_issuer(call, token))


def uploader() -> Authorizer:
    """uploadBlob: a session, or a service-auth token made for it."""
    by_session = access(standing=True, writing=True)

    async def authorize(call: Call) -> Credentials:
        kind, token = header(call)
        if kind != "bearer" or call.service.pds.dialect.plain_tokens or not _names_a_method(token):
            return await by_session(call)
        return Credentials("service", await service_issuer(call, token))

    return authorize


async def service_issuer(call: Call, token: str) -> str:
    """The DID that signed a service-auth token for this very method of this very server."""
    taken = _taken_apart(token)
    claims = taken.claims
    _check_claims(claims, call.nsid, call.at)
    key = await _key_of(call, claims["iss"])
    if not _signed(taken, key) and not _signed(taken, await _key_of(call, claims["iss"], anew=True)):
        raise AuthRequiredError("jwt signature does not match jwt issuer", "BadJwtSignature")
    if claims["aud"] != call.service.pds.configuration.service_did:
        raise AuthRequiredError("jwt audience does not match service did", "BadJwtAudience")
    return str(claims["iss"])


def _taken_apart(token: str) -> Token:
    try:
        taken = decode(token)
    except ValueError:
        raise AuthRequiredError("poorly formatted jwt", "BadJwt") from None
    claims = taken.claims
    if taken.header.get("typ") in _TYPES_OF_OTHERS:
        raise AuthRequiredError(f'Invalid jwt type "{taken.header["typ"]}"', "BadJwtType")
    named = isinstance(claims.get("iss"), str) and isinstance(claims.get("aud"), str)
    if (
        not named
        or not isinstance(claims.get("exp"), int | float)
        or not isinstance(taken.header.get("alg"), str)
    ):
        raise AuthRequiredError("poorly formatted jwt", "BadJwt")
    return taken


def _check_claims(claims: dict[str, Any], nsid: str, at: float) -> None:
    if at > claims["exp"]:
        raise AuthRequiredError("jwt expired", "JwtExpired")
    if claims.get("lxm") != nsid:
        what = "bad" if "lxm" in claims else "missing"
        raise AuthRequiredError(
            f'{what} jwt lexicon method ("lxm"). must match: {nsid}', "BadJwtLexiconMethod"
        )
    if not is_did(claims["iss"].partition("#")[0]):
        raise AuthRequiredError("jwt iss is not a valid did", "BadJwtIss")


async def _key_of(call: Call, issuer: str, *, anew: bool = False) -> str:
    document = await call.service.directory.resolve(issuer.partition("#")[0], anew=anew)
    if document is None:
        raise AuthRequiredError("could not resolve iss did")
    try:
        return did_document.signing_key(document)
    except ValueError:
        raise AuthRequiredError("missing or bad key in did doc") from None


def _signed(taken: Token, key: str) -> bool:
    try:
        return verify(key, taken.signing_input, taken.signature)
    except ValueError:
        return False


def _names_a_method(token: str) -> bool:
    """The reference server looks into a token before it judges it, and breaks down over junk."""
    try:
        return decode(token).claims.get("lxm") is not None
    except ValueError:
        raise BrokenError("a token on uploadBlob cannot be decoded", case="bad token") from None


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""
