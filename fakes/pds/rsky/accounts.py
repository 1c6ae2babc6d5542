"""How rsky signs up, logs in and names its accounts."""

from fakes.pds.dialects import Answer, Difference, ServiceAuth
from fakes.pds.rsky.broken import BROKEN

ACCOUNTS: tuple[Difference, ...] = (
    Difference(
        "one global key signs all repositories",
        "PD:apis/com/atproto/server/create_account.rs; measured",
        {"one_signing_key": True},
    ),
    Difference(
        "createAccount takes the admin's Basic authorization",
        "PD:auth_verifier.rs:717-753, PD:apis/com/atproto/server/create_account.rs:250-350; measured",
        {"admin_signs_up": True},
    ),
    Difference(
        "createAccount with a DID asks for no proof",
        "PD:apis/com/atproto/server/create_account.rs:352-358, PD:account_manager/helpers/account.rs:216-226",
        {"proof_of_did": False, "import_life": 3 * 86400.0},
    ),
    Difference(
        "a sign-up that fails after the DID was minted leaves the DID registered",
        "PD:apis/com/atproto/server/create_account.rs:112-160; measured",
        {"tombstones": False},
    ),
    Difference(
        "whether an invite still counts is found out after the DID was minted",
        "PD:apis/com/atproto/server/create_account.rs:143-165; measured",
        {"late_invites": True},
        answers={"invite missing": Answer(400, "InvalidInviteCode", "Invalid invite code")},
    ),
    Difference(
        "a handle or address that cannot be had has an error name of its own",
        "PD:apis/mod.rs:274-286, PD:handle/mod.rs; measured",
        answers={
            "handle invalid": Answer(400, "InvalidHandle", "Handle is invalid"),
            "handle domain unsupported": Answer(400, "UnsupportedDomain", "Unsupported domain"),
            "handle reserved": Answer(400, "HandleNotAvailable", "Handle not available"),
            "handle taken": Answer(400, "HandleNotAvailable", "Handle not available"),
            "email taken": Answer(400, "EmailNotAvailable", "Email not available"),
            "email missing": Answer(400, "InvalidEmail", "Invalid email"),
            "email refused": Answer(400, "InvalidEmail", "Invalid email"),
            "password missing": Answer(400, "InvalidPassword", "Invalid Password"),
        },
    ),
    Difference(
        "requestPasswordReset is for whoever is logged in",
        "PD:apis/com/atproto/server/request_password_reset.rs:59; measured",
        {"guarded": frozenset({"com.atproto.server.requestPasswordReset"})},
    ),
    Difference(
        "every failure of updateHandle is 500",
        "measured",
        failures={"com.atproto.identity.updateHandle": BROKEN},
    ),
    Difference(
        "any address and any length of password will do",
        "PD:apis/com/atproto/server/create_account.rs:290-350; measured",
        {"plausible_emails": False, "longest_password": None},
    ),
    Difference(
        "submitPlcOperation looks for the signing key among the rotation keys",
        "PD:apis/com/atproto/identity/submit_plc_operation.rs:82-98; measured",
        {"rotates_by_signing_key": True},
    ),
    Difference(
        "a change to the handle that one has already reaches no PLC directory",
        "PD:apis/com/atproto/identity/update_handle.rs:43-63; measured",
        {"same_handle_is_sent": False},
    ),
    Difference(
        "resolveHandle looks for exactly what it is given",
        "measured",
        {"handle_folding": False},
    ),
    Difference(
        "a failed login is 400 InvalidLogin",
        "PD:apis/com/atproto/server/create_session.rs; measured",
        {"takendown_sessions": False},
        answers={
            "login failed": Answer(400, "InvalidLogin", "Invalid identifier or password"),
            "account taken down": Answer(400, "AccountTakendown", "Account has been taken down"),
        },
    ),
    Difference(
        "sessions know no active, and getSession no deactivated account",
        "PD:apis/com/atproto/server/get_session.rs; measured",
        {"session_status": False, "deactivated_session": False, "names_renewed": False},
        answers={"session account unknown": Answer(400, "AccountNotFound", "Account could not be found")},
    ),
    Difference(
        "service auth is for any audience, and not for app passwords",
        "PD:…/get_service_auth.rs, PD:pipethrough.rs:539-557, PD:account_manager/helpers/auth.rs; measured",
        {
            "service_auth": ServiceAuth(
                judges_audience=False,
                app_passwords=False,
                zero_is_none=False,
                unprotected=frozenset({"com.atproto.server.getSession"}),
                bare=True,
            )
        },
    ),
    Difference(
        "app passwords do not say whether they are privileged",
        "measured",
        {"app_privileges": False},
    ),
    Difference(
        "getRepoStatus has a word of its own for an account that was taken down",
        "measured",
        {"standings": {"takendown": "takedown"}},
    ),
    Difference(
        "describeServer has no blobUploadLimit",
        "PD:…/describe_server.rs; measured",
        {"describes_blob_limit": False},
    ),
)
