"""As much of SQL as the journal needs: where statements end, what each is called, which parameter belongs to which column.

Not a parser: tokens are told apart well enough not to be fooled by quotes and comments, and nothing is understood.
"""

import re
from collections.abc import Iterator
from typing import Final

_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<quoted>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"
    r"|(?P<end>;)"
    r"|(?P<other>[A-Za-z_][\w.]*|\$\d+|.)",
    re.DOTALL,
)
_TABLE: Final = r'(?:ONLY\s+)?(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"?(?:\w+"?\."?)?(\w+)'
_WRITES = re.compile(
    rf"\b(INSERT)\s+INTO\s+{_TABLE}|\b(UPDATE)\s+{_TABLE}\s+(?:AS\s+\w+\s+|\w+\s+)?SET\b|\b(DELETE)\s+FROM\s+{_TABLE}",
    re.I,
)
_READS = re.compile(rf"\bFROM\s+{_TABLE}", re.I)
_DEFINES = re.compile(
    rf"^(?:CREATE|ALTER|DROP|TRUNCATE|COPY|LOCK)\b(?:\s+(?:OR\s+REPLACE|UNIQUE|TEMP|TABLE|INDEX|FUNCTION|TRIGGER|TYPE|EXTENSION|DATABASE))*\s+{_TABLE}",
    re.I,
)
_PAIR = re.compile(r'"?(\w+)"?\s*(?:=|<=|>=|<>|<|>)\s*(?:ANY\s*\(\s*)?\$(\d+)', re.I)
_INSERTED = re.compile(
    r"INSERT\s+INTO\s+[\w.\"]+\s*(?:AS\s+\w+\s*)?\(([^)]*)\)\s*VALUES\s*\((.*)", re.I | re.S
)
_COMMITS: Final = ("COMMIT", "END")


def statements(text: str) -> Iterator[str]:
    """One statement at a time, without comments at its ends; empty ones are left out."""
    begin = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "end":
            if bare := _bare(text[begin : match.start()]):
                yield bare
            begin = match.end()
    if bare := _bare(text[begin:]):
        yield bare


def name(statement: str) -> str:
    """Verb and table: `INSERT publish_jobs`; the verb alone where there is no table."""
    statement = _unquoted(statement)
    verb = (re.match(r"\w+", statement) or [""])[0].upper()
    if verb in ("INSERT", "UPDATE", "DELETE", "WITH", "SELECT", "MERGE"):
        if written := _WRITES.search(statement):
            words = [word for word in written.groups() if word]
            if verb != "SELECT" or words[0].upper() != "UPDATE":
                return f"{words[0].upper()} {words[1]}"
        read = _READS.search(statement)
        return f"SELECT {read.group(1)}" if read else "SELECT"
    defined = _DEFINES.match(statement)
    return f"{verb} {defined.group(1)}" if defined else verb


def commits(statement: str) -> bool:
    words = statement.upper().split()
    return (
        bool(words)
        and words[0] in _COMMITS
        and words[1:2] != ["PREPARED"]
        and "AND CHAIN" not in " ".join(words)
    )


def parameter_names(statement: str) -> dict[int, str]:
    """Parameter number -> the column it is compared with, set to, or inserted into."""
    names = {int(number): column for column, number in _PAIR.findall(statement)}
    if inserted := _INSERTED.search(statement):
        columns = [column.strip(' "\n') for column in inserted.group(1).split(",")]
        for column, value in zip(columns, _values(inserted.group(2)), strict=False):
            if number := re.match(r"\$(\d+)", value.strip()):
                names.setdefault(int(number.group(1)), column)
    return names


def _unquoted(statement: str) -> str:
    """Without comments and what stands in string literals, which may look like SQL; quoted names stay."""
    if not any(mark in statement for mark in ("'", "$", "--", "/*")):
        return statement
    return _TOKEN.sub(_blank, statement).lstrip()


def _blank(match: re.Match[str]) -> str:
    text = match.group()
    if match.lastgroup == "space":
        return " "
    return "''" if match.lastgroup == "quoted" and not text.startswith('"') else text


def _bare(statement: str) -> str:
    return re.sub(r"\A(?:\s+|--[^\n]*\n?|/\*.*?\*/)+|(?:\s+)\Z", "", statement, flags=re.S)


def _values(text: str) -> Iterator[str]:
    """The expressions of a VALUES list up to its closing parenthesis."""
    depth, begin = 0, 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        if match.lastgroup != "other":
            continue
        if word == "," and depth == 0:
            yield text[begin : match.start()]
            begin = match.end()
        elif word == "(":
            depth += 1
        elif word == ")":
            if depth == 0:
                yield text[begin : match.start()]
                return
            depth -= 1
