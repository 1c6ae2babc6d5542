"""The journal as it grows: what passed the wire since one last looked."""

from localnet.journal import Journal, Line

HARNESS = "harness"
HEALTH = ("/health", "/_health", "/xrpc/_health", "/metrics")
READS = ("SELECT", "BEGIN", "COMMIT", "ROLLBACK", "SET", "SHOW", "LISTEN")


class Watch:
    """Starts at the end of the journal as it is now."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._offset = journal.path.stat().st_size if journal.path.exists() else 0

    def new(self) -> list[Line]:
        """The lines completed since the last call, in the order in which they were written."""
        lines, self._offset = self._journal.read(self._offset)
        return lines


def is_work(line: Line) -> bool:
    """Whether the line shows somebody but the harness getting on with something: not a health check, not a
    look for work.
    """
    if line.caller in (None, HARNESS):
        return False
    if line.kind == "http":
        return not _is_routine_request(line)
    if line.kind == "sql":
        return not (line.op.startswith(READS) or line.outcome.endswith(" 0"))
    return line.kind == "websocket" and " " in line.op


def _is_routine_request(line: Line) -> bool:
    method, _, target = line.op.partition(" ")
    path = target.partition("?")[0]
    return method == "GET" and (path in HEALTH or path.endswith("/videos/events"))
