"""What a network lets out: secrets in anything that its services print or that the journal keeps, and calls to outside.

Read on from where one last looked, so that each scenario answers for what came of it and for nothing earlier.
"""

from collections.abc import Iterator
from pathlib import Path

from localnet.journal.lines import decode
from localnet.journal.secrets import Secrets
from localnet.network.view import View
from localnet.world.oracle import Finding

SECRETS = "secrets-stay-secret"
CALLS = "nothing-leaves"
EGRESS = b'"egress '
"""how the operation begins that the journal keeps of a call to outside"""
MOST = 5


class Outputs:
    def __init__(self, network: View) -> None:
        self._network = network
        self._secrets = Secrets(network.secrets)
        self._looked: dict[Path, tuple[int, int]] = {}
        """file -> bytes and lines seen"""

    def judge(self) -> list[Finding]:
        """What is wrong with what was written since the last time."""
        journal = self._network.journal.path
        new = {path: self._new(path) for path in [journal, *sorted(self._logs())]}
        self._secrets.learn(new[journal][1])
        shown = [leak for path, (line, text) in new.items() for leak in self._shown(path, line, text)]
        calls = list(_calls(new[journal][1]))
        said = [(SECRETS, shown), (CALLS, calls)]
        return [Finding(promise, _list(reasons), ()) for promise, reasons in said if reasons]

    def _logs(self) -> set[Path]:
        logs = {service.log for service in self._network.services.values() if service.log}
        return logs | set((self._network.directory / "logs").glob("*.log"))

    def _new(self, path: Path) -> tuple[int, bytes]:
        """The number of the first new line, and all whole new lines."""
        at, number = self._looked.get(path, (0, 1))
        if not path.exists():
            return number, b""
        with path.open("rb") as file:
            file.seek(at)
            text = file.read()
        text = text[: text.rfind(b"\n") + 1]
        self._looked[path] = (at + len(text), number + text.count(b"\n"))
        return number, text

    def _shown(self, path: Path, first: int, text: bytes) -> Iterator[str]:
        if not self._secrets.leaks(text):
            return
        for number, line in enumerate(text.splitlines(), first):
            for leak in self._secrets.leaks(line):
                yield f"{leak} in {path.name}, line {number}"


def _calls(journal: bytes) -> Iterator[str]:
    for row in journal.splitlines():
        if EGRESS in row and (line := decode(row)).kind == "lifecycle" and line.outcome == "attempted":
            yield f"{line.caller or 'somebody'} called out of the network: {line.op.removeprefix('egress ')}"


def _list(reasons: list[str]) -> str:
    more = [f"and {len(reasons) - MOST} more"] if len(reasons) > MOST else []
    return "\n".join([*dict.fromkeys(reasons[:MOST]), *more])
