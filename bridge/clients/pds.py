"""The PDS over XRPC: accounts, sessions, blobs and records. It keeps nothing and repeats nothing.

Two dialects are understood, since error names differ between the reference server and rsky, which reports
most refusals as 400 InvalidRequest with the real name in the text, and failures of writes as 500.
"""

import base64
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from bridge.clients.remote import (
    Json,
    describe,
    error_body,
    exchange,
    json_object,
    refused,
    text_field,
    transient,
)
from bridge.errors import AccessRefused, AccountInactive, BridgeError, Refused, Transient

Dialect = Literal["reference", "rsky"]

_INACTIVE = ("AccountDeactivated", "AccountTakedown", "AccountTakendown", "RepoDeactivated", "RepoTakendown")
_ACCESS = ("ExpiredToken", "InvalidToken", "AuthMissing", "InvalidLogin", "BadJwt", "JwtExpired")
_MISSING_RECORD = ("RecordNotFound", "Could not locate record")


@dataclass(frozen=True)
class Session:
    did: str
    access: str
    refresh: str
    handle: str | None = None


@dataclass(frozen=True)
class ServerDescription:
    did: str
    invite_required: bool


@dataclass(frozen=True)
class NewAccount:
    did: str
    handle: str
    email: str
    password: str
    invite: str


@dataclass(frozen=True)
class RecordRef:
    uri: str
    cid: str


@dataclass(frozen=True)
class Record:
    uri: str
    cid: str | None
    value: Json


class PdsClient:
    def __init__(
        self, http: httpx.AsyncClient, url: str, admin_password: str, dialect: Dialect = "reference"
    ) -> None:
        self._http = http
        self._url = url
        self._admin = "Basic " + base64.b64encode(f"admin:{admin_password}".encode()).decode()
        self._dialect = dialect

    async def describe_server(self) -> ServerDescription:
        body = await self._query("com.atproto.server.describeServer", {})
        did = text_field("describeServer", body, "did")
        return ServerDescription(did, invite_required=bool(body.get("inviteCodeRequired")))

    async def create_invite(self) -> str:
        """A code for one account. Transient if the admin password is wrong: the operator mends that."""
        try:
            body = await self._call("com.atproto.server.createInviteCode", {"useCount": 1}, self._admin)
        except AccessRefused as error:
            raise Transient("the PDS does not accept PDS_AUTH_TOKEN as its admin password") from error
        return text_field("createInviteCode", body, "code")

    async def create_account(self, account: NewAccount, proof: str) -> Session:
        """Create the account under a DID we hold; `proof` is a service token signed with its signing key.

        rsky knows no such proof and takes an account with a DID from its admin, whom the reference refuses.
        """
        authorization = self._admin if self._dialect == "rsky" else f"Bearer {proof}"
        body: Json = {
            "did": account.did,
            "handle": account.handle,
            "email": account.email,
            "password": account.password,
            "inviteCode": account.invite,
        }
        return _session(
            "createAccount", await self._call("com.atproto.server.createAccount", body, authorization)
        )

    async def create_session(self, identifier: str, password: str) -> Session:
        """Log in. AccessRefused if there is no such account or the password is another."""
        body = {"identifier": identifier, "password": password}
        return _session("createSession", await self._call("com.atproto.server.createSession", body, None))

    async def refresh(self, refresh_token: str) -> Session:
        """The next pair of tokens. AccessRefused if this one has been used up."""
        answer = await self._call("com.atproto.server.refreshSession", None, f"Bearer {refresh_token}")
        return _session("refreshSession", answer)

    async def recommended_credentials(self, token: str) -> Json:
        """What the PDS wants to stand in the account's PLC data."""
        return await self._query("com.atproto.identity.getRecommendedDidCredentials", {}, token)

    async def activate(self, token: str) -> None:
        await self._call("com.atproto.server.activateAccount", None, f"Bearer {token}")

    async def repo_active(self, did: str) -> bool | None:
        """Whether the repository is served; None if the PDS does not know it."""
        try:
            body = await self._query("com.atproto.sync.getRepoStatus", {"did": did})
        except Refused as error:
            if error.name == "RepoNotFound" or error.status == 404:
                return None
            raise
        return body.get("active") is True

    async def service_token(self, token: str, audience: str, method: str, expires: int) -> str:
        """By which another server may call `method` of `audience` in the account's name until then (unix seconds)."""
        query = {"aud": audience, "lxm": method, "exp": str(expires)}
        body = await self._query("com.atproto.server.getServiceAuth", query, token)
        return text_field("getServiceAuth", body, "token")

    async def upload_blob(self, token: str, data: bytes, mime: str) -> Json:
        """The blob reference to put into a record, as JSON."""
        request = self._http.build_request(
            "POST",
            self._endpoint("com.atproto.repo.uploadBlob"),
            content=data,
            headers={"Authorization": f"Bearer {token}", "Content-Type": mime},
        )
        blob = (await self._send("uploadBlob", request)).get("blob")
        if not isinstance(blob, dict) or not isinstance(blob.get("ref"), dict):
            raise BridgeError("uploadBlob answered without a blob reference")
        return blob

    async def create_record(
        self, token: str, repo: str, collection: str, rkey: str, record: Json
    ) -> RecordRef:
        body = {"repo": repo, "collection": collection, "rkey": rkey, "validate": True, "record": record}
        answer = await self._call("com.atproto.repo.createRecord", body, f"Bearer {token}")
        return _record_ref("createRecord", answer)

    async def put_record(
        self, token: str, repo: str, collection: str, rkey: str, record: Json, replaced: str | None = None
    ) -> RecordRef:
        """Refused if `replaced` (a CID) is given and is not what stands there."""
        body = {"repo": repo, "collection": collection, "rkey": rkey, "record": record}
        body |= {"swapRecord": replaced} if replaced else {}
        answer = await self._call("com.atproto.repo.putRecord", body, f"Bearer {token}")
        return _record_ref("putRecord", answer)

    async def get_record(self, token: str | None, repo: str, collection: str, rkey: str) -> Record | None:
        query = {"repo": repo, "collection": collection, "rkey": rkey}
        try:
            body = await self._query("com.atproto.repo.getRecord", query, token)
        except Refused as error:
            if error.status in (400, 404) and any(text in str(error) for text in _MISSING_RECORD):
                return None
            raise
        return _record(body)

    async def delete_record(self, token: str, repo: str, collection: str, rkey: str) -> None:
        """Gone afterwards; not an error if it was not there."""
        body = {"repo": repo, "collection": collection, "rkey": rkey}
        await self._call("com.atproto.repo.deleteRecord", body, f"Bearer {token}")

    def _endpoint(self, method: str) -> str:
        return f"{self._url}/xrpc/{method}"

    async def _query(self, method: str, query: Mapping[str, str], token: str | None = None) -> Json:
        # A DID keeps its colons: some servers do not decode them.
        encoded = urllib.parse.urlencode(query, safe=":")
        url = self._endpoint(method) + (f"?{encoded}" if encoded else "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._send(_operation(method), self._http.build_request("GET", url, headers=headers))

    async def _call(self, method: str, body: Json | None, authorization: str | None) -> Json:
        headers = {"Authorization": authorization} if authorization else {}
        # Without an input there must be no body at all: the reference server refuses even `{}`.
        request = self._http.build_request("POST", self._endpoint(method), json=body, headers=headers)
        return await self._send(_operation(method), request)

    async def _send(self, operation: str, request: httpx.Request) -> Json:
        response = await exchange(self._http, operation, request)
        if response.is_success:
            return json_object(operation, response) if response.content else {}
        raise failure(operation, response)


def failure(operation: str, response: httpx.Response) -> BridgeError:
    """What a refusal of the PDS means; see the error tree."""
    if later := transient(operation, response):
        return later
    status = response.status_code
    name, text = error_body(response)
    # rsky's names stand at the beginning of the text: "BadJwt: `…`".
    spoken = text.split(":", 1)[0].strip() if name == "InvalidRequest" else name
    message = describe(operation, response)
    if spoken in _INACTIVE:
        return AccountInactive(message, status=status, name=spoken)
    if spoken in _ACCESS or status == 401:
        return AccessRefused(message, status=status, name=spoken)
    return refused(operation, response)


def _operation(method: str) -> str:
    return method.rsplit(".", 1)[1]


def _session(operation: str, body: Json) -> Session:
    handle = body.get("handle")
    return Session(
        did=text_field(operation, body, "did"),
        access=text_field(operation, body, "accessJwt"),
        refresh=text_field(operation, body, "refreshJwt"),
        handle=handle if isinstance(handle, str) else None,
    )


def _record_ref(operation: str, body: Json) -> RecordRef:
    return RecordRef(text_field(operation, body, "uri"), text_field(operation, body, "cid"))


def _record(body: Json) -> Record:
    inner: Any = body.get("value")
    if isinstance(inner, dict) and "uri" not in body and isinstance(inner.get("value"), dict):
        body, inner = inner, inner["value"]  # rsky wraps the whole answer once more
    if not isinstance(inner, dict):
        raise BridgeError("getRecord answered without `value`")
    cid = body.get("cid")
    return Record(text_field("getRecord", body, "uri"), cid if isinstance(cid, str) else None, inner)
