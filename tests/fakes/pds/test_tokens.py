"""Session tokens: what is accepted, and how each that is not is refused."""

import json
from typing import Any

import pytest

from fakes.atproto.jwt import base64url
from fakes.atproto.keys import PrivateKey
from fakes.pds.errors import PdsError
from fakes.pds.sessions import GRACE, Sessions
from fakes.pds.tokens import (
    ACCESS,
    ACCESS_LIFE,
    APP_PASSWORD,
    FULL,
    REFRESH_LIFE,
    STANDARD,
    KeySigner,
    SecretSigner,
    Signer,
    Tokens,
)
from tests.fakes.pds.stack import NOW, SERVICE_DID, Entropy

DID = "did:plc:" + "a" * 24
SECRET = SecretSigner("jwt-secret")

MALFORMED = ("InvalidToken", "Malformed token")
UNVERIFIED = ("InvalidToken", "Token could not be verified")

REFUSED: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "an expired one": ({"exp": NOW - 10}, ("ExpiredToken", "Token has expired")),
    "one for another server": ({"aud": "did:web:other.example"}, UNVERIFIED),
    "one without an audience": ({"aud": None}, UNVERIFIED),
    "one that is not valid yet": ({"nbf": NOW + 1000}, UNVERIFIED),
    "one of another type": ({"typ": "JWT"}, UNVERIFIED),
    "one without a type": ({"typ": None}, UNVERIFIED),
    "one that is not signed": ({"alg": "none"}, UNVERIFIED),
    "one without a subject": ({"sub": None}, MALFORMED),
    "one whose subject is no DID": ({"sub": "alice"}, MALFORMED),
    "one bound to a method": ({"lxm": "com.atproto.server.getSession"}, MALFORMED),
    "one bound to a key": ({"cnf": {}}, MALFORMED),
    "one without a scope": ({"scope": None}, ("InvalidToken", "Bad token scope")),
    "one of another scope": ({"scope": "com.atproto.refresh"}, ("InvalidToken", "Bad token scope")),
}


def forged(signer: Signer = SECRET, **changes: Any) -> str:
    claims = {"scope": ACCESS, "aud": SERVICE_DID, "sub": DID, "iat": int(NOW), "exp": int(NOW) + 3600}
    header = {"typ": "at+jwt", "alg": signer.algorithm}
    for name, value in changes.items():
        (header if name in header else claims)[name] = value
    parts = ({n: v for n, v in part.items() if v is not None} for part in (header, claims))
    text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return f"{text}.{base64url(signer.sign(text.encode()))}"


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET, SERVICE_DID)


@pytest.mark.parametrize(("changes", "refusal"), REFUSED.values(), ids=REFUSED.keys())
def test_an_access_token_is_refused_when_it_is(
    changes: dict[str, Any], refusal: tuple[str, str], tokens: Tokens
) -> None:
    with pytest.raises(PdsError) as error:
        tokens.judge_access(forged(**changes), STANDARD, NOW)

    assert (error.value.name, error.value.message) == refusal


@pytest.mark.parametrize("token", ["junk", "a.b.c", "", "a.b"])
def test_what_is_no_token_cannot_be_verified(token: str, tokens: Tokens) -> None:
    with pytest.raises(PdsError, match="Token could not be verified"):
        tokens.judge_access(token, STANDARD, NOW)


def test_a_token_without_an_expiry_lasts(tokens: Tokens) -> None:
    assert tokens.judge_access(forged(exp=None), STANDARD, NOW * 2).did == DID


def test_a_token_signed_with_another_secret_cannot_be_verified(tokens: Tokens) -> None:
    with pytest.raises(PdsError, match="Token could not be verified"):
        tokens.judge_access(forged(SecretSigner("other")), STANDARD, NOW)


@pytest.mark.parametrize(
    "signer", [SECRET, KeySigner(PrivateKey.generate(Entropy()))], ids=["HS256", "ES256K"]
)
def test_an_access_token_lasts_two_hours(signer: Signer) -> None:
    tokens = Tokens(signer, SERVICE_DID)
    token = tokens.access(DID, ACCESS, NOW)

    assert tokens.judge_access(token, FULL, NOW + ACCESS_LIFE - 1).did == DID
    with pytest.raises(PdsError, match="Token has expired"):
        tokens.judge_access(token, FULL, NOW + ACCESS_LIFE)


def test_an_app_password_is_not_enough_where_full_access_is_asked_for(tokens: Tokens) -> None:
    token = tokens.access(DID, APP_PASSWORD, NOW)

    assert tokens.judge_access(token, STANDARD, NOW).scope == APP_PASSWORD
    with pytest.raises(PdsError, match="Bad token scope"):
        tokens.judge_access(token, FULL, NOW)


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(tokens: Tokens) -> None:
    with pytest.raises(PdsError, match="Token could not be verified"):
        tokens.judge_access(tokens.refresh(DID, "id", NOW), STANDARD, NOW)
    with pytest.raises(PdsError, match="Token could not be verified"):
        tokens.judge_refresh(tokens.access(DID, ACCESS, NOW), NOW)


def test_a_refresh_token_lasts_ninety_days_and_longer_for_logging_out(tokens: Tokens) -> None:
    token = tokens.refresh(DID, "id", NOW)

    assert tokens.judge_refresh(token, NOW + REFRESH_LIFE - 1).token_id == "id"
    with pytest.raises(PdsError, match="Token has expired"):
        tokens.judge_refresh(token, NOW + REFRESH_LIFE)
    assert tokens.judge_refresh(token, NOW + REFRESH_LIFE, allow_expired=True).token_id == "id"


def test_a_refresh_token_needs_an_id(tokens: Tokens) -> None:
    with pytest.raises(PdsError) as error:
        tokens.judge_refresh(forged(typ="refresh+jwt", scope="com.atproto.refresh"), NOW)

    assert error.value.name == "MissingTokenId"


@pytest.mark.parametrize("later", [0, 60, GRACE - 1])
def test_a_used_refresh_token_leads_to_the_same_next_one_within_the_grace(later: float) -> None:
    sessions = Sessions(Entropy())
    first = sessions.start(DID, ACCESS, NOW)
    following = sessions.rotate(first.token_id, NOW)

    again = sessions.rotate(first.token_id, NOW + later)

    assert following is not None
    assert again == following
    assert following.token_id != first.token_id


def test_a_used_refresh_token_is_dead_after_the_grace_however_often_it_is_used_within() -> None:
    sessions = Sessions(Entropy())
    first = sessions.start(DID, ACCESS, NOW)
    sessions.rotate(first.token_id, NOW)
    sessions.rotate(first.token_id, NOW + GRACE - 1)

    assert sessions.rotate(first.token_id, NOW + GRACE) is None


def test_a_revoked_refresh_token_is_dead_at_once() -> None:
    sessions = Sessions(Entropy())
    first = sessions.start(DID, ACCESS, NOW)

    sessions.revoke(first.token_id)

    assert sessions.rotate(first.token_id, NOW) is None


def test_revoking_an_app_password_ends_its_sessions_and_no_others() -> None:
    sessions = Sessions(Entropy())
    own, other = sessions.start(DID, ACCESS, NOW), sessions.start(DID, APP_PASSWORD, NOW, "phone")

    sessions.revoke_all(DID, "phone")

    assert sessions.rotate(other.token_id, NOW) is None
    assert sessions.rotate(own.token_id, NOW) is not None
