"""Who calls: judging a service-auth token, given the DID document of whoever it says has signed it. Pure.

Uploads come with a token for the PDS (`uploadBlob`), which the service later shows there; limits are asked for with one for the
service itself. Rules: https://atproto.com/specs/xrpc#inter-service-authentication-jwt. The texts of refusals are inferred.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fakes.atproto import did as did_document
from fakes.atproto.jwt import Token, decode
from fakes.atproto.keys import verify
from fakes.atproto.syntax import is_did

UPLOAD = "com.atproto.repo.uploadBlob"


class UnauthorisedError(Exception):
    """The token is not one that opens this."""


@dataclass(frozen=True)
class Bearer:
    """A token whose claims are right; whether its issuer has signed it is still to be seen."""

    text: str
    issuer: str
    token: Token

    def must_be_signed(self, document: Mapping[str, Any] | None) -> None:
        if document is None:
            raise UnauthorisedError("could not resolve iss did")
        try:
            key = did_document.signing_key(dict(document))
            right = verify(key, self.token.signing_input, self.token.signature)
        except ValueError:
            raise UnauthorisedError("missing or bad key in did doc") from None
        if not right:
            raise UnauthorisedError("jwt signature does not match jwt issuer")


def judge(header: str | None, audience: str | None, method: str, at: float) -> Bearer:
    kind, _, text = (header or "").partition(" ")
    if kind.lower() != "bearer" or not text:
        raise UnauthorisedError("missing jwt")
    try:
        token = decode(text)
        claims = token.claims
        issuer, expires = str(claims["iss"]).partition("#")[0], float(claims["exp"])
    except (ValueError, KeyError, TypeError):
        raise UnauthorisedError("poorly formatted jwt") from None
    if at > expires:
        raise UnauthorisedError("jwt expired")
    if claims.get("aud") != audience:
        raise UnauthorisedError(f"jwt audience must be {audience}")
    if claims.get("lxm") != method:
        raise UnauthorisedError(f"jwt lexicon method must be {method}")
    if not is_did(issuer):
        raise UnauthorisedError("jwt iss is not a valid did")
    return Bearer(text, issuer, token)
