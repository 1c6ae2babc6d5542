"""What the journal says, readable: in time order, without what the harness asked only to see whether something had come."""

from typing import Any

import pytest

from localnet.cli.story import failed, hop_lines, is_watching, told
from localnet.journal import Line


def hop(
    at: float, op: str, outcome: str = "200", edge: str | None = "bridge→pds", kind: Any = "http"
) -> Line:
    return Line(at=at, run="n1", kind=kind, edge=edge, op=op, outcome=outcome)


def printed(*lines: Line) -> list[list[str]]:
    return [line.plain.split() for line in hop_lines(lines)]


def test_hops_are_told_in_the_order_they_began_counted_from_the_first() -> None:
    assert printed(hop(12.5, "GET /b"), hop(10.0, "GET /a", "404")) == [
        ["+0.000", "s", "bridge→pds", "404", "GET", "/a"],
        ["+2.500", "s", "bridge→pds", "200", "GET", "/b"],
    ]


def test_steps_of_the_harness_are_no_hops() -> None:
    assert printed(hop(1.0, "service pds ready", "ok", edge=None, kind="lifecycle")) == []


def sql(at: float, op: str, edge: str = "bridge→postgres") -> Line:
    return hop(at, op, "INSERT 0 1", edge, "sql")


def test_statements_in_a_row_are_one_line_each_name_once() -> None:
    lines = [
        sql(1, "BEGIN"),
        sql(2, "INSERT jobs"),
        sql(3, "INSERT jobs"),
        hop(4, "GET /a"),
        sql(5, "COMMIT"),
    ]

    assert [what for _, _, what, _ in told(lines)] == [
        "3 statements: BEGIN, INSERT jobs",
        "GET /a",
        "1 statement: COMMIT",
    ]


def test_statements_of_two_callers_stay_apart() -> None:
    lines = [sql(1, "BEGIN"), sql(2, "BEGIN", "gateway→postgres")]

    assert [edge for _, edge, _, _ in told(lines)] == ["bridge→postgres", "gateway→postgres"]


def test_of_many_names_some_stand_for_all() -> None:
    (line,) = told([sql(number, f"INSERT t{number}") for number in range(9)])

    assert line[2].startswith("9 statements: INSERT t0, ")
    assert line[2].endswith(", …")


@pytest.mark.parametrize(
    ("line", "watching"),
    [
        (hop(1, "GET /health", edge="harness→bridge"), True),
        (hop(1, "GET /xrpc/_health", edge="bridge→pds"), True),
        (hop(1, "GET /people/did:x/feed", edge="harness→reader"), True),
        (hop(1, "GET /api/account-links/ab/status", edge="harness→bridge"), True),
        (hop(1, "GET /xrpc/com.atproto.sync.getRepo", edge="bridge→pds"), False),
        (hop(1, "POST /api/account-links/opt-in", edge="harness→bridge"), False),
        (hop(1, "PUT /upload", edge="harness→media"), False),
    ],
)
def test_watching(line: Line, watching: bool) -> None:
    assert is_watching(line) is watching


@pytest.mark.parametrize(
    ("outcome", "red"),
    [
        ("200", False),
        ("101", False),
        ("404", True),
        ("503, then reset", True),
        ("refused", True),
        ("reset", True),
        ("ERROR 23505", True),
        ("INSERT 0 1", False),
        ("passed", False),
    ],
)
def test_failed(outcome: str, red: bool) -> None:
    assert failed(outcome) is red
