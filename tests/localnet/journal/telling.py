"""A journal written by hand: one crosspost, and what else went on at the same time. Lines as the wire writes them, with the ids they carry."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from localnet.journal import Line, Writer

ALICE, BOB = "a" * 64, "b" * 64
VIDEO, OTHER, OF_BOB, DELETION = "1" * 64, "2" * 64, "3" * 64, "4" * 64
DID, DID_OF_BOB = "did:plc:" + "a" * 24, "did:plc:" + "b" * 24
POST = f"at://{DID}/app.bsky.feed.post/3kvideo"
FILM, RECORD = "bafkrei" + "f" * 52, "bafyrei" + "r" * 52

SQL = "bridge→postgres"


def hop(edge: str | None, op: str, kind: Any = "http", outcome: str = "200", **ids: str | list[str]) -> Line:
    """`ids`: kind="text" or kind=[texts]."""
    found = {name: [texts] if isinstance(texts, str) else texts for name, texts in ids.items()}
    return Line(at=0.0, run="n1", kind=kind, op=op, outcome=outcome, edge=edge, ms=1.0, ids=found)


def sql(connection: int, op: str, outcome: str = "SELECT 1", **ids: str | list[str]) -> Line:
    return replace(hop(SQL, op, "sql", outcome, **ids), connection=connection)


def write(path: Path, lines: Iterable[Line], start: float = 100.0) -> list[Line]:
    """Each line begins 10 ms after the one before; those with a time keep it."""
    timed = [replace(line, at=line.at or start + number / 100) for number, line in enumerate(lines)]
    with Writer(path) as writer:
        writer.write(timed)
    return timed


CROSSPOST = (
    hop("harness→media", "PUT /upload", pubkey=ALICE, cid=FILM),
    hop("harness→relay", "send EVENT", "websocket", "passed", event=VIDEO, pubkey=ALICE, cid=FILM),
    hop("bridge→relay", "recv EVENT", "websocket", "passed", event=VIDEO, pubkey=ALICE, cid=FILM),
    sql(1, "BEGIN"),
    sql(1, "SELECT account_links", pubkey=ALICE, did=DID),
    sql(1, "INSERT publish_jobs", "INSERT 0 1", event=VIDEO, pubkey=ALICE),
    sql(1, "COMMIT"),
    hop("public→media", "GET /" + "f" * 64, cid=FILM),
    sql(2, "SELECT account_credentials", did=DID),
    hop("bridge→pds", "POST /xrpc/com.atproto.repo.uploadBlob", cid=FILM, did=DID),
    hop("bridge→pds", "POST /xrpc/com.atproto.repo.createRecord", uri=POST, cid=[FILM, RECORD], did=DID),
    hop("reader→pds", "recv #commit", "websocket", "passed", uri=POST, cid=RECORD, did=DID),
    sql(3, "INSERT record_mappings", "INSERT 0 1", event=VIDEO, uri=POST, cid=RECORD, did=DID),
    hop("harness→reader", f"GET /people/{DID}/feed", uri=POST, cid=[RECORD, FILM], did=DID),
)  # fmt: skip

SIGNUP = (
    hop("harness→bridge", "POST /opt-in", pubkey=ALICE),
    hop("bridge→plc", f"POST /{DID}", did=DID, pubkey=ALICE),
    hop("bridge→pds", "POST /xrpc/com.atproto.server.createAccount", did=DID),
    hop("bridge→pds", "POST /xrpc/com.atproto.server.activateAccount", did=DID),
    hop("reader→pds", "recv #account", "websocket", "passed", did=DID),
)
WHOLE = (*SIGNUP, *CROSSPOST)
TO_BOB = {ALICE: BOB, DID: DID_OF_BOB, VIDEO: OF_BOB}


def of_bob(lines: Iterable[Line]) -> list[Line]:
    """The same with another person: other ids, another film."""

    def renamed(text: str) -> str:
        for old, new in TO_BOB.items():
            text = text.replace(old, new)
        return "bafkrei" + "b" * 52 if text.startswith("baf") else text

    return [
        replace(line, op=renamed(line.op), ids={kind: [renamed(text) for text in texts] for kind, texts in line.ids.items()}, connection=line.connection and line.connection + 50)
        for line in lines
    ]  # fmt: skip
