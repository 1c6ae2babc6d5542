"""People say what they know of a thing: all of an id or its beginning, a name, an npub."""

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.nostr.nip19 import encode
from localnet.errors import UsageError
from localnet.journal.lines import Request
from localnet.journal.lookup import look_up
from localnet.journal.trace import Tracer
from tests.localnet.journal.telling import ALICE, BOB, CROSSPOST, DID, FILM, POST, VIDEO, hop, sql, write

SIGNUP = (
    hop("harness→bridge", "GET /alice", pubkey=[ALICE, BOB]),
    replace(
        hop("harness→names", "POST /", pubkey=ALICE), request=Request(body='{"name":"alice","pubkey":"…"}')
    ),
    replace(sql(1, "INSERT links", pubkey=BOB), request=Request({"$2": "bob.localnet.test"}, "INSERT …")),
    replace(hop("a→b", "POST /", did=DID), request=Request(body='"alicette.localnet.test"')),
)


def called(tmp_path: Path, name: str) -> tuple[str, str]:
    path = tmp_path / "journal.jsonl"
    write(path, [*SIGNUP, *CROSSPOST])
    with Tracer(path) as tracer:
        return look_up(tracer, path, name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (VIDEO, ("event", VIDEO)),
        (VIDEO[:8], ("event", VIDEO)),
        (DID, ("did", DID)),
        (POST, ("uri", POST)),
        (FILM[:12], ("cid", FILM)),
        (encode("npub", bytes.fromhex(ALICE)), ("pubkey", ALICE)),
        ("alice", ("pubkey", ALICE)),
        ("alice.localnet.test", ("pubkey", ALICE)),
        ("bob", ("pubkey", BOB)),
        ("bob.localnet.test", ("pubkey", BOB)),
        ("alicette", ("did", DID)),
    ],
)
def test_it_is_found(tmp_path: Path, name: str, meant: tuple[str, str]) -> None:
    assert called(tmp_path, name) == meant


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("baf", "begins several ids"),
        ("carol", "no hop mentions 'carol'"),
        ("alic", "no hop mentions 'alic'"),
        ("9" * 64, "no hop mentions"),
        ("npub1xyz", "is no npub"),
        ("", "begins several ids"),
    ],
)
def test_what_is_not_found_is_said(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        called(tmp_path, name)
