"""secp256k1 keys as AT Protocol uses them: did:key names and compact low-S signatures over SHA-256.

The bridge holds such keys only for accounts it is making; rules: the AT Protocol cryptography specification.
"""

import coincurve

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SECP256K1 = b"\xe7\x01"  # multicodec prefix of a compressed public key


class SigningKey:
    def __init__(self, secret: bytes | None = None) -> None:
        """A key from its 32 secret bytes, or a new one."""
        self._key = coincurve.PrivateKey(secret)

    @property
    def secret(self) -> bytes:
        return self._key.secret

    @property
    def public_hex(self) -> str:
        """The compressed public key, 66 digits."""
        return self._key.public_key.format(compressed=True).hex()

    @property
    def did_key(self) -> str:
        return "did:key:z" + _base58(_SECP256K1 + bytes.fromhex(self.public_hex))

    def sign(self, message: bytes) -> bytes:
        """64 bytes, r and s; libsecp256k1 only makes low s."""
        return self._key.sign_recoverable(message)[:64]


def _base58(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits
