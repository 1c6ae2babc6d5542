"""Text that was written without regard to a run's secrets (a service's output, what a check saw) made fit to be kept and shown.

What redaction knows is replaced by its tag; a line in which a secret is found all the same is left out and says so.
"""

from collections.abc import Iterator, Mapping

from localnet.journal.redaction import Redactor, named
from localnet.journal.secrets import Secrets


class Discretion:
    def __init__(self, secrets: Mapping[str, str], journal: bytes) -> None:
        """`secrets`: what it is called -> the secret; the journal tells which others there were."""
        self._redactor = Redactor(secrets.values())
        self._secrets = Secrets(secrets)
        self._secrets.learn(journal)

    def of(self, text: str) -> str:
        return "".join(self._lines(text))

    def _lines(self, text: str) -> Iterator[str]:
        redacted = [self._redacted(line) for line in text.splitlines(keepends=True)]
        if not self._secrets.leaks("".join(redacted).encode(errors="replace")):
            yield from redacted
            return
        for line in redacted:
            leaks = self._secrets.leaks(line.encode(errors="replace"))
            end = "\n" if line.endswith("\n") else ""
            yield f"(a line left out, for it shows {', '.join(map(str, leaks))}){end}" if leaks else line

    def _redacted(self, line: str) -> str:
        return self._redactor.line(named(line).encode(errors="replace")).decode(errors="replace")
