"""Whether a JSON value is what a lexicon's schema says, and if not, what is wrong and where.

One function per schema type. Messages are worded as the reference server words them, because its clients
see them. Unknown properties pass, an open union passes types it does not list. Rules:
https://atproto.com/specs/lexicon.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

from fakes.atproto.formats import FORMATS, is_cid

Schema = dict[str, Any]
Resolve = Callable[[str, str], tuple[str, Schema]]
"""A reference and the lexicon it stands in, to the full name of the definition and its schema."""


class LexiconError(ValueError):
    """The value is not what the lexicon says. `issue` is what is wrong, `path` where (`$.record.text`)."""

    def __init__(self, issue: str, path: str) -> None:
        super().__init__(f"{issue} at {path}")
        self.issue = issue
        self.path = path

    def within(self, prefix: str) -> "LexiconError":
        """The same, said about something: `Invalid … record: Missing … at $.record`."""
        return LexiconError(f"{prefix}: {self.issue}", self.path)


class Check:
    """One check of one value; knows the lexicons that references lead to."""

    def __init__(self, resolve: Resolve, loosely: bool = False) -> None:
        self._resolve = resolve
        self._loosely = loosely

    def value(self, value: Any, schema: Schema, lexicon: str, path: str) -> None:
        """LexiconError at the first thing that is wrong."""
        match schema["type"]:
            case "string":
                check_string(value, {} if self._loosely else schema, path)
            case "object":
                self._object(value, schema, lexicon, path)
            case "ref":
                self._ref(value, schema, lexicon, path)
            case "union":
                self._union(value, schema, lexicon, path)
            case "array":
                self._array(value, schema, lexicon, path)
            case other:
                _SIMPLE[other](value, schema, path)

    def _object(self, value: Any, schema: Schema, lexicon: str, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_type("object", value, path)
        required = schema.get("required", ())
        nullable = schema.get("nullable", ())
        for name, property_schema in schema.get("properties", {}).items():
            if name in value:
                if value[name] is not None or name not in nullable:
                    self.value(value[name], property_schema, lexicon, f"{path}.{name}")
            elif name in required:
                raise LexiconError(f'Missing required key "{name}"', path)

    def _ref(self, value: Any, schema: Schema, lexicon: str, path: str) -> None:
        name, definition = self._resolve(schema["ref"], lexicon)
        if definition["type"] == "object" and isinstance(value, dict) and value.get("$type", name) != name:
            raise wrong_value([name], value["$type"], f"{path}.$type")
        self.value(value, definition, name.partition("#")[0], path)

    def _union(self, value: Any, schema: Schema, lexicon: str, path: str) -> None:
        if not isinstance(value, dict) or "$type" not in value:
            raise _wrong_type('an object which includes the "$type" property', value, path)
        kind = value["$type"]
        members = [self._resolve(ref, lexicon) for ref in schema["refs"]]
        for name, definition in members:
            if name == kind:
                return self.value(value, definition, name.partition("#")[0], path)
        if schema.get("closed"):
            raise wrong_value([name for name, _ in members], kind, f"{path}.$type")
        if not isinstance(kind, str):
            raise _wrong_type("string", kind, f"{path}.$type")
        return None

    def _array(self, value: Any, schema: Schema, lexicon: str, path: str) -> None:
        if not isinstance(value, list):
            raise _wrong_type("array", value, path)
        _check_size("array", len(value), schema.get("minLength"), schema.get("maxLength"), path)
        for index, item in enumerate(value):
            self.value(item, schema["items"], lexicon, f"{path}[{index}]")


def check_string(value: Any, schema: Schema, path: str) -> None:
    if not isinstance(value, str):
        raise _wrong_type("string", value, path)
    if "minLength" in schema or len(value) * 4 > schema.get("maxLength", len(value) * 4):
        length = len(value.encode(errors="surrogatepass"))
        _check_size("string", length, schema.get("minLength"), schema.get("maxLength"), path)
    if "minGraphemes" in schema or len(value) > schema.get("maxGraphemes", len(value)):
        _check_size(
            "grapheme", _graphemes(value), schema.get("minGraphemes"), schema.get("maxGraphemes"), path
        )
    if "format" in schema:
        name, matches = FORMATS[schema["format"]]
        if not matches(value):
            raise LexiconError(f"Invalid {name} (got {shown(value)})", path)
    _check_choice(value, schema, path)


def _check_integer(value: Any, schema: Schema, path: str) -> None:
    if isinstance(value, bool) or not (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    ):
        raise _wrong_type("integer", value, path)
    _check_size("integer", int(value), schema.get("minimum"), schema.get("maximum"), path)
    _check_choice(value, schema, path)


def _check_boolean(value: Any, schema: Schema, path: str) -> None:
    if not isinstance(value, bool):
        raise _wrong_type("boolean", value, path)
    _check_choice(value, schema, path)


def _check_link(value: Any, _schema: Schema, path: str) -> None:
    if not _is_link(value):
        raise _wrong_type("cid", value, path)


def _check_bytes(value: Any, schema: Schema, path: str) -> None:
    match value:
        case {"$bytes": str(text)} if len(value) == 1:
            try:
                data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
            except ValueError:
                raise _wrong_type("bytes", value, path) from None
        case _:
            raise _wrong_type("bytes", value, path)
    _check_size("bytes", len(data), schema.get("minLength"), schema.get("maxLength"), path)


def _check_blob(value: Any, schema: Schema, path: str) -> None:
    match value:
        case {"$type": "blob", "ref": ref, "mimeType": str(mime), "size": int(size)} if (
            _is_link(ref) and "/" in mime and size >= 0 and not isinstance(size, bool)
        ):
            pass
        case _:
            raise _wrong_type("blob", value, path)
    accept = schema.get("accept", ["*/*"])
    if not any(_accepts(pattern, mime) for pattern in accept):
        raise wrong_value(accept, mime, f"{path}.mimeType")
    _check_size("blob", size, None, schema.get("maxSize"), path)


def _check_unknown(value: Any, _schema: Schema, path: str) -> None:
    if not isinstance(value, dict):
        raise _wrong_type("object", value, path)


def _check_null(value: Any, _schema: Schema, path: str) -> None:
    if value is not None:
        raise _wrong_type("null", value, path)


_SIMPLE: dict[str, Callable[[Any, Schema, str], None]] = {
    "integer": _check_integer,
    "boolean": _check_boolean,
    "cid-link": _check_link,
    "bytes": _check_bytes,
    "blob": _check_blob,
    "unknown": _check_unknown,
    "null": _check_null,
    "token": lambda value, _schema, path: check_string(value, {}, path),
}


def _check_choice(value: Any, schema: Schema, path: str) -> None:
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is not None and value not in choices:
        raise wrong_value(choices, value, path)


def _check_size(kind: str, size: int, least: int | None, most: int | None, path: str) -> None:
    if least is not None and size < least:
        raise LexiconError(f"{kind} too small (minimum {least}, got {size})", path)
    if most is not None and size > most:
        raise LexiconError(f"{kind} too big (maximum {most}, got {size})", path)


def _is_link(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and is_cid(str(value.get("$link")))


def _accepts(pattern: str, mime: str) -> bool:
    return pattern in ("*/*", mime) or (pattern.endswith("/*") and mime.startswith(pattern[:-1]))


def _graphemes(text: str) -> int:
    import grapheme  # type: ignore[import-untyped]  # its tables take 20 ms to load, and most texts need no counting

    return int(grapheme.length(text))


def _wrong_type(expected: str, value: Any, path: str) -> LexiconError:
    return LexiconError(f"Expected {expected} value type (got {shown(value)})", path)


def wrong_value(expected: list[Any], value: Any, path: str) -> LexiconError:
    *most, last = [shown(choice) for choice in expected]
    choices = f"one of {', '.join(most)} or {last}" if most else last
    return LexiconError(f"Expected {choices} (got {shown(value)})", path)


def shown(value: Any) -> str:
    """A value as messages show it: the start of it, objects by their first keys."""
    match value:
        case str():
            return json.dumps(value if len(value) < 256 else f"{value[:255]}…", ensure_ascii=False)
        case list():
            return f"[{', '.join(shown(item) for item in value[:2])}{', ...' if len(value) > 2 else ''}]"
        case dict():
            entries = [f"{json.dumps(key)}: ..." for key in value][:2]
            return f"{{{', '.join(entries)}{', ...' if len(value) > 2 else ''}}}"
    return json.dumps(value)
