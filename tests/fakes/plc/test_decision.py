"""Who may change an identity, when, and what that undoes: small worlds exhausted against a model in plain words."""

import base64
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from fakes.atproto.jwt import base64url, base64url_decode
from fakes.atproto.plc import cid_of, did_of, sign_operation
from fakes.plc.decision import RATE_LIMITS, Entry, decide
from fakes.plc.errors import DirectoryError, OvertakenError, RefusedError, UndecodableError
from tests.fakes.plc.people import HOUR, NOW, STRANGER, Person

ALICE = Person()
BOB = Person("bob")
K256_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MISORDERED = "Operations not correctly ordered"
FORGED = "Invalid signature on op"


def entry(operation: dict[str, Any], at: float = NOW) -> Entry:
    return Entry(ALICE.did, operation, cid_of(operation), at, seq=0)


FOUNDED = [entry(ALICE.genesis)]


def resigned(sig: str) -> dict[str, Any]:
    return {**ALICE.genesis, "sig": sig}


RAW = base64url_decode(ALICE.genesis["sig"])
R, S = int.from_bytes(RAW[:32]), int.from_bytes(RAW[32:])
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SPARE_BITS = ALICE.genesis["sig"][:-1] + ALPHABET[ALPHABET.index(ALICE.genesis["sig"][-1]) | 1]

SIGNATURES: dict[str, tuple[str, type[DirectoryError]]] = {
    "a bit flipped": (base64url(bytes([RAW[0] ^ 1]) + RAW[1:]), RefusedError),
    "a high S": (base64url(RAW[:32] + (K256_ORDER - S).to_bytes(32)), RefusedError),
    "padding": (ALICE.genesis["sig"] + "==", RefusedError),
    "spare bits set": (SPARE_BITS, UndecodableError),
    "a newline": (ALICE.genesis["sig"] + "\n", UndecodableError),
    "the standard alphabet": (base64.b64encode(b"\xfb" * 66).decode(), UndecodableError),
    "hex": (RAW.hex(), UndecodableError),
    "DER": (base64url(encode_dss_signature(R, S)), UndecodableError),
    "nothing": ("", UndecodableError),
    "63 bytes": (base64url(RAW[:63]), UndecodableError),
}


@pytest.mark.parametrize("by", range(3))
def test_any_rotation_key_founds_an_identity(by: int) -> None:
    genesis = sign_operation(ALICE.unsigned, ALICE.rotation[by])

    assert decide(did_of(genesis), [], genesis, NOW) == ()


@pytest.mark.parametrize("signer", [ALICE.signing, STRANGER], ids=["the signing key", "a stranger"])
def test_nobody_else_founds_it(signer: Any) -> None:
    genesis = sign_operation(ALICE.unsigned, signer)

    with pytest.raises(RefusedError, match=FORGED):
        decide(did_of(genesis), [], genesis, NOW)


@pytest.mark.parametrize(("sig", "error"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_signature_has_one_form_and_not(sig: str, error: type[DirectoryError]) -> None:
    genesis = resigned(sig)

    with pytest.raises(error):
        decide(did_of(genesis), [], genesis, NOW)


@pytest.mark.parametrize(
    "did", ["did:plc:" + "a" * 24, ALICE.did[:-1], ALICE.did + "a", ALICE.did.upper(), "did:web:a.test"]
)
def test_an_identity_is_founded_under_the_hash_of_its_first_operation_only(did: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        decide(did, [], ALICE.genesis, NOW)

    assert str(refusal.value) == f"Hash of genesis operation does not match DID identifier: {ALICE.did}"


def test_the_hash_of_the_unsigned_operation_is_not_the_identity() -> None:
    unsigned_hash = did_of({**ALICE.unsigned, "sig": ""})

    with pytest.raises(RefusedError, match="Hash of genesis operation"):
        decide(unsigned_hash, [], ALICE.genesis, NOW)


def test_an_identity_does_not_begin_with_a_prev_or_with_its_end() -> None:
    with_prev = ALICE.update(ALICE.genesis)

    with pytest.raises(RefusedError, match="expected null prev on create"):
        decide(did_of(with_prev), [], with_prev, NOW)
    with pytest.raises(RefusedError, match=MISORDERED):
        decide(ALICE.did, [], ALICE.tombstone(ALICE.genesis), NOW)


def test_an_identity_without_rotation_keys_can_be_neither_founded_nor_changed() -> None:
    nobody = Person(rotationKeys=[])
    frozen = ALICE.update(ALICE.genesis, rotationKeys=[])

    with pytest.raises(RefusedError, match=FORGED):
        decide(nobody.did, [], nobody.genesis, NOW)
    with pytest.raises(RefusedError, match=FORGED):
        decide(ALICE.did, [*FOUNDED, entry(frozen, NOW + 1)], ALICE.update(frozen), NOW + 2)


PREVS: dict[str, tuple[Any, type[DirectoryError]]] = {
    "nothing": (None, RefusedError),
    "an empty text": ("", RefusedError),
    "an operation nobody knows": (str(cid_of({"x": 1})), RefusedError),
    "the unsigned first operation": (str(cid_of(ALICE.unsigned)), RefusedError),
    "somebody else's operation": (str(cid_of(BOB.genesis)), RefusedError),
    "a word": ("nope", UndecodableError),
}


@pytest.mark.parametrize(("prev", "error"), PREVS.values(), ids=PREVS)
def test_an_operation_follows_one_in_force_and_not(prev: Any, error: type[DirectoryError]) -> None:
    with pytest.raises(error):
        decide(
            ALICE.did, FOUNDED, sign_operation({**ALICE.unsigned, "prev": prev}, ALICE.rotation[0]), NOW + 1
        )


def test_a_rotation_key_counts_from_the_operation_after_the_one_that_names_it() -> None:
    adding = ALICE.update(ALICE.genesis, rotationKeys=[STRANGER.did_key])
    self_made = ALICE.update(ALICE.genesis, by=STRANGER, rotationKeys=[STRANGER.did_key])
    history = [*FOUNDED, entry(adding, NOW + 1)]

    with pytest.raises(RefusedError, match=FORGED):
        decide(ALICE.did, FOUNDED, self_made, NOW + 1)
    assert decide(ALICE.did, history, ALICE.update(adding, by=STRANGER), NOW + 2) == ()
    with pytest.raises(RefusedError, match=FORGED):
        decide(ALICE.did, history, ALICE.update(adding, by=1), NOW + 2)


def test_a_disputed_operation_is_overruled_by_the_keys_from_before_it() -> None:
    seizure = ALICE.update(ALICE.genesis, by=1, rotationKeys=[STRANGER.did_key])
    history = [*FOUNDED, entry(seizure, NOW + 1)]

    assert decide(ALICE.did, history, ALICE.update(ALICE.genesis, by=0), NOW + 2) == history[1:]
    with pytest.raises(RefusedError, match=FORGED):
        decide(ALICE.did, history, ALICE.update(ALICE.genesis, by=STRANGER), NOW + 2)


def test_sending_an_update_twice_is_a_fork_and_not_a_repetition() -> None:
    update = ALICE.update(ALICE.genesis, by=1)

    with pytest.raises(RefusedError, match=FORGED):
        decide(ALICE.did, [*FOUNDED, entry(update, NOW + 1)], update, NOW + 2)


@pytest.mark.parametrize(("hours", "allowed"), [(71, True), (72, True), (73, False)])
def test_recovery_is_open_for_72_hours_after_the_first_operation_it_undoes(hours: int, allowed: bool) -> None:
    first = ALICE.update(ALICE.genesis, by=1)
    second = ALICE.update(first, by=1)
    history = [*FOUNDED, entry(first, NOW), entry(second, NOW + 70 * HOUR)]
    recovery = ALICE.update(ALICE.genesis, by=0)

    if allowed:
        assert decide(ALICE.did, history, recovery, NOW + hours * HOUR) == history[1:]
    else:
        with pytest.raises(
            RefusedError, match=f"allowed 72 hr recovery window. Time lapsed: {hours * HOUR * 1000}"
        ):
            decide(ALICE.did, history, recovery, NOW + hours * HOUR)


def test_time_does_not_run_backwards() -> None:
    update = ALICE.update(ALICE.genesis, by=1)
    history = [*FOUNDED, entry(update, NOW + 1)]

    with pytest.raises(OvertakenError, match="does not match the most recent operation"):
        decide(ALICE.did, history, ALICE.update(update), NOW)
    with pytest.raises(RefusedError, match=MISORDERED):
        decide(ALICE.did, history, ALICE.update(ALICE.genesis, by=0), NOW + 1)


@pytest.mark.parametrize(("period", "seconds", "limit"), RATE_LIMITS)
def test_operations_are_limited_per(period: str, seconds: int, limit: int) -> None:
    step = seconds / limit * 0.999
    history = [entry(ALICE.genesis, NOW + number * step) for number in range(limit)]
    last = ALICE.update(ALICE.genesis)
    closing = [*history[:-1], replace(history[-1], operation=last, cid=cid_of(last))]
    update = ALICE.update(last)

    with pytest.raises(RefusedError, match=rf"To many operations within last {period} \(max {limit}\)"):
        decide(ALICE.did, closing, update, NOW + seconds * 0.9999)
    assert decide(ALICE.did, closing, update, NOW + seconds) == ()


def test_recovery_is_exempt_from_the_limits() -> None:
    evil = [ALICE.update(ALICE.genesis, by=1, alsoKnownAs=["at://evil0.test"])]
    for number in range(1, 10):
        evil.append(ALICE.update(evil[-1], by=1, alsoKnownAs=[f"at://evil{number}.test"]))
    history = [*FOUNDED, *(entry(operation, NOW + 1 + n) for n, operation in enumerate(evil))]

    with pytest.raises(RefusedError, match="within last hour"):
        decide(ALICE.did, history, ALICE.update(evil[-1]), NOW + 60)
    assert decide(ALICE.did, history, ALICE.update(ALICE.genesis, by=0), NOW + 60) == history[1:]


@dataclass(frozen=True)
class Move:
    """One attempt: the operation after the `prev`-th one taken, by rotation key `by` (3: a stranger), after a wait."""

    prev: int
    by: int
    tombstone: bool
    hours: int


@dataclass(frozen=True)
class Taken:
    move: Move
    at: float


def moves(count: int) -> Iterator[Move]:
    return itertools.starmap(Move, itertools.product(range(count), (0, 1, 3), (False, True), (1, 73)))


def model(taken: Sequence[Taken], in_force: Sequence[int], move: Move, at: float) -> list[int] | None:
    """Numbers of what is in force after the move, or None if it is refused."""
    if move.prev not in in_force or taken[move.prev].move.tombstone or move.by == 3:
        return None
    kept = in_force[: in_force.index(move.prev) + 1]
    undone = in_force[len(kept) :]
    if undone and not (move.by < taken[undone[0]].move.by and at - taken[undone[0]].at <= 72 * HOUR):
        return None
    return [*kept, len(taken)]


def play(taken: list[Taken], operations: list[dict[str, Any]], in_force: list[int], depth: int) -> int:
    """Try every move here and, after those that are taken, every move there; returns how many were tried."""
    tried = 0
    for move in moves(len(taken)):
        at = taken[-1].at + move.hours * HOUR
        signer = STRANGER if move.by == 3 else ALICE.rotation[move.by]
        aliases = [f"at://op{len(taken)}.test"]
        prev = operations[move.prev]
        operation = (
            ALICE.tombstone(prev, signer)
            if move.tombstone
            else ALICE.update(prev, signer, alsoKnownAs=aliases)
        )
        history = [entry(operations[number], taken[number].at) for number in in_force]
        expected = model(taken, in_force, move, at)
        assert verdict(history, operation, at) == (None if expected is None else len(expected)), (taken, move)
        tried += 1
        if expected is not None and depth > 1:
            tried += play([*taken, Taken(move, at)], [*operations, operation], expected, depth - 1)
    return tried


def verdict(history: list[Entry], operation: dict[str, Any], at: float) -> int | None:
    try:
        overruled = decide(ALICE.did, history, operation, at)
    except RefusedError:
        return None
    assert list(overruled) == history[len(history) - len(overruled) :]
    return len(history) - len(overruled) + 1


def test_every_short_history_goes_as_the_model_says() -> None:
    genesis = Taken(Move(0, 0, False, 0), NOW)

    assert play([genesis], [ALICE.genesis], [0], depth=3) > 1_500
