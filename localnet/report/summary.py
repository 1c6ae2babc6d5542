"""The results as Markdown, for the summary page of a CI job: what broke in its users' words, then the evidence, folded.

Appended to its file, as GitHub asks for (`$GITHUB_STEP_SUMMARY`), whose limit of 1 MiB a step is kept.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from localnet.report.documents import unclaimed
from localnet.report.verdicts import Result, Verdict, totals

LIMIT: Final = 900_000
"""bytes"""
SECTION: Final = 20_000
"""characters of one section"""
MARKS: Final = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.BLOCKED: "🟡",
    Verdict.EXPECTED_FAILURE: "🔵",
    Verdict.NOT_APPLICABLE: "⚪",
    Verdict.UNDECIDED: "🟣",
}
OF_INTEREST: Final = (Verdict.FAIL, Verdict.UNDECIDED)


def summary_document(results: Sequence[Result]) -> str:
    text = "\n".join(_head(results))
    for part in _failures(results):
        if len((text + part).encode()) > LIMIT:
            return text + "\nMore failed than there is room for here: see the JUnit file and the evidence.\n"
        text += part
    return text


def _head(results: Sequence[Result]) -> Iterator[str]:
    counted = totals(results)
    yield f"## Promises: {', '.join(f'{number} {verdict}' for verdict, number in counted.items()) or 'none'}\n"
    unusual = [result for result in results if result.verdict is not Verdict.PASS]
    if unusual:
        yield "| | scenario | verdict | because | seconds |\n|---|---|---|---|---:|"
    for result in unusual:
        because = result.blocked_by or result.broken or result.seen.partition("\n")[0]
        cells = (MARKS[result.verdict], _code(result.scenario), result.verdict.value, because)
        yield f"| {' | '.join(_cell(cell) for cell in cells)} | {result.seconds:.2f} |"
    yield ""


def _failures(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        if result.verdict in OF_INTEREST:
            yield _failure(result.scenario.rpartition("::")[2], result)
    for promise, result in unclaimed(results).items():
        yield _failure(f"{promise}, met on the way to something else", result)


def _failure(title: str, result: Result) -> str:
    folded = "".join(
        f"<details><summary>{_text(name)}</summary>\n\n{_fenced(text)}\n\n</details>\n"
        for name, text in result.evidence.items()
    )
    return f"\n### {MARKS[result.verdict]} {_text(title)}\n\n{_fenced(result.seen)}\n\n{folded}"


def _fenced(text: str) -> str:
    fence = "`" * 3
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text[:SECTION]}\n{fence}"


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
