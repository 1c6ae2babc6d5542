"""Service-auth tokens: made, taken apart, and refused when malformed."""

import base64
import json

import pytest

from fakes.atproto import keys
from fakes.atproto.jwt import base64url, base64url_decode, decode, service_token
from fakes.atproto.keys import PrivateKey

KEY = PrivateKey.from_bytes(b"\1" * 32)
UPLOAD = "com.atproto.repo.uploadBlob"
TOKEN = service_token(KEY, "did:plc:alice", "did:web:pds.test", UPLOAD, 100, 160, "nonce")
HEADER, CLAIMS, SIGNATURE = TOKEN.split(".")

MALFORMED = {
    "nothing": "",
    "two parts": f"{HEADER}.{CLAIMS}",
    "four parts": f"{TOKEN}.x",
    "a header that is not JSON": f"{base64url(b'x')}.{CLAIMS}.{SIGNATURE}",
    "claims that are a list": f"{HEADER}.{base64url(b'[]')}.{SIGNATURE}",
    "padding": f"{HEADER}.{CLAIMS}.{SIGNATURE}==",
    "the standard alphabet": f"{HEADER}.{CLAIMS}.ab+/",
    "a newline": f"{HEADER}.{CLAIMS}.{SIGNATURE}\n",
    "spare bits": f"{HEADER}.{CLAIMS}.{SIGNATURE[:-1]}{chr(ord(SIGNATURE[-1]) + 1)}",
}


def test_a_token_says_who_may_do_what_where_and_until_when() -> None:
    token = decode(TOKEN)

    assert token.header == {"typ": "JWT", "alg": "ES256K"}
    assert token.claims == {
        "iat": 100,
        "iss": "did:plc:alice",
        "aud": "did:web:pds.test",
        "exp": 160,
        "lxm": UPLOAD,
        "jti": "nonce",
    }
    assert keys.verify(KEY.did_key, token.signing_input, token.signature)
    assert token.signing_input == f"{HEADER}.{CLAIMS}".encode()


def test_what_is_not_claimed_is_left_out() -> None:
    claims = decode(service_token(KEY, "did:plc:alice", "did:web:pds.test", None, 100, 160, None)).claims

    assert "lxm" not in claims
    assert "jti" not in claims


def test_the_parts_are_plain_base64url_that_any_library_reads() -> None:
    assert json.loads(base64.urlsafe_b64decode(HEADER + "=" * (-len(HEADER) % 4))) == decode(TOKEN).header
    assert len(base64url_decode(SIGNATURE)) == 64


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
def test_a_token_is_refused_with(token: str) -> None:
    with pytest.raises(ValueError, match=r"JWT|base64|JSON|Expecting|codec|characters|padded"):
        decode(token)
