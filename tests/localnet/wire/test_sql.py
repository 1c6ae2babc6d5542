"""What the journal calls a statement, which statements commit, and which parameter belongs to which column."""

import pytest

from localnet.wire import sql

NAMES = {
    "SELECT * FROM publish_jobs WHERE id = $1": "SELECT publish_jobs",
    "select 1": "SELECT",
    "SELECT pg_advisory_lock(1)": "SELECT pg_advisory_lock",
    "SELECT extract(epoch FROM at), (SELECT max(b) FROM other) FROM publish_jobs": "SELECT publish_jobs",
    "INSERT INTO publish_jobs (a) VALUES ($1)": "INSERT publish_jobs",
    'INSERT INTO public."publish_jobs" (a) VALUES ($1)': "INSERT publish_jobs",
    "insert into\n  publish_jobs (a)\nvalues (1)": "INSERT publish_jobs",
    "UPDATE publish_jobs SET state = 'x'": "UPDATE publish_jobs",
    "UPDATE publish_jobs AS j SET state = 'x'": "UPDATE publish_jobs",
    "DELETE FROM ONLY asset_manifest": "DELETE asset_manifest",
    "WITH due AS (SELECT id FROM publish_jobs FOR UPDATE SKIP LOCKED) UPDATE publish_jobs SET a = 1": "UPDATE publish_jobs",
    "WITH due AS (UPDATE publish_jobs SET a = 1 RETURNING id) SELECT * FROM due": "UPDATE publish_jobs",
    "WITH due AS (SELECT id FROM publish_jobs FOR UPDATE SKIP LOCKED) SELECT * FROM due": "SELECT due",
    "SELECT id FROM publish_jobs WHERE a = $1 FOR UPDATE": "SELECT publish_jobs",
    "-- why\n/* and how */ UPDATE publish_jobs SET state = 'FROM x'": "UPDATE publish_jobs",
    "CREATE TABLE IF NOT EXISTS public.account_links (a int)": "CREATE TABLE account_links",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one ON publish_jobs (a)": "CREATE UNIQUE INDEX one",
    "DO $$ BEGIN PERFORM 1; END $$": "DO",
    "SET LOCAL divine_sky.writer_epoch = '2'": "SET writer_epoch",
    "COPY account_links (a, b) FROM stdin": "COPY account_links",
    "LISTEN jobs": "LISTEN jobs",
    "START TRANSACTION READ ONLY": "BEGIN",
    "BEGIN": "BEGIN",
    "commit": "COMMIT",
    "END": "COMMIT",
    "ABORT": "ROLLBACK",
    "ROLLBACK": "ROLLBACK",
    "ROLLBACK TO SAVEPOINT a": "ROLLBACK TO",
}


@pytest.mark.parametrize(("statement", "name"), NAMES.items(), ids=NAMES)
def test_name(statement: str, name: str) -> None:
    assert sql.shape(statement).op == name


COMMITS = {
    "COMMIT": True,
    "commit work": True,
    "END": True,
    "END TRANSACTION": True,
    "/* now */ COMMIT AND CHAIN": True,
    "COMMIT PREPARED 'x'": False,
    "ROLLBACK": False,
    "BEGIN": False,
    "SELECT 'COMMIT'": False,
    "INSERT INTO commit_log VALUES (1)": False,
    "": False,
}


@pytest.mark.parametrize(("statement", "does"), COMMITS.items(), ids=COMMITS)
def test_commits(statement: str, does: bool) -> None:
    assert sql.shape(statement).commits is does


SCRIPTS: dict[str, list[str]] = {
    "SELECT 1": ["SELECT 1"],
    "SELECT 1; SELECT 2;": ["SELECT 1", "SELECT 2"],
    " ;; SELECT 1 ;\n": ["SELECT 1"],
    "": [],
    "-- nothing; at all": [],
    "/* a; b */ SELECT 1": ["/* a; b */ SELECT 1"],
    "-- why; not\nSELECT 1": ["-- why; not\nSELECT 1"],
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
def test_split(text: str, expected: list[str]) -> None:
    assert list(sql.split(text)) == expected


PARAMETERS: dict[str, dict[int, str]] = {
    "SELECT * FROM t WHERE did = $1 AND state <> $2": {1: "did", 2: "state"},
    "UPDATE t SET access_token = $2 WHERE nostr_pubkey = $1": {1: "nostr_pubkey", 2: "access_token"},
    "INSERT INTO t (a, b, c) VALUES ($1, 'x', $2)": {1: "a", 2: "c"},
    "INSERT INTO t (a, b) VALUES (lower('x, y'), $1)": {1: "b"},
    "SELECT * FROM t WHERE id = ANY($1)": {1: "id"},
    "INSERT INTO t (a, b) VALUES ($1, coalesce($2, now())), ($3, $4::text) ON CONFLICT (a) DO UPDATE SET c = $5": {
        1: "a",
        2: "b",
        3: "a",
        4: "b",
        5: "c",
    },
    "UPDATE t SET access_token = coalesce($1, access_token)": {1: "access_token"},
    "SELECT '$1', \"a\" FROM t WHERE a = 'x = $2' LIMIT $3": {},
    "SELECT $1": {},
}


@pytest.mark.parametrize(("statement", "expected"), PARAMETERS.items(), ids=PARAMETERS)
def test_parameter_names(statement: str, expected: dict[int, str]) -> None:
    assert sql.shape(statement).columns == expected
