"""Mutants: the bundled bridge with one historic bug put back, to see that the scenarios can fail.

A mutant is a patch in `scenarios/mutants`. Its first lines say what it is: `# breaks: PROMISE` and
a sentence. The patch makes the bridge log `mutant active: NAME` where the bug is, which must be
found in its output: a bug that is never reached proves nothing. A mutant is killed when exactly the
scenarios that claim its promise fail; the others pass or are blocked by it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from localnet.errors import MachineError, UsageError
from localnet.network.naming import nearest
from localnet.world.catalogue import shipped_scenarios

SUBJECT = "bridge"
BREAKS = "# breaks:"
ACTIVE = "mutant active: {}"


@dataclass(frozen=True)
class Mutant:
    name: str
    patch: Path
    breaks: str
    """the promise"""


@dataclass(frozen=True)
class Kill:
    """What became of a mutant. `wrong` is empty when it was killed as it should be."""

    mutant: Mutant
    failed: tuple[str, ...]
    blocked: tuple[str, ...]
    passed: tuple[str, ...]
    wrong: tuple[str, ...]


def mutants_named(names: Sequence[str]) -> list[Mutant]:
    """All of them without names."""
    directory = shipped_scenarios() / "mutants"
    known = {path.stem: path for path in sorted(directory.glob("*.patch"))}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no mutant {name!r}", nearest(name, known))
    return [Mutant(name, path, _breaks(path)) for name, path in known.items() if not names or name in names]


def run_mutant(mutant: Mutant, options: Sequence[str]) -> Kill:
    """Play all scenarios against the mutant; `options` are the plugin's."""
    with tempfile.TemporaryDirectory(prefix="localnet-mutant-") as home:
        directory = Path(home)
        make(mutant, directory)
        document = _play(directory, options)
        active = _is_active(mutant, directory)
    return judge(mutant, document["results"], active)


def judge(mutant: Mutant, results: Iterable[Mapping[str, Any]], active: bool) -> Kill:
    """Pure: what the verdicts say about the mutant."""
    by_verdict: dict[str, list[str]] = {}
    for result in results:
        by_verdict.setdefault(result["verdict"], []).append(result["scenario"])
    failed, blocked, passed = (tuple(by_verdict.pop(verdict, ())) for verdict in ("fail", "blocked", "pass"))
    by_verdict.pop("not applicable", None)  # to no bundled bridge, mutant or not
    claiming = {result["scenario"] for result in results if mutant.breaks in result["promises"]}
    strangers = {
        result["scenario"] for result in results if result["blocked_by"] not in (None, mutant.breaks)
    }
    wrong = [] if active else ["it was never active: the patched line was not reached"]
    if not failed:
        wrong.append(f"it survives: no scenario fails, so no check looks at {mutant.breaks}")
    wrong += [f"claims {mutant.breaks} and does not fail: {name}" for name in sorted(claiming - set(failed))]
    wrong += [f"fails without claiming {mutant.breaks}: {name}" for name in sorted(set(failed) - claiming)]
    wrong += [f"blocked by something else: {name}" for name in sorted(strangers)]
    wrong += [f"{verdict}: {name}" for verdict, names in by_verdict.items() for name in names]
    return Kill(mutant, failed, blocked, passed, tuple(wrong))


def _breaks(patch: Path) -> str:
    for line in patch.read_text().splitlines():
        if line.startswith(BREAKS):
            return line.removeprefix(BREAKS).strip()
    raise UsageError(
        f"{patch.name} does not say which promise it breaks", f"begin it with `{BREAKS} PROMISE`"
    )


def make(mutant: Mutant, directory: Path) -> None:
    """The patched copy of the bundled bridge in `directory`."""
    spec = find_spec(SUBJECT)
    source = Path(next(iter(spec.submodule_search_locations or []))) if spec else None
    if source is None:
        raise UsageError("the bundled bridge is not installed", "install localnet with its `bridge` package")
    shutil.copytree(source, directory / SUBJECT, ignore=shutil.ignore_patterns("__pycache__"))
    tool = next((tool for tool in ("git", "patch") if shutil.which(tool)), None)
    if tool is None:
        raise MachineError("neither git nor patch is there to apply a mutant's patch", "install git")
    words = ["git", "apply"] if tool == "git" else ["patch", "-p1", "-i"]
    done = subprocess.run(
        [*words, str(mutant.patch)],
        cwd=directory,
        capture_output=True,
        text=True,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(directory.parent)},
    )
    if done.returncode:
        raise UsageError(
            f"{mutant.patch.name} does not apply to the bundled bridge: {done.stderr.strip() or done.stdout.strip()}",
            "make the patch anew against bridge/",
        )


def _play(directory: Path, options: Sequence[str]) -> Mapping[str, Any]:
    file = directory / "results.json"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(shipped_scenarios())]
    words += [*options, "--localnet-json", str(file), "--localnet-logs", str(directory / "logs")]
    words += ["--localnet-env", f"PYTHONPATH={directory}"]
    env = {**os.environ, "XDG_STATE_HOME": str(directory)}  # what it breaks is no evidence to keep
    done = subprocess.run(words, capture_output=True, text=True, env=env)
    if not file.exists():
        raise MachineError(
            f"the scenarios could not be played:\n{done.stdout[-2000:]}{done.stderr[-2000:]}", "localnet test"
        )
    document: Mapping[str, Any] = json.loads(file.read_text())
    return document


def _is_active(mutant: Mutant, directory: Path) -> bool:
    """Logs are among what is kept of each network, and of each that did not start."""
    said = ACTIVE.format(mutant.name)
    return any(said in log.read_text(errors="replace") for log in directory.rglob(f"{SUBJECT}*.log"))
