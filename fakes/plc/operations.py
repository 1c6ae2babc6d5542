"""What an incoming operation must look like before anybody asks whether it is allowed.

Shape, sizes and counts only; history and signatures are `decision.py`'s. The encoding that everything is
judged by is `dag_cbor`'s, an independent one: a mistake of our own codec, which clients of this directory
share, must show here. Limits and wording are the directory's own, slips included. Rules:
https://web.plc.directory/spec/v0.1/did-plc.
"""

import json
from collections.abc import Mapping
from typing import Any

from fakes.atproto import keys
from fakes.plc.errors import RefusedError, UndecodableError

MAX_OPERATION_BYTES = 4000
MAX_ENTRIES = 10
MAX_ALIAS_LENGTH = 258
MAX_ID_LENGTH = 32
MAX_KEY_LENGTH = 256
MAX_SERVICE_TYPE_LENGTH = 256
MAX_ENDPOINT_LENGTH = 512

Operation = Mapping[str, Any]

_OPERATION_FIELDS = {"type", "rotationKeys", "verificationMethods", "alsoKnownAs", "services", "prev", "sig"}
_TOMBSTONE_FIELDS = {"type", "prev", "sig"}


def encoded(operation: Any) -> bytes:
    import dag_cbor  # takes 50 ms to load, which a network that is starting up does not have to wait for

    try:
        return dag_cbor.encode(operation)
    except (ValueError, RecursionError):
        raise UndecodableError from None


def as_json(value: Any) -> str:
    """As JSON.stringify writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def is_tombstone(operation: Operation) -> bool:
    return bool(operation["type"] == "plc_tombstone")


def check(operation: Any) -> Operation:
    """The operation, if it is one; RefusedError with the directory's reason if not."""
    if len(encoded(operation)) > MAX_OPERATION_BYTES:
        raise RefusedError(f"Operation too large ({MAX_OPERATION_BYTES} bytes maximum in cbor encoding)")
    if not isinstance(operation, dict) or not (_is_operation(operation) or _is_tombstone(operation)):
        raise RefusedError(f"Not a valid operation: {as_json(operation)}")
    if not is_tombstone(operation):
        _check_aliases(operation["alsoKnownAs"])
        _check_rotation_keys(operation["rotationKeys"])
        _check_services(operation["services"])
        _check_verification_methods(operation["verificationMethods"])
    return operation


def _is_operation(operation: dict[str, Any]) -> bool:
    return (
        operation.keys() == _OPERATION_FIELDS
        and operation["type"] == "plc_operation"
        and _are_strings(operation["rotationKeys"])
        and _is_map_of_strings(operation["verificationMethods"])
        and _are_strings(operation["alsoKnownAs"])
        and isinstance(operation["services"], dict)
        and all(_is_service(service) for service in operation["services"].values())
        and isinstance(operation["prev"], str | None)
        and isinstance(operation["sig"], str)
    )


def _is_tombstone(operation: dict[str, Any]) -> bool:
    return (
        operation.keys() == _TOMBSTONE_FIELDS
        and operation["type"] == "plc_tombstone"
        and isinstance(operation["prev"], str)
        and isinstance(operation["sig"], str)
    )


def _are_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_map_of_strings(value: Any) -> bool:
    return isinstance(value, dict) and _are_strings(list(value.values()))


def _is_service(value: Any) -> bool:
    return _is_map_of_strings(value) and value.keys() == {"type", "endpoint"}


def _check_aliases(aliases: list[str]) -> None:
    if len(aliases) > MAX_ENTRIES:
        raise RefusedError(f"To many alsoKnownAs entries (max {MAX_ENTRIES})")
    seen = set()
    for alias in aliases:
        if _length(alias) > MAX_ALIAS_LENGTH:
            raise RefusedError(f"alsoKnownAs entry too long (max {MAX_ALIAS_LENGTH}): {alias}")
        if alias in seen:
            raise RefusedError(f"duplicate alsoKnownAs entry: {alias}")
        seen.add(alias)


def _check_rotation_keys(rotation_keys: list[str]) -> None:
    if len(rotation_keys) > MAX_ENTRIES:
        raise RefusedError(f"Too many rotationKey entries (max {MAX_ENTRIES})")
    for key in rotation_keys:
        try:
            keys.check(key)
        except ValueError:
            raise RefusedError(f"Invalid rotationKey: {key}") from None


def _check_services(services: dict[str, dict[str, str]]) -> None:
    if len(services) > MAX_ENTRIES:
        raise RefusedError(f"To many service entries (max {MAX_ENTRIES})")
    for name, service in services.items():
        if _length(name) > MAX_ID_LENGTH:
            raise RefusedError(f"Service id too long (max {MAX_ID_LENGTH}): {name}")
        if _length(service["type"]) > MAX_SERVICE_TYPE_LENGTH:
            raise RefusedError(f"Service type too long (max {MAX_SERVICE_TYPE_LENGTH})")
        if _length(service["endpoint"]) > MAX_ENDPOINT_LENGTH:
            raise RefusedError(f"Service endpoint too long (max {MAX_ENDPOINT_LENGTH})")


def _check_verification_methods(methods: dict[str, str]) -> None:
    if len(methods) > MAX_ENTRIES:
        raise RefusedError(f"Too many Verification Method entries (max {MAX_ENTRIES})")
    for name, key in methods.items():
        if _length(name) > MAX_ID_LENGTH:
            raise RefusedError(f"Verification Method id too long (max {MAX_ID_LENGTH}): {name}")
        if _length(key) > MAX_KEY_LENGTH:
            raise RefusedError(f"Verification Method key too long (max {MAX_KEY_LENGTH}): {key}")
        try:
            keys.public_bytes(key)
        except ValueError:
            raise RefusedError(f"Invalid verificationMethod key: {key}") from None


def _length(text: str) -> int:
    """In UTF-16 code units, which is what the directory counts."""
    return len(text.encode("utf-16-le")) // 2
