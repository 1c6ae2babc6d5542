"""The keys an account is made with, kept in `provisioning_keys`, sealed in the contract's envelope."""

from typing import Literal

from bridge.atproto.keys import SigningKey
from bridge.database import Connection
from bridge.errors import BridgeError
from bridge.vault import Vault

Purpose = Literal["signing-key", "plc-rotation-key"]


class KeyStore:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def add(self, connection: Connection, purpose: Purpose, key: SigningKey) -> str:
        """Store the key within the caller's transaction; the reference it is found by."""
        reference = f"{purpose}:{key.public_hex}"
        await connection.execute(
            "INSERT INTO provisioning_keys (key_ref, key_purpose, public_key_hex, encrypted_secret)"
            " VALUES (%s, %s, %s, %s)",
            [reference, purpose, key.public_hex, self._vault.seal(key.secret, f"{reference}:{purpose}")],
        )
        return reference

    async def load(self, connection: Connection, purpose: Purpose, reference: str) -> SigningKey:
        cursor = await connection.execute(
            "SELECT public_key_hex, encrypted_secret FROM provisioning_keys"
            " WHERE key_ref = %s AND key_purpose = %s",
            [reference, purpose],
        )
        row = await cursor.fetchone()
        if row is None or not isinstance(row[1], bytes):
            raise BridgeError(f"the {purpose} {reference} is not stored")
        key = SigningKey(self._vault.open(row[1], f"{reference}:{purpose}"))
        if key.public_hex != row[0]:
            raise BridgeError(f"the {purpose} {reference} does not fit its public half")
        return key
