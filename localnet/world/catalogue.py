"""The catalogue of promises: what a bridge's users were told, each under an id.

Not a list of tests: a scenario claims promises, a check breaks one. The shipped catalogue lies beside the
shipped scenarios; scenarios kept in another repository may bring a `catalogue.toml` of their own, which
adds promises to it.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from localnet.errors import UsageError

FILE_NAME = "catalogue.toml"
KEYS = {"sentence", "covers", "needs", "capability"}


@dataclass(frozen=True)
class Promise:
    id: str
    sentence: str
    covers: tuple[str, ...] = ()
    """historic ids of this promise having been broken (B.., O.., GW-..)"""
    needs: tuple[str, ...] = ()
    """promises this one cannot be kept without"""
    capability: str | None = None
    """what an adapter may say its bridge `cannot`, so that the promise does not apply to it"""

    def is_named(self, name: str) -> bool:
        """Whether an adapter that speaks of `name` (a promise or a historic id) speaks of this promise."""
        return name == self.id or name in self.covers


class Catalogue:
    """Promises by id; asking for an unknown one is a mistake in the scenario."""

    def __init__(self, promises: Iterable[Promise]) -> None:
        self._promises = {promise.id: promise for promise in promises}
        for promise in self._promises.values():
            for needed in promise.needs:
                self.promise(needed, said_by=f"`needs` of {promise.id}")

    def promise(self, identifier: str, said_by: str = "a check") -> Promise:
        found = self._promises.get(identifier)
        if found is None:
            raise UsageError(
                f"{said_by} speaks of the promise {identifier!r}, which no catalogue has",
                f"add [{identifier}] to the {FILE_NAME} beside the scenarios, or correct the id",
            )
        return found

    def without(self, identifier: str) -> frozenset[str]:
        """All promises that `identifier` cannot be kept without, directly or through others."""
        found: set[str] = set()
        waiting = list(self.promise(identifier).needs)
        while waiting:
            needed = waiting.pop()
            if needed not in found:
                found.add(needed)
                waiting.extend(self.promise(needed).needs)
        return frozenset(found)

    def named(self, names: Iterable[str]) -> frozenset[str] | None:
        """The promises that these names (of promises or of historic ids) speak of; None without a name."""
        wanted: set[str] = set()
        for name in names:
            found = {promise.id for promise in self if promise.is_named(name)}
            if not found:
                self.promise(name, said_by="the selection")
            wanted |= found
        return frozenset(wanted) or None

    def __iter__(self) -> Iterator[Promise]:
        return iter(self._promises.values())

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._promises


def shipped_scenarios() -> Path:
    """The directory of the scenarios that come with Localnet (found, not imported)."""
    spec = find_spec("scenarios")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            "the shipped scenarios are not installed", "install localnet with its `scenarios` package"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def load_catalogue(directories: Iterable[Path] = ()) -> Catalogue:
    """The shipped catalogue and those in (or above) the given directories of scenarios."""
    files = {shipped_scenarios() / FILE_NAME: None}
    for directory in directories:
        nearest = next(
            (d / FILE_NAME for d in (directory, *directory.parents) if (d / FILE_NAME).is_file()), None
        )
        if nearest is not None:
            files[nearest] = None
    return Catalogue(promise for file in files for promise in _promises_of(file))


def _promises_of(file: Path) -> list[Promise]:
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not TOML: {error}", "correct the file") from error
    return [_promise(file, identifier, table) for identifier, table in tables.items()]


def _promise(file: Path, identifier: str, table: Any) -> Promise:
    if not isinstance(table, Mapping) or "sentence" not in table:
        raise UsageError(
            f"{file}: [{identifier}] has no sentence", "write the promise as its users would say it"
        )
    unknown = sorted(set(table) - KEYS)
    if unknown:
        raise UsageError(
            f"{file}: [{identifier}] has an unknown key {', '.join(unknown)}", f"known: {sorted(KEYS)}"
        )
    return Promise(
        id=identifier,
        sentence=table["sentence"],
        covers=tuple(table.get("covers", ())),
        needs=tuple(table.get("needs", ())),
        capability=table.get("capability"),
    )
