"""The steps that make an account, in order; each may be repeated after it was done or half done.

Our keys found the DID, so that the PDS can be given the account without being able to mint it for itself;
then the PDS gets the signing key and a rotation key of its own, and ours stays in front of it. Rules: the
did:plc and account migration guides; which answer means what: the contract's provisioning chapters.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bridge import profiles
from bridge.accounts import AccountLink
from bridge.atproto.jwt import service_token
from bridge.atproto.plc import Operation, cid_of, signed
from bridge.clients.pds import NewAccount, PdsClient, Session
from bridge.clients.plc import PlcDirectory
from bridge.config import Config
from bridge.database import Connection
from bridge.errors import AccessRefused, BridgeError, Refused, Transient
from bridge.provisioning import progress as rows
from bridge.provisioning.keys import KeyStore
from bridge.provisioning.progress import DONE, Progress
from bridge.sessions import Sessions

_CREATE_ACCOUNT = "com.atproto.server.createAccount"


@dataclass(frozen=True)
class Tools:
    config: Config
    pds: PdsClient
    plc: PlcDirectory
    sessions: Sessions
    keys: KeyStore


@dataclass(frozen=True)
class Work:
    """One account in the making."""

    tools: Tools
    connection: Connection
    link: AccountLink
    progress: Progress


@dataclass(frozen=True)
class Step:
    name: str
    doing: str  # says in an error what was being done
    take: Callable[[Work], Awaitable[None]]


async def register(work: Work) -> None:
    """The genesis operation stands in the directory, which refuses a repetition: look before believing it."""
    did, genesis = work.progress.did, work.progress.genesis
    try:
        await work.tools.plc.submit(did, genesis)
    except Refused:
        log = await work.tools.plc.log(did)
        if not log or log[0].get("sig") != genesis["sig"]:
            raise


async def create(work: Work) -> None:
    """The PDS has the account, deactivated, and we a session. A lost answer is made up for by logging in."""
    session = await _log_in(work) if work.progress.account_requested else None
    if session is None:
        session = await _create(work)
    if session.did != work.progress.did:
        raise Refused(f"the PDS made the account under {session.did}")
    if session.handle is not None and session.handle.lower() != work.link.handle:
        raise Refused(f"the PDS has the account under the handle {session.handle}")
    await work.tools.sessions.store(session)


async def hand_over(work: Work) -> None:
    """The DID names the PDS, its signing key and, behind ours, its rotation key."""
    did = work.progress.did
    recommended = await work.tools.sessions.call(did, work.tools.pds.recommended_credentials)
    rotation = await work.tools.keys.load(work.connection, "plc-rotation-key", work.link.plc_rotation_key_ref)
    wanted = _handed_over(work, rotation.did_key, recommended)
    current = await work.tools.plc.data(did)
    if all(current.get(field) == value for field, value in wanted.items()):
        return
    log = await work.tools.plc.log(did)
    if not log:
        raise Transient("the PLC directory does not show the DID it has accepted")
    operation = {"type": "plc_operation", **wanted, "prev": cid_of(log[-1])}
    await work.tools.plc.submit(did, signed(operation, rotation))


async def activate(work: Work) -> None:
    did = work.progress.did
    await work.tools.sessions.call(did, work.tools.pds.activate)
    if not await work.tools.pds.repo_active(did):
        raise Transient("activateAccount was accepted and the repository is still not served")


async def introduce(work: Work) -> None:
    await profiles.introduce(work.tools.pds, work.tools.sessions, work.progress.did, work.link.handle)


async def adopt(work: Work) -> None:
    """An account another writer has made is served, if need be after activating it."""
    if not await work.tools.pds.repo_active(work.progress.did):
        await activate(work)


ADOPT = Step("adopt", "taking over an account made earlier", adopt)
STEPS = (
    Step("register", "registering the DID with the PLC directory", register),
    Step("create", "creating account on PDS", create),
    Step("hand_over", "handing the identity over to the PDS", hand_over),
    Step("activate", "activating the account", activate),
    Step("introduce", "writing the initial profile", introduce),
)


def first() -> str:
    return STEPS[0].name


def named(name: str) -> Step:
    for step in (*STEPS, ADOPT):
        if step.name == name:
            return step
    raise BridgeError(f"unknown provisioning step {name!r}")


def after(step: Step) -> str:
    following = STEPS[STEPS.index(step) + 1 :] if step is not ADOPT else ()
    return following[0].name if following else DONE


async def _log_in(work: Work) -> Session | None:
    return await work.tools.sessions.log_in(work.progress.did)


async def _create(work: Work) -> Session:
    tools, did, pubkey = work.tools, work.progress.did, work.link.nostr_pubkey
    server = await tools.pds.describe_server()
    signing = await tools.keys.load(work.connection, "signing-key", work.link.signing_key_id)
    account = NewAccount(
        did=did,
        handle=work.link.handle,
        email=f"noreply+{work.link.handle}@{tools.config.account_email_domain}",
        password=await tools.sessions.password(did),
        invite=await tools.pds.create_invite(),
    )
    proof = service_token(signing, issuer=did, audience=server.did, method=_CREATE_ACCOUNT, at=time.time())
    await rows.request_account(work.connection, pubkey, requested=True)
    try:
        return await tools.pds.create_account(account, proof)
    except (Refused, AccessRefused) as error:
        if session := await _log_in(work):
            return session
        await rows.request_account(work.connection, pubkey, requested=False)
        if error.name == "InvalidInviteCode":
            raise Transient("the invite was not taken; the next attempt brings a new one") from error
        raise


def _handed_over(work: Work, our_key: str, recommended: dict[str, Any]) -> Operation:
    """The PLC data wanted. Refused if the PDS recommends what it cannot be given."""
    try:
        signing_key = recommended["verificationMethods"]["atproto"]
        service = recommended["services"]["atproto_pds"]
        server_keys = [str(key) for key in recommended["rotationKeys"]]
        endpoint = {"type": str(service["type"]), "endpoint": str(service["endpoint"])}
    except (KeyError, TypeError) as error:
        raise Refused(
            "getRecommendedDidCredentials lacks a signing key, a rotation key or a service"
        ) from error
    keys = dict.fromkeys([*work.tools.config.recovery_keys, our_key, *server_keys])
    return {
        "rotationKeys": list(keys),
        "verificationMethods": {"atproto": str(signing_key)},
        "alsoKnownAs": [f"at://{work.link.handle}"],
        "services": {"atproto_pds": endpoint},
    }
