"""What a failure prints comes from the journal and the bridge, and can be read by somebody who was not there."""

from pathlib import Path

from localnet.journal import Journal, Line, Response, Writer
from localnet.report.evidence import HOPS, assemble, command_again, headline, hops_of, last_words
from localnet.world.catalogue import Promise

ALICE, BOB = "a" * 64, "b" * 64


def line(
    at: float, edge: str, op: str, who: str = ALICE, outcome: str = "200", body: str | None = None
) -> Line:
    response = Response(int(outcome), {}, body) if body else None
    return Line(at, "n1", "http", op, outcome, edge, 2.4, {"pubkey": [who]}, response=response)


def hops(directory: Path, *lines: Line) -> list[str]:
    path = directory / "journal.jsonl"
    with Writer(path) as writer:
        writer.write(lines)
    return hops_of(Journal(path), [ALICE]).splitlines()


def test_hops_are_those_of_the_people_concerned_in_the_order_they_began(tmp_path: Path) -> None:
    shown = hops(
        tmp_path,
        line(12.5, "bridge→pds", "POST /second"),
        line(11.0, "bridge→plc", "POST /first"),
        line(12.0, "bridge→pds", "POST /bobs", who=BOB),
    )

    assert [text.split() for text in shown] == [
        ["+", "0.000", "bridge→plc", "POST", "/first", "200", "2", "ms"],
        ["+", "1.500", "bridge→pds", "POST", "/second", "200", "2", "ms"],
    ]


def test_a_refusal_is_shown_with_its_answer(tmp_path: Path) -> None:
    shown = hops(tmp_path, line(1.0, "bridge→plc", "POST /", outcome="404", body='{"message":"Not Found"}'))

    assert shown[1].strip() == 'answered {"message":"Not Found"}'


def test_the_harness_looking_again_and_again_is_not_shown(tmp_path: Path) -> None:
    asking = line(1.0, "harness→bridge", "POST /api/account-links/opt-in")
    looks = [line(2.0 + n, "harness→reader", "GET /people/did/feed") for n in range(HOPS + 1)]

    assert len(hops(tmp_path, asking, *looks)) == 1


def test_only_the_last_hops_are_shown(tmp_path: Path) -> None:
    shown = hops(tmp_path, *(line(float(n), "bridge→pds", f"POST /{n}") for n in range(HOPS + 3)))

    assert len(shown) == HOPS
    assert shown[-1].split()[4] == f"/{HOPS + 2}"


def test_nothing_found_is_said(tmp_path: Path) -> None:
    assert hops(tmp_path, line(1.0, "bridge→pds", "POST /", who=BOB)) == ["no hop mentions any of them"]


def test_an_id_is_not_part_of_another(tmp_path: Path) -> None:
    assert hops(tmp_path, line(1.0, "bridge→pds", "POST /", who=ALICE + "a")) == [
        "no hop mentions any of them"
    ]


def test_the_headline_is_in_the_users_words() -> None:
    promise = Promise("account-is-active", "The account is active.", ("B14", "B15"))

    assert headline(promise, "it is dark\nand stays so") == (
        "promised The account is active. (account-is-active)\n"
        "seen     it is dark\n         and stays so\n"
        "covers   B14, B15"
    )


def test_last_words_are_the_last() -> None:
    said = last_words("\n".join(map(str, range(100))))

    assert said.splitlines()[-1] == "99"
    assert len(said.splitlines()) < 20
    assert last_words("\n") == "nothing"
    assert last_words("\x1b[2mdim\x1b[0m") == "dim"


def test_everything_is_put_together_with_the_command_that_plays_it_again(tmp_path: Path) -> None:
    again = command_again("scenarios/test_a.py::test_one[two words]", 7)

    text = assemble("hop", {"bridge": "word", "gateway": "nothing"}, again, tmp_path)

    assert again == "localnet test 'scenarios/test_a.py::test_one[two words]' --seed 7"
    assert [
        part in text for part in ("    hop", "bridge said last\n    word", "gateway said last\n    nothing")
    ] == [True] * 3
    assert text.endswith(f"evidence {tmp_path}\nagain    {again}")
