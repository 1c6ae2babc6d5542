"""The official lexicons: which record types are known, and whether a record or a request is valid.

The lexicon documents are those that the `lexrpc` package carries; each is read when it is first needed. Its
own validator is not used (it would read all of them at once, takes no JSON links and does not look into
blobs); the tests hold the two against each other. Rules: https://atproto.com/specs/lexicon.
"""

import json
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from typing import Any

from fakes.atproto.lexicon_schema import Check, LexiconError, Schema, check_string, wrong_value
from fakes.atproto.syntax import is_nsid

__all__ = [
    "LexiconError",
    "check_record_key",
    "definition",
    "known",
    "record_key_type",
    "resolve",
    "validate_input",
    "validate_params",
    "validate_record",
]

_OFFICIAL = ("app.bsky.", "com.atproto.", "chat.bsky.", "tools.ozone.")


def definition(nsid: str) -> Schema | None:
    """What stands under this name: a record, query, procedure or subscription; None if nothing does."""
    document = _document(nsid)
    return document["defs"].get("main") if document else None


def known(nsid: str) -> bool:
    """Whether this is a record type of the official lexicons."""
    return _record(nsid) is not None


def record_key_type(nsid: str) -> str:
    """`tid`, `literal:self`, `nsid` or `any`; `any` for a record type that is not known."""
    record = _record(nsid)
    return "any" if record is None else str(record.get("key", "any"))


def check_record_key(nsid: str, rkey: str) -> None:
    """LexiconError if records of this type cannot have this key."""
    try:
        match record_key_type(nsid).partition(":"):
            case ("literal", _, literal):
                if rkey != literal:
                    raise wrong_value([literal], rkey, "$")
            case (("tid" | "nsid") as kind, _, _):
                check_string(rkey, {"format": kind}, "$")
            case _:
                check_string(rkey, {"format": "record-key"}, "$")
    except LexiconError as error:
        raise error.within(f"Invalid record key for {nsid}") from None


def validate_record(nsid: str, record: dict[str, Any]) -> None:
    """LexiconError if the record, in JSON form, is not valid; a type that is not known has no rules."""
    definition = _record(nsid)
    if definition is None:
        return
    try:
        if record.get("$type") != nsid:
            raise wrong_value([nsid], record.get("$type"), "$.record.$type")
        Check(resolve).value(record, definition["record"], nsid, "$.record")
    except LexiconError as error:
        raise error.within(f"Invalid {nsid} record") from None


def validate_input(nsid: str, body: Any, *, loosely: bool = False) -> None:
    """LexiconError if a JSON body is not what the procedure takes; no rules for one that is not known.

    `loosely` judges required keys and types only, not formats and sizes.
    """
    schema = (definition(nsid) or {}).get("input", {}).get("schema")
    if schema is not None:
        Check(resolve, loosely).value(body, schema, nsid, "$")


def validate_params(nsid: str, params: dict[str, Any]) -> None:
    """LexiconError if typed query parameters are not what the method takes; no rules for one not known."""
    schema = (definition(nsid) or {}).get("parameters")
    if schema is not None:
        Check(resolve).value(params, {**schema, "type": "object"}, nsid, "$")


def _record(nsid: str) -> Schema | None:
    main = definition(nsid)
    return main if main is not None and main.get("type") == "record" else None


def resolve(reference: str, lexicon: str) -> tuple[str, Schema]:
    """The definition that a reference in a lexicon leads to, and its full name."""
    nsid, _, fragment = reference.partition("#")
    nsid = nsid or lexicon
    document = _document(nsid)
    if document is None:
        raise LookupError(f"the lexicons refer to {reference}, which they do not define")
    name = fragment or "main"
    definition: Schema = document["defs"][name]
    return nsid if name == "main" else f"{nsid}#{name}", definition


@cache
def _document(nsid: str) -> Schema | None:
    if not nsid.startswith(_OFFICIAL) or not is_nsid(nsid):
        return None
    try:
        document: Schema = json.loads(_read_lexicon(f"{nsid.replace('.', '/')}.json"))
    except FileNotFoundError:
        return None
    # A file system that ignores case finds a lexicon under names that are not its own.
    return document if document["id"] == nsid else None


def _read_lexicon(name: str) -> bytes:
    # Finding the package does not import it: importing would read every lexicon there is.
    spec = find_spec("lexrpc")
    if spec is None or not isinstance(spec.loader, SourceFileLoader) or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the package lexrpc, which carries the lexicons, is not installed")
    return spec.loader.get_data(f"{spec.submodule_search_locations[0]}/lexicons/{name}")
