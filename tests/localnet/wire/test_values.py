"""PostgreSQL's values are shown as psql shows them, whichever format they came in. The server itself is asked what it sends."""

import psycopg
import pytest
from psycopg import pq

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from localnet.wire.values import Cursor, text_of
from tests.localnet.wire.running import direct

EXPRESSIONS = [
    "1::int2", "-1::int4", "9007199254740993::int8", "26::oid", "true", "false", "1.5::float8", "0.25::float4",
    "'words'::text", "'words'::varchar(10)", "'n'::name", "'Zürich'::text", "''::text", "'{\"a\": 1}'::json", "'{\"a\": 1}'::jsonb",
    "'6b0f54ba-9a3e-4b2c-8d7e-0a9b8c7d6e5f'::uuid", "'2024-02-29'::date", "'1999-12-31'::date",
    "'2024-02-29 12:34:56'::timestamp", "'2024-02-29 12:34:56.789012+00'::timestamptz",
    "'{}'::text[]", "'{a,b}'::text[]", "'{1,NULL,3}'::int4[]", "'{1,2}'::int8[]",
]  # fmt: skip

UNREAD = ["'1.5'::numeric", "'1 day'::interval", "'{{1,2},{3,4}}'::int4[]", "'127.0.0.1'::inet"]


def value_of(database: Cluster, expression: str, form: pq.Format) -> tuple[bytes, int]:
    where = direct(database.address, SUPERUSER)
    with psycopg.connect(where, options="-c timezone=UTC") as connection:
        result = connection.pgconn.exec_params(f"SELECT {expression}".encode(), None, result_format=form)
        value = result.get_value(0, 0)
        assert value is not None
        return value, result.ftype(0)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_binary_reads_as_text_does(database: Cluster, expression: str) -> None:
    text, oid = value_of(database, expression, pq.Format.TEXT)
    binary, _ = value_of(database, expression, pq.Format.BINARY)

    shown = text_of(binary, True, oid)

    assert text_of(text, False, oid) == text.decode()
    assert shown is not None
    assert shown.removesuffix(":00") == text.decode().replace('\\"', '"') or shown == {
        "t": "t",
        "f": "f",
    }.get(text.decode())


@pytest.mark.parametrize("expression", UNREAD)
def test_what_is_not_cheap_to_read_is_told_by_its_size(database: Cluster, expression: str) -> None:
    binary, oid = value_of(database, expression, pq.Format.BINARY)

    assert text_of(binary, True, oid) == f"<{len(binary)} bytes>"


@pytest.mark.parametrize("is_binary", [True, False])
def test_bytes_are_never_shown(is_binary: bool) -> None:
    assert (
        text_of(b"\\x6869" if not is_binary else b"hi", is_binary, 17) == f"<{2 if is_binary else 6} bytes>"
    )


def test_null_is_none() -> None:
    assert text_of(None, True, 23) is None


@pytest.mark.parametrize(
    ("value", "oid"),
    [
        (b"\x01", 23),
        (b"\xff\xfe", 25),
        (b"", 1009),
        (b"short", 2950),
        (b"\x7f" * 8, 1184),
    ],
)
def test_what_does_not_fit_its_type_is_told_by_its_size(value: bytes, oid: int) -> None:
    assert text_of(value, True, oid) == f"<{len(value)} bytes>"


def test_a_cursor_does_not_read_past_the_end() -> None:
    cursor = Cursor(b"\x00\x01\x02")
    assert cursor.int16() == 1

    with pytest.raises(ValueError, match="cut short"):
        cursor.int32()
