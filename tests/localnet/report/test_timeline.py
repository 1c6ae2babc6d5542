"""The timeline is one file that needs no other, holds every hop with its bodies, and cannot be broken by what is in them."""

import base64
import gzip
import json
import re
from dataclasses import replace
from typing import Any

from localnet.journal import Line, Request, Response
from localnet.report.timeline import FAILED, PACK, ROUTINE, Focus, timeline
from tests.localnet.journal.telling import CROSSPOST, DID, FILM, POST, VIDEO, hop, sql

ELSEWHERE = re.compile(
    r"""(?:src|href|action)\s*=|@import|url\(|fetch\(|XMLHttpRequest|WebSocket\(|import\(|https?://"""
)
AT, KIND, EDGE, OP, FLAGS, IDS = 0, 2, 3, 4, 7, 8


def timed(*lines: Line) -> list[Line]:
    return [replace(line, at=100 + number / 100) for number, line in enumerate(lines)]


def unpacked(text: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def outline(page: str) -> dict[str, Any]:
    found = re.search(r'id="outline">([^<]*)<', page)
    assert found
    document: dict[str, Any] = unpacked(found[1])
    return document


def packs(page: str) -> list[list[Any]]:
    return [unpacked(text) for text in re.findall(r'class="pack">([^<]*)<', page)]


def test_it_reaches_for_nothing_outside_of_itself() -> None:
    page = timeline(timed(*CROSSPOST), Focus("a run"))

    assert not ELSEWHERE.search(page)
    assert "default-src 'none'" in page
    assert "<!--" not in page.replace("<!doctype", "")


def test_every_hop_is_there_in_the_order_in_which_it_began() -> None:
    lines = timed(*CROSSPOST)

    found = outline(timeline(reversed(lines), Focus("a run")))

    assert [found["ops"][row[OP]] for row in found["rows"]][:2] == ["PUT /upload", "send EVENT"]
    assert [row[AT] for row in found["rows"]] == [10.0 * number for number in range(len(lines))]
    assert [found["edges"][row[EDGE]] for row in found["rows"]] == [line.edge for line in lines]
    assert {found["ids"][number] for number in found["rows"][1][IDS]} == {VIDEO, FILM, "a" * 64}


def test_lifelines_stand_in_the_order_in_which_a_video_passes_them() -> None:
    lines = timed(*CROSSPOST, hop("bridge-2→pds", "GET /"), hop("gateway→names", "GET /"))

    assert outline(timeline(lines, Focus("")))["lanes"] == [
        *("harness", "names", "relay", "media", "public"),
        *("bridge", "bridge-2", "postgres", "pds", "reader", "gateway"),
    ]


def test_bodies_are_there_and_break_nothing() -> None:
    hostile = "</script><script>alert(1)</script><!--PACKS-->"
    line = replace(
        CROSSPOST[0],
        request=Request({"x": hostile}, hostile, 3),
        response=Response(200, {}, hostile, 3),
        note=hostile,
    )

    page = timeline(timed(*[line] * (PACK + 1)), Focus(hostile, hostile))

    assert [len(pack) for pack in packs(page)] == [PACK, 1]
    request, response, note, op = packs(page)[1][0]
    assert (request["body"], request["headers"]["x"], response["body"], note, op) == (
        hostile,
        hostile,
        hostile,
        hostile,
        line.op,
    )
    assert outline(page)["text"] == hostile
    assert "alert(1)" not in page.replace("&lt;/script&gt;&lt;script&gt;alert(1)", "")


def test_it_opens_where_it_is_to_be_looked_at() -> None:
    lines = timed(*CROSSPOST)

    found = outline(timeline(lines, Focus("a run", line=lines[5], id=POST)))

    assert found["row"] == 5
    assert found["ids"][found["id"]] == POST
    unfocused = outline(timeline(lines, Focus("a run", id="nobody")))
    assert (unfocused["row"], unfocused["id"]) == (-1, -1)


def test_what_explains_nothing_is_marked_as_routine_and_what_failed_as_failed() -> None:
    look = hop("harness→reader", f"GET /people/{DID}/feed", did=DID)
    lines = {
        "a health check": (hop("harness→pds", "GET /xrpc/_health"), ROUTINE),
        "a health check that failed": (hop("harness→pds", "GET /xrpc/_health", outcome="503"), FAILED),
        "a statement that found nothing": (sql(1, "UPDATE publish_jobs", "UPDATE 0"), ROUTINE),
        "the same with an id": (sql(1, "UPDATE publish_jobs", "UPDATE 0", event=VIDEO), 0),
        "a look": (look, 0),
        "the same look again": (look, ROUTINE),
        "a look that saw something": (replace(look, ids={"did": [DID], "uri": [POST]}), 0),
        "an error": (sql(1, "BEGIN", "ERROR 57P01"), FAILED),
        "a fault": (hop("bridge→pds", "answer 500", "fault", "hit"), 0),
    }

    found = outline(timeline(timed(*(line for line, _ in lines.values())), Focus("")))

    assert dict(zip(lines, (row[FLAGS] for row in found["rows"]), strict=True)) == {
        name: flags for name, (_, flags) in lines.items()
    }


def test_of_nothing_there_is_a_page_too() -> None:
    assert outline(timeline([], Focus("nothing")))["rows"] == []
