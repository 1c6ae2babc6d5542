"""The questions of this directory's TOML files and what a server like the real ones answers.

A question about a PDS is a request (`call` or `path`; `json`, `bytes` or `query`; `as`: whose token), perhaps with others `before` it
whose answers it may quote: `{first.uri}`, `{person.did}`. One about a PLC directory is a history of operations and one more operation or
path. An answer is a status, an error or the beginning of a message, and some of the body. `rsky` holds what that server answers instead.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "cases"

Case = Mapping[str, Any]


def cases(server: str) -> list[Case]:
    """Those about `plc` or `pds`; names are unique."""
    found = [
        case
        for file in sorted(FOLDER.glob(f"{server}*.toml"))
        for case in tomllib.loads(file.read_text())["case"]
    ]
    names = [case["says"] for case in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two cases of one name: {', '.join(sorted(twice))}")
    return found


def expected(case: Case, dialect: str) -> Case:
    """The answer in this dialect; one that is told of a dialect is told whole."""
    answer: Case = case.get(dialect, case)
    return {name: answer[name] for name in ("status", "error", "message", "body") if name in answer}


def differences(answer: Case, status: int, body: Any) -> list[str]:
    """What is wrong with a response, in words."""
    wrong = [] if status == answer["status"] else [f"status {status}, not {answer['status']}"]
    said = body if isinstance(body, dict) else {}
    if "error" in answer and said.get("error") != answer["error"]:
        wrong.append(f"error {said.get('error')!r}, not {answer['error']!r}")
    if "message" in answer and not str(said.get("message")).startswith(answer["message"]):
        wrong.append(f"message {said.get('message')!r} does not begin {answer['message']!r}")
    if "body" in answer and not holds(body, answer["body"]):
        wrong.append(f"{body!r} does not hold {answer['body']!r}")
    return wrong


def holds(given: Any, wanted: Any) -> bool:
    """Of a table only what is named counts, `*` is anything that is there; a list counts whole."""
    if wanted == "*":
        return given is not None
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(
            name in given and holds(given[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(given, list)
            and len(given) == len(wanted)
            and all(holds(one, other) for one, other in zip(given, wanted, strict=True))
        )
    return bool(given == wanted)


def filled(value: Any, known: Mapping[str, Mapping[str, Any]]) -> Any:
    """`{person.did}` replaced wherever it stands in a string, table or list."""
    if isinstance(value, dict):
        return {filled(name, known): filled(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, known) for inner in value]
    if isinstance(value, str) and value.startswith("{=") and value.endswith("}"):
        return _looked_up(value[2:-1], known)
    if isinstance(value, str):
        for name, fields in known.items():
            for field, inner in fields.items():
                value = value.replace(f"{{{name}.{field}}}", str(inner))
    return value


def _looked_up(path: str, known: Mapping[str, Any]) -> Any:
    """`{=first.blob}` stands for the value itself."""
    found: Any = known
    for part in path.split("."):
        found = found[part]
    return found
