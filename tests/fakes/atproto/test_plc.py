"""did:plc operations and documents, with `dag_cbor` and `hashlib` as the second opinion."""

import base64
import hashlib
from typing import Any

import dag_cbor
import pytest

from fakes.atproto import did, keys, plc
from fakes.atproto.jwt import base64url_decode
from fakes.atproto.keys import PrivateKey

KEY = PrivateKey.from_bytes(b"\1" * 32)
P256 = "did:key:zDnaeTiq1PdzvZXUaMdezchcMJQpBdH2VN4pgrrEhMCCbmwSb"
ED25519 = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
UNSIGNED: dict[str, Any] = {
    "type": "plc_operation",
    "rotationKeys": [KEY.did_key],
    "verificationMethods": {"atproto": KEY.did_key},
    "alsoKnownAs": ["at://alice.localnet.test"],
    "services": {
        "atproto_pds": {"type": "AtprotoPersonalDataServer", "endpoint": "https://pds.localnet.test"}
    },
    "prev": None,
}
GENESIS = plc.sign_operation(UNSIGNED, KEY)


def test_an_operation_is_signed_over_its_encoding_without_the_signature() -> None:
    assert {**GENESIS, "sig": ""} == {**UNSIGNED, "sig": ""}
    assert keys.verify(KEY.did_key, dag_cbor.encode(UNSIGNED), base64url_decode(GENESIS["sig"]))
    assert plc.sign_operation(GENESIS, KEY) == GENESIS


def test_the_did_is_the_hash_of_the_signed_operation() -> None:
    digest = hashlib.sha256(dag_cbor.encode(GENESIS)).digest()

    assert plc.did_of(GENESIS) == "did:plc:" + base64.b32encode(digest).decode().lower()[:24]
    assert plc.cid_of(GENESIS).to_bytes() == b"\x01\x71\x12\x20" + digest


def test_the_hash_of_an_unsigned_operation_is_not_a_did() -> None:
    with pytest.raises(ValueError, match="no sig"):
        plc.did_of(UNSIGNED)


def test_a_document_says_what_the_operation_said() -> None:
    document = plc.document("did:plc:alice", GENESIS)

    assert did.signing_key(document) == KEY.did_key
    assert did.pds_endpoint(document) == "https://pds.localnet.test"
    assert did.handle(document) == "alice.localnet.test"
    assert document["verificationMethod"][0]["id"] == "did:plc:alice#atproto"
    assert document["service"][0]["id"] == "#atproto_pds"


@pytest.mark.parametrize(
    ("methods", "suites"),
    [
        ({}, []),
        ({"atproto": KEY.did_key, "other": KEY.did_key}, ["secp256k1-2019"]),
        ({"atproto": P256}, ["ecdsa-2019"]),
        ({"atproto": P256, "other": KEY.did_key}, ["ecdsa-2019", "secp256k1-2019"]),
        ({"atproto": ED25519}, []),
    ],
    ids=["no key", "k256 twice", "P-256", "both", "neither"],
)
def test_a_document_names_the_suites_of_its_keys(methods: dict[str, str], suites: list[str]) -> None:
    document = plc.document("did:plc:alice", {**GENESIS, "verificationMethods": methods})

    assert [context.split("/")[-2] for context in document["@context"]] == ["did", "multikey", *suites]
    assert [method["type"] for method in document["verificationMethod"]] == ["Multikey"] * len(methods)
