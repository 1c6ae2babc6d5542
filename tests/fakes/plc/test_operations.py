"""What an operation must look like: limits to the last character, and the reason given beyond them."""

from typing import Any

import pytest

from fakes.plc import operations
from fakes.plc.errors import RefusedError, UndecodableError
from tests.fakes.plc.people import Person, key

ED25519 = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
KEYS = [key(f"k{n}").did_key for n in range(11)]
SERVICE = {"type": "T", "endpoint": "https://a.test"}

ALLOWED: dict[str, dict[str, Any]] = {
    "ten rotation keys": {"rotationKeys": KEYS[:10]},
    "no rotation keys": {"rotationKeys": []},
    "a rotation key twice": {"rotationKeys": KEYS[:1] * 2},
    "no verification methods": {"verificationMethods": {}},
    "ten verification methods": {"verificationMethods": {f"k{n}": KEYS[n] for n in range(10)}},
    "a verification method with a name of 32 characters": {"verificationMethods": {"k" * 32: KEYS[0]}},
    "an ed25519 verification method": {"verificationMethods": {"atproto": ED25519}},
    "no aliases": {"alsoKnownAs": []},
    "ten aliases": {"alsoKnownAs": [f"at://h{n}.test" for n in range(10)]},
    "an alias of 258 characters": {"alsoKnownAs": ["a" * 258]},
    "an alias of 129 faces, which count twice": {"alsoKnownAs": ["😀" * 129]},
    "an alias that is no URI": {"alsoKnownAs": ["plain string"]},
    "no services": {"services": {}},
    "ten services": {"services": {f"s{n}": SERVICE for n in range(10)}},
    "a service with a name of 32 characters": {"services": {"s" * 32: SERVICE}},
    "a service over plain http": {"services": {"s": {**SERVICE, "endpoint": "http://localhost:1"}}},
    "an endpoint of 512 characters": {"services": {"s": {**SERVICE, "endpoint": "e" * 512}}},
}

BEYOND: dict[str, tuple[dict[str, Any], str]] = {
    "eleven rotation keys": ({"rotationKeys": KEYS}, "Too many rotationKey entries (max 10)"),
    "a rotation key that is none": (
        {"rotationKeys": ["did:key:zNope"]},
        "Invalid rotationKey: did:key:zNope",
    ),
    "an ed25519 rotation key": ({"rotationKeys": [ED25519]}, f"Invalid rotationKey: {ED25519}"),
    "eleven verification methods": (
        {"verificationMethods": {f"k{n}": KEYS[n] for n in range(11)}},
        "Too many Verification Method entries (max 10)",
    ),
    "a verification method with a name of 33 characters": (
        {"verificationMethods": {"k" * 33: KEYS[0]}},
        f"Verification Method id too long (max 32): {'k' * 33}",
    ),
    "a verification method of 257 characters": (
        {"verificationMethods": {"a": "did:key:z" + "1" * 248}},
        f"Verification Method key too long (max 256): did:key:z{'1' * 248}",
    ),
    "a verification method of another DID method": (
        {"verificationMethods": {"a": "did:web:a.test"}},
        "Invalid verificationMethod key: did:web:a.test",
    ),
    "eleven aliases": (
        {"alsoKnownAs": [f"at://h{n}.test" for n in range(11)]},
        "To many alsoKnownAs entries (max 10)",
    ),
    "an alias of 259 characters": (
        {"alsoKnownAs": ["a" * 259]},
        f"alsoKnownAs entry too long (max 258): {'a' * 259}",
    ),
    "an alias twice": ({"alsoKnownAs": ["at://a.test"] * 2}, "duplicate alsoKnownAs entry: at://a.test"),
    "eleven services": (
        {"services": {f"s{n}": SERVICE for n in range(11)}},
        "To many service entries (max 10)",
    ),
    "a service with a name of 33 characters": (
        {"services": {"s" * 33: SERVICE}},
        f"Service id too long (max 32): {'s' * 33}",
    ),
    "a service type of 257 characters": (
        {"services": {"s": {**SERVICE, "type": "t" * 257}}},
        "Service type too long (max 256)",
    ),
    "an endpoint of 513 characters": (
        {"services": {"s": {**SERVICE, "endpoint": "e" * 513}}},
        "Service endpoint too long (max 512)",
    ),
    "more than 4000 bytes": (
        {"services": {f"s{n}": {"type": "t" * 200, "endpoint": "e" * 400} for n in range(8)}},
        "Operation too large (4000 bytes maximum in cbor encoding)",
    ),
}

SHAPELESS: dict[str, dict[str, Any]] = {
    "an unknown type": {"type": "plc_other"},
    "a field more": {"extra": 1},
    "a fraction": {"extra": 1.5},
    "a service with a field more": {"services": {"s": {**SERVICE, "x": "y"}}},
    "a service that lacks its endpoint": {"services": {"s": {"type": "T"}}},
    "services in a list": {"services": []},
    "verification methods in a list": {"verificationMethods": []},
    "a verification method that is a number": {"verificationMethods": {"a": 7}},
    "an alias that is a number": {"alsoKnownAs": [7]},
    "rotation keys in a map": {"rotationKeys": {}},
    "a signature that is a number": {"sig": 7},
    "a prev that is a number": {"prev": 7},
}

ALICE = Person()
TOMBSTONE = ALICE.tombstone(ALICE.genesis)

NO_OPERATIONS: dict[str, Any] = {
    "an empty map": {},
    "a list": [],
    "a legacy create": {
        "type": "create",
        "signingKey": KEYS[0],
        "recoveryKey": KEYS[1],
        "handle": "alice.test",
        "service": "https://pds.test",
        "prev": None,
        "sig": "x",
    },
    "a tombstone without prev": {**TOMBSTONE, "prev": None},
    "a tombstone with a field more": {**TOMBSTONE, "x": 1},
}


@pytest.mark.parametrize("fields", ALLOWED.values(), ids=ALLOWED)
def test_an_operation_may_have(fields: dict[str, Any]) -> None:
    operation = Person(**fields).genesis

    assert operations.check(operation) == operation


@pytest.mark.parametrize(("fields", "reason"), BEYOND.values(), ids=BEYOND)
def test_an_operation_may_not_have(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        operations.check(Person(**fields).genesis)

    assert str(refusal.value) == reason


@pytest.mark.parametrize("fields", SHAPELESS.values(), ids=SHAPELESS)
def test_no_operation_has(fields: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="Not a valid operation"):
        operations.check({**ALICE.genesis, **fields})


@pytest.mark.parametrize("field", ALICE.genesis)
def test_no_operation_lacks(field: str) -> None:
    with pytest.raises(RefusedError, match="Not a valid operation"):
        operations.check({name: value for name, value in ALICE.genesis.items() if name != field})


@pytest.mark.parametrize("value", NO_OPERATIONS.values(), ids=NO_OPERATIONS)
def test_it_is_no_operation_to_be(value: Any) -> None:
    with pytest.raises(RefusedError) as refusal:
        operations.check(value)

    assert str(refusal.value) == f"Not a valid operation: {operations.as_json(value)}"


def test_a_tombstone_is_an_operation() -> None:
    assert operations.check(TOMBSTONE) == TOMBSTONE


def test_what_has_no_encoding_breaks_the_directory() -> None:
    with pytest.raises(UndecodableError, match="Internal Server Error"):
        operations.check({**ALICE.genesis, "alsoKnownAs": ["\ud800"]})
