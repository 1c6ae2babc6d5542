"""Ready means that a question made a full round trip through the wire: HTTP 200 on the ready path, or `SELECT 1`."""

import http.client
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from localnet.backends.postgres.session import DatabaseError, Session
from localnet.network.service_file import ServiceFile

PROBE_SECONDS = 5.0
"""for one answer; a service that takes longer is asked again"""


def probe_of(service: ServiceFile, path: str | None, url: str | None) -> Callable[[], str | None]:
    """A question that returns None once the service is ready, else what came back instead."""
    if url is None or (service.protocol == "http" and path is None):
        return lambda: None
    if service.protocol == "postgres":
        ask = wrong_with_foreign_database if service.runs.kind == "url" else wrong_with_database
        return lambda: ask(url)
    return lambda: wrong_with_http(url, path or "/")


def wrong_with_http(url: str, path: str) -> str | None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", parts.path.rstrip("/") + path, headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read(2000)
    except (OSError, http.client.HTTPException) as error:
        return f"GET {path}: {type(error).__name__} {error}".strip()
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK:
        return None
    return f"GET {path} answered {answer.status} {body.decode(errors='replace').strip()[:500]}".strip()


def wrong_with_database(url: str) -> str | None:
    parts = urlsplit(url)
    address = f"{parts.hostname}:{parts.port}"
    try:
        with Session(
            address, unquote(parts.username or ""), parts.path.lstrip("/"), PROBE_SECONDS
        ) as session:
            session.run("SELECT 1")
    except (OSError, DatabaseError) as error:
        return f"SELECT 1: {type(error).__name__} {error}"
    return None


def wrong_with_foreign_database(url: str) -> str | None:
    """A server that is not ours may want a password, which takes a whole client."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=int(PROBE_SECONDS)) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return f"SELECT 1: {type(error).__name__} {error}".strip()
    return None
