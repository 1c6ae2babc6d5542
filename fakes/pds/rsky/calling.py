"""How rsky takes a call and judges who makes it."""

from fakes.pds.dialects import Answer, Difference, Pages
from fakes.pds.rsky.broken import BROKEN

CALLING: tuple[Difference, ...] = (
    Difference(
        "a failure without a name of its own is 500",
        "PD:apis/mod.rs (From<Error> for ApiError), PD:lib.rs:167-175; measured",
        {"failure": BROKEN},
        answers={
            "operation refused": Answer(400, "InvalidRequest"),
            "email not the account's": Answer(400, "InvalidEmail", "Invalid email"),
        },
    ),
    Difference(
        "what no route takes is passed on for whoever is logged in, and ends there",
        "PD:apis/mod.rs:34, PD:pipethrough.rs:44-110; measured",
        {"forwarded": frozenset({"no such method", "no content type", "bad parameters"})},
        answers={"not forwarded": Answer(400, "InvalidRequest")},
    ),
    Difference(
        "some methods are not there",
        "measured",
        {
            "absent": frozenset(
                {
                    "com.atproto.admin.getAccountInfos",
                    "com.atproto.sync.getCheckout",
                    "com.atproto.sync.getHead",
                }
            )
        },
    ),
    Difference(
        "some methods always break",
        "measured (sendEmail: without a mailer)",
        {
            "broken": frozenset(
                {
                    "com.atproto.admin.getInviteCodes",
                    "com.atproto.admin.sendEmail",
                    "com.atproto.server.reserveSigningKey",
                }
            )
        },
    ),
    Difference(
        "query parameters that cannot be read are ignored",
        "Option<T> parameters of PD:apis; measured",
        {"loose_params": True},
    ),
    Difference(
        "a body must have the right keys and types, nothing more",
        "Json<T> bodies of PD:apis; measured",
        {"loose_input": True},
    ),
    Difference(
        "absent values are told as null",
        "measured",
        {"nulls": True},
    ),
    Difference(
        "pages and headers are a plainer server's",
        "PD:well_known.rs, PD:lib.rs:180-200; measured",
        {
            "pages": Pages(
                json_type="application/json",
                varies=False,
                missing_user_type="text/plain; charset=utf-8",
                scopes=False,
                own_did=True,
                preflight=(200, None),
            )
        },
    ),
)

CALLERS: tuple[Difference, ...] = (
    Difference(
        "session tokens are signed ES256K with the server's key",
        "PD:auth_verifier.rs:786-867; measured",
        {"session_key": True},
    ),
    Difference(
        "session tokens are plain JWTs, and a service-auth token counts as one",
        "PD:account_manager/helpers/auth.rs:105-158, PD:auth_verifier.rs:786-867; measured",
        {"plain_tokens": True},
    ),
    Difference(
        "the scheme of an authorization is spelt exactly",
        "PD:auth_verifier.rs:1021-1044; measured",
        {"exact_schemes": True},
    ),
    Difference(
        "a missing or bad token is 400 InvalidRequest",
        "PD:auth_verifier.rs:669-715, PD:apis/mod.rs:453-462; measured",
        answers={
            "no token": Answer(400, "InvalidRequest", "BadJwt: `AuthMissing`"),
            "bad token": Answer(400, "InvalidRequest", "BadJwt: `Token could not be verified`"),
            "bad token scope": Answer(400, "InvalidRequest", "BadJwt: `Bad token scope`"),
            "token algorithm": Answer(400, "InvalidRequest", "BadJwt: `JWT algorithm mismatch`"),
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
        "importRepo breaks over a caller it does not know",
        "measured",
        {"intruders": {"com.atproto.repo.importRepo": BROKEN}},
        answers={"archive unreadable": Answer(400, "InvalidRequest", "Failed to parse CAR file: early eof")},
    ),
    Difference(
        "a wrong admin password is 401 AuthRequiredError, a missing one 500",
        "PD:auth_verifier.rs:669-715; measured",
        answers={
            "wrong admin password": Answer(401, "AuthRequiredError", "BadAuth"),
            "no moderator authorization": Answer(401, "AuthRequiredError", "AuthMissing"),
            "untrusted moderator": Answer(400, "InvalidRequest", "UntrustedIss: `Untrusted issuer`"),
        },
    ),
    Difference(
        "who writes or uploads must have an active account, before anything else",
        "PD:auth_verifier.rs:230-256,360-387; measured",
        {"guards_writers": True},
        answers={
            "account deactivated": Answer(
                400, "InvalidRequest", "AccountDeactivated: `Account is deactivated`"
            ),
            "account unknown": Answer(400, "InvalidRequest", "AccountNotFound: `Account not found`"),
        },
    ),
    Difference(
        "the admin may not read a deactivated repository",
        "PD:auth_verifier.rs:1007-1013; measured",
        {"admin_owns_repositories": False},
    ),
)
