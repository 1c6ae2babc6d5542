"""PLC operations: their signed form, the DID a genesis gives and the CID the next one names as `prev`.

The DID is the hash of the *signed* genesis. An operation is what JSON holds: text, lists and maps.
Rules: the did:plc specification (v0.1).
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from bridge.atproto.keys import SigningKey

Operation = dict[str, Any]

_CBOR_SHA256 = b"\x01\x71\x12\x20"  # CIDv1, dag-cbor, sha2-256, 32 bytes


def genesis(
    handle: str, signing: SigningKey, rotation: SigningKey, recovery_keys: Sequence[str]
) -> Operation:
    """The signed first operation of a DID. It names no PDS yet: none knows the account."""
    return signed(
        {
            "type": "plc_operation",
            "rotationKeys": [*recovery_keys, rotation.did_key],
            "verificationMethods": {"atproto": signing.did_key},
            "alsoKnownAs": [f"at://{handle}"],
            "services": {},
            "prev": None,
        },
        rotation,
    )


def signed(operation: Operation, key: SigningKey) -> Operation:
    signature = key.sign(_cbor(operation))
    return {**operation, "sig": base64.urlsafe_b64encode(signature).decode().rstrip("=")}


def did_of(signed_genesis: Operation) -> str:
    return "did:plc:" + _base32(hashlib.sha256(_cbor(signed_genesis)).digest()[:15])


def cid_of(signed_operation: Operation) -> str:
    return "b" + _base32(_CBOR_SHA256 + hashlib.sha256(_cbor(signed_operation)).digest())


def _cbor(operation: Operation) -> bytes:
    import dag_cbor  # a tenth of the start-up time, and needed only once an account is made

    return bytes(dag_cbor.encode(operation))


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")
