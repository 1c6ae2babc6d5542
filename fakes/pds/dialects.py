"""How a dialect's answers differ from the reference server's: each difference one entry, with its source.

The core asks the dialect by field; errors carry a `case`, and the routes look up here whether the dialect
answers it otherwise. The reference is `@atproto/pds` 0.5; rsky is divinevideo's fork at 85a1276, cited as
PD:<file>.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Status, error name and message of a refusal; None leaves the reference's message as it is."""

    status: int
    name: str
    message: str | None = None


@dataclass(frozen=True)
class Dialect:
    name: str
    session_key: bool = False
    """Session tokens are signed with a key (ES256K) instead of a shared secret (HS256)."""
    one_signing_key: bool = False
    """All accounts sign with the server's one key instead of a key each."""
    admin_signs_up: bool = False
    """createAccount takes the admin's Basic authorization."""
    proof_of_did: bool = True
    """createAccount with `did` wants a service-auth token signed by the DID's key."""
    import_life: float | None = None
    """Seconds after which an imported account that was never activated is due for deletion."""
    tombstones: bool = True
    """A sign-up that fails after the DID was minted gives the DID back."""
    lexical: bool = True
    """Records are judged by their lexicon, and write replies say `commit` and `validationStatus`."""
    session_status: bool = True
    """Session replies carry `active` and `status`."""
    deactivated_session: bool = True
    """getSession answers for a deactivated account."""
    deactivated_uploads: bool = True
    """A deactivated account may upload blobs."""
    truncates_blobs: bool = False
    """A blob over the limit is cut there instead of refused."""
    describes_blob_limit: bool = True
    prev_data: bool = True
    """Commits on the firehose carry `prevData`."""
    future_cursor_closes: bool = True
    admin_owns_repositories: bool = True
    """The admin may read a repository that is not active."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By the case of an error."""
    failures: Mapping[str, Answer] = field(default_factory=dict)
    """By the NSID of a method: every failure of it that is not about tokens is told this way."""


@dataclass(frozen=True)
class Difference:
    says: str
    source: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    failures: Mapping[str, Answer] = field(default_factory=dict)


REFERENCE = Dialect("reference")

_BROKEN = Answer(500, "InternalServerError", "Something went wrong")

RSKY_DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "session tokens are signed ES256K with the server's key",
        "PD:auth_verifier.rs:786-867",
        {"session_key": True},
    ),
    Difference(
        "one global key signs all repositories",
        "the fork as a whole, read at 85a1276",
        {"one_signing_key": True},
    ),
    Difference(
        "createAccount takes the admin's Basic authorization",
        "PD:auth_verifier.rs:717-753, PD:apis/com/atproto/server/create_account.rs:250-350",
        {"admin_signs_up": True},
    ),
    Difference(
        "createAccount with a DID asks for no proof",
        "PD:apis/com/atproto/server/create_account.rs:352-358, PD:account_manager/helpers/account.rs:216-226",
        {"proof_of_did": False, "import_life": 3 * 86400.0},
    ),
    Difference(
        "a sign-up that fails after the DID was minted leaves the DID registered",
        "the fork as a whole, read at 85a1276",
        {"tombstones": False},
    ),
    Difference(
        "a taken handle or address has an error name of its own",
        "PD:apis/mod.rs:274-286",
        answers={
            "handle taken": Answer(400, "HandleNotAvailable", "Handle not available"),
            "email taken": Answer(400, "EmailNotAvailable", "Email not available"),
            "email missing": Answer(400, "InvalidEmail", "Invalid email"),
            "email refused": Answer(400, "InvalidEmail", "Invalid email"),
            "password missing": Answer(400, "InvalidPassword", "Invalid password"),
        },
    ),
    Difference(
        "a refused invite is told in rsky's words",
        "PD:apis/mod.rs:121-475",
        answers={
            "invite missing": Answer(400, "InvalidInviteCode", "Invalid invite code"),
            "invite not available": Answer(400, "InvalidInviteCode", "Invalid invite code"),
        },
    ),
    Difference(
        "a failed login is 400 InvalidLogin",
        "PD:apis/com/atproto/server/create_session.rs",
        answers={
            "login failed": Answer(400, "InvalidLogin", "Invalid identifier or password"),
            "account taken down": Answer(400, "AccountTakendown", "Account has been taken down"),
        },
    ),
    Difference(
        "sessions know no active, and getSession no deactivated account",
        "the fork as a whole, read at 85a1276",
        {"session_status": False, "deactivated_session": False},
        answers={"session account unknown": Answer(400, "AccountNotFound", "Account not found")},
    ),
    Difference(
        "a missing or bad token is 400 InvalidRequest",
        "PD:auth_verifier.rs:669-715, PD:apis/mod.rs:453-462",
        answers={
            "no token": Answer(400, "InvalidRequest", "BadJwt: `AuthMissing`"),
            "bad token": Answer(400, "InvalidRequest", "BadJwt: `Token could not be verified`"),
            "bad token scope": Answer(400, "InvalidRequest", "BadJwt: `Bad token scope`"),
        },
    ),
    Difference(
        "an expired token says so in rsky's words",
        "PD:apis/mod.rs:453-462",
        answers={
            "expired token": Answer(400, "ExpiredToken", "Token is expired"),
            "revoked token": Answer(400, "ExpiredToken", "Token is expired"),
        },
    ),
    Difference(
        "a wrong admin password is 401 AuthRequiredError, a missing one 500",
        "PD:auth_verifier.rs:669-715",
        answers={
            "wrong admin password": Answer(401, "AuthRequiredError", "BadAuth"),
            "no admin authorization": _BROKEN,
        },
    ),
    Difference(
        "a deactivated account may not even upload",
        "PD:auth_verifier.rs:230-256,360-387",
        {"deactivated_uploads": False},
        answers={
            "account deactivated": Answer(
                400, "InvalidRequest", "AccountDeactivated: `Account is deactivated`"
            ),
            "account unknown": Answer(400, "InvalidRequest", "AccountNotFound: `Account not found`"),
        },
    ),
    Difference(
        "every failure of a repository write is 500",
        "PD:apis/com/atproto/repo/create_record.rs:129-135",
        failures={f"com.atproto.repo.{name}Record": _BROKEN for name in ("create", "put", "delete")}
        | {"com.atproto.repo.applyWrites": _BROKEN},
    ),
    Difference(
        "failures of activation, service auth, description and upload are 500",
        "PD:…/activate_account.rs:22-59, PD:…/get_service_auth.rs:24-99, PD:…/describe_repo.rs",
        failures={
            "com.atproto.server.activateAccount": _BROKEN,
            "com.atproto.server.getServiceAuth": _BROKEN,
            "com.atproto.repo.describeRepo": _BROKEN,
            "com.atproto.repo.uploadBlob": _BROKEN,
        },
    ),
    Difference(
        "records are not judged by their lexicon, but must say their type",
        "PD:repo/prepare.rs:48-85,241-302, PD:…/create_record.rs:129-135",
        {"lexical": False},
    ),
    Difference(
        "a missing record is 404",
        "PD:apis/com/atproto/repo/get_record.rs:27-65",
        answers={"record missing": Answer(404, "RecordNotFound")},
    ),
    Difference(
        "a blob beyond the limit is cut off there, silently",
        "PD:actor_store/blob/mod.rs:145-148",
        {"truncates_blobs": True},
    ),
    Difference(
        "describeServer has no blobUploadLimit", "PD:…/describe_server.rs", {"describes_blob_limit": False}
    ),
    Difference(
        "commits on the firehose have no prevData",
        "PD:…/sync/subscribe_repos.rs:54-127,153-189",
        {"prev_data": False, "future_cursor_closes": False},
    ),
    Difference(
        "the admin may not read a deactivated repository",
        "PD:auth_verifier.rs:1007-1013",
        {"admin_owns_repositories": False},
    ),
    Difference(
        "a method that is not there is 500",
        "PD:lib.rs:167-175",
        answers={"no such method": _BROKEN, "no content type": _BROKEN},
    ),
)


def apply(base: Dialect, name: str, differences: tuple[Difference, ...]) -> Dialect:
    fields: dict[str, Any] = {}
    answers, failures = dict(base.answers), dict(base.failures)
    for difference in differences:
        fields |= difference.fields
        answers |= difference.answers
        failures |= difference.failures
    return replace(base, name=name, answers=answers, failures=failures, **fields)


DIALECTS: Mapping[str, Dialect] = {
    "reference": REFERENCE,
    "rsky": apply(REFERENCE, "rsky", RSKY_DIFFERENCES),
}
