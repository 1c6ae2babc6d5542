"""What the documents say is true: README's commands work, in their order; the words they use exist."""

import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("make test", ".venv/bin/localnet test --mutants", "make localnet BACKEND=containers")
"""Run by CI itself: the first runs this test, the second takes minutes, the third needs a container engine."""
SECONDS = 120


def readme_commands() -> list[str]:
    blocks = FENCED.findall((ROOT / "README.md").read_text())
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith(ELSEWHERE)]


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that every user may pass through: as root, PostgreSQL runs as another one."""
    with tempfile.TemporaryDirectory(prefix="localnet-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


def test_the_commands_of_the_readme_work_in_their_order(home: Path) -> None:
    env = {**os.environ, "LOCALNET_HOME": str(home / "runs"), "XDG_STATE_HOME": str(home / "state")}
    failed = []

    for command in readme_commands():
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS
        )
        if done.returncode:
            failed.append(f"$ {command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")

    assert not failed, "\n".join(failed)
    assert not list((home / "runs").iterdir())


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/ci.md"])
def test_every_path_that_a_document_names_exists(document: str) -> None:
    named = re.findall(
        r"`((?:localnet|fakes|bridge|scenarios|tests|\.ci)/[\w./*-]*)", (ROOT / document).read_text()
    )

    missing = [
        path for path in named if not (ROOT / path).exists() and "*" not in path and "NAME" not in path
    ]

    assert named
    assert not missing


@pytest.mark.parametrize("document", ["README.md", "docs/ci.md"])
def test_every_setting_that_a_document_names_is_read(document: str) -> None:
    named = set(re.findall(r"`(LOCALNET_\w+)`", (ROOT / document).read_text()))
    sources = "".join(path.read_text() for path in (ROOT / "localnet").rglob("*.py"))

    assert named
    assert not [setting for setting in named if f'"{setting}"' not in sources]


def test_the_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in wanted}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / ".ci" / "requirements.lock").read_text(), re.MULTILINE))

    assert names <= locked
