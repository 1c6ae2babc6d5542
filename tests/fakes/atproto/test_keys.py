"""Keys and signatures, against the `cryptography` package and vectors published with the did:key method."""

import hashlib
import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fakes.atproto import keys
from fakes.atproto.keys import PrivateKey
from fakes.atproto.multibase import base58_decode, base58_encode

K256_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
K256 = PrivateKey.from_bytes(
    bytes.fromhex("9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c")
)
K256_DID = "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"
P256 = ec.derive_private_key(
    int.from_bytes(base58_decode("9p4VRzdmhsnq869vQjVCTrRry7u4TtfRxhvBFJTGU2Cp")), ec.SECP256R1()
)
P256_DID = "did:key:zDnaeTiq1PdzvZXUaMdezchcMJQpBdH2VN4pgrrEhMCCbmwSb"
ED25519_DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

UNUSABLE = {
    "another DID method": "did:web:example.com",
    "another multibase": "did:key:bafy",
    "not base58": "did:key:z0OIl",
    "nothing": "did:key:z",
    "an ed25519 key": ED25519_DID,
    "a point that is not compressed": "did:key:z" + base58_encode(b"\xe7\x01\x04" + bytes(64)),
    "a k256 point off the curve": "did:key:z" + base58_encode(b"\xe7\x01\x02" + b"\xff" * 32),
    "a P-256 point off the curve": "did:key:z" + base58_encode(b"\x80\x24\x02" + b"\xff" * 32),
}


def p256_sign(message: bytes, high: bool = False) -> bytes:
    r, s = decode_dss_signature(P256.sign(message, ec.ECDSA(SHA256())))
    low = min(s, P256_ORDER - s)
    return r.to_bytes(32) + (P256_ORDER - low if high else low).to_bytes(32)


def with_high_s(signature: bytes) -> bytes:
    return signature[:32] + (K256_ORDER - int.from_bytes(signature[32:])).to_bytes(32)


def test_a_key_has_the_did_key_that_the_method_publishes_for_it() -> None:
    point = P256.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    assert K256.did_key == K256_DID
    assert keys.did_key(b"\x80\x24" + point) == P256_DID
    assert (keys.curve(K256_DID), keys.curve(P256_DID)) == ("k256", "p256")


def test_a_signature_is_one_that_another_library_accepts() -> None:
    signature = K256.sign(b"message")
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), keys.public_bytes(K256_DID)[2:])

    public.verify(encode_dss_signature(r, s), b"message", ec.ECDSA(SHA256()))
    assert s <= K256_ORDER // 2
    assert K256.sign(b"message") == signature


@pytest.mark.parametrize(
    ("did", "signature"),
    [(K256_DID, K256.sign(b"message")), (P256_DID, p256_sign(b"message"))],
    ids=["k256", "p256"],
)
def test_only_the_signature_of_this_key_over_this_message_holds(did: str, signature: bytes) -> None:
    other = PrivateKey.from_bytes(hashlib.sha256(b"other").digest())

    assert keys.verify(did, b"message", signature)
    assert not keys.verify(did, b"massage", signature)
    assert not keys.verify(other.did_key, b"message", signature)
    for at in range(64):
        damaged = bytearray(signature)
        damaged[at] ^= 1
        assert not keys.verify(did, b"message", bytes(damaged))


@pytest.mark.parametrize(
    ("did", "signature"),
    [(K256_DID, with_high_s(K256.sign(b"message"))), (P256_DID, p256_sign(b"message", high=True))],
    ids=["k256", "p256"],
)
def test_the_other_signature_that_arithmetic_allows_is_refused(did: str, signature: bytes) -> None:
    assert not keys.verify(did, b"message", signature)


@pytest.mark.parametrize("did", [K256_DID, P256_DID])
@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64], ids=len)
def test_what_cannot_be_a_signature_does_not_hold(did: str, signature: bytes) -> None:
    assert not keys.verify(did, b"message", signature)


@pytest.mark.parametrize("did", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_nothing_can_be_verified_with_is_refused(did: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        keys.check(did)
    with pytest.raises(ValueError, match=r"."):
        keys.verify(did, b"message", bytes(64))


@pytest.mark.parametrize("secret", [bytes(32), K256_ORDER.to_bytes(32), b"short"], ids=repr)
def test_a_secret_outside_the_curve_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="secp256k1"):
        PrivateKey.from_bytes(secret)


def test_generating_asks_for_entropy_until_it_is_a_key() -> None:
    offered = itertools.chain([bytes(32), b"\xff" * 32], itertools.repeat(b"\x07" * 32))

    assert PrivateKey.generate(lambda _size: next(offered)).to_bytes() == b"\x07" * 32
