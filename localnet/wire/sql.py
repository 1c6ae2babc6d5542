"""As much of SQL as the journal needs: where statements end, what each is called, which parameter belongs to which column.

Not a parser: tokens are told apart well enough not to be fooled by quotes and comments (PostgreSQL manual, section 4.1), and nothing is
understood. What it gets wrong: the body of a `BEGIN ATOMIC` function counts as statements of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKEN = re.compile(
    r"--[^\n]*"
    r"|/\*.*?(?:\*/|\Z)"
    r"|\b[Ee]'(?:[^'\\]|''|\\.)*(?:'|\Z)"
    r"|'(?:[^']|'')*(?:'|\Z)"
    r"|\"(?:[^\"]|\"\")*(?:\"|\Z)"
    r"|(?<![\w$])\$(?P<tag>[A-Za-z_]\w*|)\$.*?(?:\$(?P=tag)\$|\Z)"
    r"|;",
    re.DOTALL,
)
_NAME: Final = (
    r"(?:OR REPLACE |IF NOT EXISTS |IF EXISTS |ONLY |CONCURRENTLY )*"
    r'(?:"?\w+"? ?\. ?)?"?(?P<name>\w+)"?'
)
_WRITES: Final = (
    rf"(?P<verb>INSERT) INTO {_NAME}",
    rf"(?<!FOR )(?<!DO )(?<!KEY )(?P<verb>UPDATE) {_NAME}",
    rf"(?P<verb>DELETE) FROM {_NAME}",
    rf"(?P<verb>MERGE) INTO {_NAME}",
)
_OTHERS: Final = (
    rf"(?P<verb>SELECT)\b.*?\bFROM {_NAME}",
    rf"(?P<verb>SELECT) {_NAME} ?\(",
    r"(?P<verb>(?:CREATE|ALTER|DROP) (?:OR REPLACE |UNIQUE |TEMP |TEMPORARY |UNLOGGED |MATERIALIZED )*\w+)"
    rf" {_NAME}",
    rf"(?P<verb>TRUNCATE|LOCK) (?:TABLE )?{_NAME}",
    rf"(?P<verb>LISTEN|UNLISTEN|NOTIFY|COPY|SET|SHOW|CALL|PREPARE|EXECUTE|DEALLOCATE|CONNECT)"
    rf" (?:LOCAL |SESSION )?{_NAME}",
    r"(?P<verb>COMMIT PREPARED|ROLLBACK PREPARED|ROLLBACK TO)\b",
    r"(?P<verb>\w+)",
)
_STARTS = [re.compile(shape, re.IGNORECASE) for shape in _WRITES + _OTHERS]
_WRITE = re.compile("|".join(re.sub(r"\?P<\w+>", "", shape) for shape in _WRITES), re.IGNORECASE)
_MAIN_VERB = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|SELECT|VALUES)\b", re.IGNORECASE)
_SAME: Final = {"END": "COMMIT", "ABORT": "ROLLBACK", "START": "BEGIN"}

_COMPARED = re.compile(r'"?(\w+)"? ?(?:=|<>|!=|<=|>=|<|>|\bI?LIKE\b) ?(?:\w+ ?\( ?)?\$(\d+)', re.IGNORECASE)
_INSERTED = re.compile(
    r'\bINSERT INTO [\w."]+ ?(?:AS \w+ ?)?\(([^()]*)\) ?(?:OVERRIDING \w+ VALUE ?)?VALUES\b', re.IGNORECASE
)
_PLACE = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be said of a statement's text."""

    op: str
    """Verb and what it is done to: `INSERT publish_jobs`, `COMMIT`, `SELECT pg_advisory_lock`."""
    commits: bool
    columns: dict[int, str]
    """Parameter number -> the column it is compared with, set to or inserted into."""


@lru_cache(maxsize=2048)
def shape(statement: str) -> Shape:
    bare = _bare(statement)
    op = _op(bare)
    return Shape(op, op == "COMMIT", _columns(bare) if "$" in bare else {})


@lru_cache(maxsize=512)
def split(text: str) -> tuple[str, ...]:
    """The statements of a simple query, as written; those that say nothing are left out."""
    parts, begin = [], 0
    for token in _TOKEN.finditer(text):
        if token.group() == ";":
            parts.append(text[begin : token.start()])
            begin = token.end()
    parts.append(text[begin:])
    return tuple(part.strip() for part in parts if _bare(part))


def _bare(statement: str) -> str:
    """Without comments, with nothing in its strings, one space between words."""
    return " ".join(_TOKEN.sub(_emptied, statement).split())


def _emptied(token: re.Match[str]) -> str:
    text = token.group()
    if text[0] in "-/":
        return " "
    return text if text[0] in '";' else "''"


def _op(bare: str) -> str:
    outer = _outside_parentheses(bare)
    if outer[:5].upper() == "WITH " and (verb := _MAIN_VERB.search(outer)):
        outer = outer[verb.start() :]
        if outer[:6].upper() == "SELECT" and (hidden := _WRITE.search(bare)):
            outer = hidden.group()
    found = next((found for start in _STARTS if (found := start.match(outer))), None)
    if found is None:
        return outer[:20]
    parts = found.groupdict()
    word, name = parts["verb"].upper(), parts.get("name")
    word = _SAME.get(word, word)
    return f"{word} {name}" if name else word


def _outside_parentheses(bare: str) -> str:
    depth, begin, kept = 0, 0, ""
    for sign in re.finditer(r"[()]", bare):
        if sign.group() == "(":
            if depth == 0:
                kept += bare[begin : sign.start()]
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                kept, begin = kept + "()", sign.end()
    return kept if depth else kept + bare[begin:]


def _columns(bare: str) -> dict[int, str]:
    columns = {int(number): column for column, number in _COMPARED.findall(bare)}
    if inserted := _INSERTED.search(bare):
        names = [name.strip(' "') for name in inserted.group(1).split(",")]
        for position, value in _inserted_values(bare[inserted.end() :]):
            for number in _PLACE.findall(value):
                if position < len(names):
                    columns.setdefault(int(number), names[position])
    return columns


def _inserted_values(rows: str) -> Iterator[tuple[int, str]]:
    """Each expression of `(a, b), (c, d) ...` with its position in its row."""
    depth, position, begin = 0, 0, 0
    for sign in re.finditer(r"[(),]", rows):
        if sign.group() == "(":
            depth += 1
            if depth == 1:
                position, begin = 0, sign.end()
        elif depth == 1:
            yield position, rows[begin : sign.start()]
            position, begin = position + 1, sign.end()
        if sign.group() == ")":
            depth -= 1
            if depth == 0 and rows[sign.end() : sign.end() + 1] not in (",", ""):
                return
