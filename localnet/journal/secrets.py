"""What counts as a secret, and whether it stands in a text. Pure; which texts are looked at is decided elsewhere.

Four nets, since no list holds them all:
- by value: the secrets that the harness itself gave out, in every form that forms.py knows;
- by digest: redaction leaves a digest of whatever it takes out (`«redacted:…»`), so a journal tells what was secret in a run, tokens
  and passwords that services made for themselves included, and nobody has to keep those. A word with such a digest is a leak.
  Words end at punctuation: a secret made of several words is left to the other nets;
- by shape: JWTs and nsec keys;
- by trial: 32 bytes that are the private key of a public key which the journal mentions.
Words are looked into as well: hex, base64 and percent encoding, one inside the other.
"""

import base64
import re
from binascii import Error as NotBase64Error
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

import coincurve

from fakes.atproto.multibase import base58_decode
from localnet.journal.forms import digest, forms

DEEPEST: Final = 3
"""encodings inside one another that are undone"""

PLAIN: Final = "as it is"

_WORDS = (re.compile(rb"[A-Za-z0-9_-]{16,}"), re.compile(rb"[A-Za-z0-9+/]{16,}"))
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2})+")
_JWT = re.compile(rb"(eyJ[A-Za-z0-9_-]{10,})\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}")
_NSEC = re.compile(rb"nsec1[02-9ac-hj-np-z]{58}")
_TAG = re.compile("«redacted:([0-9a-f]{12})»".encode())
_HEX_KEY = re.compile(rb"(?<![0-9a-f])(?:0[23])?([0-9a-f]{64})(?![0-9a-f])")
_DID_KEY = re.compile(rb"zQ3s[1-9A-HJ-NP-Za-km-z]{45}")


@dataclass(frozen=True)
class Leak:
    what: str
    """`the run's token`, `a JWT`"""
    form: str
    """`as it is`, `in hex`, `in hex in base64`"""

    def __str__(self) -> str:
        return f"{self.what} {self.form}"

    def inside(self, how: tuple[str, ...]) -> "Leak":
        forms = [self.form] * (self.form != PLAIN) + [_form(how)] * bool(how)
        return Leak(self.what, " ".join(forms) or PLAIN)


class Secrets:
    """The secrets of one run, more of them while it goes on."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """`known`: what it is called -> the secret."""
        self._values: dict[bytes, Leak] = {}
        for what, value in known.items():
            for text, form in forms(value):
                self._values.setdefault(text, Leak(what, form))
        self._digests: set[bytes] = set()
        self._points: set[bytes] = set()

    def learn(self, journal: bytes) -> None:
        """Take note of what a part of the journal says was taken out of it, and of the public keys in it."""
        self._digests |= set(_TAG.findall(journal))
        self._points |= {bytes.fromhex(key.decode()) for key in _HEX_KEY.findall(journal)}
        self._points |= {base58_decode(key.decode()[1:])[3:] for key in _DID_KEY.findall(journal)}

    def leaks(self, text: bytes) -> list[Leak]:
        """Each once. What is learned later may make a leak of what was none."""
        return list(dict.fromkeys(self._read(text, ())))

    def _read(self, text: bytes, how: tuple[str, ...]) -> Iterator[Leak]:
        """`how`: the encodings that were undone to get at this text, the innermost first."""
        yield from (leak.inside(how) for value, leak in self._values.items() if value in text)
        yield from (Leak("a JWT", _form(how)) for jwt in _JWT.finditer(text) if _is_header(jwt[1]))
        yield from (Leak("an nsec", _form(how)) for _ in _NSEC.finditer(text))
        if b"%" in text and len(how) < DEEPEST and (plain := unquote_to_bytes(text)) != text:
            yield from self._read(plain, ("percent encoding", *how))
        for word in {word for pattern in _WORDS for word in pattern.findall(text)}:
            if digest(word).encode() in self._digests:
                yield Leak("a secret taken out of the journal", _form(how))
            if len(how) < DEEPEST:
                yield from self._look_into(word, how)

    def _look_into(self, word: bytes, how: tuple[str, ...]) -> Iterator[Leak]:
        for encoding, inner in _decoded(word):
            if len(inner) == 32 and _point(inner) in self._points:
                yield Leak("a private key", _form((encoding, *how)))
            if inner.isascii():
                yield from self._read(inner, (encoding, *how))


def _form(how: tuple[str, ...]) -> str:
    return f"in {' in '.join(how)}" if how else PLAIN


def _decoded(word: bytes) -> Iterator[tuple[str, bytes]]:
    if _HEX.fullmatch(word):
        yield "hex", bytes.fromhex(word.decode())
    decode = base64.urlsafe_b64decode if set(b"-_") & set(word) else base64.b64decode
    try:
        yield "base64", decode(word + b"=" * (-len(word) % 4))
    except NotBase64Error:
        return


def _is_header(word: bytes) -> bool:
    return any(b'"alg"' in inner for _, inner in _decoded(word))


def _point(secret: bytes) -> bytes | None:
    """The x coordinate of the public key; None where the bytes are no private key."""
    try:
        return coincurve.PrivateKey(secret).public_key.format()[1:]
    except ValueError:
        return None
