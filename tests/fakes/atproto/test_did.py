"""What is read out of DID documents, in the forms that occur, and what is not."""

from typing import Any

import pytest

from fakes.atproto import did, keys
from fakes.atproto.keys import PrivateKey
from fakes.atproto.multibase import base58_encode

KEY = PrivateKey.from_bytes(b"\1" * 32).did_key
POINT = keys.public_bytes(KEY)[2:]
ALICE = "did:plc:alice"

METHODS: dict[str, dict[str, Any]] = {
    "a multikey": {
        "id": f"{ALICE}#atproto",
        "type": "Multikey",
        "publicKeyMultibase": KEY.removeprefix("did:key:"),
    },
    "a key without its codec, under a relative name": {
        "id": "#atproto",
        "type": "EcdsaSecp256k1VerificationKey2019",
        "publicKeyMultibase": "z" + base58_encode(POINT),
    },
}

NOT_METHODS: dict[str, Any] = {
    "no methods at all": None,
    "methods that are no list": {},
    "a method that is no map": ["x"],
    "another method": [{**METHODS["a multikey"], "id": f"{ALICE}#other"}],
    "another's method": [{**METHODS["a multikey"], "id": "did:plc:bob#atproto"}],
    "a type nobody knows": [{**METHODS["a multikey"], "type": "JsonWebKey"}],
    "a key that is no text": [{**METHODS["a multikey"], "publicKeyMultibase": 7}],
}

SERVICE = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.test"}

NOT_SERVICES: dict[str, Any] = {
    "no services": None,
    "another service": [{**SERVICE, "id": "#labeler"}],
    "another type": [{**SERVICE, "type": "Labeler"}],
    "an endpoint that is no text": [{**SERVICE, "serviceEndpoint": {}}],
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_signing_key_is_read_from(method: dict[str, Any]) -> None:
    assert did.signing_key({"id": ALICE, "verificationMethod": [method]}) == KEY


@pytest.mark.parametrize("methods", NOT_METHODS.values(), ids=NOT_METHODS)
def test_there_is_no_signing_key_in(methods: Any) -> None:
    with pytest.raises(ValueError, match=ALICE):
        did.signing_key({"id": ALICE, "verificationMethod": methods})


@pytest.mark.parametrize("name", ["#atproto_pds", f"{ALICE}#atproto_pds"])
def test_the_pds_is_read_under_both_forms_of_its_name(name: str) -> None:
    assert did.pds_endpoint({"id": ALICE, "service": [{**SERVICE, "id": name}]}) == "https://pds.test"


@pytest.mark.parametrize("services", NOT_SERVICES.values(), ids=NOT_SERVICES)
def test_there_is_no_pds_in(services: Any) -> None:
    with pytest.raises(ValueError, match=ALICE):
        did.pds_endpoint({"id": ALICE, "service": services})


@pytest.mark.parametrize(
    ("aliases", "handle"),
    [(None, None), ([], None), (["https://a.test", "at://b.test", "at://c.test"], "b.test"), ([7], None)],
    ids=["none", "an empty list", "the first at-uri counts", "not text"],
)
def test_the_handle_claimed_first(aliases: Any, handle: str | None) -> None:
    assert did.handle({"id": ALICE, "alsoKnownAs": aliases}) == handle
