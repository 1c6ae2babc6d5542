"""Keys, held to the vectors of BIP-340 and to the examples of NIP-19."""

import hashlib

import pytest
from coincurve import PublicKeyXOnly

from fakes.nostr import nip19
from fakes.nostr.keys import SecretKey

# BIP-340, test-vectors.csv, vector 0: secret key 3, no auxiliary randomness, message of zeros.
PUBLIC = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
SIGNATURE = (
    "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215"
    "25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0"
)
NPUB = (
    "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg",
    "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e",
)
NSEC = (
    "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5",
    "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa",
)


def test_a_key_signs_as_bip_340_does() -> None:
    key = SecretKey.from_bytes(bytes(31) + b"\x03")

    assert key.public_key == PUBLIC
    assert key.sign("00" * 32) == SIGNATURE


def test_the_same_id_always_gets_the_same_signature() -> None:
    key = SecretKey.generate(lambda size: hashlib.sha256(b"seed").digest()[:size])
    name = hashlib.sha256(b"event").hexdigest()

    assert key.sign(name) == key.sign(name)
    assert PublicKeyXOnly(bytes.fromhex(key.public_key)).verify(
        bytes.fromhex(key.sign(name)), bytes.fromhex(name)
    )


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33), bytes(32)])
def test_what_is_no_secret_key_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the text is coincurve's for some of them)
        SecretKey.from_bytes(secret)


def test_a_key_does_not_print_its_secret() -> None:
    key = SecretKey.from_bytes(bytes.fromhex(NSEC[1]))

    assert key.nsec == NSEC[0]
    assert NSEC[1] not in repr(key)
    assert NSEC[0] not in repr(key)


@pytest.mark.parametrize(("text", "key"), [NPUB, NSEC])
def test_keys_are_written_as_nip_19_does(text: str, key: str) -> None:
    assert nip19.encode(text[:4], bytes.fromhex(key)) == text
    assert nip19.decode(text) == (text[:4], bytes.fromhex(key))
    assert nip19.decode(text.upper()) == (text[:4], bytes.fromhex(key))


NOT_KEYS = {
    "a wrong letter": NPUB[0].replace("elfcs", "elfcq"),
    "another prefix": NPUB[0].replace("npub", "nsec"),
    "mixed case": NPUB[0].replace("npub", "Npub"),
    "a letter outside the alphabet": NPUB[0].replace("elfcs", "elfcb"),
    "cut short": NPUB[0][:-1],
    "no separator": "npub",
    "no prefix": NPUB[0][4:],
    "nothing": "",
    "31 bytes": nip19.encode("npub", bytes(31)),
    "33 bytes": nip19.encode("npub", bytes(33)),
}


@pytest.mark.parametrize("text", NOT_KEYS.values(), ids=NOT_KEYS)
def test_what_is_no_key_in_bech32_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"case|Bech32|checksum|key"):
        nip19.decode(text)
