"""A mutant is killed only by the scenarios that claim its promise, and only if it was alive."""

from pathlib import Path
from typing import Any

import pytest

from localnet.errors import UsageError
from localnet.report import mutants
from localnet.report.mutants import ACTIVE, Mutant, judge, mutants_named
from localnet.world.catalogue import load_catalogue

MUTANT = Mutant("dark", Path("dark.patch"), "active")
PATCHES = mutants_named([])


def result(name: str, verdict: str, *promises: str, blocked_by: str | None = None) -> dict[str, Any]:
    return {"scenario": name, "verdict": verdict, "promises": promises, "blocked_by": blocked_by}


CLAIMING = result("a", "fail", "active")
BLOCKED = result("b", "blocked", "video", blocked_by="active")
PASSED = result("c", "pass", "other")

SPOILED = {
    "a mutant that was never reached": ([CLAIMING, BLOCKED], False, "never active"),
    "a survivor": ([result("a", "pass", "active"), PASSED], True, "survives"),
    "a claim that does not fail": ([CLAIMING, result("d", "pass", "active")], True, "does not fail: d"),
    "a failure that claims something else": (
        [CLAIMING, result("d", "fail", "video")],
        True,
        "fails without claiming active: d",
    ),
    "a scenario blocked by something else": (
        [CLAIMING, result("d", "blocked", "video", blocked_by="identity")],
        True,
        "blocked by something else: d",
    ),
    "a scenario that decided nothing": ([CLAIMING, result("d", "undecided", "video")], True, "undecided: d"),
}


def test_a_mutant_is_killed() -> None:
    kill = judge(MUTANT, [CLAIMING, BLOCKED, PASSED, result("d", "not applicable", "rest")], active=True)

    assert (kill.failed, kill.blocked, kill.passed, kill.wrong) == (("a",), ("b",), ("c",), ())


@pytest.mark.parametrize(("results", "active", "says"), SPOILED.values(), ids=SPOILED)
def test_it_is_an_error(results: list[dict[str, Any]], active: bool, says: str) -> None:
    assert any(says in wrong for wrong in judge(MUTANT, results, active).wrong)


def test_an_unknown_mutant_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"never-activate.*never-activates"):
        mutants_named(["never-activate"])


@pytest.mark.parametrize("mutant", PATCHES, ids=[mutant.name for mutant in PATCHES])
def test_the_patch_applies_to_the_bridge_and_says_when_it_is_active(mutant: Mutant, tmp_path: Path) -> None:
    assert mutant.breaks in load_catalogue()
    mutants.make(mutant, tmp_path)

    patched = [
        file for file in (tmp_path / "bridge").rglob("*.py") if ACTIVE.format(mutant.name) in file.read_text()
    ]

    assert len(patched) == 1
    compile(patched[0].read_text(), str(patched[0]), "exec")


def test_a_patch_that_does_not_apply_is_an_error_with_the_reason(tmp_path: Path) -> None:
    patch = tmp_path / "old.patch"
    patch.write_text("--- a/bridge/app.py\n+++ b/bridge/app.py\n@@ -1 +1 @@\n-no such line\n+another\n")
    (tmp_path / "copy").mkdir()

    with pytest.raises(UsageError, match="does not apply"):
        mutants.make(Mutant("old", patch, "active"), tmp_path / "copy")
