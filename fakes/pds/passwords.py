"""Account passwords and app passwords, kept as salted hashes.

One round of SHA-256 and no minimum duration: these passwords guard a test network, and the reference
server's scrypt and its 350 ms floor would only slow it down.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

Entropy = Callable[[int], bytes]


@dataclass(frozen=True)
class AppPassword:
    name: str
    hashed: str
    privileged: bool
    created_at: float


def hash_password(password: str, entropy: Entropy) -> str:
    salt = entropy(8).hex()
    return f"{salt}:{_digest(salt, password)}"


def matches(password: str, hashed: str | None) -> bool:
    if hashed is None:
        return False
    salt, _, digest = hashed.partition(":")
    return compare_digest(digest, _digest(salt, password))


def new_app_password(entropy: Entropy) -> str:
    """`xxxx-xxxx-xxxx-xxxx` in base32."""
    text = random_base32(entropy, 16)
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def random_base32(entropy: Entropy, length: int) -> str:
    return base64.b32encode(entropy(length)).decode().lower()[:length]


def _digest(salt: str, password: str) -> str:
    return hashlib.sha256(f"{salt}:{password}".encode("utf-8", "surrogatepass")).hexdigest()
