"""What people call a thing, as ids of a journal: whole ids, beginnings of ids that fit one alone, an npub, a person's name or handle.

Names are no ids that join a story; they are looked for in the bytes, where one line gives name and person together (a registration, an opt-in).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fakes.nostr.nip19 import decode
from localnet.errors import UsageError
from localnet.journal import Line
from localnet.journal.chunks import lines_with, whole_lines
from localnet.journal.lines import decode as decode_line
from localnet.journal.trace import Tracer, people_in

_IS_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_IS_CHOICE = re.compile(rb'[A-Za-z0-9.-]*\\*"')
"""What follows a name in a line that means it: the rest of a handle, the end of the string."""

_SHOWN: Final = 6


def look_up(tracer: Tracer, journal: Path, called: str) -> tuple[str, str]:
    """(kind, id); UsageError when nothing or more than one thing is called so."""
    wanted = _key_of(called) if called.startswith("npub1") else called
    known = tracer.known(wanted, _SHOWN + 1)
    if len(known) == 1:
        return known[0]
    named = _person(journal, called) if _IS_NAME.fullmatch(called) else None
    if named:
        return named
    if known:
        shown = ", ".join(text for _, text in known[:_SHOWN])
        more = ", …" if len(known) > _SHOWN else ""
        raise UsageError(f"{called!r} begins several ids: {shown}{more}", "give more of it")
    raise UsageError(
        f"no hop mentions {called!r}",
        "an event id, public key, npub, DID, at-uri or CID (or the beginning of one), or a person's name or handle",
    )


def _key_of(npub: str) -> str:
    try:
        return decode(npub)[1].hex()
    except ValueError as error:
        raise UsageError(f"{npub!r} is no npub: {error}", "check what was copied") from error


def _person(journal: Path, name: str) -> tuple[str, str] | None:
    """By the whole name; where nothing has that, by what stands before its first dot."""
    for said in dict.fromkeys((name, name.partition(".")[0])):
        for line in _lines_naming(journal, said):
            pubkeys, dids = people_in(line)
            for kind, people in (("pubkey", pubkeys), ("did", dids)):
                if len(people) == 1:
                    return kind, people[0]
    return None


def _lines_naming(journal: Path, name: str) -> Iterator[Line]:
    """Lines with a string that is the name, or a handle of which it is the first part or the whole."""
    if not journal.exists():
        return
    wanted = f'"{name}'.encode()
    with journal.open("rb") as file:
        for chunk, _ in whole_lines(file, 0):
            for at in lines_with(wanted, chunk):
                row = chunk[at : chunk.find(b"\n", at) + 1]
                if _means(row, wanted):
                    yield decode_line(row)


def _means(row: bytes, wanted: bytes) -> bool:
    places = (match.end() for match in re.finditer(re.escape(wanted), row))
    return any(row[at : at + 1] in b'.\\"' and _IS_CHOICE.match(row, at) for at in places)
