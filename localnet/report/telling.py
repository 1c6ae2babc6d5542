"""The summary of a run: verdicts judged together, the table on the terminal, the files, the exit code.

Lives in the one process that hears all reports. The details of a failure are pytest's FAILURES
section; here each broken promise stands once, and those that no scenario of this run claims bring
their evidence with them.
"""

import json
from pathlib import Path

import pytest

from localnet.report.documents import clocks, egress, json_document, junit_document, unclaimed
from localnet.report.evidence import in_full
from localnet.report.summary import summary_document
from localnet.report.verdicts import Result, Verdict, exit_code_of, resolve, totals
from localnet.world.catalogue import load_catalogue

MARKUP = {
    Verdict.PASS: {"green": True},
    Verdict.FAIL: {"red": True, "bold": True},
    Verdict.BLOCKED: {"yellow": True},
    Verdict.EXPECTED_FAILURE: {"cyan": True},
    Verdict.NOT_APPLICABLE: {"light": True},
    Verdict.UNDECIDED: {"purple": True, "bold": True},
}
DECIDED_BY_TESTS = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


class Telling:
    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._heard: dict[str, Result] = {}
        self._results: list[Result] = []

    def hear(self, document: str) -> None:
        """A scenario is heard of twice when tidying up failed: that counts unless it had something to
        say before.
        """
        result = Result.from_json(json.loads(document))
        before = self._heard.get(result.scenario)
        if before is None or not before.exit_code:
            self._heard[result.scenario] = result

    def conclude(self, exit_status: int) -> int:
        """Judge all results together, write the files, and say how the process is to end."""
        catalogue = load_catalogue(self._directories())
        self._results = resolve(self._heard.values(), catalogue)
        self._write("--localnet-json", json.dumps(json_document(self._results), indent=2))
        self._write("--localnet-junit", junit_document(self._results))
        self._append("--localnet-summary", summary_document(self._results))
        self._move_reports()
        if exit_status not in DECIDED_BY_TESTS:
            return exit_status
        return exit_code_of(self._results) or (1 if self._other_tests_failed() else 0)

    def tell(self, terminal: pytest.TerminalReporter) -> None:
        counted = ", ".join(f"{number} {verdict}" for verdict, number in totals(self._results).items())
        terminal.section(f"promises: {counted}")
        width = max(len(result.verdict.value) for result in self._results)
        for result in self._results:
            terminal.write(f"{result.verdict.value:<{width}}", **MARKUP[result.verdict])
            terminal.write_line(f"  {result.seconds:6.2f} s  {result.scenario}{_because(result)}")
        for sentence in egress(self._results):
            terminal.write_line(f"calls that leave: {sentence}")
        for sentence in clocks(self._results):
            terminal.write_line(f"clock: {sentence}")
        for promise, result in unclaimed(self._results).items():
            terminal.section(f"broken on the way, and claimed by none of these scenarios: {promise}")
            terminal.write_line(in_full(result.seen, result.evidence))

    def _directories(self) -> set[Path]:
        files = (
            self._config.rootpath / result.scenario.partition("::")[0] for result in self._heard.values()
        )
        return {file.parent for file in files}

    def _write(self, option: str, text: str) -> None:
        file: Path | None = self._config.getoption(option)
        if file is not None:
            file.write_text(text + "\n", "utf-8")

    def _append(self, option: str, text: str) -> None:
        file: Path | None = self._config.getoption(option)
        if file is not None:
            with file.open("a", encoding="utf-8") as summary:
                summary.write(text)

    def _terminal(self) -> pytest.TerminalReporter | None:
        terminal: pytest.TerminalReporter | None = self._config.pluginmanager.getplugin("terminalreporter")
        return terminal

    def _move_reports(self) -> None:
        """What turned out to be blocked is no failure to pytest's summary either."""
        terminal = self._terminal()
        if terminal is None:
            return
        blocked = {result.scenario for result in self._results if result.verdict is Verdict.BLOCKED}
        failed = terminal.stats.get("failed", [])
        moved = [report for report in failed if report.nodeid in blocked]
        if moved:
            terminal.stats["failed"] = [report for report in failed if report not in moved]
            terminal.stats.setdefault("blocked", []).extend(moved)

    def _other_tests_failed(self) -> bool:
        terminal = self._terminal()
        red = terminal.stats.get("failed", []) + terminal.stats.get("error", []) if terminal else []
        return any(report.nodeid not in self._heard for report in red)


def _because(result: Result) -> str:
    if result.blocked_by:
        return f"  ← {result.blocked_by}"
    if result.broken:
        return f"  ✗ {result.broken}"
    if result.verdict in (Verdict.NOT_APPLICABLE, Verdict.UNDECIDED):
        return f"  ({result.seen.partition(chr(10))[0]})"
    return ""
