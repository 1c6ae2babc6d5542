"""Text of services that know no redaction is fit to be kept: without secrets, and otherwise as it was."""

import base64
import json

import pytest

from localnet.journal.discretion import Discretion
from localnet.journal.redaction import tag

TOKEN = "s3cret-t0ken-of-the-run"
KEY = "0" * 63 + "3"
POINT = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
"""x coordinate of three times the generator of secp256k1"""
MINTED = "a-session-token-that-only-the-journal-knows"
JOURNAL = f'{{"pubkey":"{POINT}","token":"{tag(MINTED)}"}}\n'.encode()

LEAKY = {
    "by value": f"starting with {TOKEN}",
    "in base64": f"authorization: {base64.b64encode(TOKEN.encode()).decode()}",
    "in hex": TOKEN.encode().hex(),
    "by name": json.dumps({"accessJwt": "whatever it is"}),
    "by shape": "nsec1" + "q" * 58,
    "a private key": f"key {KEY}",
    "what the journal took out": f"using {MINTED}",
}


@pytest.fixture(scope="module")
def discretion() -> Discretion:
    return Discretion({"the run's token": TOKEN}, JOURNAL)


@pytest.mark.parametrize("line", LEAKY.values(), ids=LEAKY)
def test_a_secret_is_taken_out_and_the_other_lines_stay(discretion: Discretion, line: str) -> None:
    first, middle, last = discretion.of(f"before\n{line}\nafter").split("\n")

    assert (first, last) == ("before", "after")
    for secret in (TOKEN, KEY, MINTED, "whatever it is", TOKEN.encode().hex()):
        assert secret not in middle
    assert "«redacted:" in middle or "(a line left out" in middle


def test_what_holds_no_secret_is_as_it_was(discretion: Discretion) -> None:
    text = f"the public key {POINT}\r\nand a null \0, an umlaut ü\n\nthe end"

    assert discretion.of(text) == text
