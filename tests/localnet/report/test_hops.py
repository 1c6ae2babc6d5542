"""A story's hops are readable in 80 columns: in order, transactions whole, what went wrong with what came back."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from localnet.journal import Line, Response
from localnet.journal.trace import By, Hop
from localnet.report.hops import duration, entries, failed, in_short, lines_of, moment
from tests.localnet.journal.telling import CROSSPOST, DID, hop, sql


def hops(lines: Sequence[Line], by: By = "id") -> list[Hop]:
    return [Hop(number, replace(line, at=10 + number / 100), by) for number, line in enumerate(lines)]


def printed(lines: Sequence[Line], width: int = 80) -> list[str]:
    return [line.plain for line in lines_of(entries(hops(lines)), 10, width)]


def test_a_crosspost_fits_the_width_and_says_each_hop() -> None:
    for width in (80, 100):
        lines = printed(CROSSPOST, width)
        assert max(map(len, lines)) <= width
        words = " ".join(" ".join(lines).split())
        for line in CROSSPOST:
            assert in_short(line.op) in words


def test_a_hop_says_when_where_what_came_of_it_and_how_long_it_took() -> None:
    (line,) = printed([hop("bridge→pds", "POST /xrpc/com.atproto.repo.createRecord?x=1")])

    assert line.split() == [
        "+0.000",
        "s",
        "bridge→pds",
        "200",
        "POST",
        "com.atproto.repo.createRecord",
        "1",
        "ms",
    ]


def test_a_transaction_is_one_entry_whatever_happened_meanwhile() -> None:
    lines = [
        sql(1, "BEGIN"),
        hop("reader→pds", "recv"),
        sql(2, "SELECT a"),
        sql(1, "INSERT b", "INSERT 0 1"),
        sql(1, "COMMIT"),
    ]

    assert [[line.op for line in entry.lines] for entry in entries(hops(lines))] == [
        ["BEGIN", "INSERT b", "COMMIT"],
        ["recv"],
        ["SELECT a"],
    ]


def test_other_statements_are_one_entry_where_they_follow_on_one_another() -> None:
    lines = [
        sql(1, "SELECT a"),
        sql(1, "SELECT b"),
        hop("bridge→pds", "GET /"),
        sql(1, "SELECT c"),
        sql(1, "BEGIN"),
        sql(1, "SELECT d"),
    ]

    assert [[line.op for line in entry.lines] for entry in entries(hops(lines))] == [
        ["SELECT a", "SELECT b"],
        ["GET /"],
        ["SELECT c"],
        ["BEGIN", "SELECT d"],
    ]


def test_names_that_repeat_stand_once_and_writes_that_met_nothing_are_said() -> None:
    (line,) = printed([sql(1, "SELECT a"), sql(1, "SELECT a"), sql(1, "UPDATE b", "UPDATE 0")])

    assert "SELECT a (x2), UPDATE b (0 rows)" in line


def test_what_went_wrong_brings_what_came_back() -> None:
    refused = replace(
        hop("bridge→pds", "POST /x", outcome="400"), response=Response(400, body=f'{{"error":"No {DID}"}}')
    )
    failing = replace(sql(1, "INSERT a", "ERROR 23505"), note="duplicate key")

    lines = printed([refused, failing])

    assert lines[0].split()[3] == "400"
    assert lines[1].strip() == '{"error":"No did:plc:aaaa…"}'
    assert "ERROR 23505" in lines[2]
    assert lines[3].strip() == "duplicate key"


def test_marks_stand_out() -> None:
    fault = hop("bridge→pds", "answer 500 to createRecord", "fault", "hit")
    killed = hop(None, "service bridge killed", "lifecycle", "")

    assert [line.split("──")[1].strip() for line in printed([fault, killed])] == [
        "fault answer 500 to createRecord on bridge→pds: hit",
        "service bridge killed",
    ]


def test_what_speaks_of_the_person_alone_is_marked() -> None:
    (line,) = (text.plain for text in lines_of(entries(hops([sql(1, "SELECT a")], by="person")), 10))

    assert "s~" in line


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        (hop("a→b", "GET /", outcome="200"), False),
        (hop("a→b", "GET /", outcome="101"), False),
        (hop("a→b", "GET /", outcome="404"), True),
        (hop("a→b", "GET /", outcome="reset after 200"), True),
        (hop("a→b", "GET /", outcome="refused"), True),
        (sql(1, "INSERT a", "INSERT 0 1"), False),
        (sql(1, "INSERT a", "ERROR 23505"), True),
        (sql(1, "COMMIT", "COMMIT"), False),
        (sql(1, "COMMIT", "ROLLBACK"), True),
        (sql(1, "ROLLBACK", "ROLLBACK"), False),
        (hop("a→b", "recv EVENT", "websocket", "passed"), False),
        (hop("a→b", "recv EVENT", "websocket", "reset"), True),
        (hop("a→b", "disconnect", "websocket", "closed"), False),
        (hop(None, "service pds killed", "lifecycle", ""), True),
        (hop(None, "service pds ready", "lifecycle", ""), False),
    ],
)
def test_failed(line: Line, bad: bool) -> None:
    assert failed(line) is bad


def test_times_are_said_as_people_say_them() -> None:
    assert [moment(at) for at in (0, 99.9994, 150, 7200)] == ["+0.000 s", "+99.999 s", "+2.5 min", "+2.0 h"]
    assert [duration(took) for took in (None, 0.0123, 2.34)] == ["", "12 ms", "2.3 s"]


def test_ids_are_shortened() -> None:
    assert in_short(f"GET /people/{DID}/feed?limit=1") == "GET /people/did:plc:aaaa…/feed"
    assert in_short("GET /" + "f" * 64) == "GET /ffffffff…"
