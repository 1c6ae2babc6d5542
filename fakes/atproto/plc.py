"""did:plc operations: signing them, the DID of a genesis operation, and the document that a state gives.

What a client and the directory share; whether an operation is allowed is decided by `fakes.plc`. The DID is
the hash of the *signed* genesis operation. Rules: https://web.plc.directory/spec/v0.1/did-plc.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from fakes.atproto import cbor, keys
from fakes.atproto.cid import Cid
from fakes.atproto.jwt import base64url
from fakes.atproto.multibase import base32_encode

_CONTEXT = "https://www.w3.org/ns/did/v1"
_MULTIKEY = "https://w3id.org/security/multikey/v1"
_SUITES = {
    "k256": "https://w3id.org/security/suites/secp256k1-2019/v1",
    "p256": "https://w3id.org/security/suites/ecdsa-2019/v1",
}


def sign_operation(operation: Mapping[str, Any], key: keys.PrivateKey) -> dict[str, Any]:
    """The operation with `sig`: unpadded base64url of the signature over its DAG-CBOR without `sig`."""
    unsigned = {name: value for name, value in operation.items() if name != "sig"}
    return {**unsigned, "sig": base64url(key.sign(cbor.encode(unsigned)))}


def did_of(genesis: Mapping[str, Any]) -> str:
    """The DID that a signed genesis operation creates."""
    if "sig" not in genesis:
        raise ValueError("the DID is the hash of the signed operation; this one has no sig")
    return did_of_bytes(cbor.encode(dict(genesis)))


def did_of_bytes(genesis: bytes) -> str:
    return f"did:plc:{base32_encode(hashlib.sha256(genesis).digest())[:24]}"


def cid_of(operation: Mapping[str, Any]) -> Cid:
    """What the next operation names as its `prev`."""
    return Cid.for_cbor(cbor.encode(dict(operation)))


def document(did: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The DID document of a state: `{verificationMethods, alsoKnownAs, services}` as in an operation."""
    methods: Mapping[str, str] = data["verificationMethods"]
    return {
        "@context": _contexts(methods),
        "id": did,
        "alsoKnownAs": list(data["alsoKnownAs"]),
        "verificationMethod": [
            {
                "id": f"{did}#{name}",
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.removeprefix("did:key:"),
            }
            for name, key in methods.items()
        ],
        "service": [
            {"id": f"#{name}", "type": service["type"], "serviceEndpoint": service["endpoint"]}
            for name, service in data["services"].items()
        ],
    }


def _contexts(methods: Mapping[str, str]) -> list[str]:
    contexts = [_CONTEXT, _MULTIKEY]
    for key in methods.values():
        suite = _SUITES.get(_curve(key))
        if suite is not None and suite not in contexts:
            contexts.append(suite)
    return contexts


def _curve(key: str) -> str:
    try:
        return keys.curve(key)
    except ValueError:
        return "unknown"
