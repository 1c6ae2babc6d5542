"""Service-auth tokens: short JWTs that an account signs with its repository's key (ES256K).

Makes them and takes them apart; judging audience, method, expiry and key is the receiver's business. Rules:
https://atproto.com/specs/xrpc#inter-service-authentication-jwt.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from fakes.atproto.keys import PrivateKey


class Token(NamedTuple):
    """A token taken apart; nothing in it has been judged."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes


def service_token(
    key: PrivateKey, iss: str, aud: str, lxm: str | None, iat: int, exp: int, jti: str | None
) -> str:
    """A token by which `iss` may call `lxm` (None: any method) at `aud` until `exp` (unix seconds)."""
    claims = {"iat": iat, "iss": iss, "aud": aud, "exp": exp, "lxm": lxm, "jti": jti}
    return signed_claims(key, {name: value for name, value in claims.items() if value is not None})


def signed_claims(key: PrivateKey, claims: Mapping[str, object]) -> str:
    """A token of these very claims."""
    signing_input = f"{_json({'typ': 'JWT', 'alg': 'ES256K'})}.{_json(claims)}"
    return f"{signing_input}.{base64url(key.sign(signing_input.encode()))}"


def decode(token: str) -> Token:
    """ValueError for anything but three base64url parts, the first two of them JSON objects."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("not a JWT: it does not have three parts")
    header, claims = (_object(part) for part in parts[:2])
    return Token(header, claims, ".".join(parts[:2]).encode(), base64url_decode(parts[2]))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def base64url_decode(text: str) -> bytes:
    """The one decoding of unpadded base64url; ValueError for other characters, padding or spare bits."""
    if not text.isascii() or "+" in text or "/" in text:
        raise ValueError("not base64url")
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64url(data) != text:
        raise ValueError("base64url with padding or spare bits")
    return data


def _json(value: Mapping[str, object]) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def _object(part: str) -> dict[str, Any]:
    value = json.loads(base64url_decode(part))
    if not isinstance(value, dict):
        raise ValueError("a part of the JWT is not a JSON object")
    return value
