"""A journal as one HTML file that needs nothing else: lifelines, hops as arrows, faults and clock moves, bodies on demand. For people who were
not there, so it opens from a CI artifact, without a network.

The hops' outlines are packed together and unpacked when the page opens; headers and bodies lie in packs of some hundred lines that are unpacked
when somebody looks. Drawing and filtering is the page's (page.js).
"""

import base64
import gzip
import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any, Final

import orjson

from localnet.journal import Line
from localnet.journal.trace import HARNESS
from localnet.report.hops import failed, in_short

PACK: Final = 200
"""lines of which headers and bodies are unpacked together"""
KINDS: Final = ("http", "websocket", "sql", "lifecycle", "fault", "clock")
FAILED, ROUTINE = 1, 2
LANES: Final = (
    *("harness", "keycast", "names", "relay", "media", "public"),
    *("bridge", "postgres", "video", "pds", "plc", "reader"),
)
_ROUTINE: Final = ("GET /health", "GET /_health", "GET /xrpc/_health", "GET /metrics", "ping", "pong")
_SETTING_UP: Final = ("BEGIN", "COMMIT", "ROLLBACK", "SET ", "SELECT pg_", "DEALLOCATE")


@dataclass(frozen=True)
class Focus:
    """What the page shows first."""

    title: str
    text: str = ""
    """what was printed"""
    line: Line | None = None
    id: str | None = None


@dataclass
class _Names:
    """Strings that many lines share, by number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


def timeline(lines: Iterable[Line], focus: Focus) -> str:
    """The page. Lines in any order."""
    told = sorted(lines, key=lambda line: line.at)
    page = files(__name__)
    parts = {
        "TITLE": html.escape(focus.title),
        "STYLE": (page / "page.css").read_text("utf-8"),
        "SCRIPT": (page / "page.js").read_text("utf-8"),
        "OUTLINE": _packed(_outline(told, focus)),
        "PACKS": "\n".join(_packs(told)),
    }
    text = (page / "page.html").read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"<!--{name}-->", part)
    return text


def _outline(lines: Sequence[Line], focus: Focus) -> dict[str, Any]:
    edges, ops, outcomes, ids = _Names(), _Names(), _Names(), _Names()
    start = lines[0].at if lines else 0.0
    rows = [
        [
            round((line.at - start) * 1000, 2),
            -1 if line.ms is None else round(line.ms, 2),
            KINDS.index(line.kind),
            edges.of(line.edge) if line.edge else -1,
            ops.of(in_short(line.op) if line.edge else line.op),
            outcomes.of(line.outcome),
            line.connection or 0,
            flags,
            [ids.of(text) for texts in line.ids.values() for text in texts],
        ]
        for line, flags in zip(lines, _flags(lines), strict=True)
    ]
    place = (
        next((number for number, line in enumerate(lines) if line == focus.line), -1) if focus.line else -1
    )
    return {
        "title": focus.title,
        "text": focus.text,
        "start": start,
        "rows": rows,
        "edges": list(edges.numbers),
        "ops": list(ops.numbers),
        "outcomes": list(outcomes.numbers),
        "ids": list(ids.numbers),
        "lanes": _lanes(edges.numbers),
        "pack": PACK,
        "row": place,
        "id": ids.numbers.get(focus.id, -1) if focus.id else -1,
    }


def _lanes(edges: Iterable[str]) -> list[str]:
    """In the order in which a video passes them, replicas beside their service; who is unknown stands at the end."""
    names = {name for edge in edges for name in edge.split("→")}

    def place(name: str) -> tuple[int, str]:
        service = name.rpartition("-")[0] if name.rpartition("-")[2].isdigit() else name
        return (LANES.index(service) if service in LANES else len(LANES), name)

    return sorted(names, key=place)


def _flags(lines: Sequence[Line]) -> Iterator[int]:
    looks: set[tuple[object, ...]] = set()
    for line in lines:
        sight = (line.edge, line.op, line.outcome, *(text for texts in line.ids.values() for text in texts))
        again = line.caller == HARNESS and line.op.startswith("GET ") and sight in looks
        looks.add(sight)
        yield (FAILED if failed(line) else 0) | (ROUTINE if again or _is_routine(line) else 0)


def _is_routine(line: Line) -> bool:
    """What everybody does all the time and what explains nothing."""
    if failed(line):
        return False
    if line.kind == "sql":
        return not line.ids and (line.op.startswith(_SETTING_UP) or line.outcome.endswith(" 0"))
    return line.op.startswith(_ROUTINE)


def _packs(lines: Sequence[Line]) -> Iterator[str]:
    for start in range(0, len(lines), PACK):
        details = [_details(line) for line in lines[start : start + PACK]]
        yield f'<script type="text/plain" class="pack">{_packed(details)}</script>'


def _details(line: Line) -> list[Any]:
    return [
        asdict(line.request) if line.request else None,
        asdict(line.response) if line.response else None,
        line.note,
        line.op,
    ]


def _packed(document: object) -> str:
    return base64.b64encode(gzip.compress(orjson.dumps(document), 6, mtime=0)).decode()
