"""Secrets out, before a line is written; what stands in their place is short and the same for the same secret.

Three nets, since each has holes: by name (headers, JSON keys, form fields, SQL columns), by shape (JWTs, nsec keys), and by value
(the network's own secrets, also in base64, hex and percent encoding). Invite codes stay readable: they are single-use and
half of the stories about accounts are about them. Public keys, DIDs and signatures are no secrets.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from localnet.journal.forms import digest, forms

SHORTEST_SECRET: Final = 4
"""A shorter value is left alone: taking it out would take the text apart."""

_SECRET_HEADERS: Final = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "dpop", "x-localnet-token")
)
_SECRET_WORDS: Final = (
    r"(?:[Pp]ass(?:word|wd|phrase)|PASSWORD|[Ss]ecret|[Jj]wt|[Tt]oken|nsec|[Pp]rivate_?[Kk]ey)"
)
_TELLTALES: Final = ("asswor", "asswd", "assphr", "ASSWOR", "ecret", "wt", "oken", "nsec", "rivate")
"""One of these is in every text with such a word; looking for them first is ten times faster than the pattern."""

_NAME = re.compile(_SECRET_WORDS)
_QUOTED: Final = r"""(?:'?\s*[:=]\s*|\s+)E?'(?P<quoted>(?:[^']|'')*)"""
_SQL = re.compile(rf"{_SECRET_WORDS}\w*{_QUOTED}")
_TEXT = re.compile(
    rf"{_SECRET_WORDS}[\w-]*(?:"
    r"""\s*"\s*:\s*"(?P<json>(?:[^"\\]|\\.)*)"""
    r"""|\\"\s*:\s*\\"(?P<nested>(?:[^"\\]|\\\\\\?.)*)"""
    rf"|{_QUOTED}"
    r"""|=(?P<form>[^&\s"'<>;,\\]+))"""
)
_LAST_WORD = re.compile(r"""[^\s"'<>&,;]+\Z""")
_SHAPED = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){0,2}|nsec1[02-9ac-hj-np-z]{20,58}")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Of a JSON key, form field or SQL column."""
    return _NAME.search(name) is not None


def tag(secret: str) -> str:
    return f"«redacted:{digest(secret.encode(errors='surrogatepass'))}»"


def header(name: str, value: str) -> str:
    """`name` in lower case. The scheme of an Authorization stays."""
    if name not in _SECRET_HEADERS and not is_secret_name(name):
        return value
    scheme, space, credentials = value.partition(" ")
    if space and name.endswith("authorization"):
        return f"{scheme} {tag(credentials)}"
    return tag(value)


def shortened(text: str, limit: int) -> str:
    """Cut between words, for half a secret is not recognised as one any more."""
    if len(text) <= limit:
        return text
    return _LAST_WORD.sub("", text[: limit - 1]) + "…"


def named(text: str) -> str:
    """Values whose name gives them away: `"accessJwt":"..."`, `token=...`, `password='...'`."""
    return _TEXT.sub(_without_value, text) if _may_name(text) else text


def named_in_sql(text: str) -> str:
    """Like `named`, for a statement, in which `token = $1` and `a.token=b.token` are no secrets."""
    return _SQL.sub(_without_value, text) if _may_name(text) else text


def _may_name(text: str) -> bool:
    for telltale in _TELLTALES:  # noqa: SIM110, a third of the time of any()
        if telltale in text:
            return True
    return False


def _without_value(match: re.Match[str]) -> str:
    which = match.lastgroup
    if which is None or not match.group(which):
        return match.group()
    name = match.string[match.start() : match.start(which)]
    return name + tag(match.group(which)) + match.string[match.end(which) : match.end()]


class Redactor:
    """The last net, over lines as they are about to be written: shapes, and the literal `secrets` of a network."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._tags: dict[bytes, str] = {}
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                self._tags |= dict.fromkeys((text for text, _ in forms(secret)), tag(secret))
        longest_first = sorted(self._tags, key=len, reverse=True)
        self._literals = re.compile(b"|".join(map(re.escape, longest_first)) or rb"(?!)")
        self._sieve = _Sieve(self._tags)

    def line(self, text: bytes) -> bytes:
        """`text` is one encoded line; still valid JSON afterwards."""
        if b"eyJ" in text or b"nsec1" in text:
            text = _SHAPED.sub(lambda match: tag(match.group().decode()).encode(), text)
        if self._sieve.may_contain(text):
            text = self._literals.sub(lambda match: self._tags[match.group()].encode(), text)
        return text


class _Sieve:
    """Does a text contain one of these strings? Says no quickly, yes too often.

    Any string of n bytes contains a piece of q bytes that starts at a multiple of n-q+1, wherever it lies in the text, so looking at those
    places alone is enough. Strings too short for that are looked for one by one.
    """

    _PIECE: Final = 6
    _SHORT: Final = 16

    def __init__(self, strings: Iterable[bytes]) -> None:
        self._short = [string for string in strings if len(string) < self._SHORT]
        long = [string for string in strings if len(string) >= self._SHORT]
        self._stride = min(map(len, long), default=self._SHORT) - self._PIECE + 1
        self._pieces = frozenset(
            string[start : start + self._PIECE] for string in long for start in range(self._stride)
        )

    def may_contain(self, text: bytes) -> bool:
        if any(string in text for string in self._short):
            return True
        pieces, piece = self._pieces, self._PIECE
        for at in range(0, len(text) - piece + 1, self._stride):  # noqa: SIM110, half the time of any()
            if text[at : at + piece] in pieces:
                return True
        return False
