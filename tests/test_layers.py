"""Who may import whom: the contracts in pyproject.toml, and what a state machine may not import."""

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent

EDGES = {"routes", "follower", "page", "client"}
"""Last parts of module names (or of their package) in fakes/ that carry messages in and out: HTTP, sockets, files."""

OUTSIDE = {
    "asyncio", "socket", "subprocess", "os", "pathlib", "time", "random", "secrets", "uuid",
    "httpx", "aiohttp", "websockets", "fastapi", "starlette", "uvicorn", "psycopg",
}  # fmt: skip


def test_every_import_contract_holds(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)

    assert broken == 0, capsys.readouterr().out


def state_machines() -> list[Path]:
    packages = [path for path in (ROOT / "fakes").iterdir() if path.is_dir() and path.name != "__pycache__"]
    modules = [module for package in packages for module in package.rglob("*.py")]
    return sorted(module for module in modules if not is_edge(module))


def is_edge(module: Path) -> bool:
    parts = module.relative_to(ROOT / "fakes").with_suffix("").parts
    return module.name == "__init__.py" or any(edge in part.split("_") for part in parts for edge in EDGES)


@pytest.mark.parametrize("module", state_machines(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_state_machine_has_no_input_output_clock_or_randomness(module: Path) -> None:
    used = imported_packages(ast.parse(module.read_text()))

    assert not used & OUTSIDE, f"{module.relative_to(ROOT)} imports {sorted(used & OUTSIDE)}"


def imported_packages(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names
