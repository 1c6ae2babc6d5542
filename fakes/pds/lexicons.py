"""What a method's lexicon says about its calls: verb, typed query parameters, encoding of the input.

Judging values is `fakes.atproto.lexicon`'s business; here parameters are made of the text of a query.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fakes.atproto import lexicon
from fakes.atproto.lexicon import LexiconError
from fakes.atproto.lexicon_schema import shown

_INTEGER = re.compile(r"-?\d+")
_COUNT = re.compile(r"\d{1,18}")
_TEXT = {"type": "string"}


@dataclass(frozen=True)
class Method:
    """A method that the official lexicons define. `encoding` is None if it takes no body."""

    nsid: str
    kind: str
    parameters: Mapping[str, Any]
    encoding: str | None
    required: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        return "POST" if self.kind == "procedure" else "GET"

    def params(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Typed parameters with defaults; LexiconError. Empty ones count as absent."""
        found = {name: schema["default"] for name, schema in self.parameters.items() if "default" in schema}
        given: dict[str, Any] = {}
        for name, text in pairs:
            if text:
                self._put(given, name, text)
        found |= given
        lexicon.validate_params(self.nsid, found)
        return found

    def loose_params(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Typed parameters with defaults, without those that cannot be read; LexiconError if one is missing."""
        found = {name: schema["default"] for name, schema in self.parameters.items() if "default" in schema}
        found |= {name: [] for name, schema in self.parameters.items() if schema["type"] == "array"}
        for name, text in pairs:
            schema = self.parameters.get(name, _TEXT)
            if schema["type"] == "array":
                found[name].append(text)
            elif (value := _readable(text, schema["type"])) is not None:
                found[name] = value
        for name in self.required:
            if name not in found:
                raise LexiconError(f'Missing required key "{name}"', "$")
        return found

    def _put(self, given: dict[str, Any], name: str, text: str) -> None:
        schema = self.parameters.get(name, _TEXT)
        if schema["type"] == "array":
            given.setdefault(name, []).append(_typed(text, schema["items"]))
        elif name in given:
            given[name] = [given[name], text]
        else:
            given[name] = _typed(text, schema)


@cache
def method(nsid: str) -> Method:
    main = lexicon.definition(nsid)
    if main is None:
        raise LookupError(f"no lexicon defines {nsid}")
    parameters = main.get("parameters", {})
    return Method(
        nsid,
        main["type"],
        parameters.get("properties", {}),
        main.get("input", {}).get("encoding"),
        tuple(parameters.get("required", ())),
    )


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    kind = schema["type"]
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind in ("integer", "boolean"):
        raise LexiconError(f"Expected {kind} value type (got {shown(text)})", "$")
    return text


def _readable(text: str, kind: str) -> Any:
    if kind == "integer":
        return int(text) if _COUNT.fullmatch(text) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    return text
