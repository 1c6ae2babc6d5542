"""What a failure prints comes from the journal and the services' output, and can be read by somebody who was not there."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from localnet.journal import Line, Response
from localnet.journal.trace import Hop
from localnet.report.chapters import Chapter, Turn
from localnet.report.evidence import (
    DIFFERS,
    LOG_LINES,
    Output,
    command_again,
    headline,
    in_full,
    sections,
    services_around,
    slice_of,
    what_was_done,
    where_it_differs,
)
from localnet.report.expected import NEVER, Difference
from localnet.world.catalogue import Promise
from tests.localnet.journal.telling import ALICE, CROSSPOST, VIDEO, hop

CREATE = 10


def turn(
    difference: Difference | None, lines: Sequence[Line] = CROSSPOST, compared: Sequence[str] = ("bob",)
) -> Turn:
    hops = [Hop(at, replace(line, at=50 + at / 100), "id") for at, line in enumerate(lines)]
    return Turn(Chapter("event", VIDEO, hops), difference, tuple(compared))


def test_the_hop_that_differs_stands_among_its_neighbours_with_what_came_back() -> None:
    refused = replace(CROSSPOST[CREATE], outcome="500", response=Response(500, body='{"error":"Broken"}'))
    lines = [*CROSSPOST[:CREATE], refused, *CROSSPOST[CREATE + 1 :]]

    sentence, *rows = where_it_differs(
        turn(Difference(CREATE, "500, where it was 200 for bob"), lines)
    ).splitlines()

    assert (
        sentence
        == "bridge→pds POST com.atproto.repo.createRecord: 500, where it was 200 for bob (compared with bob)"
    )
    assert [row[:1] for row in rows] == [" ", " ", " ", ">", " ", " ", " "]
    assert rows[3].split()[3:5] == ["bridge→pds", "500"]
    assert rows[4].strip() == '{"error":"Broken"}'
    assert rows[-1].split()[-3:] == ["INSERT", "record_mappings", "1"] or "record_mappings" in rows[-1]


def test_what_never_came_stands_after_the_last_that_did() -> None:
    text = where_it_differs(turn(Difference(9, f"bridge→pds POST createRecord {NEVER}"), CROSSPOST[:10], ()))

    assert text.startswith(
        f"bridge→pds POST createRecord {NEVER} (nobody else was crossposted in this run to compare with)"
    )
    assert text.splitlines()[-1].startswith(">")


def test_where_nothing_differs_the_last_hops_are_shown() -> None:
    text = where_it_differs(turn(None))

    assert text.startswith("no hop differs; the last ones (compared with bob)")
    assert text.splitlines()[-1].startswith(">")
    assert where_it_differs(None) == "no hop mentions any of the people concerned"


def test_the_services_around_it_are_those_whose_output_is_of_interest() -> None:
    assert services_around(turn(Difference(CREATE, "500"))) == [
        "public",
        "media",
        "bridge",
        "postgres",
        "pds",
        "reader",
    ]
    assert services_around(None) == []


def test_what_was_done_to_the_network_is_told_once_with_its_number() -> None:
    lines = [
        hop(None, "service bridge starting", "lifecycle", ""),
        hop(None, "service bridge killed", "lifecycle", ""),
        hop("bridge→pds", "f1: answer 500 to createRecord", "fault", "hit"),
        hop("bridge→pds", "f1: answer 500 to createRecord", "fault", "hit"),
        hop(None, "advance 3h", "clock", "moved"),
        *CROSSPOST,
    ]

    assert what_was_done(lines).splitlines() == [
        "service bridge killed",
        "fault f1: answer 500 to createRecord hit (x2)",
        "clock advance 3h moved",
    ]
    assert what_was_done(CROSSPOST) == ""


def test_of_an_output_the_last_lines_about_the_people_are_shown() -> None:
    text = "\n".join(
        f"\x1b[2m{number}\x1b[0m {ALICE if number < 50 else 'somebody'}" for number in range(100)
    )

    assert slice_of(Output("pds", text, False), [ALICE]).splitlines()[-1] == f"49 {ALICE}"
    assert len(slice_of(Output("pds", text, False), [ALICE]).splitlines()) == LOG_LINES
    assert slice_of(Output("pds", text, False), ["b" * 64]) == ""
    assert slice_of(Output("bridge", text, True), ["b" * 64]).splitlines()[-1] == "99 somebody"


def test_the_headline_is_in_the_users_words() -> None:
    promise = Promise("account-is-active", "The account is active.", ("B14", "B15"))

    assert headline(promise, "it is dark\nand stays so") == (
        "promised The account is active. (account-is-active)\n"
        "seen     it is dark\n         and stays so\n"
        "covers   B14, B15"
    )


def test_everything_is_put_together_with_the_ways_to_go_on(tmp_path: Path) -> None:
    again = command_again("scenarios/test_a.py::test_one[two words]", 7, ["--bridge", "mine.toml"])
    assert again == "localnet test 'scenarios/test_a.py::test_one[two words]' --seed 7 --bridge mine.toml"

    outputs = [Output("bridge", "word", True), Output("pds", "nothing of interest", False)]
    found = sections(turn(None), "clock advance 3h moved", outputs, [ALICE], tmp_path, again)

    assert list(found) == [DIFFERS, "what was done to the network", "bridge printed", "how to go on"]
    assert found["how to go on"].splitlines() == [
        f"again     {again}",
        f"evidence  {tmp_path}",
        f"timeline  {tmp_path}/timeline.html",
        f"story     localnet trace {VIDEO[:12]} --evidence {tmp_path}",
    ]
    assert "bridge printed\n    word" in in_full("seen", found)
