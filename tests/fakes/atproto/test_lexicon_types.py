"""Lexicons: which types are known, what their keys look like, what methods take, and that every schema can be walked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lexrpc.base  # type: ignore[import-untyped]
import pytest

from fakes.atproto import lexicon
from fakes.atproto.lexicon import LexiconError
from fakes.atproto.lexicon_schema import Check

POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"


@pytest.mark.parametrize(
    ("nsid", "kind"),
    [
        (POST, "tid"),
        (PROFILE, "literal:self"),
        ("com.example.thing", "any"),
        ("site.standard.document", "any"),
    ],
)
def test_a_record_type_says_what_its_keys_look_like(nsid: str, kind: str) -> None:
    assert lexicon.record_key_type(nsid) == kind
    assert lexicon.known(nsid) is (kind != "any")


@pytest.mark.parametrize(
    ("nsid", "rkey", "complaint"),
    [
        (POST, "3jzfcijpj2z2a", None),
        (POST, "nottid", 'Invalid TID string (got "nottid") at $'),
        (PROFILE, "self", None),
        (PROFILE, "3jzfcijpj2z2a", 'Expected "self" (got "3jzfcijpj2z2a") at $'),
        ("com.example.thing", "my-key", None),
        ("com.example.thing", "a/b", 'Invalid record key (got "a/b") at $'),
    ],
)
def test_a_record_key_fits_its_type_or_not(nsid: str, rkey: str, complaint: str | None) -> None:
    if complaint is None:
        lexicon.check_record_key(nsid, rkey)
    else:
        with pytest.raises(LexiconError) as refusal:
            lexicon.check_record_key(nsid, rkey)
        assert str(refusal.value) == f"Invalid record key for {nsid}: {complaint}"


@pytest.mark.parametrize(
    "nsid", ["com.example.thing", "APP.bsky.feed.post", "app.bsky.nope", "app.bsky/../feed", "x"]
)
def test_a_type_that_is_not_known_has_no_rules(nsid: str) -> None:
    assert not lexicon.known(nsid)
    lexicon.validate_record(nsid, {"anything": None})


@pytest.mark.parametrize(
    ("nsid", "body", "complaint"),
    [
        ("com.atproto.repo.createRecord", {"repo": "a.test", "collection": POST, "record": {}}, None),
        (
            "com.atproto.repo.createRecord",
            {"repo": "a.test", "collection": POST},
            'Missing required key "record" at $',
        ),
        (
            "com.atproto.repo.createRecord",
            {"repo": "a.test", "collection": POST, "record": []},
            "Expected object value type (got []) at $.record",
        ),
        (
            "com.atproto.repo.applyWrites",
            {"repo": "a.test", "writes": [{"$type": "com.atproto.repo.applyWrites#frob"}]},
            'Expected one of "com.atproto.repo.applyWrites#create"',
        ),
        ("com.atproto.server.createSession", {"identifier": "a", "password": 7}, "(got 7) at $.password"),
        ("com.example.unknown", 7, None),
    ],
)
def test_a_request_is_what_the_method_takes_or_not(nsid: str, body: Any, complaint: str | None) -> None:
    if complaint is None:
        lexicon.validate_input(nsid, body)
    else:
        with pytest.raises(LexiconError) as refusal:
            lexicon.validate_input(nsid, body)
        assert complaint in str(refusal.value)


def test_query_parameters_are_what_the_method_takes() -> None:
    lexicon.validate_params(
        "com.atproto.repo.listRecords", {"repo": "a.test", "collection": POST, "limit": 100}
    )
    with pytest.raises(LexiconError, match=r"integer too big \(maximum 100, got 101\) at \$\.limit"):
        lexicon.validate_params(
            "com.atproto.repo.listRecords", {"repo": "a.test", "collection": POST, "limit": 101}
        )


def schemas(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema in a document that a record, a request or a query can be held against."""
    for main in document["defs"].values():
        match main["type"]:
            case "record":
                yield from within(main["record"])
            case "query" | "procedure" | "subscription":
                yield from within({**main.get("parameters", {}), "type": "object"})
                yield from within(main.get("input", {}).get("schema", {"type": "unknown"}))
            case "permission-set":
                pass
            case _:
                yield from within(main)


def within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for inner in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from within(inner)


def unfit(schema: dict[str, Any]) -> Any:
    """A value that gets as far into the check of this schema as a wrong one can."""
    if schema["type"] == "union":
        return {"$type": 7}
    return "\n" if "format" in schema else 7 if schema["type"] == "null" else None


def test_no_official_schema_has_a_type_a_format_or_a_reference_that_the_checks_do_not_know() -> None:
    folder = Path(str(lexrpc.base.files("lexrpc"))) / "lexicons"
    documents = [
        json.loads(file.read_bytes()) for area in ("app", "com") for file in folder.glob(f"{area}/**/*.json")
    ]
    found = [
        (doc["id"], schema)
        for doc in documents
        for schema in schemas(doc)
        if doc["id"].startswith(("app.bsky.", "com.atproto."))
    ]

    assert {schema["type"] for _, schema in found} >= {"blob", "bytes", "cid-link", "ref", "union", "unknown"}
    for nsid, schema in found:
        with pytest.raises(LexiconError):
            Check(lexicon.resolve).value(unfit(schema), schema, nsid, "$")
