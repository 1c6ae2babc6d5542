"""Methods com.atproto.server.* about logging in: sessions, app passwords, service auth, addresses."""

from typing import Any

from fakes.pds import emails, login
from fakes.pds.errors import InvalidRequestError
from fakes.pds.passwords import AppPassword
from fakes.pds.routes import authorization as by
from fakes.pds.routes import views
from fakes.pds.routes.xrpc import Call, Methods
from fakes.pds.sequencer import timestamp
from fakes.pds.tokens import FULL, SIGNUP_QUEUED, STANDARD, TAKENDOWN, Claims

methods = Methods()


@methods.add("com.atproto.server.createSession")
async def create_session(call: Call) -> dict[str, Any]:
    return _pair(call, login.log_in(call.service.pds, call.input, call.at))


@methods.add("com.atproto.server.refreshSession", by.refresh())
async def refresh_session(call: Call) -> dict[str, Any]:
    claims = Claims(call.by.did, call.by.scope, call.by.token_id)
    return _pair(call, login.refresh(call.service.pds, claims, call.at), renewed=True)


@methods.add("com.atproto.server.getSession", by.access((*STANDARD, SIGNUP_QUEUED)))
async def get_session(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    account = pds.session_account(call.by.did, deactivated=pds.dialect.deactivated_session)
    return views.session(account, pds.dialect)


@methods.add("com.atproto.server.deleteSession", by.refresh(allow_expired=True))
async def delete_session(call: Call) -> None:
    call.service.pds.sessions.revoke(call.by.token_id or "")


@methods.add("com.atproto.server.getServiceAuth", by.access((*STANDARD, TAKENDOWN)))
async def get_service_auth(call: Call) -> dict[str, Any]:
    if call.by.scope not in FULL and not call.service.pds.dialect.service_auth.app_passwords:
        raise InvalidRequestError("Bad token scope", "InvalidToken", case="bad token scope")
    claims = Claims(call.by.did, call.by.scope, None)
    return {"token": login.service_auth(call.service.pds, claims, call.params, call.at)}


@methods.add("com.atproto.server.createAppPassword", by.access(FULL))
async def create_app_password(call: Call) -> dict[str, Any]:
    pds = call.service.pds
    account = pds.session_account(call.by.did)
    entry, password = login.create_app_password(
        pds, account.did, call.input["name"], call.input.get("privileged", False), call.at
    )
    return {**_described(call, entry), "password": password}


@methods.add("com.atproto.server.listAppPasswords", by.access(FULL))
async def list_app_passwords(call: Call) -> dict[str, Any]:
    account = call.service.pds.session_account(call.by.did)
    entries = call.service.pds.holdings[account.did].app_passwords.values()
    return {
        "passwords": [
            _described(call, entry) for entry in sorted(entries, key=lambda entry: -entry.created_at)
        ]
    }


@methods.add("com.atproto.server.revokeAppPassword", by.access(FULL))
async def revoke_app_password(call: Call) -> None:
    account = call.service.pds.session_account(call.by.did)
    login.revoke_app_password(call.service.pds, account.did, call.input["name"])


@methods.add("com.atproto.server.requestPasswordReset")
async def request_password_reset(call: Call) -> None:
    if call.service.pds.accounts.by_email(call.input["email"]) is None:
        raise InvalidRequestError("account does not have an email address")


@methods.add("com.atproto.server.resetPassword")
async def reset_password(_call: Call) -> None:
    raise InvalidRequestError("Token is invalid", "InvalidToken")


@methods.add("com.atproto.server.requestEmailConfirmation", by.access())
async def request_email_confirmation(call: Call) -> None:
    call.service.pds.session_account(call.by.did)


@methods.add("com.atproto.server.confirmEmail", by.access())
async def confirm_email(call: Call) -> None:
    account = call.service.pds.session_account(call.by.did)
    if account.email != call.input["email"].lower():
        raise InvalidRequestError("invalid email", "InvalidEmail", case="email not the account's")
    raise InvalidRequestError("Token is invalid", "InvalidToken")


@methods.add("com.atproto.server.requestEmailUpdate", by.access())
async def request_email_update(call: Call) -> dict[str, Any]:
    return {"tokenRequired": call.service.pds.session_account(call.by.did).email_confirmed}


@methods.add("com.atproto.server.updateEmail", by.access(FULL))
async def update_email(call: Call) -> None:
    pds, email = call.service.pds, call.input["email"]
    account = pds.session_account(call.by.did)
    if not emails.is_acceptable(email):
        raise InvalidRequestError("This email address is not supported, please use a different email.")
    if account.email_confirmed:
        raise InvalidRequestError("confirmation token required", "TokenRequired")
    holder = pds.accounts.by_email(email)
    if holder is not None and holder.did != account.did:
        raise InvalidRequestError("This email address is already in use, please use a different email.")
    pds.accounts.change(account, email=email, email_confirmed=False)


def _described(call: Call, entry: AppPassword) -> dict[str, Any]:
    described: dict[str, Any] = {"name": entry.name, "createdAt": timestamp(entry.created_at)}
    told = call.service.pds.dialect.app_privileges
    return {**described, "privileged": entry.privileged} if told else described


def _pair(call: Call, logged_in: login.LoggedIn, *, renewed: bool = False) -> dict[str, Any]:
    tokens = {"accessJwt": logged_in.access, "refreshJwt": logged_in.refresh}
    return tokens | views.session(logged_in.account, call.service.pds.dialect, renewed=renewed)
