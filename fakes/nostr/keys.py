"""Nostr keys and BIP-340 signatures (NIP-01)."""

from collections.abc import Callable, Iterable

from coincurve import PrivateKey, PublicKeyXOnly

from fakes.nostr import nip19
from fakes.nostr.events import Event, event_id


class SecretKey:
    """A Nostr identity."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a secret key has 32 bytes")
        self._key = PrivateKey(secret)

    @classmethod
    def generate(cls, entropy: Callable[[int], bytes]) -> "SecretKey":
        return cls(entropy(32))

    @classmethod
    def from_bytes(cls, secret: bytes) -> "SecretKey":
        return cls(secret)

    def to_bytes(self) -> bytes:
        return self._key.secret

    @property
    def public_key(self) -> str:
        return self._key.public_key_xonly.format().hex()

    @property
    def npub(self) -> str:
        return nip19.encode("npub", bytes.fromhex(self.public_key))

    @property
    def nsec(self) -> str:
        return nip19.encode("nsec", self.to_bytes())

    def sign(self, event_id: str) -> str:
        """The signature of an event id, both in hex. The same id always gets the same signature."""
        return self._key.sign_schnorr(bytes.fromhex(event_id), bytes(32)).hex()

    def __repr__(self) -> str:
        return f"SecretKey({self.npub})"


def sign_event(
    secret: SecretKey, kind: int, created_at: int, tags: Iterable[Iterable[str]], content: str
) -> Event:
    frozen = tuple(tuple(tag) for tag in tags)
    pubkey = secret.public_key
    computed = event_id(pubkey, created_at, kind, frozen, content)
    return Event(computed, pubkey, created_at, kind, frozen, content, secret.sign(computed))


def id_matches(event: Event) -> bool:
    try:
        return event.id == event_id(event.pubkey, event.created_at, event.kind, event.tags, event.content)
    except ValueError:
        return False


def signature_matches(event: Event) -> bool:
    try:
        return PublicKeyXOnly(bytes.fromhex(event.pubkey)).verify(
            bytes.fromhex(event.sig), bytes.fromhex(event.id)
        )
    except ValueError:
        return False


def verify(event: Event) -> bool:
    """Whether the id is the hash of the event and the signature is its author's."""
    return id_matches(event) and signature_matches(event)
