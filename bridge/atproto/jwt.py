"""Service-auth tokens: a DID's own word, signed with its signing key, for one method of one service.

Rules: the AT Protocol XRPC specification, inter-service authentication.
"""

import base64
import json
import secrets

from bridge.atproto.keys import SigningKey

LIFETIME = 60


def service_token(key: SigningKey, *, issuer: str, audience: str, method: str, at: float) -> str:
    """A token of `issuer` (a DID) for `method` (an NSID) at `audience` (a service's DID)."""
    claims = {
        "iat": int(at),
        "iss": issuer,
        "aud": audience,
        "exp": int(at) + LIFETIME,
        "lxm": method,
        "jti": secrets.token_hex(16),
    }
    message = f"{_part({'typ': 'JWT', 'alg': 'ES256K'})}.{_part(claims)}"
    return f"{message}.{_base64url(key.sign(message.encode()))}"


def _part(value: dict[str, object]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
