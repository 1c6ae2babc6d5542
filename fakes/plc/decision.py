"""Whether an operation may be added to a DID's history: one pure function, with time as an argument.

The history holds what is in force (nothing nullified), oldest first. An operation extends the newest one,
or overrules operations after its prev if a key of higher priority than theirs signs it within 72 hours.
Rules: https://web.plc.directory/spec/v0.1/did-plc (key rotation and account recovery), as the directory
applies them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fakes.atproto import keys
from fakes.atproto.cid import Cid
from fakes.atproto.jwt import base64url_decode
from fakes.atproto.plc import did_of_bytes
from fakes.plc.errors import OvertakenError, RefusedError, UndecodableError
from fakes.plc.operations import Operation, as_json, encoded, is_tombstone

HOUR = 3600
RECOVERY_WINDOW = 72 * HOUR
RATE_LIMITS = (("week", 7 * 24 * HOUR, 100), ("day", 24 * HOUR, 30), ("hour", HOUR, 10))

_MISORDERED = "Operations not correctly ordered"


@dataclass(frozen=True)
class Entry:
    """An operation in a DID's history; `at` is when the directory took it, in unix seconds."""

    did: str
    operation: Operation
    cid: Cid
    at: float
    seq: int
    nullified: bool = False


def decide(did: str, history: Sequence[Entry], operation: Operation, at: float) -> Sequence[Entry]:
    """The entries that the operation overrules, usually none; a DirectoryError if it may not be added."""
    if not history:
        _check_genesis(did, operation)
        return ()
    prev = _find_prev(history, operation)
    overruled = history[prev + 1 :]
    rotation_keys = history[prev].operation["rotationKeys"]
    if overruled:
        _check_recovery(rotation_keys, history, overruled, operation, at)
        return overruled
    _signer(rotation_keys, operation)
    _check_rate(history, at)
    if at < history[-1].at:
        # The directory orders a history by time and then finds another operation on top than the new one.
        raise OvertakenError(
            "Proposed prev does not match the most recent operation: [object Object],[object Object]"
        )
    return ()


def _check_genesis(did: str, operation: Operation) -> None:
    if is_tombstone(operation):
        raise RefusedError(_MISORDERED)
    _signer(operation["rotationKeys"], operation)
    if did != (right := did_of_bytes(encoded(operation))):
        raise RefusedError(f"Hash of genesis operation does not match DID identifier: {right}")
    if operation["prev"] is not None:
        raise RefusedError("Improperly formatted operation, expected null prev on create: [object Object]")


def _find_prev(history: Sequence[Entry], operation: Operation) -> int:
    if not operation["prev"]:
        raise RefusedError(_MISORDERED)
    try:
        prev = Cid.parse(operation["prev"])
    except ValueError:
        raise UndecodableError from None
    for index, entry in enumerate(history):
        if entry.cid == prev and not is_tombstone(entry.operation):
            return index
    raise RefusedError(_MISORDERED)


def _check_recovery(
    rotation_keys: Sequence[str],
    history: Sequence[Entry],
    overruled: Sequence[Entry],
    operation: Operation,
    at: float,
) -> None:
    disputed = overruled[0]
    priority = rotation_keys.index(_signer(rotation_keys, disputed.operation))
    _signer(rotation_keys[:priority], operation)
    if at <= history[-1].at:
        raise RefusedError(_MISORDERED)
    if at - disputed.at > RECOVERY_WINDOW:
        raise RefusedError(
            "Recovery operation occurred outside of the allowed 72 hr recovery window. "
            f"Time lapsed: {round((at - disputed.at) * 1000)}"
        )


def _signer(rotation_keys: Sequence[str], operation: Operation) -> str:
    """The first of the keys that signed the operation."""
    sig = operation["sig"]
    if not sig.endswith("="):
        try:
            signature = base64url_decode(sig)
        except ValueError:
            raise UndecodableError from None
        message = encoded({name: value for name, value in operation.items() if name != "sig"})
        for key in rotation_keys:
            if len(signature) != 64:
                raise UndecodableError
            if keys.verify(key, message, signature):
                return key
    raise RefusedError(f"Invalid signature on op: {as_json(operation)}")


def _check_rate(history: Sequence[Entry], at: float) -> None:
    """Operations that overrule others are exempt: else an attacker could use up the owner's allowance."""
    for period, seconds, limit in RATE_LIMITS:
        if sum(entry.at > at - seconds for entry in history) >= limit:
            raise RefusedError(f"To many operations within last {period} (max {limit})")
