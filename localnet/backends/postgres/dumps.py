"""Plain SQL dumps: read, what they need beforehand, and why one cannot be loaded. Running one is psql's part, which alone understands COPY."""

import re
from contextlib import suppress
from pathlib import Path

from localnet.backends.postgres.image import SUPERUSER
from localnet.backends.postgres.session import DatabaseError, Session, identifier
from localnet.errors import UsageError

ROLE = re.compile(
    rb"""\bOWNER TO (?:"([^"]+)"|(\w+))|\b(?:GRANT|REVOKE)\b[^;]* (?:TO|FROM) (?:"([^"]+)"|(\w+));"""
)
RESERVED = ("PUBLIC", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", SUPERUSER.upper())


def read_dump(dump: Path) -> bytes:
    text = dump.read_bytes()
    if text.startswith(b"PGDMP"):
        raise UsageError(
            f"{dump} is an archive of pg_dump, not SQL",
            f"turn it into SQL: pg_restore -f dump.sql {dump}",
        )
    return text


def make_roles(session: Session, dump: bytes) -> None:
    """The roles it names, for a dump seldom brings them."""
    for role in roles(dump):
        with suppress(DatabaseError):
            session.run(f"CREATE ROLE {identifier(role)}")


def roles(dump: bytes) -> set[str]:
    named = {next(filter(None, found)).decode() for found in ROLE.findall(dump)}
    return {role for role in named if role.upper() not in RESERVED}


def refuse_if(wrong: str | None, dump: Path) -> None:
    if wrong:
        raise UsageError(f"the dump cannot be loaded: {wrong}", f"correct {dump} there")
