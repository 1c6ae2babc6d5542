"""Placeholders in the strings of service files: `{pds.url}`, `{self.port}`, `{secret.NAME}`, `{python}`.

Only these shapes are placeholders; other braces (JSON in a variable) stay as they are. Pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

PATTERN = re.compile(r"\{([a-z][a-z0-9-]*)(?:\.([A-Za-z][A-Za-z0-9_]*))?\}")


@dataclass(frozen=True)
class Placeholder:
    owner: str
    """a service, or one of self, run, secret, python, domain"""
    key: str | None

    def __str__(self) -> str:
        return "{" + self.owner + (f".{self.key}" if self.key else "") + "}"


def find(text: str) -> list[Placeholder]:
    return [Placeholder(owner, key or None) for owner, key in PATTERN.findall(text)]


def fill(text: str, value: Callable[[Placeholder], str]) -> str:
    return PATTERN.sub(lambda match: value(Placeholder(match[1], match[2])), text)
