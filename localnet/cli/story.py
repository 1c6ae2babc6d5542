"""What happened, hop by hop, one line each: journal lines made readable."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.text import Text

from localnet.journal import Line

POLLS = ("GET /health", "GET /xrpc/_health", "GET /_health", "GET /metrics")
GOODBYES = ("send close", "recv close")
WATCHING = ("GET /people/", "GET /api/account-links/", "GET /xrpc/com.atproto.sync.", "GET /.well-known/")
"""What the harness asks only to see whether something has come about yet."""
SHOWN_STATEMENTS = 4
OUTCOME_WIDTH = 6


def hop_lines(lines: Iterable[Line]) -> list[Text]:
    """Seconds count from the first hop; statements in a row on one edge become one line."""
    hops = sorted((line for line in lines if line.edge and not is_watching(line)), key=lambda line: line.at)
    edge_width = max((len(str(hop.edge)) for hop in hops), default=0)
    return [
        Text.assemble(
            (f"+{at - hops[0].at:.3f} s  ", "dim"),
            (f"{edge:<{edge_width}}  ", "cyan"),
            (f"{outcome:>{OUTCOME_WIDTH}}  ", "red" if failed(outcome) else "green"),
            what,
        )
        for at, edge, what, outcome in told(hops)
    ]


def is_watching(line: Line) -> bool:
    return line.op.startswith((*POLLS, *GOODBYES)) or (
        line.caller == "harness" and line.op.startswith(WATCHING)
    )


def told(hops: list[Line]) -> Iterator[tuple[float, str, str, str]]:
    """(unix seconds, edge, what was asked, what came of it)"""
    for (edge, kind), run in groupby(hops, key=lambda line: (line.edge, line.kind)):
        lines = list(run)
        if kind == "sql":
            yield lines[0].at, str(edge), statements(lines), ""
            continue
        for line in lines:
            yield line.at, str(edge), in_short(line.op), line.outcome


def in_short(operation: str) -> str:
    """Without what the journal has anyway: the query, and the prefix that all XRPC routes share."""
    return operation.partition("?")[0].replace("/xrpc/", "", 1)


def statements(lines: list[Line]) -> str:
    words = list(dict.fromkeys(line.op for line in lines))
    shown = ", ".join(words[:SHOWN_STATEMENTS])
    count = f"{len(lines)} statement{'s' if len(lines) > 1 else ''}"
    return f"{count}: {shown}{', …' if len(words) > SHOWN_STATEMENTS else ''}"


def failed(outcome: str) -> bool:
    return outcome[:1] in {"4", "5"} or outcome.startswith(("refused", "reset", "ERROR"))
