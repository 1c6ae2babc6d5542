"""Reads one TOML table strictly: unknown keys, wrong types and missing things are errors that help.

Not a schema language. The errors name the file, the table and the key, and end with what would be allowed.
"""

from collections.abc import Collection, Mapping
from typing import Any

from localnet.errors import UsageError
from localnet.network.naming import nearest


class Table:
    """`where` is how messages call this table: the file, then the table in it. `allowed` None: any key."""

    def __init__(self, entries: Mapping[str, Any], where: str, allowed: Collection[str] | None) -> None:
        self._entries = entries
        self.where = where
        for key in entries:
            if allowed is not None and key not in allowed:
                raise UsageError(f"{where}: unknown key {key!r}", nearest(key, allowed))

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def keys(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "a string", value)
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self else None

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise UsageError(f"{self.where}: {key} {value!r} does not exist", nearest(value, choices))
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false", value)
        return value

    def seconds(self, key: str, default: float) -> float:
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise self.wrong(key, "a number of seconds above 0", value)
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.wrong(key, "a list of strings", value)
        return tuple(value)

    def strings(self, key: str) -> dict[str, str]:
        """A table of strings; numbers and booleans are refused, since their spelling would be a guess."""
        table = self.table(key)
        return {name: table.text(name) for name in table.keys()}  # noqa: SIM118

    def table(self, key: str, allowed: Collection[str] | None = None) -> "Table":
        value = self._get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "a table", value)
        inside = f"{self.where[:-1]}.{key}]" if self.where.endswith("]") else f"{self.where} [{key}]"
        return Table(value, inside, allowed)

    def wrong(self, key: str, wanted: str, value: object) -> UsageError:
        message = f"{self.where}: {key} must be {wanted}, not {value!r}"
        return UsageError(message, f"correct {key} in {self.where}")

    def _get(self, key: str, default: Any) -> Any:
        if key in self._entries:
            return self._entries[key]
        if default is None:
            raise UsageError(f"{self.where}: {key} is missing", f"add {key} to {self.where}")
        return default
