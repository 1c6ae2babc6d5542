"""Somebody with a did:plc: three rotation keys in order of priority, a signing key, and operations made with them."""

import hashlib
from typing import Any

from fakes.atproto.keys import PrivateKey
from fakes.atproto.plc import cid_of, did_of, sign_operation

NOW = 1_700_000_000.0
HOUR = 3600


def key(name: str) -> PrivateKey:
    return PrivateKey.from_bytes(hashlib.sha256(name.encode()).digest())


STRANGER = key("stranger")


class Person:
    def __init__(self, name: str = "alice", **fields: Any) -> None:
        self.rotation = [key(f"{name} rotation {number}") for number in range(3)]
        self.signing = key(f"{name} signing")
        self.unsigned = {
            "type": "plc_operation",
            "rotationKeys": [rotation.did_key for rotation in self.rotation],
            "verificationMethods": {"atproto": self.signing.did_key},
            "alsoKnownAs": [f"at://{name}.localnet.test"],
            "services": {
                "atproto_pds": {"type": "AtprotoPersonalDataServer", "endpoint": "https://pds.localnet.test"}
            },
            "prev": None,
            **fields,
        }
        self.genesis = sign_operation(self.unsigned, self.rotation[0])
        self.did = did_of(self.genesis)

    def update(self, prev: dict[str, Any], by: int | PrivateKey = 0, **fields: Any) -> dict[str, Any]:
        """An operation after this one, signed by the rotation key of this number or by any key."""
        signer = self.rotation[by] if isinstance(by, int) else by
        return sign_operation({**self.unsigned, "prev": str(cid_of(prev)), **fields}, signer)

    def tombstone(self, prev: dict[str, Any], by: int | PrivateKey = 0) -> dict[str, Any]:
        signer = self.rotation[by] if isinstance(by, int) else by
        return sign_operation({"type": "plc_tombstone", "prev": str(cid_of(prev))}, signer)
