"""What the journal calls a statement, which statements commit, and which parameter belongs to which column."""

import pytest

from localnet.wire import sql

NAMES = {
    "SELECT * FROM publish_jobs WHERE id = $1": "SELECT publish_jobs",
    "select 1": "SELECT",
    "INSERT INTO publish_jobs (a) VALUES ($1)": "INSERT publish_jobs",
    'INSERT INTO public."publish_jobs" (a) VALUES ($1)': "INSERT publish_jobs",
    "insert into\n  publish_jobs (a)\nvalues (1)": "INSERT publish_jobs",
    "UPDATE publish_jobs SET state = 'x'": "UPDATE publish_jobs",
    "UPDATE publish_jobs AS j SET state = 'x'": "UPDATE publish_jobs",
    "DELETE FROM ONLY asset_manifest": "DELETE asset_manifest",
    "WITH due AS (SELECT id FROM publish_jobs FOR UPDATE SKIP LOCKED) UPDATE publish_jobs SET a = 1": "UPDATE publish_jobs",
    "SELECT id FROM publish_jobs WHERE a = $1 FOR UPDATE": "SELECT publish_jobs",
    "BEGIN": "BEGIN",
    "commit": "COMMIT",
    "ROLLBACK": "ROLLBACK",
}


@pytest.mark.parametrize(("statement", "name"), NAMES.items(), ids=NAMES)
def test_name(statement: str, name: str) -> None:
    assert sql.name(statement) == name


COMMITS = {
    "COMMIT": True,
    "commit work": True,
    "END": True,
    "END TRANSACTION": True,
    "COMMIT PREPARED 'x'": False,
    "ROLLBACK": False,
    "BEGIN": False,
    "SELECT 'COMMIT'": False,
    "INSERT INTO commit_log VALUES (1)": False,
    "": False,
}


@pytest.mark.parametrize(("statement", "does"), COMMITS.items(), ids=COMMITS)
def test_commits(statement: str, does: bool) -> None:
    assert sql.commits(statement) is does


SCRIPTS: dict[str, list[str]] = {
    "SELECT 1": ["SELECT 1"],
    "SELECT 1; SELECT 2;": ["SELECT 1", "SELECT 2"],
    " ;; SELECT 1 ;\n": ["SELECT 1"],
    "": [],
    "-- nothing; at all": [],
    "/* a; b */ SELECT 1": ["SELECT 1"],
    "-- why; not\nSELECT 1": ["SELECT 1"],
    "SELECT 'a;b'; SELECT 2": ["SELECT 'a;b'", "SELECT 2"],
    "SELECT 'it''s; fine'; SELECT 2": ["SELECT 'it''s; fine'", "SELECT 2"],
    r"SELECT E'a\';b'; SELECT 2": [r"SELECT E'a\';b'", "SELECT 2"],
    r"SELECT 'ends in a backslash\'; SELECT 2": [r"SELECT 'ends in a backslash\'", "SELECT 2"],
    'SELECT "a;b"; SELECT 2': ['SELECT "a;b"', "SELECT 2"],
    "DO $$ BEGIN; END $$; SELECT 2": ["DO $$ BEGIN; END $$", "SELECT 2"],
    "DO $a$ x; $$ y; $a$; SELECT 2": ["DO $a$ x; $$ y; $a$", "SELECT 2"],
    "SELECT $1; SELECT $2": ["SELECT $1", "SELECT $2"],
}


@pytest.mark.parametrize(("text", "expected"), SCRIPTS.items(), ids=SCRIPTS)
def test_statements(text: str, expected: list[str]) -> None:
    assert list(sql.statements(text)) == expected


PARAMETERS: dict[str, dict[int, str]] = {
    "SELECT * FROM t WHERE did = $1 AND state <> $2": {1: "did", 2: "state"},
    "UPDATE t SET access_token = $2 WHERE nostr_pubkey = $1": {1: "nostr_pubkey", 2: "access_token"},
    "INSERT INTO t (a, b, c) VALUES ($1, 'x', $2)": {1: "a", 2: "c"},
    "INSERT INTO t (a, b) VALUES (lower('x, y'), $1)": {1: "b"},
    "SELECT * FROM t WHERE id = ANY($1)": {1: "id"},
    "SELECT $1": {},
}


@pytest.mark.parametrize(("statement", "expected"), PARAMETERS.items(), ids=PARAMETERS)
def test_parameter_names(statement: str, expected: dict[int, str]) -> None:
    assert sql.parameter_names(statement) == expected
