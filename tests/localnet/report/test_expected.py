"""What differs is found by comparing with those for whom it went well: whatever their ids, their order of reading, their replica."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from localnet.journal import Line
from localnet.report.expected import Example, first_difference, key_of, outcome_of
from tests.localnet.journal.telling import CROSSPOST, DID, DID_OF_BOB, hop, sql

CREATE = "POST /xrpc/com.atproto.repo.createRecord"
GOOD = [Example("sentinel", CROSSPOST), Example("bob", CROSSPOST)]


def told(lines: Sequence[Line], examples: Sequence[Example] = GOOD) -> str:
    """Where and what, in one."""
    found = first_difference("event", lines, examples)
    return f"{lines[found.at].op}: {found.says}" if found else "nothing"


def changed(op: str, **changes: str) -> list[Line]:
    return [replace(line, **changes) if line.op == op else line for line in CROSSPOST]  # type: ignore[arg-type]


def without(*ops: str) -> list[Line]:
    return [line for line in CROSSPOST if line.op not in ops]


UNDISTURBED: dict[str, Sequence[Line]] = {
    "the same": CROSSPOST,
    "another replica": [replace(line, edge=(line.edge or "").replace("bridge", "bridge-2")) for line in CROSSPOST],
    "more reading": [*CROSSPOST, hop("bridge→pds", "GET /xrpc/describeServer"), sql(4, "SELECT something")],
    "the harness doing something else": [*CROSSPOST, hop("harness→bridge", "POST /disable")],
    "the reader looking somewhere else": [*CROSSPOST, hop("reader→plc", f"GET /{DID}", outcome="404")],
    "a fault that changed nothing": [hop("bridge→pds", "delay 1s", "fault", "hit"), *CROSSPOST],
}  # fmt: skip


@pytest.mark.parametrize("lines", UNDISTURBED.values(), ids=UNDISTURBED)
def test_what_makes_no_difference(lines: Sequence[Line]) -> None:
    assert told(lines) == "nothing"


DISTURBED: dict[str, tuple[Sequence[Line], str]] = {
    "another status": (changed(CREATE, outcome="500"), f"{CREATE}: 500, where it was 200 for bob"),
    "an error in the database": (changed("INSERT publish_jobs", outcome="ERROR 23505"), "INSERT publish_jobs: ERROR 23505, where it was done for bob"),
    "a write that met no row": (changed("INSERT record_mappings", outcome="INSERT 0 0"), "INSERT record_mappings: no row, where it was done for bob"),
    "a film that is not there": (changed("GET /" + "f" * 64, outcome="404"), f"GET /{'f' * 64}: 404, where it was 200 for bob"),
    "what never came": (without(CREATE, "recv #commit", "INSERT record_mappings"), "POST /xrpc/com.atproto.repo.uploadBlob: bridge→pds POST com.atproto.repo.createRecord never came, as it did next for bob"),
    "an event that nobody took up": (CROSSPOST[:2], "PUT /upload: bridge→relay recv EVENT never came, as it did next for bob"),
    "the first of two": (changed("INSERT publish_jobs", outcome="ERROR 1")[:8], "INSERT publish_jobs: ERROR 1, where it was done for bob"),
    "a failure on the way elsewhere": ([hop("bridge→plc", "POST /", outcome="404"), *CROSSPOST], "POST /: 404, on a hop that bob's story has not"),
    "something done again": ([*CROSSPOST, CROSSPOST[10]], f"{CREATE}: the second time; it was once for bob"),
    "something else that was done": ([*CROSSPOST, hop("bridge→names", "POST /release")], "POST /release: a hop that bob's story has not"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "difference"), DISTURBED.values(), ids=DISTURBED)
def test_what_differs(lines: Sequence[Line], difference: str) -> None:
    assert told(lines) == difference


def test_what_happened_to_any_of_the_others_is_no_difference() -> None:
    lines = changed(CREATE, outcome="500")

    assert told(lines, [*GOOD, Example("carol", lines)]) == "nothing"


def test_only_what_came_for_all_of_the_others_is_missed() -> None:
    assert (
        told(without("INSERT publish_jobs"), [Example("carol", without("INSERT publish_jobs")), *GOOD])
        == "nothing"
    )


WITHOUT_EXAMPLE: dict[str, tuple[Sequence[Line], str]] = {
    "all steps": (CROSSPOST, "nothing"),
    "a step that never came": (without(CREATE, "recv #commit"), "POST /xrpc/com.atproto.repo.uploadBlob: bridge→pds POST com.atproto.repo.createRecord or bridge→pds POST com.atproto.repo.putRecord never came"),
    "the request that failed instead": (changed(CREATE, outcome="500")[:11], f"{CREATE}: 500; what comes of it cannot go on"),
    "what is read may be missing": ([*without(CREATE)[:10], hop("bridge→pds", "GET /it", outcome="400")], "POST /xrpc/com.atproto.repo.uploadBlob: bridge→pds POST com.atproto.repo.createRecord or bridge→pds POST com.atproto.repo.putRecord never came"),
    "another way": ([replace(line, kind="http", op="GET /api/videos/events?since=1", outcome="200") if line.op == "recv EVENT" else line for line in CROSSPOST], "nothing"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "difference"), WITHOUT_EXAMPLE.values(), ids=WITHOUT_EXAMPLE)
def test_where_it_went_well_for_nobody(lines: Sequence[Line], difference: str) -> None:
    assert told(lines, []) == difference


def test_what_is_particular_is_left_out_of_a_comparison() -> None:
    assert key_of(hop("bridge-2→plc", f"GET /{DID}/log?x=1")) == key_of(
        hop("bridge→plc", f"GET /{DID_OF_BOB.replace(':', '%3A')}/log")
    )
    assert outcome_of(sql(1, "UPDATE a", "UPDATE 3")) == outcome_of(sql(1, "UPDATE a", "UPDATE 1")) == "done"
