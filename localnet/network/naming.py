"""The sentence that helps with a wrong name: the nearest match and everything allowed. Not a parser."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(given: str, allowed: Iterable[str]) -> str:
    names = sorted(set(allowed))
    if not names:
        return "nothing can be named here"
    close = get_close_matches(given, names, n=1)
    return (f"did you mean {close[0]!r}? " if close else "") + "known: " + ", ".join(names)
