"""Which scenarios claim which promises, read from their files without running or importing any of it.

What the oracle asks after every scenario is read from its module the same way.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from localnet.world import oracle
from localnet.world.catalogue import Catalogue
from localnet.world.promises import claims

STARTS = "bridge-starts"
"""broken by whoever finds that the bridge does not come up, so every scenario keeps an eye on it"""


def claimed(directory: Path) -> Mapping[str, list[str]]:
    """Promise -> the scenarios (`FILE::NAME`) of a directory that claim it, in the order of the files."""
    found: dict[str, list[str]] = {}
    for file in sorted(directory.glob("test_*.py")):
        for name, promises in _scenarios(ast.parse(file.read_text("utf-8"))):
            for promise in promises:
                found.setdefault(promise, []).append(f"{file.name}::{name}")
    return found


def always_asked(catalogue: Catalogue) -> frozenset[str]:
    """Promises that hold or break whatever a scenario is about: the oracle's, and that the bridge starts."""
    said = {
        node.value
        for node in ast.walk(ast.parse(Path(oracle.__file__).read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(promise.id for promise in catalogue if promise.id in {*said, STARTS})


def _scenarios(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            promises = [promise for mark in node.decorator_list for promise in _claims(mark)]
            if promises:
                yield node.name, promises


def _claims(mark: ast.expr) -> list[str]:
    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == claims.__name__:
        return [
            word.value for word in mark.args if isinstance(word, ast.Constant) and isinstance(word.value, str)
        ]
    return []
