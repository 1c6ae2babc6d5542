"""Session tokens, made and judged: the access token says who acts, the refresh token gives a new pair.

The reference server signs them with a shared secret (HS256), rsky with a key (ES256K). Judging follows the
order in which the reference server was seen to refuse. Rules: RFC 7519, RFC 9068 for the type `at+jwt`.
"""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from fakes.atproto.jwt import Token, base64url, decode
from fakes.atproto.keys import PrivateKey, verify
from fakes.atproto.syntax import is_did
from fakes.pds.errors import AuthRequiredError, InvalidRequestError

ACCESS_LIFE = 2 * 3600
REFRESH_LIFE = 90 * 86400

ACCESS = "com.atproto.access"
REFRESH = "com.atproto.refresh"
APP_PASSWORD = "com.atproto.appPass"
PRIVILEGED_APP_PASSWORD = "com.atproto.appPassPrivileged"
SIGNUP_QUEUED = "com.atproto.signupQueued"
TAKENDOWN = "com.atproto.takendown"

FULL = (ACCESS,)
STANDARD = (ACCESS, PRIVILEGED_APP_PASSWORD, APP_PASSWORD)


class Signer(Protocol):
    algorithm: str

    def sign(self, message: bytes) -> bytes: ...

    def verifies(self, message: bytes, signature: bytes) -> bool: ...


class SecretSigner:
    algorithm = "HS256"

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, message: bytes) -> bytes:
        return hmac.digest(self._secret, message, hashlib.sha256)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(message), signature)


class KeySigner:
    algorithm = "ES256K"

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        return verify(self._key.did_key, message, signature)


@dataclass(frozen=True)
class Claims:
    did: str
    scope: str
    token_id: str | None


class Tokens:
    """Makes and judges the session tokens of one server."""

    def __init__(self, signer: Signer, service_did: str, *, plain: bool = False) -> None:
        """`plain`: the type of every token is JWT, and one for service auth speaks for whoever signed it."""
        self._plain = plain
        self._signer = signer
        self._service_did = service_did
        self._renewed: dict[str, set[str]] = {}
        """by DID, where access tokens have been made to expire early: those made since"""

    def expire(self, did: str) -> None:
        """The access tokens that the account has are expired from now on."""
        self._renewed[did] = set()

    def access(self, did: str, scope: str, at: float) -> str:
        token = self._make("at+jwt", did, scope, at, ACCESS_LIFE)
        if did in self._renewed:
            self._renewed[did].add(token)
        return token

    def refresh(self, did: str, token_id: str, at: float) -> str:
        return self._make("refresh+jwt", did, REFRESH, at, REFRESH_LIFE, jti=token_id)

    def judge_access(self, token: str, scopes: Collection[str], at: float) -> Claims:
        claims = self._judge(token, "at+jwt", scopes, at)
        if token not in self._renewed.get(claims.did, (token,)):
            raise _expired(claims.did)
        return claims

    def judge_refresh(self, token: str, at: float, allow_expired: bool = False) -> Claims:
        claims = self._judge(token, "refresh+jwt", (REFRESH,), at, allow_expired)
        if not claims.token_id:
            raise AuthRequiredError("Unexpected missing refresh token id", "MissingTokenId")
        return claims

    def _make(self, kind: str, did: str, scope: str, at: float, life: int, **more: str) -> str:
        header = {"typ": "JWT" if self._plain else kind, "alg": self._signer.algorithm}
        issued = int(at)
        plain = {"nbf": issued, "lxm": None} if self._plain else {}
        claims = {
            "scope": scope,
            "aud": self._service_did,
            "sub": did,
            "iat": issued,
            "exp": issued + life,
            **plain,
            **more,
        }
        text = f"{base64url(orjson.dumps(header))}.{base64url(orjson.dumps(claims))}"
        return f"{text}.{base64url(self._signer.sign(text.encode()))}"

    def _judge(
        self, token: str, kind: str, scopes: Collection[str], at: float, allow_expired: bool = False
    ) -> Claims:
        claims = self._verified(token, kind, at, allow_expired)
        if self._plain and "iss" in claims and "scope" not in claims:
            return Claims(str(claims["iss"]), ACCESS, None)
        did, scope, token_id = claims.get("sub"), claims.get("scope"), claims.get("jti")
        well_formed = (
            claims.get("lxm") is None and "cnf" not in claims and isinstance(did, str) and is_did(did)
        )
        if not well_formed or not isinstance(token_id, str | None):
            raise InvalidRequestError("Malformed token", "InvalidToken", case="bad token")
        if scope not in scopes:
            raise InvalidRequestError("Bad token scope", "InvalidToken", case="bad token scope")
        return Claims(str(did), str(scope), token_id)

    def _verified(self, token: str, kind: str, at: float, allow_expired: bool) -> dict[str, Any]:
        unverified = InvalidRequestError("Token could not be verified", "InvalidToken", case="bad token")
        try:
            taken: Token = decode(token)
        except ValueError:
            raise unverified from None
        if taken.header.get("alg") != self._signer.algorithm:
            raise InvalidRequestError("Token could not be verified", "InvalidToken", case="token algorithm")
        right = (
            self._signer.verifies(taken.signing_input, taken.signature)
            and (self._plain or taken.header.get("typ") == kind)
            and taken.claims.get("aud") == self._service_did
        )
        if not right or _number(taken.claims.get("nbf"), 0) > at:
            raise unverified
        if not allow_expired and _number(taken.claims.get("exp"), float("inf")) <= at:
            raise _expired()
        return taken.claims


def _expired(about: str | None = None) -> InvalidRequestError:
    return InvalidRequestError("Token has expired", "ExpiredToken", case="expired token", about=about)


def _number(claim: object, absent: float) -> float:
    return claim if isinstance(claim, int | float) else absent
