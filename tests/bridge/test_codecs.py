"""The bridge's own codecs, judged by the fakes': two implementations of one specification meet."""

import time

import pytest

from bridge.atproto import plc
from bridge.atproto.jwt import service_token
from bridge.atproto.keys import SigningKey
from bridge.control_plane.handles import checked_pubkey, normal_handle
from bridge.errors import BridgeError, Invalid
from bridge.vault import Vault
from fakes.atproto import jwt as judge_jwt
from fakes.atproto import plc as judge
from fakes.atproto.keys import PrivateKey, verify

SECRETS = [bytes([n]) * 32 for n in (1, 2, 0x7F)]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_key_has_the_name_others_give_it(secret: bytes) -> None:
    assert SigningKey(secret).did_key == PrivateKey.from_bytes(secret).did_key


@pytest.mark.parametrize("secret", SECRETS)
def test_a_signature_is_accepted_by_others(secret: bytes) -> None:
    key = SigningKey(secret)

    assert verify(key.did_key, b"message", key.sign(b"message"))
    assert not verify(key.did_key, b"another", key.sign(b"message"))


def test_keys_are_made_afresh_and_kept_by_their_secret() -> None:
    first, second = SigningKey(), SigningKey()

    assert first.secret != second.secret
    assert SigningKey(first.secret).public_hex == first.public_hex


def test_the_identity_is_the_hash_of_the_signed_operation() -> None:
    signing, rotation = SigningKey(SECRETS[0]), SigningKey(SECRETS[1])

    operation = plc.genesis("alice.localnet.test", signing, rotation, ["did:key:zrecovery"])

    unsigned = {key: value for key, value in operation.items() if key != "sig"}
    assert operation == judge.sign_operation(unsigned, PrivateKey.from_bytes(SECRETS[1]))
    assert plc.did_of(operation) == judge.did_of(operation)
    assert plc.cid_of(operation) == str(judge.cid_of(operation))
    assert operation["rotationKeys"] == ["did:key:zrecovery", rotation.did_key]


def test_a_service_token_says_who_may_do_what_where() -> None:
    key, at = SigningKey(SECRETS[0]), time.time()

    token = service_token(key, issuer="did:plc:a", audience="did:web:pds", method="a.b.c", at=at)

    header, claims, signing_input, signature = judge_jwt.decode(token)
    assert header == {"typ": "JWT", "alg": "ES256K"}
    assert {name: claims[name] for name in ("iss", "aud", "lxm", "iat", "exp")} == {
        "iss": "did:plc:a",
        "aud": "did:web:pds",
        "lxm": "a.b.c",
        "iat": int(at),
        "exp": int(at) + 60,
    }
    assert verify(key.did_key, signing_input, signature)


def test_two_service_tokens_are_never_the_same() -> None:
    key = SigningKey(SECRETS[0])

    made = {service_token(key, issuer="d", audience="a", method="m", at=0) for _ in range(3)}

    assert len(made) == 3


class TestVault:
    def test_what_is_sealed_opens_for_its_owner(self) -> None:
        vault = Vault(b"\x01" * 32)

        assert vault.open(vault.seal(b"secret", "alice"), "alice") == b"secret"

    def test_the_same_secret_never_looks_the_same(self) -> None:
        vault = Vault(b"\x01" * 32)

        assert vault.seal(b"secret", "alice") != vault.seal(b"secret", "alice")

    @pytest.mark.parametrize(
        ("key", "owner", "spoil"),
        [
            (b"\x02" * 32, "alice", 0),
            (b"\x01" * 32, "mallory", 0),
            (b"\x01" * 32, "alice", 1),
            (b"\x01" * 32, "alice", 20),
        ],
        ids=["another key", "another owner", "another version or nonce", "a changed byte"],
    )
    def test_nothing_else_opens_it(self, key: bytes, owner: str, spoil: int) -> None:
        sealed = bytearray(Vault(b"\x01" * 32).seal(b"secret", "alice"))
        sealed[spoil] ^= 1 if spoil else 0

        with pytest.raises(BridgeError, match=f"the stored secret of {owner} does not open"):
            Vault(key).open(bytes(sealed), owner)

    def test_an_unknown_version_is_not_tried(self) -> None:
        sealed = b"\x02" + Vault(b"\x01" * 32).seal(b"secret", "alice")[1:]

        with pytest.raises(BridgeError):
            Vault(b"\x01" * 32).open(sealed, "alice")


HANDLES = {
    "as it should be": "alice.localnet.test",
    "in capitals": "ALICE.Localnet.TEST",
    "with space around": "  alice.localnet.test\n",
}


@pytest.mark.parametrize("text", HANDLES.values(), ids=HANDLES)
def test_a_handle_has_one_form(text: str) -> None:
    assert normal_handle(text, "localnet.test") == "alice.localnet.test"


BAD_HANDLES = {
    "another domain": ("alice.bsky.social", "handle must end with .localnet.test"),
    "a domain that only ends so": ("alice.notlocalnet.test", "handle must end with .localnet.test"),
    "the domain alone": ("localnet.test", "handle must end with .localnet.test"),
    "no name": (".localnet.test", "handle must include a username"),
    "two labels": ("a.b.localnet.test", "one label"),
    "an underscore": ("al_ice.localnet.test", "one label"),
    "a hyphen in front": ("-alice.localnet.test", "one label"),
    "letters from elsewhere": ("älice.localnet.test", "one label"),
    "a label too long for the internet": ("a" * 64 + ".localnet.test", "one label"),
}


@pytest.mark.parametrize(("text", "reason"), BAD_HANDLES.values(), ids=BAD_HANDLES)
def test_a_handle_that_cannot_be_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        normal_handle(text, "localnet.test")


BAD_PUBKEYS = {
    "capitals": "AB" * 32,
    "too short": "ab" * 31,
    "bech32": "npub1" + "q" * 59,
    "with a newline": "ab" * 32 + "\n",
}


@pytest.mark.parametrize("text", BAD_PUBKEYS.values(), ids=BAD_PUBKEYS)
def test_a_pubkey_has_one_form(text: str) -> None:
    with pytest.raises(Invalid):
        checked_pubkey(text)
