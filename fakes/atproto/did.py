"""What a DID document says to the AT Protocol: the signing key, the PDS, the claimed handle.

Reads documents, resolves nothing. Rules: https://atproto.com/specs/did#did-documents.
"""

from collections.abc import Iterator
from typing import Any

from fakes.atproto import keys
from fakes.atproto.multibase import base58_decode

_RAW_KEY_PREFIXES = {
    "EcdsaSecp256k1VerificationKey2019": b"\xe7\x01",
    "EcdsaSecp256r1VerificationKey2019": b"\x80\x24",
}


def signing_key(document: dict[str, Any]) -> str:
    """The did:key of the method `#atproto`; ValueError if the document has none that can be read."""
    for method in _with_id(document, "verificationMethod", "#atproto"):
        multibase = method.get("publicKeyMultibase")
        if not isinstance(multibase, str):
            continue
        if method.get("type") == "Multikey":
            return f"did:key:{multibase}"
        prefix = _RAW_KEY_PREFIXES.get(str(method.get("type")))
        if prefix is not None and multibase.startswith("z"):
            return keys.did_key(prefix + _compressed(base58_decode(multibase[1:])))
    raise ValueError(f"no usable #atproto verification method in the document of {document.get('id')}")


def pds_endpoint(document: dict[str, Any]) -> str:
    """The URL of the service `#atproto_pds`; ValueError if the document has none."""
    for service in _with_id(document, "service", "#atproto_pds"):
        endpoint = service.get("serviceEndpoint")
        if service.get("type") == "AtprotoPersonalDataServer" and isinstance(endpoint, str):
            return endpoint
    raise ValueError(f"no #atproto_pds service in the document of {document.get('id')}")


def handle(document: dict[str, Any]) -> str | None:
    """The handle the document claims first; it counts only if the handle resolves back to the DID."""
    for alias in document.get("alsoKnownAs") or []:
        if isinstance(alias, str) and alias.startswith("at://"):
            return alias.removeprefix("at://")
    return None


def _with_id(document: dict[str, Any], field: str, fragment: str) -> Iterator[dict[str, Any]]:
    names = (fragment, f"{document.get('id')}{fragment}")
    entries = document.get(field)
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("id") in names:
            yield entry


def _compressed(point: bytes) -> bytes:
    if len(point) == 65 and point[0] == 4:
        return bytes([2 + point[64] % 2]) + point[1:33]
    return point
