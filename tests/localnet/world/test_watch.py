"""Which lines of the journal show that somebody is getting on with something."""

from pathlib import Path

import pytest

from localnet.journal import Journal, Line, Writer
from localnet.world.watch import Watch, is_work


def line(kind: str, edge: str | None, op: str, outcome: str = "200") -> Line:
    return Line(at=1.0, run="n1", kind=kind, op=op, outcome=outcome, edge=edge)  # type: ignore[arg-type]


WORK = {
    "a write at the PDS": line("http", "bridge→pds", "POST /xrpc/com.atproto.repo.createRecord"),
    "a film being fetched": line("http", "bridge→media", "GET /abc.mp4"),
    "the reader fetching a blob": line("http", "reader→pds", "GET /xrpc/com.atproto.sync.getBlob?did=x"),
    "an event on its way": line("websocket", "bridge→relay", "recv EVENT", ""),
    "a row being written": line("sql", "bridge→postgres", "UPDATE publish_jobs", "UPDATE 1"),
}
ROUTINE = {
    "the harness looking": line("http", "harness→reader", "GET /people/did/feed"),
    "a step of the harness": line("lifecycle", None, "service bridge ready", ""),
    "a health check": line("http", "bridge→pds", "GET /xrpc/_health"),
    "a poll of the relay": line("http", "bridge→relay", "GET /api/videos/events?sort=recent&kind=34236"),
    "a look for work": line("sql", "bridge→postgres", "SELECT publish_jobs", "SELECT 3"),
    "a claim that found nothing": line("sql", "bridge→postgres", "UPDATE publish_jobs", "UPDATE 0"),
    "a keep-alive": line("websocket", "bridge→relay", "ping", ""),
}


@pytest.mark.parametrize("seen", WORK.values(), ids=WORK)
def test_it_is_work(seen: Line) -> None:
    assert is_work(seen)


@pytest.mark.parametrize("seen", ROUTINE.values(), ids=ROUTINE)
def test_it_is_routine(seen: Line) -> None:
    assert not is_work(seen)


def test_a_watch_shows_each_line_once_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines = list(WORK.values())
    with Writer(path) as writer:
        writer.write(lines[:1])
        watch = Watch(Journal(path))
        writer.write(lines[1:3])
        first = watch.new()
        writer.write(lines[3:])

        assert [seen.op for seen in first] == [seen.op for seen in lines[1:3]]
        assert [seen.op for seen in watch.new()] == [seen.op for seen in lines[3:]]
        assert watch.new() == []
