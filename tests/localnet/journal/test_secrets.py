"""A secret is found by value, by the digest redaction leaves, by shape and by trial, however it is written; nothing else is."""

import base64
import json
from hashlib import sha256
from urllib.parse import quote

import pytest

from fakes.atproto.jwt import base64url
from fakes.atproto.keys import PrivateKey
from fakes.nostr.keys import SecretKey
from localnet.journal import redaction
from localnet.journal.secrets import Secrets

VALUE = sha256(b"a secret of the run").hexdigest()
MINTED = "hunter2-hunter2-hunter2"
KEY = sha256(b"a private key").digest()
JWT = ".".join(
    (base64url(b'{"typ":"at+jwt","alg":"HS256"}'), base64url(b'{"sub":"did:plc:a"}'), base64url(KEY))
)
NSEC = SecretKey.from_bytes(KEY).nsec


def written(secret: str) -> dict[str, str]:
    raw = secret.encode()
    return {
        "as it is": f"it is {secret}, they say",
        "in JSON": json.dumps({"x": json.dumps({"y": secret})}),
        "in hex": raw.hex(),
        "in base64": base64.b64encode(raw).decode(),
        "in base64 for URLs, unpadded": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "in percent encoding": f"?x={quote(quote(secret + '/&', safe=''), safe='')}",
        "in base64 behind a name": "Basic " + base64.b64encode(b"admin:" + raw).decode(),
        "in hex in base64": base64.b64encode(raw.hex().encode()).decode(),
    }


@pytest.mark.parametrize("text", written(VALUE).values(), ids=written(VALUE))
def test_by_value(text: str) -> None:
    leaks = Secrets({"the run's token": VALUE}).leaks(text.encode())

    assert {leak.what for leak in leaks} == {"the run's token"}


@pytest.mark.parametrize("text", written(MINTED).values(), ids=written(MINTED))
def test_by_the_digest_that_redaction_left(text: str) -> None:
    secrets = Secrets({})
    assert secrets.leaks(text.encode()) == []

    secrets.learn(redaction.named(json.dumps({"password": MINTED})).encode())

    assert {leak.what for leak in secrets.leaks(text.encode())} == {"a secret taken out of the journal"}


@pytest.mark.parametrize("secret", [JWT, NSEC])
def test_by_shape(secret: str) -> None:
    for form, text in written(secret).items():
        assert {leak.what for leak in Secrets({}).leaks(text.encode())} & {"a JWT", "an nsec"}, form


PUBLIC = {
    "a did:key": json.dumps({"rotationKeys": [PrivateKey.from_bytes(KEY).did_key]}),
    "a Nostr pubkey": json.dumps({"pubkey": SecretKey.from_bytes(KEY).public_key}),
    "a compressed point": "signing-key:02" + SecretKey.from_bytes(KEY).public_key,
}


@pytest.mark.parametrize("journal", PUBLIC.values(), ids=PUBLIC)
@pytest.mark.parametrize(
    "text", [KEY.hex(), f"key={base64.b64encode(KEY).decode()}", KEY.hex().encode().hex()]
)
def test_by_trial(journal: str, text: str) -> None:
    secrets = Secrets({})
    assert secrets.leaks(text.encode()) == []

    secrets.learn(journal.encode())

    assert {leak.what for leak in secrets.leaks(text.encode())} == {"a private key"}


INNOCENT = [
    redaction.tag(VALUE),
    sha256(VALUE.encode()).hexdigest(),
    SecretKey.from_bytes(KEY).public_key,
    "eyJ is how a token begins; eyJhbGciOiJFUzI1NksifQ alone is a header",
    "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    json.dumps({"token_type": "Bearer", "token": ""}),
]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_secret_is_not_found(text: str) -> None:
    secrets = Secrets({"the run's token": VALUE})
    secrets.learn("\n".join([*INNOCENT, *PUBLIC.values(), redaction.named(f"password={MINTED}")]).encode())

    assert secrets.leaks(text.encode()) == []


def test_a_leak_says_what_it_is_and_how_it_is_written() -> None:
    text = base64.b64encode(VALUE.encode().hex().encode())

    assert [str(leak) for leak in Secrets({"the run's token": VALUE}).leaks(text)] == [
        "the run's token in hex in base64"
    ]
