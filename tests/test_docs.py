"""What the documents say is true: README's commands work, in their order; the words they use exist."""

import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from localnet.network import NetworkSpec
from localnet.network.catalogue import load
from localnet.network.plan import plan
from localnet.network.service_file import adapters
from localnet.world.catalogue import load_catalogue

ROOT = Path(__file__).resolve().parent.parent
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = (
    "make test",
    "make localnet BACKEND=containers",
    ".venv/bin/localnet test",
    ".venv/bin/localnet test --mutants",
)
"""Run by CI itself: the first runs this test, the second needs a container engine, the others take minutes."""
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
"""So that they run as processes, as they would for who has no images yet."""
SECONDS = 120


def readme_commands() -> list[str]:
    blocks = FENCED.findall((ROOT / "README.md").read_text())
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line not in ELSEWHERE]


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that every user may pass through: as root, PostgreSQL runs as another one."""
    with tempfile.TemporaryDirectory(prefix="localnet-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


def test_the_commands_of_the_readme_work_in_their_order(home: Path) -> None:
    env = {
        **os.environ,
        **NO_ENGINE,
        "LOCALNET_HOME": str(home / "runs"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    failed = []

    for command in readme_commands():
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS
        )
        if done.returncode:
            failed.append(f"$ {command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")

    assert not failed, "\n".join(failed)
    assert not list((home / "runs").iterdir())


@pytest.mark.parametrize(
    "document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/ci.md", "docs/your-bridge.md"]
)
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


def test_the_adapters_of_the_document_are_right(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "your-bridge.md").read_text()
    fork, whole = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for name, adapter in (("fork.toml", fork), ("mine.toml", whole)):
        (tmp_path / name).write_text(adapter)
        catalogue = load(NetworkSpec(bridge=tmp_path / name))

        assert plan(catalogue).adapter is not None
        promises = list(load_catalogue())
        expected = catalogue.adapter.adapter.expected_failures
        assert all(any(promise.is_named(key) for promise in promises) for key in expected)


def test_the_document_names_every_arrangement_and_only_those() -> None:
    text = (ROOT / "docs" / "your-bridge.md").read_text()
    shipped = [load(NetworkSpec(bridge=name)).adapter.adapter.arrangements for name in adapters()]

    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == {key for one in shipped for key in one}


def test_the_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in wanted}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / ".ci" / "requirements.lock").read_text(), re.MULTILINE))

    assert names <= locked
