"""How a process ended and what it printed last, as they stand in messages."""

from pathlib import Path

TAIL_LINES = 15


def exit_text(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def tail(log: Path | None, lines: int = TAIL_LINES) -> str:
    """The last output, as it stands in messages."""
    text = log.read_text(errors="replace").strip() if log and log.exists() else ""
    return "\n".join(text.splitlines()[-lines:]) or "it printed nothing"


def first_line(output: str, start: str) -> str:
    """The first line that begins so, without that beginning; all of it when none does."""
    lines = output.strip().splitlines()
    found = (line.removeprefix(start) for line in lines if line.startswith(start))
    return next(found, "\n".join(lines))
