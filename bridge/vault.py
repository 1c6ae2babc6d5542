"""Secrets at rest: AES-256-GCM in the contract's envelope, bound to what they belong to.

Envelope: byte 0x01, a 12-byte nonce, ciphertext and tag. The associated data names the owner and the
purpose, so that a value copied to another row does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridge.errors import BridgeError

_VERSION = b"\x01"
_NONCE = 12


class Vault:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, owner: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """The secret. BridgeError if it was sealed with another key or for another owner."""
        nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if sealed[:1] != _VERSION:
                raise ValueError(f"unknown envelope version {sealed[:1].hex()}")
            return self._cipher.decrypt(nonce, ciphertext, owner.encode())
        except (InvalidTag, ValueError) as error:
            raise BridgeError(
                f"the stored secret of {owner} does not open with PROVISIONING_KEY_ENCRYPTION_KEY"
            ) from error
