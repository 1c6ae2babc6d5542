"""What the directory remembers, and how it shows it: states, logs, exports."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.atproto.plc import cid_of
from fakes.plc.directory import Directory
from fakes.plc.errors import NotFoundError, RefusedError
from tests.fakes.plc.people import NOW, Person

ALICE, BOB = Person(), Person("bob")
UPDATE = ALICE.update(ALICE.genesis, by=2, alsoKnownAs=["at://evil.test"])
SECOND = ALICE.update(UPDATE, by=2, alsoKnownAs=["at://worse.test"])
RECOVERY = ALICE.update(ALICE.genesis, by=0, alsoKnownAs=["at://good.test"])
VIEWS = (Directory.state, Directory.last, Directory.log, Directory.audit_log)


def directory(*operations: dict[str, Any]) -> Directory:
    """One in which these operations of Alice were taken, a second apart."""
    made = Directory()
    for number, operation in enumerate(operations):
        made.submit(ALICE.did, operation, NOW + number)
    return made


@pytest.mark.parametrize("view", VIEWS)
def test_what_was_never_registered_is_not_found(view: Any) -> None:
    with pytest.raises(NotFoundError, match=r"^DID not registered: foo$"):
        view(Directory(), "foo")


def test_the_newest_operation_in_force_is_the_state() -> None:
    made = directory(ALICE.genesis, UPDATE)

    assert made.state(ALICE.did) == {
        "did": ALICE.did,
        "verificationMethods": ALICE.unsigned["verificationMethods"],
        "rotationKeys": ALICE.unsigned["rotationKeys"],
        "alsoKnownAs": ["at://evil.test"],
        "services": ALICE.unsigned["services"],
    }
    assert made.last(ALICE.did) == UPDATE
    assert made.log(ALICE.did) == [ALICE.genesis, UPDATE]


def test_what_was_overruled_is_out_of_force_and_not_forgotten() -> None:
    made = directory(ALICE.genesis, UPDATE, SECOND, RECOVERY)

    assert made.log(ALICE.did) == [ALICE.genesis, RECOVERY]
    assert made.state(ALICE.did)["alsoKnownAs"] == ["at://good.test"]
    assert [(line["cid"], line["nullified"]) for line in made.audit_log(ALICE.did)] == [
        (str(cid_of(ALICE.genesis)), False),
        (str(cid_of(UPDATE)), True),
        (str(cid_of(SECOND)), True),
        (str(cid_of(RECOVERY)), False),
    ]
    with pytest.raises(RefusedError, match="not correctly ordered"):
        made.submit(ALICE.did, ALICE.update(SECOND), NOW + 9)


def test_a_tombstone_hides_the_state_and_keeps_the_log() -> None:
    tombstone = ALICE.tombstone(ALICE.genesis, by=1)
    made = directory(ALICE.genesis, tombstone)

    with pytest.raises(NotFoundError, match=rf"^DID not available: {ALICE.did}$"):
        made.state(ALICE.did)
    assert made.last(ALICE.did) == tombstone
    assert len(made.log(ALICE.did)) == 2
    for operation in (ALICE.update(tombstone), ALICE.tombstone(tombstone), ALICE.genesis):
        with pytest.raises(RefusedError, match="not correctly ordered"):
            made.submit(ALICE.did, operation, NOW + 9)


def test_a_stronger_key_brings_an_identity_back() -> None:
    made = directory(ALICE.genesis, ALICE.tombstone(ALICE.genesis, by=1))

    with pytest.raises(RefusedError, match="Invalid signature"):
        made.submit(ALICE.did, ALICE.update(ALICE.genesis, by=1), NOW + 9)
    made.submit(ALICE.did, RECOVERY, NOW + 9)
    assert made.state(ALICE.did)["alsoKnownAs"] == ["at://good.test"]


def test_a_refused_operation_leaves_no_trace() -> None:
    made = directory(ALICE.genesis)

    with pytest.raises(RefusedError):
        made.submit(ALICE.did, ALICE.update(ALICE.genesis, by=ALICE.signing), NOW + 1)
    with pytest.raises(RefusedError):
        made.submit(BOB.did, ALICE.genesis, NOW + 1)

    assert made.log(ALICE.did) == [ALICE.genesis]
    assert made.newest_seq == 1
    with pytest.raises(NotFoundError):
        made.log(BOB.did)


def test_the_export_is_by_time_and_its_pages_do_not_overlap() -> None:
    made = directory(ALICE.genesis, UPDATE, RECOVERY)
    made.submit(BOB.did, BOB.genesis, NOW - 5.0)
    pages: list[dict[str, Any]] = []

    while page := list(made.export(1, datetime.fromisoformat(pages[-1]["createdAt"]) if pages else None)):
        pages += page

    assert [(line["did"], line["nullified"]) for line in pages] == [
        (BOB.did, False),
        (ALICE.did, False),
        (ALICE.did, True),
        (ALICE.did, False),
    ]
    assert set(pages[0]) == {"did", "operation", "cid", "nullified", "createdAt"}


def test_times_are_shown_to_the_millisecond_that_the_export_counts_in() -> None:
    made = Directory()
    made.submit(ALICE.did, ALICE.genesis, NOW + 0.1239)

    (line,) = made.export(10, None)

    assert line["createdAt"] == "2023-11-14T22:13:20.123Z"
    assert not list(made.export(10, datetime(2023, 11, 14, 22, 13, 20, 123_000, UTC)))
    assert list(made.export(10, datetime(2023, 11, 14, 22, 13, 20, 122_999, UTC))) == [line]


def test_the_sequence_is_in_the_order_of_arrival() -> None:
    made = directory(ALICE.genesis, UPDATE)
    made.submit(BOB.did, BOB.genesis, NOW - 5.0)

    assert [(line["seq"], line["did"]) for line in made.export_sequence(10, 1)] == [
        (2, ALICE.did),
        (3, BOB.did),
    ]
    assert [line["seq"] for line in made.export_sequence(2, 0)] == [1, 2]
    assert not list(made.export_sequence(10, 3))
    assert set(next(made.export_sequence(1, 0))) == {"seq", "type", "did", "operation", "cid", "createdAt"}
