"""The GitHub Action: it parses, names only inputs and options that exist, and its scenarios step does what it says."""

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
import yaml

from localnet.backends.images.bringing import SOURCES
from localnet.cli import app

ROOT = Path(__file__).resolve().parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPTS = {step["name"]: step["run"] for step in STEPS if "run" in step}
SECONDS = 120


def test_every_input_that_is_used_exists_and_every_one_that_exists_is_used() -> None:
    used = set(re.findall(r"inputs\.(\w+)", (ROOT / "action.yml").read_text()))

    assert used == set(ACTION["inputs"])


def test_no_input_stands_in_a_script() -> None:
    """It would be run as part of it; it reaches scripts in variables."""
    assert not [name for name, script in SCRIPTS.items() if "${{" in script]


def test_every_variable_that_a_script_reads_is_given_to_it() -> None:
    for step in STEPS:
        read = set(re.findall(r"\$\{?([A-Z]+)\b", step.get("run", "")))

        assert read - {"PWD", "HOME"} == set(step.get("env", {})), step["name"]


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_parses(script: str) -> None:
    subprocess.run(["bash", "-n"], input=script.encode(), check=True)


def test_the_scenarios_step_names_only_options_that_exist() -> None:
    command = typer.main.get_command(app)
    known = {option for param in command.commands["test"].params for option in param.opts}  # type: ignore[attr-defined]

    assert set(re.findall(r"(?<=[ (])--[a-z-]+", SCRIPTS["Scenarios"])) <= known


def test_the_images_step_names_bases_that_exist() -> None:
    words = shlex.split(SCRIPTS["Images"].splitlines()[0])

    assert words[words.index("--bases") + 1] in SOURCES


def test_the_targets_it_makes_exist() -> None:
    targets = re.findall(r"make ([\w./]+)", SCRIPTS["Localnet's environment"])

    assert targets
    assert all(f"\n{target}:" in (ROOT / "Makefile").read_text() for target in targets)


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that every user may pass through: as root, PostgreSQL runs as another one."""
    with tempfile.TemporaryDirectory(prefix="localnet-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


def test_the_scenarios_step_plays_what_was_selected_and_writes_the_results(
    home: Path, tmp_path: Path
) -> None:
    given = {
        "ADAPTER": "bundled",
        "IMAGE": "",
        "SETTINGS": "pds.dialect=rsky\n",
        "SELECT": "opt-in-refuses-foreign-domain",
        "BACKEND": "processes",
        "RESULTS": "results",
        "LOCALNET": str(ROOT / ".venv" / "bin" / "localnet"),
    }

    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", SCRIPTS["Scenarios"]],
        cwd=tmp_path, env={**os.environ, **given, "LOCALNET_HOME": str(home)},
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    suite = ElementTree.parse(tmp_path / "results" / "junit.xml").getroot()[0]
    assert int(suite.attrib["tests"]) == 1
    assert (tmp_path / "results" / "results.json").exists()
