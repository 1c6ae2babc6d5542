"""Which locked packages an image needs: from the few names it asks for, by what the lock says each came in with. Pure.

The lock is pip-compile's: `name==version` with hashes, then `# via` and the names of what required it.
"""

import re
from collections.abc import Iterable

from localnet.errors import UsageError

_ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
_NAME = re.compile(r"([A-Za-z0-9][\w.-]*)==")
_VIA = re.compile(r"^ +# (?:via| ) +([A-Za-z0-9][\w.-]*)$", re.MULTILINE)


def closure(lock: str, roots: Iterable[str]) -> str:
    """The lock's entries for these names and everything they brought along, hashes included."""
    entries = {match[1]: text for text in _ENTRY.split(lock) if (match := _NAME.match(text))}
    wanted = set(roots)
    for root in sorted(wanted - entries.keys()):
        raise UsageError(
            f"the lock has no package {root!r}", "lock it (CONTRIBUTING.md), or correct its name"
        )
    came_with = {name: set(_VIA.findall(text)) for name, text in entries.items()}
    while more := {name for name, by in came_with.items() if by & wanted} - wanted:
        wanted |= more
    return "".join(entries[name] for name in sorted(wanted))


def names(text: str) -> list[str]:
    """The packages that a requirements file asks for by name, one a line; `#` begins a comment."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]
