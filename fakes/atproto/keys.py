"""Signing keys: did:key strings, ECDSA signatures over SHA-256 in the 64-byte compact form.

Two curves, as the protocol has them: secp256k1 (k256, signs and verifies) and NIST P-256 (verifies).
Signatures with a high S are refused, so that a signature has one form. Nothing here reads entropy: it is
handed in. Rules: https://atproto.com/specs/cryptography.
"""

from collections.abc import Callable
from functools import cached_property, lru_cache

import coincurve
from coincurve.ecdsa import cdata_to_der, deserialize_compact
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from fakes.atproto.multibase import base58_decode, base58_encode

_K256_PREFIX = b"\xe7\x01"
_P256_PREFIX = b"\x80\x24"
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_K256_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

Verifier = Callable[[bytes, bytes], bool]


class PrivateKey:
    """A secp256k1 private key."""

    def __init__(self, secret: bytes) -> None:
        self._key = coincurve.PrivateKey(secret)

    @classmethod
    def generate(cls, entropy: Callable[[int], bytes]) -> "PrivateKey":
        while not 0 < int.from_bytes(secret := entropy(32)) < _K256_ORDER:
            pass
        return cls(secret)

    @classmethod
    def from_bytes(cls, secret: bytes) -> "PrivateKey":
        if len(secret) != 32 or not 0 < int.from_bytes(secret) < _K256_ORDER:
            raise ValueError("not a secp256k1 private key of 32 bytes")
        return cls(secret)

    def to_bytes(self) -> bytes:
        return self._key.secret

    @cached_property
    def did_key(self) -> str:
        return did_key(_K256_PREFIX + self._key.public_key.format())

    def sign(self, message: bytes) -> bytes:
        """64 bytes r‖s with low S, deterministic (RFC 6979)."""
        return self._key.sign_recoverable(message)[:64]


def did_key(multicodec: bytes) -> str:
    return "did:key:z" + base58_encode(multicodec)


def public_bytes(did_key: str) -> bytes:
    """The multicodec-prefixed public key inside a did:key string; ValueError if there is none."""
    if not did_key.startswith("did:key:z"):
        raise ValueError(f"not a did:key: {did_key[:80]!r}")
    return base58_decode(did_key[len("did:key:z") :])


def curve(did_key: str) -> str:
    """`k256` or `p256`; ValueError for another kind of key."""
    match public_bytes(did_key)[:2]:
        case b"\xe7\x01":
            return "k256"
        case b"\x80\x24":
            return "p256"
    raise ValueError(f"unsupported key type: {did_key[:80]!r}")


def check(did_key: str) -> None:
    """ValueError unless the key is one that signatures can be verified with."""
    _verifier(did_key)


def verify(did_key: str, message: bytes, signature: bytes) -> bool:
    """Whether the compact signature is the key's; ValueError if the key cannot be decoded."""
    return len(signature) == 64 and _verifier(did_key)(message, signature)


@lru_cache(maxsize=4096)
def _verifier(did_key: str) -> Verifier:
    point = public_bytes(did_key)[2:]
    if len(point) != 33:
        raise ValueError(f"not a compressed point: {did_key[:80]!r}")
    return _k256_verifier(point) if curve(did_key) == "k256" else _p256_verifier(point)


def _k256_verifier(point: bytes) -> Verifier:
    key = coincurve.PublicKey(point)

    def verifies(message: bytes, signature: bytes) -> bool:
        try:
            der = cdata_to_der(deserialize_compact(signature))
        except ValueError:
            return False
        return key.verify(der, message)

    return verifies


def _p256_verifier(point: bytes) -> Verifier:
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)

    def verifies(message: bytes, signature: bytes) -> bool:
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        if s > _P256_ORDER // 2:
            return False
        try:
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    return verifies
