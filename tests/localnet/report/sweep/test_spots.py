"""Hops of a clean run are told so that another run of other people has them again, and idle ones are left out."""

from collections.abc import Mapping

import pytest

from localnet.journal import Line
from localnet.journal.lines import Request, Response
from localnet.report.sweep.spots import Mishap, Someone, Spot, key_of_all, spots_of

PUBKEY, DID, EVENT = "ab" * 32, "did:plc:" + "a" * 24, "cd" * 32
ALICE = Someone(PUBKEY, DID)
BOB = Someone("ef" * 32)
CLAIM = "UPDATE publish_jobs SET state = 'in_progress' RETURNING nostr_pubkey"
NOTE = "INSERT INTO record_mappings (did) VALUES ($1)"


def hop(at: float, op: str, edge: str = "bridge→pds", kind: str = "http", ids: Mapping[str, list[str]] | None = None, **more: object) -> Line:  # fmt: skip
    return Line(at, "n1", kind, op, "200", edge, ids=ids or {}, **more)  # type: ignore[arg-type]


def statement(at: float, text: str, *parameters: str, rows: str | None = None, connection: int = 1) -> Line:
    op = "COMMIT" if text == "COMMIT" else " ".join((text.split()[0], text.split()[-1] if text.startswith("SELECT") else text.split()[2 if text.startswith("INSERT") else 1]))  # fmt: skip
    values = {f"${place}": value for place, value in enumerate(parameters, 1)}
    ids = {"pubkey": [PUBKEY]} if PUBKEY in " ".join((*parameters, rows or "")) else {}
    return hop(
        at,
        op,
        "bridge→postgres",
        "sql",
        ids,
        request=Request(values, text),
        response=Response(body=rows),
        connection=connection,
    )


def told(spots: list[Spot]) -> list[str]:
    return [str(spot) for spot in spots]


def test_ids_and_queries_are_no_part_of_what_a_hop_is() -> None:
    lines = [
        hop(2, f"GET /xrpc/com.atproto.repo.getRecord?repo={DID}"),
        hop(1, f"POST /{DID}", "bridge→plc"),
        hop(3, f"GET /{EVENT}.mp4", "public→media"),
    ]

    spots, left_out = spots_of(lines, [ALICE], set())

    assert told(spots) == [
        "bridge→plc POST /*",
        "bridge→pds GET /xrpc/com.atproto.repo.getRecord",
        "public→media GET /*.mp4",
    ]
    assert left_out == 0


@pytest.mark.parametrize("edge", ["harness→pds", "reader→pds", "public→pds", "pds→plc"])
def test_hops_of_others_are_not_the_bridges(edge: str) -> None:
    assert spots_of([hop(1, "GET /a", edge)], [ALICE], set()) == ([], 0)


def test_the_same_hop_of_the_same_person_is_counted() -> None:
    lines = [hop(at, "GET /a", ids={"did": [DID]}) for at in (1, 2)]

    first, second = spots_of(lines, [ALICE], set())[0]

    assert (first.nth, first.who, first.by) == (0, 0, "did")
    assert (second.nth, str(second)) == (1, "bridge→pds GET /a (2)")
    assert second.fault(Mishap.ANSWER_LOST, [ALICE]).skip == 1


def test_whoever_it_is_about_is_somebody_else_in_the_next_run() -> None:
    (spot,) = spots_of([hop(1, "GET /a", ids={"pubkey": [PUBKEY]})], [BOB, ALICE], set())[0]

    fault = spot.fault(Mishap.ERROR, [ALICE, BOB])

    assert fault.containing == (BOB.pubkey,)
    assert str(fault) == f"answer (status 500) on bridge→pds GET /a with {BOB.pubkey}"


def test_what_a_bridge_does_in_idle_time_is_told_by_the_person_or_left_out() -> None:
    lines = [statement(1, CLAIM), statement(2, CLAIM, rows=f'{{"nostr_pubkey":"{PUBKEY}"}}')]

    spots, left_out = spots_of(lines, [ALICE], set(key_of_all(lines[:1])))

    assert left_out == 1
    assert spots[0].mishaps == (Mishap.KILLED_AFTER, Mishap.ANSWER_LOST)
    assert spots[0].fault(Mishap.KILLED_AFTER, [BOB]).containing == (CLAIM, BOB.pubkey)


def test_a_routine_look_is_left_out_even_when_it_names_somebody() -> None:
    look = statement(1, "SELECT 1 FROM account_links", PUBKEY)

    assert spots_of([look], [ALICE], set(key_of_all([look]))) == ([], 1)


def test_a_commit_is_told_by_what_it_changes_and_is_no_place_without() -> None:
    lines = [
        statement(1, NOTE, EVENT, connection=1),
        statement(2, CLAIM, connection=2),
        statement(3, "SELECT 1 FROM notes", connection=1),
        statement(4, "COMMIT", connection=1),
        statement(5, "SELECT 1 FROM notes", connection=3),
        statement(6, "COMMIT", connection=3),
    ]

    spots, _ = spots_of(lines, [ALICE], set())

    assert told(spots)[-2:] == [
        "bridge→postgres COMMIT of INSERT record_mappings",
        "bridge→postgres SELECT notes (2)",
    ]
    assert spots[-2].fault(Mishap.ANSWER_LOST, [ALICE]).containing == (NOTE,)


def test_frames_have_no_answer_and_count_only_when_they_are_about_something() -> None:
    frames = [
        hop(1, "recv EVENT", "bridge→relay", "websocket", {"pubkey": [PUBKEY]}),
        hop(2, "ping", "bridge→relay", "websocket"),
        hop(3, "recv NOTICE", "bridge→relay", "websocket"),
    ]

    (spot,) = spots_of(frames, [ALICE], set())[0]

    assert spot.mishaps == (Mishap.KILLED_BEFORE, Mishap.KILLED_AFTER, Mishap.ANSWER_LOST)
    assert spot.fault(Mishap.ANSWER_LOST, [ALICE]).action == "drop"


FAULTS = {
    Mishap.KILLED_BEFORE: "kill (when before, service bridge)",
    Mishap.KILLED_AFTER: "kill (when after, service bridge)",
    Mishap.ANSWER_LOST: "lose_answer",
    Mishap.ERROR: "answer (sqlstate 58030)",
    Mishap.LATE: "delay (seconds 2.0)",
}


@pytest.mark.parametrize(("mishap", "said"), FAULTS.items(), ids=FAULTS)
def test_every_mishap_is_a_fault_of_a_statement(mishap: Mishap, said: str) -> None:
    (spot,) = spots_of([statement(1, NOTE, PUBKEY)], [ALICE], set())[0]

    assert str(spot.fault(mishap, [ALICE])).startswith(f"{said} on bridge→postgres INSERT record_mappings")
