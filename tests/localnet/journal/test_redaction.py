"""No secret reaches a journal: by its name, by its shape, by its value in any of its forms. What is no secret stays."""

import base64
import json
from urllib.parse import quote, quote_plus

import orjson
import pytest

from localnet.journal import Line, Request, redaction
from localnet.journal.lines import decode, encode
from localnet.journal.redaction import Redactor

SECRET = "c0rrect/horse+battery=staple §1"
JWT = "eyJhbGciOiJFUzI1NksifQ.eyJpc3MiOiJkaWQ6d2ViOmEudGVzdCJ9.c2lnbmF0dXJl"
NSEC = "nsec1" + "q" * 58

HEADERS = {
    ("authorization", f"Bearer {SECRET}"): "Bearer «redacted:",
    ("authorization", SECRET.replace(" ", "")): "«redacted:",
    ("cookie", f"session={SECRET}"): "«redacted:",
    ("set-cookie", f"session={SECRET}"): "«redacted:",
    ("dpop", SECRET): "«redacted:",
    ("x-localnet-token", SECRET): "«redacted:",
    ("x-admin-token", SECRET): "«redacted:",
    ("content-type", "application/json"): "application/json",
    ("host", "pds.localnet.test"): "pds.localnet.test",
}


@pytest.mark.parametrize(("given", "begins"), HEADERS.items(), ids=[name for name, _ in HEADERS])
def test_headers(given: tuple[str, str], begins: str) -> None:
    shown = redaction.header(*given)

    assert shown.startswith(begins)
    assert SECRET not in shown


BY_NAME = {
    "a JSON string": '{"accessJwt": "hush"}',
    "a JSON string with an escaped quote": r'{"password":"hush\"hush"}',
    "JSON within JSON": r'{"body":"{\"password\":\"hush\"}"}',
    "a form": "user=alice&password=hush&x=1",
    "a query": "/login?access_token=hush",
    "a statement": "CREATE ROLE a PASSWORD 'hush'",
    "an assignment": "SET secret = 'hush'",
    "a statement with a doubled quote": "CREATE ROLE a PASSWORD 'hush''hush'",
    "a private key": '{"privateKey":"hush"}',
    "a private key with an underscore": '{"private_key":"hush"}',
    "an nsec": '{"nsec":"hush"}',
    "a refresh token": '{"refreshJwt":"hush"}',
}


@pytest.mark.parametrize("text", BY_NAME.values(), ids=BY_NAME)
def test_what_a_name_gives_away(text: str) -> None:
    shown = redaction.named(text)

    assert "hush" not in shown
    assert "«redacted:" in shown


NO_SECRETS = [
    '{"did":"did:web:a.test","handle":"alice.localnet.test"}',
    '{"inviteCode":"pds-abcde-fghij"}',
    '{"pubkey":"' + "ab" * 32 + '"}',
    "SELECT id FROM publish_jobs WHERE state = 'due'",
    '{"password":""}',
    "the tokens are gone",
]


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redaction.named(text) == text


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT a FROM t WHERE token = $1",
        "SELECT * FROM a JOIN b ON a.token=b.token",
        "UPDATE t SET token=$1",
    ],
)
def test_a_statement_that_names_a_column_tells_no_secret(statement: str) -> None:
    assert redaction.named_in_sql(statement) == statement


@pytest.mark.parametrize("statement", ["UPDATE t SET token = 'hush'", "ALTER ROLE a PASSWORD 'hush'"])
def test_a_statement_that_holds_a_secret_loses_it(statement: str) -> None:
    assert "hush" not in redaction.named_in_sql(statement)


def through(redactor: Redactor, body: str) -> str:
    """What is left of a body, read back from the line."""
    line = Line(1.0, "n1", "http", "POST /", "200", request=Request(body=body))
    kept = decode(redactor.line(encode(line))).request
    assert kept
    assert kept.body is not None
    return kept.body


@pytest.mark.parametrize(
    "text", [JWT, JWT.rpartition(".")[0], f"Bearer {JWT}", f"x={JWT}&y", NSEC, f'"{NSEC}"']
)
def test_what_its_shape_gives_away(text: str) -> None:
    kept = through(Redactor(), text)

    assert "«redacted:" in kept
    assert JWT[:14] not in kept
    assert NSEC not in kept


def forms(secret: str) -> dict[str, str]:
    raw = secret.encode()
    return {
        "as it is": secret,
        "in JSON": json.dumps({"x": secret}),
        "in JSON, unescaped": orjson.dumps({"x": secret}).decode(),
        "in JSON within JSON": orjson.dumps({"x": orjson.dumps({"y": secret}).decode()}).decode(),
        "in hex": raw.hex(),
        "in upper case hex": raw.hex().upper(),
        "in a path": quote(secret, safe=""),
        "in a form": quote_plus(secret),
        **{
            f"in base64 after {before} bytes, {encode.__name__}": encode(
                b"x" * before + raw + b"after"
            ).decode()
            for before in range(6)
            for encode in (base64.b64encode, base64.urlsafe_b64encode)
        },
        **{
            f"at the end of base64 after {before} bytes": base64.b64encode(b"admin:"[:before] + raw).decode()
            for before in range(6)
        },
    }


SECRETS = {
    "words": SECRET,
    "a long key": "0123456789abcdef" * 4,
    "a short one": "pass-1234",
    "a quote": 'a"b\\c/d?e',
}


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        pytest.param(secret, text, id=f"{what} {how}")
        for what, secret in SECRETS.items()
        for how, text in forms(secret).items()
        if how != "in JSON" or secret.isascii()
    ],
)
@pytest.mark.parametrize("padding", range(5))
def test_a_known_secret_is_found_in_every_form(secret: str, text: str, padding: int) -> None:
    kept = through(Redactor([secret]), "." * padding + text + " and on")

    assert "«redacted:" in kept
    assert text not in kept


def test_the_same_secret_always_looks_the_same_and_another_does_not() -> None:
    first = Redactor(["secret-one", "secret-two"])
    second = Redactor(["secret-one"])

    assert through(first, "secret-one") == through(second, "secret-one") == redaction.tag("secret-one")
    assert through(first, "secret-one") != through(first, "secret-two")


def test_a_secret_learnt_later_is_taken_out_from_then_on() -> None:
    redactor = Redactor()
    assert through(redactor, "learnt-later") == "learnt-later"

    redactor.learn(["learnt-later"])

    assert through(redactor, "learnt-later") == redaction.tag("learnt-later")


def test_of_two_secrets_one_within_the_other_the_longer_goes_whole() -> None:
    assert through(Redactor(["abcdefgh", "abcdefgh-and-more"]), "abcdefgh-and-more") == redaction.tag(
        "abcdefgh-and-more"
    )


def test_a_value_too_short_to_be_a_secret_leaves_the_text_whole() -> None:
    assert through(Redactor(["a", "abc"]), "abc and a") == "abc and a"
