"""A scenario found by its name, without pytest: the function, what it claims, the network it wants."""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from localnet.errors import UsageError
from localnet.network.naming import nearest
from localnet.world.catalogue import shipped_scenarios
from localnet.world.promises import CLAIMS, OWN_NETWORK, NetworkWish
from localnet.world.world import World


@dataclass(frozen=True)
class Scenario:
    name: str
    """FILE::FUNCTION"""
    play: Callable[[World], None]
    claims: tuple[str, ...]
    wish: NetworkWish
    directory: Path


def scenario_named(name: str) -> Scenario:
    """By FILE::FUNCTION, or by the name of a shipped function."""
    file, _, function = name.rpartition("::")
    files = [Path(file)] if file else sorted(shipped_scenarios().glob("test_*.py"))
    if file and not files[0].is_file():
        raise UsageError(f"there is no file {file}", "check the path")
    known = {found.name.rpartition("::")[2]: found for path in files for found in _scenarios_in(path)}
    if function not in known:
        raise UsageError(
            f"there is no scenario {name!r}", nearest(function, known) if known else "localnet test"
        )
    return known[function]


def _scenarios_in(file: Path) -> Iterator[Scenario]:
    for name, value in vars(_loaded(file)).items():
        marks = getattr(value, "pytestmark", [])
        claims = tuple(promise for mark in marks if mark.name == CLAIMS for promise in mark.args)
        wishes = [mark.args[0] for mark in marks if mark.name == OWN_NETWORK]
        if claims and name.startswith("test_"):
            yield Scenario(
                f"{_shown(file)}::{name}", value, claims, (wishes or [NetworkWish()])[0], file.parent
            )


def _loaded(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"swept_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _shown(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
